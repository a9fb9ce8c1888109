#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes each door for FUZZ_SECONDS, from a few seeds made here; TAP. A finding is kept beside the fuzzer.
set -u
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${BUILD:-$here/../../build}
n=0
echo "1..$(ls "$here"/fuzz_*.c | wc -l)"
for source in "$here"/fuzz_*.c; do
	n=$((n + 1))
	door=$(basename "$source" .c)
	door=${door#fuzz_}
	made=$BUILD/fuzz/corpus-$door
	mkdir -p "$made"
	case $door in
	bundle)
		cp "$BUILD/fixtures/small.rcb" "$made/"
		mkdir -p "$BUILD/fuzz/alike"
		for i in $(seq 60); do
			seq -f "<item class=\"entry-$i\">%g</item>" "$i" $((i + 9)) >"$BUILD/fuzz/alike/$i"
		done
		seq 3000 >"$BUILD/fuzz/alike/long"
		"$BUILD/rcc" compile -q --format bundle -z --dict=1K --chunk 4K -n alike -o "$made/alike.rcb" "$BUILD/fuzz/alike"
		${CC:-cc} -o "$BUILD/fuzz/split_seeds" "$here/split_seeds.c" -lzstd && "$BUILD/fuzz/split_seeds" "$made" ;;
	carrier)
		"$BUILD/rcc" compile -q -n small -o "$made/small.o" "$here/../fixtures/small"
		"$BUILD/rcc" compile -q --per-file-sections -n small -o "$made/split.o" "$here/../fixtures/small"
		"$BUILD/rcc" compile -q --per-file-sections -n small -o "$made/split.a" "$here/../fixtures/small"
		cp "$BUILD/fixtures/small.rcb" "$made/"
		ar rcs "$made/small.a" "$made/small.o" ;;
	rules) cp "$here/../fixtures/small.rules" "$made/" ;;
	esac
	if "$BUILD/fuzz/$door" -max_total_time="${FUZZ_SECONDS:-20}" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix="$BUILD/fuzz/$door-" -print_final_stats=1 "$made" >"$BUILD/fuzz/$door.log" 2>&1; then
		echo "ok $n $door: $(sed -n 's/stat::number_of_executed_units: *//p' "$BUILD/fuzz/$door.log") runs"
	else
		echo "not ok $n $door"
		tail -n 60 "$BUILD/fuzz/$door.log" | sed 's/^/# /'
	fi
done
