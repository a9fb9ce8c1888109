#!/bin/bash
# SPDX-License-Identifier: MIT
# A million files: compiled within 200 MiB, counted, and every thousandth read back. Needs 6 GB of disk and a million inodes.
. "$(dirname "$0")/lib.bash"
files=1000000

echo 1..5
mkdir in && "$BUILD/bench/generate" tree in $files >words 2>&1
tell "$files files are made"
within 200 compile -q -n million -o million.o in
tell "they compile within 200 MiB"
"$RCC" list million.o >listed 2>words && [ "$(wc -l <listed)" -eq $files ] && [ ! -s words ]
tell "$files names are listed"
"$BUILD/bench/generate" names $files | sort | cmp - <(sort listed) >words 2>&1
tell "they are those"
# A thousand names a call, for one command line holds no more of them.
awk 'NR % 1000 == 0' listed >some
(xargs "$RCC" cat million.o <some | cmp - <(cd in && xargs cat <../some)) >words 2>&1 && [ "$(wc -l <some)" -eq $((files / 1000)) ]
tell "every thousandth is read back"
exit $failed
