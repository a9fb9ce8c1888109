#!/bin/sh
# SPDX-License-Identifier: MIT
# rcc beside its peers, in one run on one machine: sh bench/run.sh BUILD [--into DIR] [--json FILE] [--markdown FILE] [PART...]
#
# Parts (all): build-svg build-web build-large cold million five-gb zstd dict rebuild lookup list read cache startup prune sqlite http.
# --into DIR: what each part gave is kept there; the tables are of all that is there, from this run or an earlier one.
# Contenders run in turn on the same input; figures are medians, ratios those within a round. Quote the ratios, the counts
# and the peak memory, not the seconds.
# BENCH_DIR: where the inputs are made and kept (BUILD/bench/data; 3 GB, and 25 more while the large parts run).
# BENCH_SCALE: percent of the inputs' size (100). Below 100, generated files stand in for what would be fetched.
# BENCH_ROUNDS: rounds (5). BENCH_LONG: seconds from which one run is enough (20).
# BENCH_PATIENCE: seconds a contender may take (90). BENCH_MEMORY: GiB of address space it may (16).
# BENCH_KEEP: keep the tree of a million files.
set -u
here=$(cd "$(dirname "$0")" && pwd)
case ${1-} in
--help | '')
	sed -n '3,/^set -u$/s/^# \{0,1\}//p' "$here/run.sh"
	exit 0 ;;
esac
BUILD=${1:?usage: sh bench/run.sh BUILD [--into DIR] [--json FILE] [--markdown FILE] [PART...]}
BUILD=$(cd "$BUILD" && pwd) || exit 1
shift
into= json= markdown=
while :; do
	case ${1-} in
	--into) into=$2; shift 2 ;;
	--json) json=$2; shift 2 ;;
	--markdown) markdown=$2; shift 2 ;;
	*) break ;;
	esac
done
data=${BENCH_DIR:-$BUILD/bench/data}
SCALE=${BENCH_SCALE:-100} ROUNDS=${BENCH_ROUNDS:-5} PATIENCE=${BENCH_PATIENCE:-90} MEMORY=${BENCH_MEMORY:-16} LONG=${BENCH_LONG:-20}
RCC=$BUILD/rcc BENCH=$BUILD/bench CC=${CC:-cc}
processors=$(nproc)
export RCC BENCH CC LC_ALL=C
mkdir -p "$data" && work=$(mktemp -d "$data/work.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
rows=$work/rows results=${into:-$work/results}
mkdir -p "$results"

. "$here/lib.sh"
. "$here/corpora.sh"
. "$here/parts_build.sh"
. "$here/parts_read.sh"
. "$here/parts_link.sh"
. "$here/parts_memory.sh"
. "$here/parts_sqlite.sh"
. "$here/parts_http.sh"

parts='build-svg build-web build-large cold million five-gb zstd dict rebuild lookup list read cache startup prune sqlite http'
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $parts
for chosen; do
	case " $parts " in
	*" $chosen "*) ;;
	*) echo "bench: no part $chosen" >&2; exit 2 ;;
	esac
done
for chosen; do
	say "part $chosen"
	: >"$rows"
	"part_$(echo "$chosen" | tr - _)"
	cp "$rows" "$results/$chosen.tsv"
done
for chosen in $parts; do
	cat "$results/$chosen.tsv" 2>/dev/null
done >"$rows"

# The machine line, and what was measured with.
machine()
{
	printf '%s, %s processors, %s, %s, Linux %s, Debian %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$processors" \
		"$(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)" "$(findmnt -n -o FSTYPE -T "$data" || echo "-")" \
		"$(uname -r | cut -d - -f 1)" "$(cat /etc/debian_version 2>/dev/null)"
	for tool in "$CC --version" 'ld --version' 'clang-19 --version' 'zstd --version' 'go version' 'mksquashfs -version'; do
		$tool 2>/dev/null | head -n 1 | sed 's/^\*\*\* //; s/ \*\*\*$//'
	done | paste -s -d ';' | sed 's/;/; /g'
	for library in gio-2.0 Qt6Core sqlite3 libzstd; do
		echo "$library $(pkg-config --modversion $library 2>/dev/null || echo -)"
	done | paste -s -d ';' | sed 's/;/; /g'
}

machine >"$work/machine"
{
	sed 's/$/  /' "$work/machine"
	[ "$SCALE" -ne 100 ] || awk -f "$here/figures.awk" "$here/figures.tsv" "$rows"
	awk -f "$here/tables.awk" "$rows"
} >"$work/tables"
cat "$work/tables"
[ -z "$markdown" ] || cp "$work/tables" "$markdown"
[ -z "$json" ] || awk -f "$here/json.awk" "$work/machine" "$rows" >"$json"
