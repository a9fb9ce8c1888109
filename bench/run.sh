#!/bin/sh
# SPDX-License-Identifier: MIT
# rcc beside its peers, in one run on one machine: sh bench/run.sh BUILD [--json FILE] [--markdown FILE] [PART...]
#
# Parts (all): build-svg build-web build-large cold million five-gb zstd dict rebuild lookup list read startup prune.
# Contenders run in turn on the same input; figures are medians, ratios those within a round. Quote the ratios, the counts
# and the peak memory, not the seconds.
# BENCH_DIR: where the inputs are made and kept (BUILD/bench/data; 3 GB, and 25 more while the large parts run).
# BENCH_SCALE: percent of the inputs' size (100). Below 100, generated files stand in for what would be fetched.
# BENCH_ROUNDS: rounds (5). BENCH_PATIENCE: seconds a contender may take (90). BENCH_MEMORY: GiB of address space it may (16).
# BENCH_KEEP: keep the tree of a million files.
set -u
BUILD=${1:?usage: sh bench/run.sh BUILD [--json FILE] [--markdown FILE] [PART...]}
BUILD=$(cd "$BUILD" && pwd) || exit 1
shift
json= markdown=
while :; do
	case ${1-} in
	--json) json=$2; shift 2 ;;
	--markdown) markdown=$2; shift 2 ;;
	*) break ;;
	esac
done
here=$(cd "$(dirname "$0")" && pwd)
data=${BENCH_DIR:-$BUILD/bench/data}
SCALE=${BENCH_SCALE:-100} ROUNDS=${BENCH_ROUNDS:-5} PATIENCE=${BENCH_PATIENCE:-90} MEMORY=${BENCH_MEMORY:-16}
RCC=$BUILD/rcc BENCH=$BUILD/bench CC=${CC:-cc}
processors=$(nproc)
export RCC BENCH CC LC_ALL=C
mkdir -p "$data" && work=$(mktemp -d "$data/work.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
rows=$work/rows
: >"$rows"

. "$here/lib.sh"
. "$here/corpora.sh"
. "$here/parts_build.sh"
. "$here/parts_read.sh"
. "$here/parts_link.sh"

[ $# -gt 0 ] || set -- build-svg build-web build-large cold million five-gb zstd dict rebuild lookup list read startup prune
for part; do
	case $part in
	build-svg | build-web | build-large | cold | million | five-gb | zstd | dict | rebuild | lookup | list | read | startup | prune) ;;
	*) echo "bench: no part $part" >&2; exit 2 ;;
	esac
done
for part; do
	say "part $part"
	"part_$(echo "$part" | tr - _)"
done

machine()
{
	echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $processors processors, $(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), $(stat -f -c %T "$data"), Linux $(uname -r | cut -d - -f 1), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release) $(cat /etc/debian_version 2>/dev/null)"
	echo "$($CC --version | head -n 1); $(ld --version | head -n 1); $(zstd --version | grep -o 'v[0-9.]*' | head -n 1 | sed 's/^/zstd /'); GLib $(pkg-config --modversion gio-2.0 2>/dev/null); Qt $(pkg-config --modversion Qt6Core 2>/dev/null); $(go version 2>/dev/null | cut -d ' ' -f 3); $(clang-19 --version 2>/dev/null | head -n 1)"
}

machine >"$work/machine"
{
	awk -f "$here/tables.awk" "$work/machine" "$rows"
	[ "$SCALE" -ne 100 ] || awk -f "$here/figures.awk" "$here/figures.tsv" "$rows"
} >"$work/tables"
cat "$work/tables"
[ -z "$markdown" ] || cp "$work/tables" "$markdown"
[ -z "$json" ] || awk -f "$here/json.awk" "$work/machine" "$rows" >"$json"
