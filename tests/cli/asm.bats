# SPDX-License-Identifier: MIT
# --format asm: what is written, that assemblers make of it the object rcc itself writes, and that programs find it.
load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	make_tree web
	put 'web/odd "name\;.txt' odd
	. "$BATS_TEST_DIRNAME/../foreign/look.bash"
}

# The host's compiler, and clang's assembler where it is; tests/foreign/assemblers.sh says by name which are not.
compilers()
{
	echo "$CC"
	command -v clang || true
	command -v clang-19 || true
}

@test "two files, whole: NAME.s and NAME.rcb" {
	rcc compile --format asm web
	is 0
	rcc compile --format bundle -o expected.rcb web
	is 0
	cmp web.rcb expected.rcb
	rcc compile --format asm -n other -o sub.asm web
	is 0
	[ -s sub.rcb ]
	rcc compile --format asm -o plain web
	is 0
	[ -s plain ] && [ -s plain.rcb ]
	rcc compile --format asm -o none/x.s web
	is 1 '' 'rcc: none/x.rcb: error: cannot write: No such file or directory; make its directory first'
	mkdir taken.s
	rcc compile --format asm -o taken.s web
	[ "$status" -eq 1 ]
	[ ! -e taken.rcb ]
}

@test "the same object as rcc writes itself" {
	"$RCC" compile --format asm web
	"$RCC" compile --symbols none --format asm -o none.s web
	"$RCC" compile --symbols global --format asm -o global.s web
	"$RCC" compile --symbols none -o none.ref web
	"$RCC" compile --symbols global -o global.ref web
	"$RCC" compile -o web.ref web
	# Elsewhere assemblers refer to the same places by other local symbols.
	case $(uname -m) in x86_64 | aarch64 | s390x) see=look ;; *) see=sections ;; esac
	$see web.ref | grep -vF 'odd "name\;.txt' >web.look # what assemblers disagree about is left out
	$see none.ref >none.look
	$see global.ref >global.look
	grep -q '^rcc_desc PROGBITS 000020' none.look
	for cc in $(compilers); do
		for kind in web none global; do
			$cc -c -o $kind.o $kind.s
			diff $kind.look <($see $kind.o)
			rcc verify $kind.o
			is 0
		done
	done
}

@test "programs find it" {
	cat >main.c <<-'END'
		#include <rcc.h>
		#include <string.h>
		RCC_DECLARE_BUNDLE(web);
		int main(int argc, char **argv)
		{
			const rcc_bundle *b = argc > 1 ? rcc_find_bundle("web") : RCC_BUNDLE(web);
			rcc_memfile f;
			(void)argv;
			return !b || rcc_verify(b) || rcc_load(b, "a.txt", &f) || strcmp((const char *)f.data, "alpha in web");
		}
	END
	"$RCC" compile -q --format asm -z web
	for cc in $(compilers); do
		$cc ${CFLAGS-} -I"$BUILD/stub" -Wl,--gc-sections -o main main.c web.s "$BUILD/stub/rcc.c" -lzstd
		./main
		./main by-name
	done
}

@test "a path is said as it was given, any path" {
	dir=$'odd "dir\\ \t\n\303\251'
	mkdir "$dir"
	rcc compile --format asm -n web -o "$dir/w.s" web
	is 0
	for cc in $(compilers); do
		$cc -c -o w.o "$dir/w.s"
		rcc verify w.o
		is 0
	done
	(cd "$dir" && ! $CC -c -o w.o w.s 2>/dev/null)
}

@test "the depfile is the text's" {
	"$RCC" compile -q --format asm -x '*;*' -M web.d -o out.s web
	has "$(head -1 web.d)" "out.s: *"
	grep -q '^ web/sub/b.txt' web.d
	! grep -q rcb web.d
}

@test "--check looks at both; unchanged files stay, changed contents change both" {
	rcc compile --format asm --check web
	[ "$status" -eq 1 ]
	[ ! -e web.s ] && [ ! -e web.rcb ]
	"$RCC" compile --format asm web
	touch -d '2001-01-01' web.s web.rcb
	rcc compile --format asm --check web
	is 0
	rcc compile --format asm web
	is 0
	[ -z "$(find web.s web.rcb -newermt 2002-01-01)" ]
	put web/a.txt 'ALPHA in web'
	rcc compile --format asm --check web
	is 1 '' "rcc: web.rcb: error: is not up to date; run rcc without --check to write it
rcc: web.s: error: is not up to date; run rcc without --check to write it"
	rcc compile --format asm web
	is 0
	[ "$(find web.s web.rcb -newermt 2002-01-01 | wc -l)" -eq 2 ]
}

@test "neither file is an input" {
	rcc compile --format asm -o web/w.s -n web web
	is 0
	rcc compile --format asm -o web/w.s -n web web
	is 0
	rcc list web/w.rcb
	! grep -q 'w\.s\|w\.rcb' <<<"$output"
	cp web/a.txt web/w.rcb.txt
	rcc compile --format asm --header w.rcb -o w.s web
	is 1 '' 'rcc: w.rcb: error: is two of the outputs; give each a file of its own'
}

@test "what a format cannot align is an error" {
	echo '*.txt align=16384' >rules
	rcc compile --format asm --target x86_64-w64-mingw32 -r rules web
	is 1 '' 'rcc: error: align=16384 is more than the 8192 that objects for x86_64-w64-mingw32 can have; use a bundle file'
	[ ! -e web.s ] && [ ! -e web.rcb ]
	rcc compile --format asm --target arm64-apple-macos -r rules web
	is 0
}

@test "triples name Mach-O and COFF" {
	while read -r triple name; do
		"$RCC" compile -q --format asm --symbols none --target "$triple" -o a.s web
		head -1 a.s | grep -q " for $name: "
	done <<-END
		arm64-apple-darwin23 arm64-apple-macos
		aarch64-apple-macos arm64-apple-macos
		x86_64-apple-macosx14.0 x86_64-apple-macos
		x86_64-pc-windows-msvc x86_64-w64-mingw32
		aarch64-windows-gnu aarch64-w64-mingw32
		x86_64-linux-gnu x86_64
	END
	rcc compile --target mips-apple-macos --format asm web
	[ "$status" -eq 2 ]
}
