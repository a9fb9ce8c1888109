#!/bin/bash
# SPDX-License-Identifier: MIT
# No count of instructions may rise by more than 5 % over bench/instructions.tsv. TAP on stdout. A table made with another
# compiler or other flags says little of this build: then only a rise by half is a failure, and each line says so. After a change that
# is worth its price: make bench-instructions.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
table=${TABLE:-$top/bench/instructions.tsv}
now=$(mktemp "${TMPDIR:-/tmp}/rcc-instructions.XXXXXX") || exit 1
trap 'rm -f "$now"' EXIT
trap 'exit 130' HUP INT TERM

if ! sh "$top/bench/instructions.sh" "$BUILD" >"$now"; then
	printf '1..1\nnot ok 1 the instructions can be counted\n'
	exit 1
fi
awk -F '\t' '
	FNR == NR && /^# / { made[$1] = $2; next }
	FNR == NR { asked[$1] = $2; order[++n] = $1; next }
	/^# / { if (made[$1] != $2) other = $2 " is not " made[$1]; next }
	{ counted[$1] = $2; if (!($1 in asked)) order[++n] = $1 }
	END {
		limit = other == "" ? 1.05 : 1.5
		print "1.." n
		for (i = 1; i <= n; i++) {
			what = order[i]
			good = what in asked && what in counted && counted[what] <= asked[what] * limit
			printf "%s %d %s: %s, limit %.1f%s\n", good ? "ok" : "not ok", i, what, what in counted ? counted[what] : "not counted", \
				asked[what] * limit, other == "" ? "" : " (loose: " other ")"
			bad += !good
		}
		exit bad > 0
	}' "$table" "$now"
