#!/bin/bash
# SPDX-License-Identifier: MIT
# A bundle as a .syso in Go programs, read without cgo: by Go's own linker, as PIE and stripped too, and by the others through Go's
# external linking. Contents must stay what they are however the runtime gives memory back. TAP on stdout.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
RCC=${RCC:-${BUILD:-$top/build}/rcc}
go=$(command -v go) || { echo '1..1'; echo 'ok 1 Go # SKIP no go here (golang-go)'; exit 0; }
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-go.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

# Nothing is fetched, and nothing is written to the user's caches.
export GOCACHE=$work/cache GOPATH=$work/path GO111MODULE=on GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local
mkdir "$work/app" && cp "$here/progs/go/"* "$work/app/" && printf 'module app\n\ngo 1.17\n' >"$work/app/go.mod" && cd "$work/app" || exit 1

n=0
result() { # STATUS NAME: what happened lies in $work/words
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n $2"; else echo "not ok $n $2"; sed 's/^/# /' "$work/words"; fi
}

# Two runs of each program: the runtime gives pages back as lazily as it can, and at once.
reads() { # PROGRAM
	for how in 0 1; do
		GODEBUG=madvdontneed=$how "$1" "$top/examples/site" >"$work/words" 2>&1 && grep -qx ok "$work/words" || return 1
	done
}

# Built and run, and found by the tool, in a segment that is only readable.
built() { # NAME CGO FLAGS...
	local name=$1 cgo=$2 status=0
	shift 2
	{ CGO_ENABLED=$cgo "$go" build "$@" -o "$work/prog" . >"$work/words" 2>&1 && reads "$work/prog" &&
		"$RCC" verify "$work/prog" >"$work/words" 2>&1 && perl "$here/segment.pl" "$work/prog" go 1 >"$work/words" 2>&1; } || status=1
	result $status "$name"
}

# Hidden symbols suffice where the linker relocates the descriptor. In a static program Go's does not, and then an asset's symbol leads there.
echo 1..12
bundle() { # SYMBOLS
	"$RCC" compile -q -n site --dotfiles --symbols $1 -o rcc_amd64.syso "$top/examples/site" || exit 1
}
bundle sizes
mv asset_amd64.s ../
built "Go's linker, hidden symbol, PIE" 0 -buildmode=pie
built "Go's linker, hidden symbol, PIE, stripped" 0 -buildmode=pie '-ldflags=-s -w'
for ld in bfd gold lld mold; do
	built "$ld, hidden symbol" 1 "-ldflags=-linkmode=external -extldflags=-fuse-ld=$ld"
done
CGO_ENABLED=0 "$go" build -o "$work/prog" . >"$work/words" 2>&1 && "$work/prog" "$top/examples/site" >"$work/words" 2>&1
grep -qx 'FAIL the linker did not relocate the descriptor' "$work/words"
result $? "Go's linker, hidden symbol, static (leaves the descriptor as it was, as known)"
mv ../asset_amd64.s . && bundle global
built "Go's linker, global symbols" 0
built "Go's linker, global symbols, PIE" 0 -buildmode=pie
built "Go's linker, global symbols, stripped" 0 '-ldflags=-s -w'
built "Go's linker, global symbols, PIE, stripped" 0 -buildmode=pie '-ldflags=-s -w'
built "Go's linker, global symbols, trimmed paths" 0 -trimpath
