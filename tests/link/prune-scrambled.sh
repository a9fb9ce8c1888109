#!/bin/bash
# SPDX-License-Identifier: MIT
# Linkers told to tear the table of a prunable bundle apart: what is read of the program must be right or an error, in the program (its
# stub under the address and undefined-behaviour sanitizers, where they bear the option) and in the tools, and never a crash. TAP on stdout.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
. "$here/prune.bash"
export LC_ALL=C

section=.lrodata.rcc # of the pieces of a bundle
shuffled="1 2 3 4 5 6 7 8"

# What is tried: linker, its option, what must come of it where all 40 assets are kept. damaged: `rcc verify` and the program say so. missed: the
# program does not, for a moved reference looks like a pruned one, but verify does. whole. either: any of these; so it is where three
# are kept, for some orders of few are right. unusable: a program without any bundle does not start.
tries() {
	local seed
	for seed in $shuffled -1; do
		echo "lld --shuffle-sections=$section=$seed damaged"
		echo "lld-19 --shuffle-sections=$section=$seed damaged"
		echo "lld-19 --shuffle-sections=*=$seed damaged"
	done
	for seed in $shuffled; do echo "mold --shuffle-sections=$seed damaged"; done
	cat <<-TRIES
	mold --reverse-sections damaged
	mold --unique=$section whole
	lld --unique unusable
	lld-19 --unique unusable
	bfd --unique whole
	bfd --unique=$section whole
	bfd --sort-section=name whole
	bfd --sort-section=alignment damaged
	gold --sort-section=name whole
	gold --section-ordering-file=sections whole
	lld --symbol-ordering-file=last-first either
	lld-19 --symbol-ordering-file=last-first either
	lld-19 --symbol-ordering-file=one-first either
	lld-19 --symbol-ordering-file=all-backwards either
	TRIES
}

prepare() {
	local flags="-c -g -O1 -fPIE -I$BUILD/stub -I. -ffunction-sections -fdata-sections" kind sane
	make_bundle one 40 -z && sed -n '3p;17p;39p' one.names >one.named && use_bundles one >uses.h || return
	mkdir lld-19 && ln -s "$(command -v ld.lld-19)" lld-19/ld.lld && echo 'int a, *p = &a; int main(void){return !p;}' >empty.c || return
	for kind in sane plain; do
		sane=$(sanitized $kind)
		gcc $flags $sane -o $kind-stub.o "$BUILD/stub/rcc.c" && gcc $flags $sane -o $kind-prog.o "$here/progs/prune_torn.c" &&
			gcc $flags $sane -o $kind-empty.o empty.c || return
	done
	nm one.o | sed -n 's/.* \(rcc_ref_one__.*\)/\1/p' | sort >refs
	[ "$(wc -l <refs)" = 40 ] || { echo "not 40 symbols"; return 1; }
	tail -n 1 refs >last-first && head -n 3 refs >>last-first && sed -n 20p refs >one-first && tac refs >all-backwards && echo $section >sections
}

sanitized() { # KIND
	case $1 in sane) echo -fsanitize=address,undefined -fno-sanitize-recover=all ;; esac
}

link() { # KIND LINKER OPTION GC OUTPUT OBJECT...
	local kind=$1 fuse=-fuse-ld=$2 option=$3 gc=$4 out=$5
	shift 5
	case $fuse in *lld-19) fuse="-B$work/lld-19 -fuse-ld=lld" ;; esac
	gcc $fuse "-Wl,$option" "-Wl,--$gc" $(sanitized $kind) -pie -o $out "$@" -lzstd
}

# The sanitizers do not bear every option, and with some no program starts.
kind_for() { # LINKER OPTION
	local kind
	for kind in sane plain; do
		link $kind "$1" "$2" no-gc-sections empty $kind-empty.o >words 2>&1 && { ./empty; } >words 2>&1 && { echo $kind; return; }
	done
	echo unusable
}

# What the program says, having ended well. Behind a note that leads nowhere the stub looks for images at page after page, whatever lies there:
# the space that the sanitizer keeps between variables too, where a shuffle put them there.
says() {
	{ ASAN_OPTIONS=intercept_memcmp=0:report_globals=0 ./prog one one.names; } >said 2>words && [ ! -s words ] && cat said || { cat said >>words; echo crashed; }
}

# What came of it, from the program and the tools, which must agree.
verdict() { # KIND GC
	local said=unusable verified listed expected=one.names
	[ $1 = unusable ] || said=$(says)
	"$RCC" verify prog >tool-words 2>&1
	verified=$?
	"$RCC" list prog >listed 2>>tool-words
	listed=$?
	[ $2 = no-gc-sections ] || expected=one.named
	case $said-$verified-$listed in
	whole-0-0) cmp listed $expected >words || said="whole, but rcc list tells otherwise" ;;
	whole-1-0) [ -z "$(comm -23 $expected listed)" ] || said=missed ;;&
	whole-1-0) [ $said = missed ] || said="whole, but rcc verify tells otherwise" ;;
	missed-1-0 | damaged-1-[01] | unusable-[01]-[01] | crashed-*) ;;
	*) said="$said, but rcc verify ends with $verified, list with $listed"; cat tool-words >>words ;;
	esac
	echo "$said"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-torn.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
prepare >words 2>&1 || { echo "Bail out! the program does not compile"; sed 's/^/# /' words; exit 1; }
n=0 failed=0
while read -r linker option expected; do
	kind=$(kind_for $linker "$option")
	for gc in gc-sections no-gc-sections; do
		n=$((n + 1))
		objects="plain-prog.o plain-stub.o one.o"
		[ $kind = unusable ] || objects="$kind-prog.o $kind-stub.o one.o"
		if link $kind $linker "$option" $gc prog $objects >words 2>&1; then said=$(verdict $kind $gc); else said="not linked"; fi
		case $gc-$expected in gc-sections-damaged) expected_now=either ;; *) expected_now=$expected ;; esac
		case $expected_now-$said in
		"$said-$said" | either-damaged | either-missed | either-whole) echo "ok $n $linker $option --$gc: $said ($kind)" ;;
		*)
			failed=1
			echo "not ok $n $linker $option --$gc: $said ($kind), but was to be $expected_now"
			sed 's/^/# /' words | head -n 30
			;;
		esac
	done
done < <(tries)
# A static library of the pieces that stands before what refers to it: lld takes its members as they are asked for, mold as they lie; with
# the others such a program does not link. The program's constants tell; the tools see but what is left of the table.
while read -r linker expected; do
	n=$((n + 1))
	said="not linked"
	link sane $linker -O1 gc-sections prog one.a sane-prog.o sane-stub.o >words 2>&1 && said=$(says)
	case $said-$expected in
	"$expected-$expected") echo "ok $n $linker, the library first: $said" ;;
	*)
		failed=1
		echo "not ok $n $linker, the library first: $said, but was to be $expected"
		sed 's/^/# /' words | head -n 30
		;;
	esac
done <<LIBRARY
lld missed
lld-19 missed
mold whole
bfd not linked
gold not linked
LIBRARY
echo "1..$n"
exit $failed
