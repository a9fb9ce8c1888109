#!/bin/bash
# SPDX-License-Identifier: MIT
# rcc compile --like for each machine that Debian has a compiler for: the object agrees with the compiler's own in all that linkers compare, it
# links without a word, and the linked file says of itself what it says without the bundle. TAP on stdout. like.sh [TRIPLE...]: those only.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
RCC=${RCC:-${BUILD:-$top/build}/rcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-like.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

triples="aarch64-linux-gnu arm-linux-gnueabihf arm-linux-gnueabi i686-linux-gnu x86_64-linux-gnux32 riscv64-linux-gnu s390x-linux-gnu
	powerpc64le-linux-gnu powerpc64-linux-gnu powerpc-linux-gnu mips64el-linux-gnuabi64 mips64-linux-gnuabi64 mipsel-linux-gnu
	mips-linux-gnu sparc64-linux-gnu m68k-linux-gnu"

n=0 failed=0
# tell NAME: the status of the command before is its fate; the file words says why.
tell()
{
	if [ $? -eq 0 ]; then
		echo "ok $((++n)) $1"
	else
		echo "not ok $((++n)) $1"
		sed 's/^/# /' words
		failed=1
	fi
}

head_of()
{
	readelf -hW "$1" | grep -E '^ *(Class|Data|OS/ABI|ABI Version|Machine|Flags):'
}

attributes_of()
{
	readelf -AWn "$1" 2>/dev/null | grep -E 'Tag_|ISA|FP ABI|GPR|CPR|Properties|feature'
}

# like EXAMPLE OUT: and the object agrees with it.
like()
{
	"$RCC" compile -q --like "$1" -n b -o "$2" in >words 2>&1 && [ ! -s words ] && "$RCC" verify "$2" >words 2>&1 &&
		diff <(head_of "$1") <(head_of "$2") >words && diff <(attributes_of "$1") <(attributes_of "$2") >words
}

# links LINKER... : an example with its bundle behind it, and before it, without a word; as the example alone but for the bundle.
links()
{
	for order in "example.o like.o" "like.o example.o"; do
		"$@" -e start -o alone example.o >words 2>&1 && "$@" -e start -o prog $order >words 2>&1 && [ ! -s words ] &&
			diff <(head_of alone) <(head_of prog) >words && diff <(attributes_of alone) <(attributes_of prog) >words || return 1
	done
}

mkdir in && printf hello >in/a.txt
cat >example.c <<'C'
double half(double x);
double half(double x) { return x; }
void start(void);
void start(void) { for (;;) {} }
C
for triple in ${*:-$triples}; do
	if ! command -v "$triple-gcc" >/dev/null; then
		echo "ok $((++n)) $triple # SKIP no $triple-gcc here"
		continue
	fi
	flags=
	case $triple in
	aarch64-*) flags=-mbranch-protection=standard ;;
	i686-* | x86_64-*) flags=-fcf-protection=full ;;
	esac
	"$triple-gcc" $flags -c -o example.o example.c >words 2>&1 && like example.o like.o
	tell "$triple: the object is like the example"
	links "$triple-ld.bfd"
	tell "$triple: bfd links it"
	# An example that is linked has the flags that linkers give.
	"$triple-ld.bfd" -e start -o linked example.o && like linked out.o
	tell "$triple: a program is an example too"
	"$triple-ar" rcs lib.a example.o && "$RCC" compile -q --like 'lib.a(example.o)' -n b -o out.o in >words 2>&1 && cmp like.o out.o >words
	tell "$triple: so is an archive's member"
done

# What is worth the option: each of these fails, or loses something, with the object that --target makes.
worth()
{
	local name=$1 triple=$2 target=$3 flags=$4
	shift 4
	if ! command -v "$triple-gcc" >/dev/null || ! command -v "$1" >/dev/null; then
		echo "ok $((++n)) $name # SKIP no $triple-gcc or no $1 here"
		return
	fi
	"$triple-gcc" $flags -c -o example.o example.c >words 2>&1 && like example.o like.o && links "$@"
	tell "$name"
	"$RCC" compile -q --target "$target" -n b -o like.o in && ! links "$@"
	tell "$name: not so with --target"
}
worth "aarch64: bfd keeps BTI" aarch64-linux-gnu aarch64 -mbranch-protection=standard aarch64-linux-gnu-ld.bfd
worth "aarch64: lld 19 keeps BTI" aarch64-linux-gnu aarch64 -mbranch-protection=standard ld.lld-19 -z bti-report=error
worth "x32: bfd keeps IBT" x86_64-linux-gnux32 x32 -fcf-protection=full x86_64-linux-gnux32-ld.bfd -z cet-report=error

if command -v arm-linux-gnueabihf-gcc >/dev/null && command -v ld.lld-14 >/dev/null; then
	arm-linux-gnueabihf-gcc -c -o example.o example.c && like example.o like.o && ld.lld-14 -shared -o prog like.o >words 2>&1 && [ ! -s words ]
	tell "arm: lld 14 has the attributes of a library that is only a bundle"
	"$RCC" compile -q --target armhf -n b -o like.o in && ld.lld-14 -shared -o prog like.o 2>words && grep -q 'blx instruction' words
	tell "arm: lld 14 has the attributes of a library that is only a bundle: not so with --target"
else
	echo "ok $((++n)) arm: lld 14 # SKIP no arm-linux-gnueabihf-gcc or no ld.lld-14 here"
fi
echo "1..$n"
exit $failed
