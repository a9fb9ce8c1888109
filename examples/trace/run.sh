#!/bin/sh
# SPDX-License-Identifier: MIT
# The loop of tracing: build a bundle, run a program under `rcc trace`, build again with --order, and count what a start
# costs before and after.
#   sh examples/trace/run.sh BUILD OUT     BUILD holds rcc and librcc.a; OUT is a directory to work in, on a disk
set -eu
build=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
: "${CC:=cc}"
mkdir -p "$out/tree"
[ -e "$out/tree/asset-03999" ] || awk -v dir="$out/tree" 'BEGIN {
	for (i = 0; i < 4000; i++) {
		file = sprintf("%s/asset-%05d", dir, i)
		for (k = 0; k < 250; k++)
			printf "%d ", i * 31 + k * k > file
		close(file)
	}
}'

# build NAME [OPTION...]
build()
{
	name=$1
	shift
	"$build/rcc" compile -q --format bundle -n assets -o "$out/$name" "$@" "$out/tree"
}

$CC -I "$here/../../runtime-stub" -o "$out/start" "$here/start.c" "$build/librcc.a" -lzstd
build before.rcb
"$build/rcc" trace -o "$out/names" "$out/start" "$out/before.rcb" >"$out/said"
build after.rcb --order "$out/names"
echo "before: $("$out/start" "$out/before.rcb")"
echo "after: $("$out/start" "$out/after.rcb")"
