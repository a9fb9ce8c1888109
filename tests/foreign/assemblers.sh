#!/bin/bash
# SPDX-License-Identifier: MIT
# rcc's assembler text for ELF by every assembler here: the sections are those of the object that rcc writes, and it holds the same
# bundle. Where "same" stands, relocations and symbols agree too; elsewhere assemblers refer to the same places by other local symbols.
# TAP on stdout.
set -u

# target, same or like, compiler
rows()
{
	cat <<-'END'
		x86_64 same clang
		x86_64 same clang-19 -target x86_64-linux-gnu
		x32 same x86_64-linux-gnux32-gcc
		x32 same clang-19 -target x86_64-linux-gnux32
		i386 like i686-linux-gnu-gcc
		i386 like clang-19 -target i686-linux-gnu
		aarch64 same aarch64-linux-gnu-gcc
		aarch64 same clang-19 -target aarch64-linux-gnu
		aarch64_be same aarch64-linux-gnu-gcc -mbig-endian
		armhf like arm-linux-gnueabihf-gcc
		armhf like clang-19 -target armv7-linux-gnueabihf
		armel like arm-linux-gnueabi-gcc
		riscv64 like riscv64-linux-gnu-gcc
		riscv64 like clang-19 -target riscv64-linux-gnu
		riscv32 like clang-19 -target riscv32-linux-gnu
		ppc64le same powerpc64le-linux-gnu-gcc
		ppc64 same powerpc64-linux-gnu-gcc
		ppc same powerpc-linux-gnu-gcc
		ppc64le same clang-19 -target powerpc64le-linux-gnu
		s390x same s390x-linux-gnu-gcc
		s390x same clang-19 -target s390x-linux-gnu
		mips64el same mips64el-linux-gnuabi64-gcc
		mips64 same mips64-linux-gnuabi64-gcc
		mipsel like mipsel-linux-gnu-gcc
		mips like mips-linux-gnu-gcc
		mips like clang-19 -target mips-linux-gnu
		loongarch64 same clang-19 -target loongarch64-linux-gnu
		sparc64 same sparc64-linux-gnu-gcc
		sparc64 same clang-19 -target sparc64-linux-gnu
		m68k same m68k-linux-gnu-gcc
	END
}

PLAN=$(rows | wc -l)
. "$(dirname "$0")/lib.bash"
. "$here/look.bash"

check() # TARGET KIND COMPILER...
{
	local target=$1 see=sections

	[ "$2" = same ] && see=look
	"$RCC" compile -q --format asm --target "$target" -o as.s web && "$RCC" compile -q --target "$target" -o own.o web || return 1
	"${@:3}" -c -o as.o as.s && diff <($see own.o) <($see as.o) && "$RCC" verify as.o && diff <("$RCC" list -l own.o) <("$RCC" list -l as.o)
}

rows >rows
while read -r target kind compiler; do
	if command -v "${compiler%% *}" >/dev/null; then
		# shellcheck disable=SC2086
		try "$target: $compiler" check "$target" "$kind" $compiler
	else
		n=$((n + 1))
		echo "ok $n $target: $compiler # SKIP not here"
	fi
done <rows
