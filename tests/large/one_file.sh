#!/bin/bash
# SPDX-License-Identifier: MIT
# One file of 5 GB, stored and compressed in chunks: within 32 MiB, and read back at offsets on both sides of each 32-bit
# limit. The file is sparse; needs 15 GB of disk.
. "$(dirname "$0")/lib.bash"
size=5000000000
offsets="0 1 2147483647 2147483648 4294967295 4294967296 4294900000 4999934464 4999999993"

echo 1..7
mkdir in && truncate -s $size in/disk.img && for at in $offsets; do
	printf 'at%.5s' "$at" | dd of=in/disk.img bs=1 seek=$((at)) conv=notrunc status=none
done && truncate -s $size in/disk.img
cc -O2 -D_FILE_OFFSET_BITS=64 -I"$BUILD/stub" -o read_at "$top/tests/large/read_at.c" "$BUILD/stub/rcc.c" -lzstd >words 2>&1
tell "the program that reads back is made"
within 32 compile -q -n one -o one.o in
tell "an object: within 32 MiB"
"$RCC" list -l one.o >words 2>&1 && grep -q "$size.* disk.img$" words
tell "an object: it has $size bytes"
"$RCC" cat one.o disk.img 2>words | cmp - in/disk.img >>words
tell "an object: all of it is read back"
rm one.o
within 32 compile -q --format bundle -o one.rcb in && ./read_at one.rcb disk.img in/disk.img $offsets >words 2>&1 && grep -qx ok words
tell "a bundle file: within 32 MiB, and read back in parts"
rm one.rcb
within 32 compile -q -z1 --chunk 1M --format bundle -o one.rcb in && ./read_at one.rcb disk.img in/disk.img $offsets >words 2>&1 &&
	grep -qx ok words
tell "in chunks: within 32 MiB, and read back in parts"
[ "$(stat -c %s one.rcb)" -lt $((size / 100)) ] && [ "$("$RCC" verify one.rcb 2>words; echo $?)" = 0 ]
tell "in chunks: small, and sound"
exit $failed
