#!/bin/bash
# SPDX-License-Identifier: MIT
# Links the same two objects by every linker in every form, runs the program, and reads the result's headers. TAP on stdout.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-link.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

linkers="bfd gold lld mold"
forms="pie nopie static static-pie gc gc-startstop lto shared plugin r archive strip script-pie script-nopie script-static"

mkdir one two
cp -r "$top/tests/fixtures/small/." one/
head -c 300000 /dev/zero | tr '\0' 'x' > one/large.bin
cp -r "$top/examples/site/." two/
"$RCC" compile -q -n one -z -o one.o one && "$RCC" compile -q -n two -o two.o two || { echo "Bail out! rcc compile failed"; exit 1; }
ar rcs libassets.a one.o two.o

# The stub and the program, once for each way to compile them.
stub=$BUILD/stub/rcc.c
prog=$here/progs/read_all.c
script=-Wl,-T,$top/linker-scripts/own-segment.ld
flags="-O2 -I$BUILD/stub -ffunction-sections -fdata-sections"
build() { # NAME CC FLAGS...
	local name=$1 cc=$2
	shift 2
	$cc $flags "$@" -c -o "$name-stub.o" "$stub" && $cc $flags "$@" -c -o "$name-prog.o" "$prog"
}
build pie gcc -fPIE && build nopie gcc -fno-pie && build pic gcc -fPIC -DSHARED &&
	build lto gcc -flto -fPIE && build clto clang -flto -fPIE || { echo "Bail out! the program does not compile"; exit 1; }
gcc -fPIE -DSHARED $flags -c -o apart-prog.o "$prog"
cat > host.c <<'C'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	void *h = dlopen("./plugin.so", RTLD_NOW | RTLD_LOCAL);
	int (*run)(int, char **);
	if (!h) {
		puts(dlerror());
		return 1;
	}
	*(void **)&run = dlsym(h, "run");
	return run ? run(argc, argv) : 1;
}
C
gcc $flags -fPIC -DSHARED -Dmain=run -c -o plugin-prog.o "$prog"
gcc -o host host.c

# One cell: the link's words go to $work/words, and any word is a failure.
link() { # LINKER FORM
	local ld=$1 w="-Wl,--fatal-warnings -fuse-ld=$1" lto=gcc pre=lto
	rm -f prog plugin.so libbundles.so
	case $ld in lld) lto=clang pre=clto ;; esac
	case $2 in
	pie) gcc $w -pie -o prog pie-*.o one.o two.o -lzstd ;;
	nopie) gcc $w -no-pie -o prog nopie-*.o one.o two.o -lzstd ;;
	static) gcc $w -static -o prog nopie-*.o one.o two.o -lzstd ;;
	static-pie) gcc $w -static-pie -o prog pie-*.o one.o two.o -lzstd ;;
	gc) gcc $w -Wl,--gc-sections -o prog pie-*.o one.o two.o -lzstd ;;
	gc-startstop) gcc $w -Wl,--gc-sections -Wl,-z,start-stop-gc -o prog pie-*.o one.o two.o -lzstd ;;
	lto) $lto $w -O2 -flto -Wl,--gc-sections -pie -o prog $pre-*.o one.o two.o -lzstd ;;
	shared) gcc $w -shared -o libbundles.so one.o two.o pic-stub.o -lzstd &&
		gcc $w -pie -o prog apart-prog.o pie-stub.o -L. -Wl,--no-as-needed -lbundles -Wl,-rpath,"$work" -lzstd ;;
	plugin) gcc $w -shared -o plugin.so plugin-prog.o pic-stub.o one.o two.o -lzstd && cp host prog ;;
	r) gcc -fuse-ld=$ld -nostdlib -r -o both.o one.o two.o && gcc $w -pie -o prog pie-*.o both.o -lzstd ;;
	archive) gcc $w -pie -o prog pie-*.o libassets.a -lzstd ;;
	script-pie) gcc $w $script -pie -o prog pie-*.o one.o two.o -lzstd ;;
	script-nopie) gcc $w $script -no-pie -o prog nopie-*.o one.o two.o -lzstd ;;
	script-static) gcc $w $script -static -o prog nopie-*.o one.o two.o -lzstd ;;
	strip) gcc $w -pie -o prog pie-*.o one.o two.o -lzstd && strip -s prog ;;
	esac
}

# What no linker of the day can do, each with the linker's own words: README's limits table has the same rows.
refuses() { # LINKER FORM: the words, or nothing
	case $1-$2 in
	gold-static-pie) echo 'unexpected reloc|cannot|rcrt1|static-pie|error' ;;
	gold-script-*) echo 'syntax error' ;;
	mold-script-*) echo 'unknown linker script token' ;;
	gold-gc-startstop | mold-gc-startstop) echo 'start-stop-gc' ;;
	esac
}

# No executable stack, no writable or executable asset, no text relocation.
sound() { # FILE FORM
	local h
	h=$(readelf -lW "$1") || return 1
	if grep -q 'RWE' <<<"$h"; then echo "a segment is writable and executable"; return 1; fi
	if readelf -dW "$1" | grep -q TEXTREL; then echo "text relocation"; return 1; fi
	"$RCC" verify "$1" || return 1
	perl "$here/segment.pl" "$1" $2 || return 1
}

n=0
set -- $linkers
echo "1..$(($# * $(wc -w <<<"$forms")))"
for ld in $linkers; do
	for form in $forms; do
		n=$((n + 1))
		words=$(refuses $ld $form)
		link $ld $form >words 2>&1
		status=$?
		why=
		if [ -n "$words" ]; then
			{ [ $status -ne 0 ] && grep -qE "$words" words; } || why="was expected to be refused"
		elif [ $status -ne 0 ] || [ -s words ]; then
			why="link"
		else
			file=prog
			case $form in shared) file=libbundles.so ;; plugin) file=plugin.so ;; esac
			./prog one two >words 2>&1 && grep -qx ok words || why="run"
			[ -n "$why" ] || sound $file $form >words 2>&1 || why="headers"
		fi
		if [ -z "$why" ]; then
			echo "ok $n $ld $form${words:+ (refused by the linker, as known)}"
		else
			echo "not ok $n $ld $form: $why"
			sed 's/^/# /' words
		fi
	done
done
