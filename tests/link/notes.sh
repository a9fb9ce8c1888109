#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs whose notes were thrown away, by a linker script, objcopy or strip, before the link, in it and after it: what they still find,
# and what `rcc verify` says of the file. TAP on stdout.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-notes.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
export LC_ALL=C

# What becomes of a program that names its bundle or only looks for it, or of a library's bundle that the program looks for.
expected() # LINKER WAY PROGRAM GC
{
	case $1-$2-$3-$4 in
	mold-script*) echo 'refused: unknown linker script token' ;;
	bfd-script-both-named-*) echo 'refused: defined in discarded section' ;;
	gold-script-both-named-all) echo 'refused: defined in a discarded section' ;;
	lld-19-script-both-named-*) echo 'refused: symbol in a discarded section' ;;
	mold-object-library-*) echo 'lost, no note leads to bundle' ;;
	lld*-object-finds-gc | *-object-library-*-gc) echo 'lost, it holds no bundle' ;;
	*-library-*) echo 'lost, no note leads to bundle' ;;
	*-both-*) echo 'lost, neither a note nor a section rcc_desc leads to bundle' ;;
	*) echo 'found, no note leads to bundle' ;;
	esac
}

# gold takes no INSERT, and with a script it ends in an internal error unless that puts the image behind other constants.
discard() # LINKER SECTION...
{
	case $1 in
	gold) echo 'SECTIONS { . = SIZEOF_HEADERS; .interp : { *(.interp) } /DISCARD/ : {'"${*:2}"'} .rodata : { *(.rodata .rodata.*) *(.lrodata.rcc) } }' ;;
	*) echo "SECTIONS { /DISCARD/ : { ${*:2} } } INSERT AFTER .bss;" ;;
	esac
}

# Leaves the program in ./program, and what carries the bundle as ./$carrier.
link() # LINKER WAY PROGRAM GC
{
	local cc="gcc -fuse-ld=$1" object=web.o flags=

	[ "$1" != lld-19 ] || cc="gcc -B$work/lld-19 -fuse-ld=lld"
	[ "$4" = all ] || flags=-Wl,--gc-sections
	case $2 in
	script) discard "$1" '*(.note.rcc)' >discard.ld && flags="$flags -Wl,-T,discard.ld" ;;
	script-both) discard "$1" '*(.note.rcc) *(rcc_desc)' >discard.ld && flags="$flags -Wl,-T,discard.ld" ;;
	script-library) discard "$1" '*(.note.rcc)' >discard.ld && flags="$flags -Wl,-T,discard.ld" ;;
	object*) object=cut.o ;;
	esac
	# shellcheck disable=SC2086
	case $2 in
	*-library) $cc $flags -shared -o library.so library.o $object && gcc -o program finds.o stub.o ./library.so -lzstd ;;
	*) $cc $flags -pie -o program $3.o library.o stub.o $object -lzstd ;;
	esac || return
	case $2 in
	strip) strip -R .note.rcc program ;;
	objcopy-both) objcopy -R .note.rcc -R rcc_desc program ;;
	esac
}

# What happened, in the words of expected; all that was said lies in the file words.
happens() # LINKER WAY PROGRAM GC
{
	local carrier=program how

	[ "${2%-library}" = "$2" ] || carrier=library.so
	rm -f program library.so
	link "$@" >words 2>&1 || { echo refused; return; }
	how=$(./program 2>&1) || { echo "failed: $how"; return; }
	"$RCC" verify "$carrier" >words 2>&1
	echo "$how"
}

n=0
one() # LINKER WAY PROGRAM GC
{
	local want how fits

	n=$((n + 1))
	want=$(expected "$@")
	how=$(happens "$@")
	fits=${want#*[:,] }
	# Of rcc one line, and no other.
	if [ "$how" = "${want%%[:,]*}" ] && grep -qE "$fits" words && { [ "$how" = refused ] || [ "$(wc -l <words)" = 1 ]; }; then
		echo "ok $n $*: $want"
	else
		echo "not ok $n $*: $how, expected: $want"
		sed 's/^/# /' words
	fi
}

mkdir lld-19 && ln -s "$(command -v ld.lld-19)" lld-19/ld.lld && "$RCC" compile -q -n web -o web.o "$top/tests/fixtures/small" &&
	objcopy -R .note.rcc web.o cut.o || exit 1
echo 'const int constants[40] = {1}; int in_library(void); int in_library(void) { return !constants[0]; }' >library.c
flags="-O1 -fPIC -ffunction-sections -fdata-sections -I$BUILD/stub"
# shellcheck disable=SC2086
gcc $flags -c library.c && gcc $flags -c -o stub.o "$BUILD/stub/rcc.c" && gcc $flags -c -o finds.o "$here/progs/notes.c" &&
	gcc $flags -DNAMED -c -o named.o "$here/progs/notes.c" || exit 1

# Before any linker has seen them: OUTPUT is all that is said of the object, or archive.
says() # FILE OUTPUT
{
	n=$((n + 1))
	if "$RCC" verify "$1" >words 2>&1 && [[ $(cat words) == $2 ]]; then
		echo "ok $n $1"
	else
		echo "not ok $n $1"
		sed 's/^/# /' words
	fi
}

objcopy -R rcc_desc cut.o bare.o && ar rc cut.a cut.o || exit 1
echo 1..102
says web.o ''
says cut.o "rcc: cut.o: warning: no note leads to bundle 'web': *"
says cut.a "rcc: cut.a: warning: no note leads to bundle 'web' in cut.o: *"
says bare.o "rcc: bare.o: warning: neither a note nor a section rcc_desc leads to bundle 'web': *"
for ld in bfd gold lld lld-19 mold; do
	for gc in all gc; do
		for program in named finds; do
			for way in script script-both object; do
				one $ld $way $program $gc
			done
		done
		one $ld object-library finds $gc
		# What gold links by such a script as a library is not loaded, with a bundle or without: "not page-aligned".
		[ $ld = gold ] || one $ld script-library finds $gc
	done
	for program in named finds; do
		one $ld strip $program all
		one $ld objcopy-both $program all
	done
done
