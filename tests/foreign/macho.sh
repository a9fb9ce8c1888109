#!/bin/bash
# SPDX-License-Identifier: MIT
# macOS, as far as it goes without one: rcc's assembler text becomes a Mach-O object, the whole stub compiles (Apple's headers are not
# here: include/ declares what it uses), ld64.lld links both, and the program carries the bundles where the stub looks for them. TAP on
# stdout.
set -u
PLAN=14
. "$(dirname "$0")/lib.bash"
needs clang-19 llvm-mc-19 ld64.lld-19 llvm-nm-19

cat >main.c <<-'END'
	#include "rcc.h"
	RCC_DECLARE_BUNDLE(web);
	int main(void)
	{
	#ifdef BY_NAME
		return !rcc_find_bundle("web") || !rcc_find_bundle("other");
	#else
		return !RCC_BUNDLE(web);
	#endif
	}
END

compile() # ARCH OUTPUT SOURCE FLAG...
{
	# shellcheck disable=SC2086
	clang-19 -target "$1-apple-macos12" $strict -nostdlibinc -I "$here/include" -isystem xxhash -I "$BUILD/stub" -c -o "$2" "$3" "${@:4}"
}

# -dead_strip: what nothing refers to must stay for the search by name.
link() # ARCH OUTPUT OBJECT...
{
	ld64.lld-19 -arch "$1" -platform_version macos 12.0 12.0 -undefined dynamic_lookup -dead_strip -e _main -o "$2" "${@:3}"
}

local_symbol()
{
	llvm-nm-19 -m "$1" | grep -q ' private external _rcc_bundle_web$'
}

"$RCC" compile -q --format bundle -n other -o other.rcb other || exit 1
for arch in arm64 x86_64; do
	"$RCC" compile -q --format asm --target "$arch-apple-macos" -o web.s web || exit 1
	try "$arch: clang assembles it" clang-19 -target "$arch-apple-macos12" -c -o web.o web.s
	try "$arch: llvm-mc assembles it" llvm-mc-19 -triple="$arch-apple-macos" -filetype=obj -o mc.o web.s
	try "$arch: the symbol is the module's own" local_symbol web.o
	try "$arch: the stub compiles" compile "$arch" stub.o "$BUILD/stub/rcc.c"
	compile "$arch" main.o main.c && link "$arch" program main.o web.o stub.o || exit 1
	try "$arch: the descriptor leads to the bundle in the program" perl "$here/carried.pl" program web.rcb
	compile "$arch" main.o main.c -DBY_NAME && link "$arch" named -sectcreate __DATA __rcc other.rcb main.o web.o stub.o || exit 1
	try "$arch: so it does where no code refers to it" perl "$here/carried.pl" named web.rcb
	try "$arch: -sectcreate puts a bundle where the stub looks" perl "$here/carried.pl" named other.rcb __DATA,__rcc
done
