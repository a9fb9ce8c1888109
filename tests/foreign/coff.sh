#!/bin/bash
# SPDX-License-Identifier: MIT
# Windows, as far as it goes without running anything: rcc's assembler text becomes a COFF object by clang and by mingw's as, mingw-w64 compiles the
# stub without a warning and links a program, and its descriptor leads to the bundle's bytes. windows.sh runs such programs. TAP on stdout.
set -u
PLAN=11
. "$(dirname "$0")/lib.bash"
needs clang-19 x86_64-w64-mingw32-gcc

cat >main.c <<-'END'
	#include "rcc.h"
	RCC_DECLARE_BUNDLE(web);
	int main(int argc, char **argv)
	{
		const rcc_bundle *b = RCC_BUNDLE(web), *f;

		if (!b || rcc_verify(b) || rcc_find_bundle("web") != b || rcc_register_bundle(b) || rcc_unregister_bundle(b))
			return 1;
		return argc > 1 && (rcc_open_bundle(argv[1], RCC_GUARDED, &f) || rcc_close_bundle(f));
	}
END

link() # FLAG...
{
	# shellcheck disable=SC2086
	x86_64-w64-mingw32-gcc $strict -isystem xxhash -I "$BUILD/stub" "$@" main.c "$BUILD/stub/rcc.c"
}

# Between the first and last descriptor of the stub, in the order of the sections' names: a search by name needs that.
in_order() # PROGRAM
{
	perl -e '
		my ($first, $desc, $last) = map { my $name = $_; map { hex((split)[0]) } grep { / \Q$name\E$/ } @lines }
			qw(find_first rcc_bundle_web find_last) if @lines = split /\n/, `x86_64-w64-mingw32-nm $ARGV[0]`;
		exit !($first < $desc && $desc < $last)' "$1"
}

"$RCC" compile -q --format asm --target x86_64-w64-mingw32 -o web.s web || exit 1
try 'x86_64: as assembles it' x86_64-w64-mingw32-as -o as.o web.s
try 'x86_64: clang assembles it' clang-19 -target x86_64-w64-mingw32 -c -o clang.o web.s
for as in as clang; do
	try "x86_64, $as: the stub compiles, a program links" link -o "$as.exe" "$as.o"
	try "x86_64, $as: the descriptor leads to the bundle in the program" perl "$here/carried.pl" "$as.exe" web.rcb
	try "x86_64, $as: the descriptor lies where the stub looks" in_order "$as.exe"
done
try 'x86_64: --gc-sections' link -ffunction-sections -fdata-sections -Wl,--gc-sections -o gc.exe as.o
try 'x86_64: and it is still there' perl "$here/carried.pl" gc.exe web.rcb
"$RCC" compile -q --format asm --target aarch64-w64-mingw32 -o web.s web || exit 1
try 'aarch64: clang assembles it' clang-19 -target aarch64-w64-mingw32 -c -o arm.o web.s
