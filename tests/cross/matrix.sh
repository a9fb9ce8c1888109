#!/bin/bash
# SPDX-License-Identifier: MIT
# The same two bundles for every machine that Debian has a compiler for: compiled here by `rcc compile --target`, linked by every linker
# in three forms, run under qemu, read back by the rcc of this machine, and judged by their headers. TAP on stdout.
# matrix.sh [MACHINE...]: those only.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-cross.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
export LC_ALL=C

forms="pie static gc r"

# --target, the compiler's triple, who runs it (-: nobody does, so programs are linked and looked at only).
machines()
{
	cat <<-'TABLE'
	aarch64  aarch64-linux-gnu        qemu-aarch64
	armhf    arm-linux-gnueabihf      qemu-arm
	armel    arm-linux-gnueabi        qemu-arm
	i386     i686-linux-gnu           qemu-i386
	x32      x86_64-linux-gnux32      -
	riscv64  riscv64-linux-gnu        qemu-riscv64
	s390x    s390x-linux-gnu          qemu-s390x
	ppc64le  powerpc64le-linux-gnu    qemu-ppc64le
	ppc64    powerpc64-linux-gnu      qemu-ppc64
	ppc      powerpc-linux-gnu        qemu-ppc
	mips64el mips64el-linux-gnuabi64  qemu-mips64el
	mips64   mips64-linux-gnuabi64    qemu-mips64
	mipsel   mipsel-linux-gnu         qemu-mipsel
	mips     mips-linux-gnu           qemu-mips
	sparc64  sparc64-linux-gnu        qemu-sparc64
	m68k     m68k-linux-gnu           qemu-m68k
	TABLE
}

# What no linker of the day can do, each with the linker's own words (an extended regular expression): doc/linkers.md has the same rows.
refuses() # MACHINE LINKER FORM
{
	case $1-$2-$3 in
	x32-lld-*-static) echo 'R_X86_64_GOTTPOFF must be used in MOVQ or ADDQ instructions only' ;; # libc.a
	x32-lld-*) echo 'R_X86_64_32 cannot be used against' ;; # crtbeginS.o
	x32-mold-*) echo 'unknown -m argument: elf32_x86_64' ;;
	riscv64-lld-14-*) echo 'R_RISCV_ALIGN requires unimplemented linker relaxation' ;; # crt1.o
	s390x-lld-14-*) echo 'unknown emulation: elf64_s390' ;;
	ppc64-lld-*) echo 'ABI version 1 is not supported' ;; # crt1.o
	mips64*-lld-*-static) echo 'found R_MIPS_JALR relocation against non-function symbol' ;; # libc.a
	mips*-mold-*) echo 'unknown (-m argument: ips|command line option: -EB)' ;;
	sparc64-lld-*) echo "unknown argument '-relax'" ;; # gcc's
	m68k-lld-*) echo 'unknown emulation: m68kelf' ;;
	esac
}

# One cell: the link's words go to $dir/words, and any word is a failure.
link() # LINKER FORM OUTPUT OBJECT...
{
	local ld=$1 form=$2 out=$3
	shift 3
	case $ld in lld-*) set -- -B"$work/$ld" "$@"; ld=lld ;; *) set -- -B"$work/other" "$@" ;; esac
	case $form in
	pie) set -- -pie -Wl,--fatal-warnings "$@" ;;
	static) set -- -static -Wl,--fatal-warnings "$@" ;;
	gc) set -- -pie -Wl,--fatal-warnings,--gc-sections "$@" ;;
	r) set -- -nostdlib -r "$@" ;;
	esac
	"$triple-gcc" -fuse-ld="$ld" -o "$out" "$@" >words 2>&1
}

