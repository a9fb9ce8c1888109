#!/bin/bash
# SPDX-License-Identifier: MIT
# Bundles of 3 and 5 GiB (LARGE_SIZES="3 5") by every linker, in the forms that can hold them and those that cannot. TAP on stdout;
# with --table, Markdown. Needs about three times the largest size on disk, and twice in memory or page cache.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/rcc-large.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

sizes=${LARGE_SIZES:-3 5}
linkers="bfd gold lld-14 lld-19 mold"
forms="pie nopie static script-pie script-static shared"
script=-Wl,-T,$top/linker-scripts/own-segment.ld
flags="-O2 -I$BUILD/stub -DRCC_NO_ZSTD"

for lld in 14 19; do
	mkdir -p lld-$lld && ln -s "$(command -v ld.lld-$lld)" lld-$lld/ld.lld
done
for way in pie:-fPIE nopie:-fno-pie shared:-DSHARED\ -fPIE; do
	name=${way%%:*}
	mkdir $name
	gcc $flags ${way#*:} -c -o $name/stub.o "$BUILD/stub/rcc.c" && gcc $flags ${way#*:} -c -o $name/prog.o "$here/read_large.c" || exit 1
done

link() { # LINKER FORM
	local w="-fuse-ld=$1" o=large.o
	case $1 in lld-*) w="-B$work/$1 -fuse-ld=lld" ;; esac
	rm -f prog liblarge.so
	case $2 in
	pie) gcc $w -pie -o prog pie/*.o $o ;;
	nopie) gcc $w -no-pie -o prog nopie/*.o $o ;;
	static) gcc $w -static -o prog nopie/*.o $o ;;
	script-pie) gcc $w $script -pie -o prog pie/*.o $o ;;
	script-static) gcc $w $script -static -o prog nopie/*.o $o ;;
	shared) gcc $w -shared -o liblarge.so $o &&
		gcc $w -pie -o prog shared/*.o -L. -Wl,--no-as-needed -llarge -Wl,-rpath,"$work" ;;
	esac
}

# What cannot be: words that the linker's refusal has.
refuses() { # LINKER FORM
	local far='truncated to fit|out of range|overflow'
	case $1-$2 in
	lld-*-script-*) ;;
	bfd-static | lld-*-nopie | lld-*-static | lld-14-pie | mold-nopie | mold-static) echo "$far" ;;
	gold-script-*) echo 'syntax error' ;;
	mold-script-*) echo 'unknown linker script token' ;;
	esac
}

table=${1-}
n=0 failed=0
[ -n "$table" ] || echo "1..$(($(wc -w <<<"$sizes") * (1 + $(wc -w <<<"$linkers") * $(wc -w <<<"$forms"))))"
for gib in $sizes; do
	rm -rf in && mkdir in
	echo first >in/a.txt
	echo last >in/z.txt
	truncate -s "${gib}G" in/disk.img
	printf 'the end' | dd of=in/disk.img bs=1 seek=$((gib * 1073741824 - 7)) conv=notrunc status=none
	"$RCC" compile -n large -o large.o in 2>words || { echo "Bail out! $(cat words)"; exit 1; }
	if [ -z "$table" ]; then
		n=$((n + 1))
		grep -q "warning: the image has $gib.0 GiB: .*own-segment.ld" words && echo "ok $n $gib GiB: rcc warns" ||
			{ echo "not ok $n $gib GiB: rcc warns"; failed=1; }
	fi
	if [ -n "$table" ]; then
		printf '\n| %s GiB |' "$gib"
		printf ' %s |' $forms
		printf '\n|---|%s\n' "$(sed 's/[^ ]* */---|/g' <<<"$forms")"
	fi
	for ld in $linkers; do
		[ -n "$table" ] && printf '| %s |' "$ld"
		for form in $forms; do
			n=$((n + 1))
			words=$(refuses $ld $form)
			link $ld $form >words 2>&1
			status=$? why=
			if [ -n "$words" ]; then
				{ [ $status -ne 0 ] && grep -qE "$words" words; } || why="was expected to be refused"
			elif [ $status -ne 0 ]; then
				why=link
			else
				./prog $((gib * 1073741824)) >words 2>&1 && grep -qx ok words || why=run
			fi
			if [ -n "$table" ]; then
				printf ' %s |' "$([ -n "$why" ] && echo "$why" || { [ -n "$words" ] && echo refused || echo ok; })"
			else
				[ -z "$why" ] || { sed 's/^/# /' words | head -5; failed=1; }
				echo "$([ -n "$why" ] && echo 'not ')ok $n $gib GiB $ld $form${why:+: $why}${words:+ (refused, as known)}"
			fi
		done
		[ -z "$table" ] || echo
	done
done
exit $failed
