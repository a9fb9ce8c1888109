#!/bin/bash
# SPDX-License-Identifier: MIT
# Windows by wine: programs and a DLL with bundles, by gcc of mingw-w64 and by clang, by bfd and lld, run and read everything. TAP on
# stdout. Debian has no zstd for mingw: the stub is the one without.
set -u
PLAN=15
. "$(dirname "$0")/lib.bash"
wine=$(command -v wine64 || command -v wine || ls /usr/lib/wine/wine64 2>/dev/null)
needs clang-19 ld.lld-19 x86_64-w64-mingw32-gcc "${wine:-wine64}"

# Wine's own start fills a new prefix with 700 MB. Where its DLLs are at hand, links to them will do, and no start.
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
unset DISPLAY
dlls=$(ls -d /usr/lib/*/wine/x86_64-windows /usr/lib*/wine/x86_64-windows 2>/dev/null | head -n 1)
if [ -n "$dlls" ]; then
	mkdir -p prefix/drive_c/windows/system32 && ln -s "$dlls"/* prefix/drive_c/windows/system32/ && echo disable >prefix/.update-timestamp
fi
# The server that wine leaves behind for its next program has the prefix open, and a folder named by the prefix's inode.
leave()
{
	local inode

	inode=$(stat -c %i "$WINEPREFIX" 2>/dev/null) || inode=0
	"$(command -v wineserver || echo /usr/lib/wine/wineserver64)" -k 2>/dev/null
	for folder in /tmp/wine-*/server-*-"$(printf %x "$inode")"; do
		[ ! -d "$folder" ] || rm -rf "${folder%/*}"
	done
	rm -rf "$work"
}
trap leave EXIT

build() # COMPILER LINKER OUTPUT FLAG...
{
	local cc=x86_64-w64-mingw32-gcc

	[ "$1" = gcc ] || cc="clang-19 -target x86_64-w64-mingw32 -fuse-ld=$2"
	# shellcheck disable=SC2086
	$cc $strict -O2 -isystem xxhash -I "$BUILD/stub" -o "$3" "${@:4}" "$BUILD/stub/rcc.c"
}

# NAME.gcc.o and NAME.clang.o, by the assembler of each.
object() # NAME DIR
{
	"$RCC" compile -q --format asm --target x86_64-w64-mingw32 -n "$1" -o "$1.s" "$2" && x86_64-w64-mingw32-as -o "$1.gcc.o" "$1.s" &&
		clang-19 -target x86_64-w64-mingw32 -c -o "$1.clang.o" "$1.s"
}

echo "hello.txt align=16K" >rules
mkdir squeezed && seq 10000 >squeezed/long.txt
object web web && object plug web && object one web && object two other &&
	"$RCC" compile -q --format bundle --rules rules -n file -o file.rcb web && "$RCC" compile -q --format bundle -z -n squeezed -o squeezed.rcb squeezed || exit 1
for by in 'gcc bfd' 'clang bfd' 'clang lld-19'; do
	# shellcheck disable=SC2086
	set -- $by
	try "$1, $2: a DLL" build "$1" "$2" plug.dll -shared -Wl,--export-all-symbols "$here/plugin.c" "plug.$1.o"
	try "$1, $2: a program" build "$1" "$2" windows.exe "$here/windows.c" "web.$1.o"
	try "$1, $2: it reads its bundle, files and the DLL's, and refuses as rcc.h says" "$wine" windows.exe file.rcb squeezed.rcb plug.dll
	try "$1, $2: two bundles, --gc-sections" build "$1" "$2" both.exe -ffunction-sections -fdata-sections -Wl,--gc-sections \
		"$top/tests/link/progs/read_all.c" "one.$1.o" "two.$1.o"
	try "$1, $2: found by symbol and by name, each file as on disk" "$wine" both.exe web other
done