compile() # NAME FLAGS...
{
	local name=$1 flags="-O2 -ffunction-sections -fdata-sections -DRCC_NO_ZSTD -I$BUILD/stub -I$work/include"
	shift
	"$triple-gcc" $flags "$@" -c -o "$name-stub.o" "$BUILD/stub/rcc.c" &&
		"$triple-gcc" $flags "$@" -c -o "$name-prog.o" "$top/tests/link/progs/read_all.c" &&
		"$triple-gcc" $flags "$@" -c -o "$name-packed.o" "$here/packed.c" &&
		"$triple-gcc" $flags "$@" -c -o "$name-empty.o" "$work/empty.c"
}

run()
{
	timeout 60 "$runner-static" -L "/usr/$triple" "$@" >words 2>&1 && grep -qx ok words
}

# The host's rcc reads the foreign program.
reads() # FILE
{
	"$RCC" verify "$1" >words 2>&1 && "$RCC" list "$1" >words 2>&1 && cmp -s words "$work/listed"
}

# What a program of these objects may be blamed for, the same toolchain's program without any bundle must be blamed for too.
sound() # LINKER FORM PRE
{
	local blame own
	blame=$(perl "$here/sound.pl" prog 2 2>words) || return 1
	[ -n "$blame" ] || return 0
	link "$1" "$2" empty "$3-empty.o" || return 1
	own=$(perl "$here/sound.pl" empty 0 2>words) || return 1
	for word in $blame; do
		case " $own " in *" $word "*) ;; *) echo "$word, which the toolchain's own programs have not ($own)" >words; return 1 ;; esac
	done
}

# Prints the cell's fate: empty is good.
cell() # LINKER FORM
{
	local pre=pie form=$2 words status
	[ "$form" = static ] && pre=nopie
	words=$(refuses "$machine" "$1" "$form")
	rm -f prog
	if [ "$form" = r ]; then
		form=pie
		# lld 14 misses ARM's build attributes where there is nothing but data.
		if [ -z "$words" ] && ! { link "$1" r both.o one.o two.o &&
			! grep -qv 'warning: lld uses blx instruction, no object with architecture supporting feature detected' words; }; then
			echo "link -r"
			return
		fi
		set -- "$1" "$2" both.o
	else
		set -- "$1" "$2" one.o two.o
	fi
	if [ -n "$words" ]; then
		# The same words for a program without a bundle: the refusal is none of the objects.
		{ ! link "$1" "$form" prog "$pre-empty.o" && grep -qE -e "$words" words; } || echo "was expected to be refused"
		return
	fi
	link "$1" "$form" prog "$pre-prog.o" "$pre-stub.o" "${@:3}"
	status=$?
	if [ $status -ne 0 ] || [ -s words ]; then
		echo "link"
	elif [ "$runner" != - ] && ! run ./prog "$work/one" "$work/two"; then
		echo "run"
	elif ! sound "$1" "$form" $pre; then
		echo "headers"
	elif ! reads prog; then
		echo "read by this machine's rcc"
	elif ! "$triple-strip" -s prog >words 2>&1 || ! reads prog; then
		echo "read by this machine's rcc, stripped"
	elif [ "$runner" != - ] && ! run ./prog "$work/one" "$work/two"; then
		echo "run, stripped"
	fi
}

# A bundle with compressed files and a stub without zstd.
packed()
{
	if ! link bfd static prog nopie-packed.o nopie-stub.o packed.o || [ -s words ]; then
		echo "link"
	elif [ "$runner" != - ] && ! run ./prog; then
		echo "run"
	elif ! "$RCC" verify prog >words 2>&1; then
		echo "read by this machine's rcc"
	fi
}

tell() # NAME WHY NOTE
{
	if [ -z "$2" ]; then
		echo "ok $1${3:+ ($3)}"
	else
		echo "not ok $1: $2"
		sed 's/^/# /' words
	fi
}

