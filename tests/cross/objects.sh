#!/bin/bash
# SPDX-License-Identifier: MIT
# The object for each machine of `rcc compile --target list`, without any compiler for it: what readelf says of it is what expected.tsv
# says; it is the same whatever tools are in PATH; the image in it is that of every other machine; two of them link by each linker that
# the table names, by -r and to a shared object, where this machine's rcc finds both. TAP on stdout.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-objects.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
export LC_ALL=C

# What readelf says of one.o, in the columns of expected.tsv from the second to the last but one.
looks()
{
	local h s
	h=$(readelf -hW one.o 2>&1) s=$(readelf -SW one.o 2>&1)
	printf '%s\t' "$(sed -n 's/^  Class: *//p' <<<"$h")" "$(sed -n 's/^  Data:.* \([a-z]*\) endian$/\1/p' <<<"$h")" \
		"$(sed -n 's/^  Machine: *//p' <<<"$h")" "$(sed -n 's/^  Flags: *\(0x[0-9a-f]*\).*/\1/p' <<<"$h")" \
		"$(sed -n 's/^  \[ *[0-9]*\] \(\.l*rodata[^ ]*\) *PROGBITS .* 00 *\([A-Zl]*\) .*/\1 \2/p' <<<"$s")" \
		"$(sed -n 's/^  \[ *[0-9]*\] \.l*rodata.* \([0-9]*\)$/\1/p' <<<"$s")"
	printf '%s\t%s' "$(relocations rcc_desc)" "$(relocations .note.rcc)"
}

# Three types make one relocation of MIPS's 64-bit objects. binutils 2.40 knows no R_LARCH_64_PCREL.
relocations() # SECTION
{
	readelf -rW one.o 2>/dev/null | awk -v of="$1" '
		/^Relocation section/ { on = $3 == "\047.rela" of "\047" || $3 == "\047.rel" of "\047"; next }
		!on || !/^ *[0-9a-f]+ / && !/Type[23]:/ { next }
		{ sub(/unrecognized: 6d/, "R_LARCH_64_PCREL") }
		match($0, / R_[A-Z0-9_]+/) { out = out (/Type[23]:/ ? "/" : out ? " " : "") substr($0, RSTART + 1, RLENGTH - 1) }
		END { printf "%s", out }'
}

# What readelf may complain of, and no more: relocations that it cannot apply to show a note, though it names them.
complains()
{
	readelf -aW one.o 2>&1 >/dev/null | grep -vE \
		'^readelf: Warning: unable to apply unsupported reloc type (248|109) to section \.note\.rcc$'
}

# The image, as it lies in the object, and the .rcb of the same files are the same bytes.
same_image() # OBJECT RCB
{
	cmp <(tail -c +4097 "$1" | head -c "$(wc -c <"$2")") "$2"
}

compile() # NAME OUTPUT OPTION...
{
	"$RCC" compile -q -n "$1" -o "$2" "${@:3}" "$1"
}

finds_both() # FILE
{
	"$RCC" verify "$1" && "$RCC" list "$1" >listed && cmp listed "$work/expected-list"
}

n=0
tell() # STATUS NAME: the words lie in the file words
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		sed 's/^/# /' words
	fi
}

# What these linkers cannot do with these objects, in their words or those of sound.pl: doc/linkers.md has the same rows.
fails() # TARGET LINKER
{
	case $1-$2 in
	sparc64-ld.lld-19) echo 'unknown relocation (46) against symbol' ;; # R_SPARC_DISP64
	x86_64-ld.bfd) echo 'the image can be written to' ;; # where no startup files put data between it and .dynamic
	esac
}

shared() # LINKER EMULATION OBJECT...
{
	local blame
	"$1" -m $2 -shared -o both.so "${@:3}" && finds_both both.so && blame=$(perl "$here/sound.pl" both.so 2) || return 1
	# The sections of data alone are laid out by the linker's own rules, beside its own code; what else there is would be ours.
	[ -z "$blame" ] || [ "$blame" = code-beside-data ] || { echo "$blame"; return 1; }
}

link() # LINKER EMULATION, and options
{
	"$1" -m $2 -r -o both.o one.o two.o && finds_both both.o && shared "$1" "$2" both.o && shared "$1" "$2" one.o two.o
}

mkdir one two
cp -r "$top/tests/fixtures/small/." one/
cp -r "$top/examples/site/." two/
compile one one.rcb --format bundle && compile two two.rcb --format bundle &&
	{ echo one: && "$RCC" list one.rcb && printf '\ntwo:\n' && "$RCC" list two.rcb; } >expected-list ||
	{ echo "Bail out! rcc compile failed"; exit 1; }
tail -n +2 "$here/expected.tsv" >table
tests=$(awk -F '\t' '{ n += 4 + split($10, linkers, "; ") } END { print n + 1 }' table)
echo "1..$tests"

diff <("$RCC" compile --target list | sed '/(--format asm)/d; s/ .*//' | sort) <(cut -f 1 table | sort) >words 2>&1
tell $? "the table has every target and no other"
while IFS= read -r row; do
	IFS='	' read -r target _ <<<"$row"
	compile one one.o --target "$target" >words 2>&1 && compile two two.o --target "$target" >>words 2>&1
	diff <(printf '%s\t%s\n' "$target" "$(looks)") <(cut -f 1-9 <<<"$row") >>words 2>&1
	tell $? "$target: header, section, relocations"
	! complains >words
	tell $? "$target: readelf has nothing to complain of"
	PATH=/nonexistent compile one alone.o --target "$target" >words 2>&1 && cmp one.o alone.o >>words 2>&1
	tell $? "$target: the same without any tool in PATH"
	same_image one.o one.rcb >words 2>&1
	tell $? "$target: the image of every other machine"
	sed 's/; /\n/g' <<<"${row##*	}" >linkers
	while read -r linker emulation; do
		if ! command -v "$linker" >/dev/null; then
			n=$((n + 1))
			echo "ok $n $target: $linker # SKIP not here"
			continue
		fi
		link "$linker" "$emulation" >words 2>&1
		status=$?
		known=$(fails "$target" "$linker")
		if [ -n "$known" ]; then
			[ $status -ne 0 ] && grep -qF "$known" words
			status=$?
		fi
		tell $status "$target: two objects, $linker -m $emulation, -r and shared${known:+ (fails, as known)}"
	done <linkers
done <table
