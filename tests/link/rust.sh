#!/bin/bash
# SPDX-License-Identifier: MIT
# Two bundles in a Rust program, as arguments to its linker, with the C stub from librcc.a. TAP on stdout. Where the machine has no rustc
# this is said and nothing is tested: Debian's takes over 200 MB.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
# rustup puts it where only a login shell looks.
rustc=$(PATH=$PATH:${CARGO_HOME:-${HOME-}/.cargo}/bin && command -v rustc) || { echo '1..1'; echo 'ok 1 no rustc on this machine: not tried'; exit 0; }
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-rust.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
"$RCC" compile -q -n one -z -o one.o "$top/tests/fixtures/small" && "$RCC" compile -q -n two -o two.o "$top/examples/site" || exit 1

n=0 zstd=-lzstd
built() { # NAME FLAGS...
	local name=$1
	shift
	n=$((n + 1))
	if "$rustc" --edition 2021 -O "$@" -C link-arg=one.o -C link-arg=two.o -C link-arg="$BUILD/librcc.a" -C link-arg="$zstd" -o prog \
		"$here/progs/read_all.rs" >words 2>&1 && { ./prog; } >words 2>&1 && grep -qx ok words && "$RCC" verify prog >words 2>&1 &&
		perl "$here/segment.pl" prog >words 2>&1; then
		echo "ok $n rustc: $name"
	else
		echo "not ok $n rustc: $name"
		sed 's/^/# /' words
	fi
}

echo 1..8
built "its own linker"
for ld in bfd gold lld mold; do
	built "$ld" -C link-arg=-fuse-ld=$ld
done
built "LTO" -C lto
built "stripped" -C strip=symbols
# A -l among the link arguments would be taken from the shared library, and the program crash at its start.
zstd=$(gcc -print-file-name=libzstd.a)
built "static" -C target-feature=+crt-static
