# SPDX-License-Identifier: MIT
# What the tests of pruning share: the assets, their objects, and what a program names of them. Sourced by prune.sh, prune-scrambled.sh
# and tests/cross/prune.sh; RCC is set.

# Files that can be told apart: most of them small, some empty, some that compress, one of a few pages.
make_assets() { # DIR N
	mkdir -p "$1" && perl -e '
		my ($dir, $n) = @ARGV;
		for my $i (0 .. $n - 1) {
			my $sub = sprintf "%s/d%02d", $dir, $i % 7;
			mkdir $sub if $i < 7;
			open my $out, ">", sprintf "%s/a%05d.txt", $sub, $i or die;
			print $out $i == 5 ? join(" ", 1 .. 30000) : $i % 8 == 3 ? "" : "asset $i\n" x ($i % 11 + 1);
		}' "$1" "$2"
}

# make_bundle NAME N OPTION...: the directory NAME, the list of its names NAME.names, NAME.h, and NAME.o and NAME.a, for a linker to prune.
make_bundle() {
	local name=$1 n=$2
	shift 2
	make_assets $name $n && (cd $name && find . -type f | sed 's|^\./||' | LC_ALL=C sort) >$name.names &&
		"$RCC" compile -q --per-file-sections -n $name --header $name.h -o $name.o "$@" $name &&
		"$RCC" compile -q --per-file-sections -n $name -o $name.a "$@" $name
}

# use_bundles NAME...: uses.h on stdout; of each bundle the names in the file NAME.named are named.
use_bundles() {
	local b
	printf '#include "%s.h"\n' "$@"
	echo "#define BUNDLES(X)$(printf ' X(%s)' "$@")"
	echo "#define NAMED(X) $(for b; do sed "s/[^A-Za-z0-9]/_/g; s/.*/X($b, &)/" $b.named; done | tr '\n' ' ')"
}

# listed SUFFIX NAME...: what `rcc list` says of these bundles when the names in NAME.SUFFIX are there.
listed() {
	local suffix=$1 b first=1
	shift
	for b; do
		[ $first = 1 ] || echo
		[ $# -eq 1 ] || echo "$b:"
		cat $b.$suffix
		first=
	done
}
