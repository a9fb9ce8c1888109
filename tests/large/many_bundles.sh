#!/bin/bash
# SPDX-License-Identifier: MIT
# 64 bundles in one program, by every linker: each found by its name, by its symbol, and read, and no other found. TAP on stdout.
. "$(dirname "$0")/lib.bash"
bundles=64
linkers="bfd gold lld mold"

echo 1..$((1 + $(wc -w <<<"$linkers")))
for ((i = 0; i < bundles; i++)); do
	mkdir b$i && for file in a sub; do
		echo "file $file of bundle $i" >b$i/$file.txt
	done
	"$RCC" compile -q -n bundle_$i -o b$i.o b$i 2>>words || break
	echo "RCC_DECLARE_BUNDLE(bundle_$i);"
done >declared.h
for ((i = 0; i < bundles; i++)); do
	echo "	RCC_BUNDLE(bundle_$i),"
done >symbols.h
[ "$(ls b*.o | wc -l)" -eq $bundles ] && [ ! -s words ]
tell "$bundles bundles compile"
for ld in $linkers; do
	program prog "$top/tests/large/many_bundles.c" b*.o -I. -fuse-ld=$ld && ./prog $bundles >words 2>&1 && grep -qx ok words
	tell "$bundles bundles in one program: $ld"
done
exit $failed
