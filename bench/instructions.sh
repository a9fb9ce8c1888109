#!/bin/sh
# SPDX-License-Identifier: MIT
# Counts instructions under callgrind: sh bench/instructions.sh BUILD prints a table like bench/instructions.tsv.
# Only rcc's own code counts, neither libzstd nor the C library, whose instructions depend on the processor at hand. A count a
# file is the difference of two trees divided by the files between them, so that what every run costs drops out.
set -eu
BUILD=$(cd "${1:?usage: sh bench/instructions.sh BUILD}" && pwd -P)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-instructions.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
export LC_ALL=C
cd "$work"

# own OBJECT OPTION... -- COMMAND...: instructions that OBJECT's own code took; the command's output in $work/out
own()
{
	object=$1
	shift
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	valgrind -q --tool=callgrind --callgrind-out-file=counts --compress-strings=no --compress-pos=no $options "$@" >out 2>err ||
		{ cat err >&2; exit 1; }
	awk -v object="$object" '
		/^ob=/ { inside = substr($0, 4) == object; next }
		/^calls=/ { getline; next }
		/^[0-9]/ && inside { n += $2 }
		END { printf "%.0f\n", n }' counts
}

per() # WHAT INSTRUCTIONS UNITS
{
	awk -v what="$1" -v n="$2" -v units="$3" 'BEGIN { printf "%s\t%.1f\n", what, n / units }'
}

within() # MODE NAMES BUNDLE: instructions inside the function `counted`
{
	own "$BUILD/bench/count" --toggle-collect=counted -- "$BUILD/bench/count" "$1" "$2" "$3"
}

compiled() # OPTION... TREE: instructions of rcc
{
	own "$BUILD/rcc" -- "$BUILD/rcc" compile -q -j1 --format bundle -o compiled.rcb "$@"
}

echo "# compiler	$(${CC:-cc} --version | head -n 1)"
# shellcheck disable=SC2086
echo "# flags	"${O:--O2 -g}
for n in 100 1000 3000 10000; do
	mkdir "$n"
	"$BUILD/bench/generate" tree "$n" "$n"
	(cd "$n" && find . -type f -printf '%P\n' | sort) >"$n.list"
	"$BUILD/rcc" compile -q -z3 --format bundle -o "$n.rcb" "$n"
done
mkdir small large
"$BUILD/bench/generate" file small/file 1000000
"$BUILD/bench/generate" file large/file 9000000

for n in 100 10000; do
	for what in hit miss; do
		per "look-up, $what, $n names" "$(within $what $n.list $n.rcb)" 20000
	done
done
per "directory entry listed, 10000 names" "$(within list 10000.list 10000.rcb)" "$(cat out)"
per "compressed file read, with its look-up" "$(within read 1000.list 1000.rcb)" 1000
per "file compiled, stored" "$(($(compiled 3000) - $(compiled 1000)))" 2000
per "file compiled, zstd" "$(($(compiled -z3 3000) - $(compiled -z3 1000)))" 2000
per "MB compiled, stored" "$(($(compiled large) - $(compiled small)))" 8
