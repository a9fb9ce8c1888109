#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc compile --like: what is copied from an example, where examples are found, and what is no example. And targets misspelt.
load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	put in/a.txt alpha
}

# craft OUT CLASS ORDER MACHINE FLAGS TYPE OSABI [NAME SHTYPE SHFLAGS ALIGN HEX]...: an ELF file with these sections. Class 1 is 32 bits, 2
# is 64; order 1 is little, 2 big; HEX may be zerosN. Numbers as the headers have them, 0x allowed.
craft()
{
	perl -e '
		my ($out, $class, $order, $machine, $flags, $type, $osabi, @sec) = map { /^0x/ ? hex : $_ } @ARGV;
		my $wide = $class == 2;
		my ($h, $w, $a) = $order == 1 ? ("v", "V", $wide ? "Q<" : "V") : ("n", "N", $wide ? "Q>" : "N");
		my ($ehsize, $shsize) = $wide ? (64, 64) : (52, 40);
		my ($names, $data, @sh) = ("\0", "", [0, 0, 0, 0, 0, 0]);
		while (@sec) {
			my ($name, $t, $f, $align, $hex) = splice @sec, 0, 5;
			$hex = "00" x $1 if $hex =~ /^zeros(\d+)$/;
			push @sh, [length $names, $t, $f, $ehsize + length $data, length($hex) / 2, $align];
			$names .= "$name\0";
			$data .= pack "H*", $hex;
		}
		push @sh, [length $names, 3, 0, $ehsize + length $data, length($names) + 10, 1];
		$names .= ".shstrtab\0";
		$data .= $names;
		my $off = $ehsize + length $data;
		open my $f, ">", $out or die; binmode $f;
		print $f "\x7fELF", pack("C5 x7", $class, $order, 1, $osabi, 0), pack("$h$h$w$a$a$a$w$h$h$h$h$h$h",
			$type, $machine, 1, 0, 0, $off, $flags, $ehsize, 0, 0, $shsize, scalar @sh, $#sh), $data;
		print $f pack "$w$w$a$a$a$a$w$w$a$a", @$_[0, 1, 2], 0, @$_[3, 4], 0, 0, $_->[5], 0 for @sh;
	' "$@"
}

# same_head A B: class, order, OSABI, machine and e_flags.
same_head()
{
	head_of() { readelf -hW "$1" | grep -E '^ *(Class|Data|OS/ABI|Machine|Flags):'; }
	diff <(head_of "$1") <(head_of "$2")
}

# The section's type, size, flags and alignment, then its bytes.
section()
{
	readelf -SW "$1" | sed 's/^ *\[ *[0-9]*\] //' | awk -v n="$2" '$1 == n { print $2, $5, $7, $NF }'
	readelf -x "$2" "$1" 2>/dev/null | grep '^  0x'
}

property=040000001000000005000000474e5500020000c0040000000300000000000000

@test "the GNU property note: class, flags, alignment and bytes" {
	craft x.o 2 1 62 0 1 0 .note.gnu.property 7 2 8 $property
	rcc compile --like x.o -o out.o in
	is 0
	same_head out.o x.o
	has "$(readelf -n out.o)" *IBT,\ SHSTK*
	[ -n "$(section x.o .note.gnu.property)" ]
	diff <(section out.o .note.gnu.property) <(section x.o .note.gnu.property)
	[ "$("$RCC" list out.o)" = a.txt ]
	rcc verify out.o
	is 0
	# An example without one gives none; all else is as with --target.
	craft y.o 2 1 62 0 1 0
	rcc compile --like y.o -o out.o in
	is 0
	"$RCC" compile --target x86_64 -o plain.o in
	cmp out.o plain.o
}

@test "with --like a program keeps IBT and SHSTK, without it loses them" {
	[ "$(uname -m)" = x86_64 ] || skip "IBT is x86's"
	echo 'int main(void) { return 0; }' >main.c
	for how in full none; do
		$CC -fcf-protection=$how -c -o $how.o main.c
		rcc compile --like $how.o -o like-$how.o in
		is 0
	done
	rcc compile -o plain.o in
	ld -e main -o prog full.o like-full.o -z cet-report=error
	has "$(readelf -n prog)" *IBT,\ SHSTK*
	! ld -e main -o prog full.o plain.o -z cet-report=error 2>words
	has "$(<words)" *plain.o*missing*IBT*
	ld -e main -o prog full.o plain.o
	[ -z "$(readelf -n prog | grep IBT)" ]
	cmp plain.o like-none.o
}

@test "e_flags, OSABI and build attributes of other machines" {
	craft arm.o 1 1 40 0x05000400 1 0 .ARM.attributes 0x70000003 0 1 411300000061656162690001090000001c01
	craft rv.o 2 1 243 4 1 0 .riscv.attributes 0x70000003 0 1 41130000007269736376000109000000041005
	craft ppc64.o 2 2 21 0 1 0 .gnu.attributes 0x6ffffff5 0 1 410f000000676e75000107000000040106
	craft mips.o 1 2 8 0x50001007 1 0 .MIPS.abiflags 0x7000002a 2 8 000020010101000500000000000000000000000000000000
	craft s390.o 2 2 22 0 1 3
	craft m68k.o 1 2 4 0x01000000 1 0
	for m in arm rv ppc64 mips s390 m68k; do
		rcc compile --like $m.o -o out.o in
		is 0
		same_head out.o $m.o
		for s in .ARM.attributes .riscv.attributes .gnu.attributes .MIPS.abiflags; do
			diff <(section out.o $s) <(section $m.o $s)
		done
		[ "$("$RCC" list out.o)" = a.txt ]
	done
	has "$(readelf -A mips.o)" *MIPS32*
	# The rest is the row's.
	"$RCC" compile --target armhf -o plain.o in
	"$RCC" compile --like arm.o -o out.o in
	diff <(readelf -rW plain.o) <(readelf -rW out.o)
	readelf -SW out.o | grep -q '\.rodata\.rcc.* 65536$'
}

@test "a section of another type, machine or name is not copied" {
	craft x.o 2 1 62 0 1 0 .note.gnu.property 1 2 8 $property .ARM.attributes 0x70000003 0 1 41 .note.gnu.property.x 7 2 8 $property \
		.note.ABI-tag 7 2 4 $property
	rcc compile --like x.o -o out.o in
	is 0
	"$RCC" compile --target x86_64 -o plain.o in
	cmp out.o plain.o
}

@test "programs and libraries are examples too, with section headers or without" {
	craft prog 2 1 183 0 2 0 .note.gnu.property 7 2 8 040000001000000005000000474e5500000000c0040000000100000000000000
	craft lib.so 2 1 183 0 3 0
	rcc compile --like prog -o out.o in
	is 0
	has "$(readelf -n out.o)" *BTI*
	rcc compile --like lib.so -o out.o in
	is 0
	"$RCC" compile --target aarch64 -o plain.o in
	cmp out.o plain.o
	drop_section_headers prog
	rcc compile --like prog -o out.o in
	is 0
	cmp out.o plain.o
	make_program host
	rcc compile --like ./host -o out.o in
	is 0
	same_head out.o host
}

@test "a member of an archive; of an archive alone the first object" {
	craft one.o 2 1 62 0 1 0
	craft a_member_with_a_long_name.o 2 1 62 0 1 0 .note.gnu.property 7 2 8 $property
	echo text >text
	ar rcS lib.a text one.o a_member_with_a_long_name.o
	rcc compile --like lib.a -o out.o in
	is 0
	"$RCC" compile --like one.o -o plain.o in
	cmp out.o plain.o
	rcc compile --like 'lib.a(a_member_with_a_long_name.o)' -M dep -o out.o in
	is 0
	has "$(readelf -n out.o)" *IBT*
	# The depfile lists the file, without the member.
	grep -qx ' lib\.a' dep
	grep -qx 'lib\.a:' dep
	rcc compile --like 'lib.a(two.o)' in
	is 1 "" "rcc: lib.a(two.o): error: the archive has no such member"
	rcc compile --like 'lib.a(text)' in
	is 1 "" "rcc: lib.a(text): error: it is no ELF object, program or archive"
	rcc compile --like 'one.o(two.o)' in
	is 1 "" "rcc: one.o(two.o): error: it is no archive"
	rcc compile --like 'none.a(two.o)' in
	is 1 "" "rcc: none.a: error: cannot read: No such file or directory"
	# A file that is really called so.
	cp one.o 'lib.a(two.o)'
	rcc compile --like 'lib.a(two.o)' -o out.o in
	is 0
	cmp out.o plain.o
}

@test "the depfile lists the example" {
	craft x.o 2 1 62 0 1 0
	rcc compile --like x.o -M dep -o out.o in
	is 0
	grep -qx ' x\.o' dep
	grep -qx 'x\.o:' dep
}

# refused WORDS ARGUMENT...: exit 1, that message, no output.
refused()
{
	local words=$1

	shift
	rm -f in.o
	rcc compile "$@" in
	is 1 "" "$words"
	[ ! -e in.o ]
}

@test "--target must agree" {
	craft x.o 2 1 62 0 1 0
	craft rv.o 2 1 243 1 1 0
	craft arm.o 1 1 40 0x05000000 1 0
	craft hard.o 1 1 40 0x05000400 1 0
	craft ppc.o 2 2 21 0 1 0
	for ok in "x86_64 x" "x86_64-linux-gnu x" "riscv64-lp64 rv" "arm-linux-gnueabihf arm" "armel arm" "armhf hard" "arm hard" "ppc64 ppc" "ppc64v2 ppc"; do
		rcc compile --target "${ok% *}" --like "${ok#* }.o" -o out.o in
		is 0
		same_head out.o "${ok#* }.o"
	done
	refused "rcc: x.o: error: it is for x86_64, but --target says aarch64; leave --target out" --target aarch64 --like x.o
	refused "rcc: x.o: error: it is for x86_64, but --target says x32; leave --target out" --like x.o --target x32
	refused "rcc: rv.o: error: it is for riscv64-lp64, but --target says riscv64; leave --target out" --like rv.o --target riscv64
	refused "rcc: hard.o: error: it is for armhf, but --target says armel; leave --target out" --like hard.o --target armel
}

@test "machines that rcc does not write for are named" {
	craft avr.o 1 1 83 0x85 1 0
	craft odd.o 2 2 4711 0 1 0
	craft ilp32.o 1 1 183 0 1 0
	craft n32.o 1 2 8 0x80000027 1 0
	craft none.o 2 1 0 0 1 0
	lists="which rcc does not write for; 'rcc compile --target list' lists what it does"
	refused "rcc: avr.o: error: it is for AVR (32-bit, little-endian, e_flags 0x85), $lists" --like avr.o
	refused "rcc: odd.o: error: it is for machine 4711 (64-bit, big-endian, e_flags 0x0), $lists" --like odd.o
	refused "rcc: ilp32.o: error: it is for aarch64 (32-bit, little-endian, e_flags 0x0), $lists" --like ilp32.o
	refused "rcc: n32.o: error: it is for mips (32-bit, big-endian, e_flags 0x80000027), $lists" --like n32.o
	refused "rcc: none.o: error: it is for machine 0 (64-bit, little-endian, e_flags 0x0), $lists" --like none.o
}

@test "what is no example" {
	mkfifo fifo
	: >empty
	echo text >text
	printf 'BC\xc0\xde bitcode' >lto.o
	printf '!<arch>\n' >empty.a
	printf '!<thin>\n' >thin.a
	ar rcS texts.a text
	printf '\177ELF' >cut.o
	craft core 2 1 62 0 4 0
	craft what 2 1 62 0 77 0
	refused "rcc: nowhere: error: cannot read: No such file or directory" --like nowhere
	refused "rcc: in: error: it is a directory; name a file" --like in
	refused "rcc: fifo: error: it is no regular file; copy it to one first" --like fifo
	refused "rcc: empty: error: it is empty; name an object file of your program" --like empty
	refused "rcc: text: error: it is no ELF object, program or archive" --like text
	refused "rcc: cut.o: error: it is no ELF object, program or archive" --like cut.o
	refused "rcc: lto.o: error: it is LLVM bitcode, not ELF; name an object that was compiled without -flto" --like lto.o
	refused "rcc: empty.a: error: the archive is empty; name an object file of your program" --like empty.a
	refused "rcc: texts.a: error: no member of the archive is an ELF object" --like texts.a
	refused "rcc: thin.a: error: it is a thin archive, which only names its members; name one of them instead" --like thin.a
	refused "rcc: core: error: it is a core file; name an object, a program or a library" --like core
	refused "rcc: what: error: it is an ELF file, but no object, program or library" --like what
}

@test "a damaged example" {
	craft ok.o 2 1 62 0 1 0 .note.gnu.property 7 2 8 $property
	craft align.o 2 1 62 0 1 0 .note.gnu.property 7 2 24 $property
	craft packed.o 2 1 62 0 1 0 .note.gnu.property 7 0x802 8 $property
	craft large.o 2 1 62 0 1 0 .note.gnu.property 7 2 8 zeros65537
	for o in align packed large; do
		refused "rcc: $o.o: error: its section .note.gnu.property is damaged" --like $o.o
	done
	# No section is called: the names lie outside.
	perl -e 'open my $f, "+<", "ok.o"; seek $f, 62, 0; print $f "\x77\0"'
	refused "rcc: ok.o: error: its section headers are damaged" --like ok.o
}

@test "what --like does not go with" {
	craft x.o 2 1 62 0 1 0
	rcc compile --like x.o --format bundle in
	is 2 "" "rcc: error: --like is for objects (--format elf); linkers compare nothing of the other formats; try 'rcc compile --help'"
	rcc compile --like - in
	is 2 "" "rcc: error: --like wants a file, not standard input; try 'rcc compile --help'"
}

@test "a misspelt target gets a suggestion" {
	while read -r wrong right; do
		rcc compile --target "$wrong" in
		is 2 "" "rcc: error: --target does not know '$wrong'; did you mean '$right'? try 'rcc compile --help'"
	done <<-'LIST'
		aarch46            aarch64
		aarc64-linux-gnu   aarch64
		x86_46-linux-gnu   x86_64
		aarch64_eb         aarch64_be
		amd46              amd64
		powerpc64el        powerpc64le
		s390               s390x
	LIST
}
