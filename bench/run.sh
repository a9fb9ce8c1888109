#!/bin/sh
# SPDX-License-Identifier: MIT
# sh bench/run.sh BUILD: the figures rcc quotes. Machines are noisy: quote the ratios, the counts and the peak memory, not the seconds.
set -eu
B=${1:?usage: sh bench/run.sh BUILD}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo "== a tree with one 3 GiB file: label, wall s, cpu s, peak RSS KiB (at most 65536)"
mkdir "$work/large"
truncate -s 3G "$work/large/disk.img"
cp -r examples/site "$work/large/site"
for options in "" "-j8" "-z3"; do
	"$B/bench/measure" "rcc compile $options" "$B/rcc" compile -q $options -o "$work/large.o" "$work/large"
	rm -f "$work/large.o"
done

echo "== a real tree, one worker, then two: rcc beside cat of the same files"
tree=${BENCH_TREE:-/usr/share/zoneinfo}
for round in 1 2 3; do
	"$B/bench/measure" "cat of every file" sh -c "find '$tree' -type f -print0 | xargs -0 cat >'$work/cat'"
	"$B/bench/measure" "rcc compile -j1" "$B/rcc" compile -q -j1 --links skip -o "$work/tree.o" "$tree"
	"$B/bench/measure" "rcc compile -j2" "$B/rcc" compile -q -j2 --links skip -o "$work/tree.o" "$tree"
done

echo "== look-up: names, what, ns a hit, ns a miss, hits in units of the plain table"
"$B/bench/lookup"
