# SPDX-License-Identifier: MIT
# For tests of what goes wrong: `load failures` after `load helpers`. Old outputs, calls that fail, signals, lost rights.

preload_dir=$BATS_TEST_DIRNAME/preload
[ -d "$preload_dir" ] || preload_dir=$BATS_TEST_DIRNAME/../cli/preload
# Under the address sanitizer too: what is preloaded stands before its runtime.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0

# An empty directory, and nobody but the test puts files there: bats has some of its own in the one it gives.
own_directory()
{
	mkdir -p "$BATS_TEST_TMPDIR/here"
	cd "$BATS_TEST_TMPDIR/here" || return 1
}

# preloads NAME...: compiles preload/NAME.c once for the whole file; for setup_file.
preloads()
{
	local name

	for name; do
		$CC -O1 -shared -fPIC -o "$BATS_FILE_TMPDIR/$name.so" "$preload_dir/$name.c" -ldl
	done
}

# at CALL N ACTION [VARIABLE=VALUE...] -- COMMAND...: the command, with something happening at the Nth such call; see preload/at.c.
at()
{
	# A run that dies for want of memory need not free what it had, nor wait for its threads.
	local set=(ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" TSAN_OPTIONS="${TSAN_OPTIONS:+$TSAN_OPTIONS:}report_thread_leaks=0"
		LD_PRELOAD="$BATS_FILE_TMPDIR/at.so" AT_CALL="$1" AT_N="$2" AT_DO="$3")

	shift 3
	while [ "$1" != -- ]; do
		set+=("$1")
		shift
	done
	shift
	(export "${set[@]}" && exec "$@")
}

# What lies here: names, kinds, inodes, sizes, modes and times, of directories the names only; and the old output's bytes, but for
# NULs. To be called as $(snapshot): it sets options of the shell.
snapshot()
{
	local path bytes files=()

	shopt -s globstar dotglob nullglob
	for path in **; do
		if [ -d "$path" ] && [ ! -L "$path" ]; then echo "$path/"; else files+=("$path"); fi
	done
	for path in o.*; do
		[ -f "$path" ] && mapfile -d '' -t bytes <"$path" && printf '%s' "${bytes[@]}"
	done
	[ ${#files[@]} -eq 0 ] || stat -c '%N %F %i %s %a %.9Y' -- "${files[@]}"
} 2>/dev/null

# An old output of each kind, and the picture of it all.
keep_old()
{
	for kind in o h d; do
		[ -e "o.$kind" ] || echo "the old $kind" >"o.$kind"
	done
	old=$(snapshot)
}

# Fails, and shows the difference, unless all is as keep_old saw it.
all_as_before()
{
	local now

	now=$(snapshot)
	[ "$now" = "$old" ] || diff <(echo "$old") <(echo "$now")
}

# refused STATUS STDERR COMPILE-ARGS...: `rcc compile -o o.o` fails just so, and the old output and all else stay.
refused()
{
	local status_wanted=$1 words=$2

	shift 2
	keep_old
	rcc compile -o o.o "$@"
	is "$status_wanted" "" "$words"
	all_as_before
}

# accepted STDERR COMPILE-ARGS...: it works, with these words on stderr, and what is in o.o is sound.
accepted()
{
	local words=$1

	shift
	rcc compile -o o.o "$@"
	is 0 "" "$words"
	"$RCC" verify o.o
}

names()
{
	"$RCC" list o.o
}

# A "!" would not end a test.
differ()
{
	! cmp -s "$1" "$2"
}

# Runs a command as one who is not above permissions: root without its capabilities is an ordinary owner.
unprivileged()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --inh-caps=-all --bounding-set=-all "$@"
	else
		"$@"
	fi
}

# rcc, likewise.
plain_rcc()
{
	apart unprivileged "$RCC" "$@"
}

# signalled COMMAND...: prints the number of the signal that ended it, 0 if none did. A shell would not tell exit 130 from SIGINT, and
# one in the background hands down that SIGINT is to be ignored.
signalled()
{
	perl -e '$SIG{$_} = "DEFAULT" for qw(INT TERM HUP QUIT PIPE); my $r = system { $ARGV[0] } @ARGV; print $? & 127' "$@"
}

# The same again, seen by a reader that shares no code: every file below DIR, by path, with a checksum; of any depth.
census()
{
	perl -MDigest::MD5 -e '
		sub walk { my ($at) = @_;
			opendir my $d, "." or die "$at: $!";
			for my $e (sort grep { !/^\.\.?$/ } readdir $d) {
				if (-d $e && !-l $e) { chdir $e or die $!; walk("$at$e/"); chdir ".." or die $! }
				else { open my $f, "<", $e or die "$e: $!"; print "$at$e ", Digest::MD5->new->addfile($f)->hexdigest, "\0" }
			} }
		chdir $ARGV[0] or die $!; walk("")' "$1"
}
