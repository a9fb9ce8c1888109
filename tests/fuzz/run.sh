#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes each door for FUZZ_SECONDS, from a few seeds made here, along a way that FUZZ_SEED picks (0: any); TAP. A finding is kept beside the fuzzer.
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
	bundle | file)
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
	stream) ${CC:-cc} -o "$BUILD/fuzz/stream_seeds" "$here/stream_seeds.c" -lzstd && "$BUILD/fuzz/stream_seeds" "$made" ;;
	http)
		printf "@GET /app.3f2a9c1b.js?x\nAccept-Encoding: gzip;q=0.5, zstd, *;q=0\nRange: bytes=0-9,20-29,-5\n" >"$made/range"
		printf "@HEAD /dir\nIf-None-Match: W/\"a\", *\nIf-Match: *\nIf-Range: \"a\"\n" >"$made/match"
		printf "@GET /%%2e%%2e/%%00\\//a\nrange: bytes=0-,0-,0-\n" >"$made/path" ;;
	overlay)
		i=0
		for to in ../secret ../secrets /etc/passwd /proc/self/cwd d d/../../secret ..; do
			i=$((i + 1))
			printf "\\$i$to\\0a" >"$made/link$i"
		done
		printf '\1\0../secret' >"$made/up" ;;
	rules) cp "$here/../fixtures/small.rules" "$made/" ;;
	esac
	if "$BUILD/fuzz/$door" -max_total_time="${FUZZ_SECONDS:-20}" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix="$BUILD/fuzz/$door-" -print_final_stats=1 -seed="${FUZZ_SEED:-0}" "$made" >"$BUILD/fuzz/$door.log" 2>&1; then
		echo "ok $n $door: $(sed -n 's/stat::number_of_executed_units: *//p' "$BUILD/fuzz/$door.log") runs"
	else
		echo "not ok $n $door"
		tail -n 60 "$BUILD/fuzz/$door.log" | sed 's/^/# /'
	fi
done
