#!/bin/bash
# SPDX-License-Identifier: MIT
# The same two bundles for every machine that Debian has a compiler for: compiled here by `rcc compile --target`, linked by every linker
# in five forms, run under qemu, read back by the rcc of this machine, and judged by their headers. And a bundle of 40 files with a section
# each, of which the program names three: with --gc-sections (prune) those are left, of a static library too (library), without (keep) all. TAP
# on stdout, and a Markdown table in BUILD/cross-matrix.md; --table: that on stdout instead. matrix.sh [--table] [MACHINE...]: those only.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
. "$top/tests/link/prune.bash"
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-cross.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
export LC_ALL=C

forms="pie static gc r apart prune keep library"
linkers="bfd gold lld-14 lld-19 mold"

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

# The number of the row of refused.txt that fits, from 1; its words in $words. Status 1: nothing is to be refused.
refuses() # MACHINE LINKER FORM
{
	local nth=0 machine linker form
	while IFS='	' read -r machine linker form words _; do
		nth=$((nth + 1))
		if [[ $1 == $machine && $2 == $linker && $3 == $form ]]; then
			echo $nth >nth
			return 0
		fi
	done < <(grep -v '^#' "$here/refused.txt")
	words=
	return 1
}

# What is no fault of the objects, though a linker says it: lld warns of glibc's dl-trampoline.o, and lld 14 misses ARM's build attributes
# where there is nothing but data.
harmless='^ld\.lld: warning: (.*libc\.a\(dl-trampoline\.o\).*found R_MIPS_JALR relocation against non-function symbol|lld uses blx instruction, no object with architecture supporting feature detected)'

# The linker's words go to the file words, and any word is a failure.
link() # LINKER FORM OUTPUT OBJECT...
{
	local ld=$1 form=$2 out=$3 status
	shift 3
	case $form in
	pie) set -- -pie "$@" ;;
	static) set -- -static "$@" ;;
	gc) set -- -pie -Wl,--gc-sections "$@" ;;
	prune | library) set -- -static -Wl,--gc-sections "$@" ;;
	keep) set -- -static "$@" ;;
	apart)
		set -- -pie "$@"
		case $ld in bfd) set -- -Wl,-z,separate-code "$@" ;; gold) set -- -Wl,--rosegment "$@" ;; esac ;;
	r) set -- -nostdlib -r "$@" ;;
	esac
	# Without the detours for a processor's erratum, where gold stops with an internal error that hangs on the code's addresses.
	case $ld-$triple in gold-aarch64*) set -- -mno-fix-cortex-a53-843419 "$@" ;; esac
	case $ld in lld-*) set -- -B"$work/$ld" -fuse-ld=lld "$@" ;; *) set -- -B"$work/other" -fuse-ld="$ld" "$@" ;; esac
	"$triple-gcc" -o "$out" "$@" >said 2>&1
	status=$?
	grep -vE "$harmless" said >words
	[ $status -eq 0 ] && [ ! -s words ]
}

compile() # NAME FLAGS...
{
	local name=$1 flags="-O2 -ffunction-sections -fdata-sections -DRCC_NO_ZSTD -I$BUILD/stub -I$work/include"
	shift
	"$triple-gcc" $flags "$@" -c -o "$name-stub.o" "$BUILD/stub/rcc.c" &&
		"$triple-gcc" $flags "$@" -c -o "$name-prog.o" "$top/tests/link/progs/read_all.c" &&
		"$triple-gcc" $flags "$@" -c -o "$name-packed.o" "$here/packed.c" &&
		"$triple-gcc" $flags "$@" -I"$work" -c -o "$name-prune.o" "$top/tests/link/progs/prune.c" &&
		"$triple-gcc" $flags "$@" -c -o "$name-empty.o" "$work/empty.c"
}

# A program of the form: read_all says ok, prune what it found.
run() # FORM
{
	local as="timeout 60 $runner-static -L /usr/$triple ./prog"
	case $1 in
	prune | keep | library) $as many "$work/many" "$work/many.names" >words 2>&1 && cmp -s words "$work/listed-$1" ;;
	*) $as "$work/one" "$work/two" >words 2>&1 && grep -qx ok words ;;
	esac
}

# The host's rcc reads the foreign program.
reads() # FORM
{
	local listed=$work/listed
	case $1 in prune | keep | library) listed=$listed-$1 ;; esac
	"$RCC" verify prog >words 2>&1 && "$RCC" list prog >words 2>&1 && cmp -s words "$listed"
}

# What a program of these objects may be blamed for, the same toolchain's program without any bundle must be blamed for too. In the form
# "apart" images and code share no segment, in any other that is the toolchain's choice.
sound() # LINKER FORM PRE
{
	local blame own bundles=2
	case $2 in prune | keep | library) bundles=1 ;; esac
	blame=$(perl "$here/sound.pl" prog $bundles 2>words) || return 1
	[ -n "$blame" ] || return 0
	if [[ $2 == apart && $blame == *code-beside-data* ]]; then
		echo "$blame" >words
		return 1
	fi
	link "$1" "$2" empty "$3-empty.o" || return 1
	own=$(perl "$here/sound.pl" empty 0 2>words) || return 1
	for word in $blame; do
		case " $own " in *" $word "*) ;; *) echo "$word, which the toolchain's own programs have not ($own)" >words; return 1 ;; esac
	done
}

