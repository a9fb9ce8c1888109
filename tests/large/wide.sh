#!/bin/bash
# SPDX-License-Identifier: MIT
# One directory with 200,000 entries: compiled, listed as a directory by a program, and the entries read back. TAP on stdout.
. "$(dirname "$0")/lib.bash"
files=200000

echo 1..5
mkdir -p in/wide && perl -e 'for (1 .. shift) { open my $f, ">", sprintf("in/wide/entry-%06d", $_) or die; print $f "contents $_\n" }' $files
echo beside >in/wide.txt && echo before >in/a
"$RCC" compile -q -n wide -o wide.o in 2>words
tell "a directory of $files entries compiles"
"$RCC" list wide.o 2>words | cmp - <(find in -type f -printf '%P\n' | sort) >>words 2>&1
tell "all are listed, in order"
program list_wide "$top/tests/large/list_wide.c" wide.o && ./list_wide wide $files >words 2>&1 && grep -qx ok words
tell "a program lists and reads them"
"$RCC" extract -C out wide.o >words 2>&1 && diff -r in out >words 2>&1
tell "all are extracted as they were"
"$RCC" verify wide.o >words 2>&1
tell "it is sound"
exit $failed