# All cells of a machine, without their numbers.
all_of() # MACHINE TRIPLE RUNNER
{
	local machine=$1 triple=$2 runner=$3 note
	mkdir -p "$work/$machine" && cd "$work/$machine" || return
	for tool in "$triple-gcc" "$triple-ld.bfd" $([ "$runner" = - ] || echo "$runner-static"); do
		command -v "$tool" >/dev/null || { echo "ok $machine # SKIP no $tool here"; return; }
	done
	{ compile pie -fPIE && compile nopie -fno-pie; } >words 2>&1
	tell "$machine compiles the stub and the programs" "$([ $? -eq 0 ] && [ ! -s words ] || echo compiler)"
	for bundle in one two; do
		"$RCC" compile -q --target "$machine" -n $bundle -o $bundle.o "$work/$bundle" || return
	done
	"$RCC" compile -q -z --target "$triple" -n packed -o packed.o "$work/packed" || return
	note=$([ "$runner" = - ] && echo "not run: nothing here runs it")
	tell "$machine packed" "$(packed)" "$note"
	for ld in bfd gold lld-14 lld-19 mold; do
		# riscv64 and m68k have no gold; the others are for many machines each.
		case $ld in
		gold) command -v "$triple-ld.gold" >/dev/null || continue ;;
		lld-*) command -v ld.$ld >/dev/null || { echo "ok $machine $ld # SKIP no ld.$ld here"; continue; } ;;
		mold) command -v mold >/dev/null || { echo "ok $machine $ld # SKIP no mold here"; continue; } ;;
		esac
		for form in $forms; do
			why=$(cell $ld $form)
			tell "$machine $ld $form" "$why" "$([ -n "$(refuses $machine $ld $form)" ] && echo "refused by the linker, as known" || echo "$note")"
		done
	done
}

# The bundles: all stored in two of them.
mkdir one two packed include other lld-14 lld-19
cp -r "$top/tests/fixtures/small/." one/
head -c 300000 /dev/zero | tr '\0' 'x' >one/large.bin
cp -r "$top/examples/site/." two/
printf small >packed/small
cp one/large.bin packed/large
cp /usr/include/xxhash.h include/ 2>/dev/null || { echo "Bail out! no <xxhash.h>"; exit 1; }
cat >empty.c <<'C'
#include <stdio.h>
static const char said[4][8] = {"none", "one", "two", "three"}; /* so that there is a .rodata, whatever libc has */
int main(int argc, char **argv)
{
	(void)argv;
	return puts(said[argc & 3]) < 0;
}
C
for bundle in one two; do
	"$RCC" compile -q --format bundle -n $bundle -o $bundle.rcb $bundle || { echo "Bail out! rcc compile failed"; exit 1; }
done
{ echo one: && "$RCC" list one.rcb && printf '\ntwo:\n' && "$RCC" list two.rcb; } >listed
# Cross compilers find these by -B, under the names they look for.
command -v ld.lld-14 >/dev/null && ln -s "$(command -v ld.lld-14)" lld-14/ld.lld
command -v ld.lld-19 >/dev/null && ln -s "$(command -v ld.lld-19)" lld-19/ld.lld
command -v mold >/dev/null && ln -s "$(command -v mold)" other/ld.mold

# Two machines at a time, told in the table's order.
machines | while read -r machine triple runner; do
	case " ${*:-$machine} " in *" $machine "*) ;; *) continue ;; esac
	echo "$machine $triple $runner"
done >todo
while read -r machine triple runner; do
	while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
	all_of "$machine" "$triple" "$runner" >"$machine.tap" 2>&1 </dev/null &
done <todo
wait
while read -r machine _; do cat "$machine.tap"; done <todo >tap
echo "1..$(grep -c -E '^(not )?ok ' tap)"
n=0
while IFS= read -r line; do
	case $line in
	ok\ *) n=$((n + 1)); line="ok $n ${line#ok }" ;;
	not\ ok\ *) n=$((n + 1)); line="not ok $n ${line#not ok }" ;;
	esac
	printf '%s\n' "$line"
done <tap
! grep -q '^not ok' tap