# Prints the cell's fate: empty is good.
cell() # LINKER FORM
{
	local pre=pie form=$2 objects="one.o two.o" prog=prog words
	case $form in
	static) pre=nopie ;;
	prune | keep) pre=nopie prog=prune objects=many.o ;;
	library) pre=nopie prog=prune objects=many.a ;;
	gc) pre=unnamed ;; # the program names no bundle: what keeps it is the note's relocation
	r) form=pie objects=both.o ;;
	esac
	rm -f prog
	if refuses "$machine" "$1" "$2"; then
		# The same words for a program without a bundle: the refusal is none of the objects.
		{ ! link "$1" "$form" prog "$pre-empty.o" && grep -qE -e "$words" words; } || echo "was expected to be refused"
	elif [ "$2" = r ] && ! link "$1" r both.o one.o two.o; then
		echo "link -r"
	elif ! link "$1" "$form" prog "$pre-$prog.o" "$pre-stub.o" $objects; then
		echo "link"
	elif [ "$runner" != - ] && ! run "$2"; then
		echo "run"
	elif ! sound "$1" "$form" $pre; then
		echo "headers"
	elif ! reads "$2"; then
		echo "read by this machine's rcc"
	elif [[ $2 != @(pie|static|prune) ]]; then
		: # and what is stripped of the others is no different
	elif ! "$triple-strip" -s prog >words 2>&1 || ! reads "$2"; then
		echo "read by this machine's rcc, stripped"
	elif [ "$runner" != - ] && ! run "$2"; then
		echo "run, stripped"
	fi
}

# A bundle with compressed files and a stub without zstd.
packed()
{
	if ! link bfd static prog nopie-packed.o nopie-stub.o packed.o; then
		echo "link"
	elif [ "$runner" != - ] && ! run packed; then
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
	{ compile pie -fPIE && compile nopie -fno-pie && compile unnamed -fPIE -DSHARED; } >words 2>&1
	tell "$machine compiles the stub and the programs" "$([ $? -eq 0 ] && [ ! -s words ] || echo compiler)"
	for bundle in one two; do
		"$RCC" compile -q --target "$machine" -n $bundle -o $bundle.o "$work/$bundle" || return
	done
	"$RCC" compile -q -z --target "$triple" -n packed -o packed.o "$work/packed" &&
		"$RCC" compile -q --target "$machine" --per-file-sections -n many -o many.o "$work/many" &&
		"$RCC" compile -q --target "$machine" --per-file-sections -n many -o many.a "$work/many" || return
	note=$([ "$runner" = - ] && echo "not run: nothing here runs it")
	tell "$machine packed" "$(packed)" "$note"
	for ld in $linkers; do
		# riscv64 and m68k have no gold; the others are for many machines each.
		case $ld in
		gold) command -v "$triple-ld.gold" >/dev/null || continue ;;
		lld-*) command -v ld.$ld >/dev/null || { echo "ok $machine $ld # SKIP no ld.$ld here"; continue; } ;;
		mold) command -v mold >/dev/null || { echo "ok $machine $ld # SKIP no mold here"; continue; } ;;
		esac
		for form in $forms; do
			why=$(cell $ld $form)
			if refuses "$machine" $ld $form; then
				tell "$machine $ld $form" "$why" "refused by the linker, as known"
				echo "$machine $ld $form $([ -z "$why" ] && echo "no <sup>$(cat nth)</sup>" || echo FAILED)" >>cells
			else
				tell "$machine $ld $form" "$why" "$note"
				echo "$machine $ld $form $([ -z "$why" ] && echo yes || echo FAILED)" >>cells
			fi
		done
	done
}

# One row a machine; a cell says what became of the form pie, then of each form that fared otherwise.
table()
{
	echo "| machine | Debian's compiler | $(sed 's/ / | /g' <<<"$linkers") |"
	echo "|---|---|$(for ld in $linkers; do printf -- '---|'; done)"
	while read -r machine triple _; do
		printf '| %s | `%s-gcc` |' "$machine" "$triple"
		for ld in $linkers; do
			awk -v machine="$machine" -v ld="$ld" '
				$1 != machine || $2 != ld { next }
				{ form = $3; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "") }
				form == "pie" { out = $0 ; next }
				$0 != substr(out, 1, length($0)) { rest = rest "; " form ": " $0 }
				END { printf " %s%s |", out, rest }' "$machine/cells"
		done
		echo
	done <todo
	printf '\n'
	grep -v '^#' "$here/refused.txt" | awk -F '\t' '{ printf "%d. %s: `%s`\n", NR, $5, $4 }'
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
make_bundle many 40 && sed -n '3p;17p;39p' many.names >many.named && use_bundles many >uses.h && listed named many >listed-prune &&
	cp listed-prune listed-library && listed names many >listed-keep || { echo "Bail out! rcc compile --per-file-sections failed"; exit 1; }
# Cross compilers find these by -B, under the names they look for.
command -v ld.lld-14 >/dev/null && ln -s "$(command -v ld.lld-14)" lld-14/ld.lld
command -v ld.lld-19 >/dev/null && ln -s "$(command -v ld.lld-19)" lld-19/ld.lld
command -v mold >/dev/null && ln -s "$(command -v mold)" other/ld.mold

# Two machines at a time, told in the table's order.
as_table=false
[ "${1-}" != --table ] || { as_table=true; shift; }
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
table >"$BUILD/cross-matrix.md"
if $as_table; then
	cat "$BUILD/cross-matrix.md"
	! grep -q '^not ok' tap
	exit
fi
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
