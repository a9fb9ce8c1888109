# SPDX-License-Identifier: MIT
# Shared by the tests of large inputs that look at what a run of rcc takes: a directory of their own, TAP, peak memory.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/rcc-large.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
export LC_ALL=C
n=0 failed=0

tell() # NAME; the status of the command before is its fate, what the file words says the reason
{
	if [ $? -eq 0 ]; then
		n=$((n + 1))
		echo "ok $n $1"
	else
		n=$((n + 1))
		echo "not ok $n $1"
		sed 's/^/# /' words | head -n 20
		failed=1
	fi
}

# rcc ARG..., which must do without a word and take MIB at its peak at most, as wait4 says.
within() # MIB ARG...
{
	local mib=$1 wall cpu rss minor major status
	shift
	IFS=$'\t' read -r wall cpu rss minor major status < <("$BUILD/bench/measure" -l words "$RCC" "$@")
	[ -s words ] && return 1
	echo "status $status, peak RSS $rss KiB of $((mib * 1024))" >words
	sed 's/^/# /' words
	[ "$status" -eq 0 ] && [ "$rss" -le $((mib * 1024)) ]
}

# A program of the stub as one file, without zstd, and what else is given.
program() # OUT SOURCE OBJECT...
{
	local out=$1 source=$2
	shift 2
	cc -O2 -I"$BUILD/stub" -DRCC_NO_ZSTD -o "$out" "$source" "$BUILD/stub/rcc.c" "$@" >words 2>&1
}
