#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is inside an object: the sections, flags, alignments, relocations and symbols of the design, and nothing else.
load ../cli/helpers
load ../cli/failures

setup_file()
{
	preloads alone
}

setup()
{
	own_directory
	put web/index.html '<p>hello</p>'
	put web/css/site.css 'p { }'
}

# The sections: name, type, size, entry size, flags, link, info, alignment.
sections()
{
	readelf -SW "$1" | sed -n 's/^  \[ *[0-9]*\] //p' | awk '$1 != "NULL" && $1 != "Name" {
		flags = NF == 10 ? $7 : "-"; print $1, $2, $5, $6, flags, $(NF - 2), $(NF - 1), $NF }'
}

@test "x86_64: the sections, as designed" {
	"$RCC" compile --target x86_64 -o o.o web
	diff - <(sections o.o | grep -v '^\.\(strtab\|shstrtab\)') <<-'END'
		.lrodata.rcc PROGBITS 001000 00 Al 0 0 4096
		rcc_desc PROGBITS 000020 00 A 0 0 8
		.relarcc_desc RELA 000018 18 I 7 2 8
		.note.rcc NOTE 000030 00 A 0 0 4
		.rela.note.rcc RELA 000030 18 I 7 4 8
		.note.GNU-stack PROGBITS 000000 00 - 0 0 1
		.symtab SYMTAB 000090 18 - 8 5 8
	END
	[ "$(sections o.o | sed -n 's/^\(\.s[a-z]*tab\) STRTAB [0-9a-f]* 00 - 0 0 1$/\1/p')" = $'.strtab\n.shstrtab' ]
	[ "$(sections o.o | wc -l)" -eq 9 ]
}

@test "x86_64: the relocations, as designed" {
	"$RCC" compile --target x86_64 -o o.o web
	diff - <(readelf -rW o.o | awk '/^Relocation section/ { print $3 } $3 ~ /^R_/ { print $1, $3, $5, $6, $7 }') <<-'END'
		'.relarcc_desc'
		0000000000000010 R_X86_64_PC64 .lrodata.rcc + 0
		'.rela.note.rcc'
		0000000000000000 R_X86_64_NONE rcc_desc + 0
		0000000000000020 R_X86_64_PC64 .lrodata.rcc + 0
	END
}

@test "x86_64: the symbols, as designed" {
	"$RCC" compile --target x86_64 -o o.o web
	diff - <(readelf -sW o.o | awk '/^ *[0-9]+:/ { print $3, $4, $5, $6, $7, $8 }') <<-'END'
		0 NOTYPE LOCAL DEFAULT UND 
		0 SECTION LOCAL DEFAULT 1 .lrodata.rcc
		0 SECTION LOCAL DEFAULT 2 rcc_desc
		5 OBJECT LOCAL DEFAULT 1 rcc_asset_web/css/site.css
		12 OBJECT LOCAL DEFAULT 1 rcc_asset_web/index.html
		32 OBJECT GLOBAL HIDDEN 2 rcc_bundle_web
	END
	"$RCC" compile --target x86_64 --symbols none -o o.o web
	diff - <(readelf -sW o.o | awk '/^ *[0-9]+:/ { print $3, $4, $5, $6, $7, $8 }') <<-'END'
		0 NOTYPE LOCAL DEFAULT UND 
		0 SECTION LOCAL DEFAULT 1 .lrodata.rcc
		0 SECTION LOCAL DEFAULT 2 rcc_desc
		32 OBJECT GLOBAL HIDDEN 2 rcc_bundle_web
	END
}

@test "aarch64: the image in pages of 64 KiB, under the usual name" {
	"$RCC" compile --target aarch64-linux-gnu -o o.o web
	diff - <(sections o.o | head -n 6) <<-'END'
		.rodata.rcc PROGBITS 010000 00 A 0 0 65536
		rcc_desc PROGBITS 000020 00 A 0 0 8
		.relarcc_desc RELA 000018 18 I 7 2 8
		.note.rcc NOTE 000030 00 A 0 0 4
		.rela.note.rcc RELA 000030 18 I 7 4 8
		.note.GNU-stack PROGBITS 000000 00 - 0 0 1
	END
	[ "$(readelf -rW o.o | awk '$3 ~ /^R_/ { print $3 }')" = $'R_AARCH64_PREL64\nR_AARCH64_NONE\nR_AARCH64_PREL64' ]
}

@test "the ELF header: a relocatable object for this machine, with no segments and no flags" {
	"$RCC" compile --target x86_64 -o o.o web
	readelf -hW o.o >head
	grep -q '^  Type: *REL ' head
	grep -q '^  Machine: *Advanced Micro Devices X86-64$' head
	grep -q '^  OS/ABI: *UNIX - System V$' head
	grep -q '^  Flags: *0x0$' head
	grep -q '^  Number of program headers: *0$' head
}

@test "readelf -a has nothing to complain of" {
	put web/$'odd\n\xff name' x
	: >web/empty
	perl -e 'print "x" x 300000' >web/large
	for options in "" "-z --symbols global" "--symbols none" "--target aarch64"; do
		"$RCC" compile -q $options -o o.o web
		readelf -aW o.o >said 2>complaints
		[ ! -s complaints ]
		[ -z "$(grep -i -e warning -e error -e corrupt -e '<unknown' said)" ]
	done
}

@test "nothing in it may be written to or executed" {
	"$RCC" compile -o o.o web
	[ -z "$(sections o.o | awk '$5 ~ /[WX]/')" ]
	[ "$(sections o.o | awk '$1 == ".note.GNU-stack" { print $3, $5 }')" = '000000 -' ]
	echo 'int main(void) { return 0; }' >m.c
	$CC -o m m.c o.o -Wl,--fatal-warnings
	readelf -lW m | grep -q 'GNU_STACK.* RW '
	[ -z "$(readelf -dW m | grep TEXTREL)" ]
}

@test "the linker copies the image; no relocation of it is left for the program's start" {
	"$RCC" compile -o o.o web
	echo 'extern const char rcc_bundle_web[]; int main(void) { return rcc_bundle_web[0] == 0; }' >m.c
	$CC -fPIE -pie -o m m.c o.o
	./m
	echo 'int main(void) { return 0; }' >n.c
	$CC -fPIE -pie -o n n.c
	[ "$(readelf -rW m | grep -c R_)" -eq "$(readelf -rW n | grep -c R_)" ]
	"$RCC" verify m
}

# image FILE: offset, size and alignment of the image's section, in decimal.
image()
{
	readelf -SW "$1" | sed -n 's/^  \[ *1\] //p' | perl -ne '@f = split; print join " ", hex $f[3], hex $f[4], "$f[-1]\n"'
}

@test "the image is aligned to its page and padded to it with zeros" {
	for options in "" -z "-x css/" "--target aarch64"; do
		"$RCC" compile $options -o o.o web
		"$RCC" compile $options --format bundle -o o.rcb web
		read -r off size align < <(image o.o)
		[ $((size % align)) -eq 0 ] && [ $((align % 4096)) -eq 0 ]
		length=$(stat -c %s o.rcb)
		tail -c +$((off + 1)) o.o | head -c "$length" | cmp - o.rcb
		[ -z "$(tail -c +$((off + length + 1)) o.o | head -c $((size - length)) | tr -d '\0' | head -c 1)" ]
	done
}

@test "a rule's alignment is the section's" {
	echo 'index.html align=64K' >rules
	"$RCC" compile -r rules -o o.o web
	read -r off size align < <(image o.o)
	[ "$align" -eq 65536 ] && [ $((size % 65536)) -eq 0 ]
	at=$(readelf -sW o.o | awk '$8 ~ /index.html$/ { print $2 }')
	[ $((16#$at % 65536)) -eq 0 ]
}

# relocations FILE: type, symbol or its section and addend, of the image's pieces.
relocations()
{
	readelf -rW "$1" | awk '/^Relocation section/ { on = $3 ~ /rodata/ } on && $3 ~ /^R_/ { $1 = $2 = $4 = ""; print }' |
		tr -s ' ' | sed 's/^ //'
}

@test "in pieces: each machine's relocations from header to marks and from references to records" {
	for target in x86_64 aarch64_be s390x ppc64; do
		"$RCC" compile --per-file-sections --target $target -o o.o web
		[ "$(relocations o.o | wc -l)" -eq 4 ]
		[ "$(relocations o.o | awk '$3 == "+" && $4 == "0"' | wc -l)" -eq 2 ]
		# "p { }" and its NUL take 8 bytes, "<p>hello</p>" takes 16.
		[ "$(relocations o.o | tail -n 2 | awk '{ print $4 }')" = $'8\n10' ]
	done
	"$RCC" compile --per-file-sections --target riscv64 -o o.o web
	diff - <(relocations o.o) <<-'END'
		R_RISCV_ADD64 .rodata.rcc + 0
		R_RISCV_SUB64 .Lrcc_mark_rel + 0
		R_RISCV_ADD64 .rodata.rcc + 0
		R_RISCV_SUB64 .Lrcc_footer_rel + 0
		R_RISCV_ADD64 .rodata.rcc + 8
		R_RISCV_SUB64 rcc_ref_web__css_site_css + 0
		R_RISCV_ADD64 .rodata.rcc + 10
		R_RISCV_SUB64 rcc_ref_web__index_html + 0
	END
}

@test "in pieces: where relocations have no addend it lies in its place, in the machine's order" {
	for target in i386 arm mips mipsel; do
		"$RCC" compile --per-file-sections --target $target -o o.o web
		off=$((16#$(readelf -SW o.o | sed -n 's/^  \[ *2\] //p' | awk '{ print $4 }')))
		case $target in mips) expected=0000000800000000 ;; *) expected=0800000000000000 ;; esac
		[ "$(tail -c +$((off + 1)) o.o | head -c 8 | od -An -tx1 | tr -d ' ')" = $expected ]
		"$RCC" verify o.o
	done
}

@test "in pieces: what the header says of width and order" {
	while read -r target form; do
		"$RCC" compile --per-file-sections --target "$target" -o o.o web
		[ "$(tail -c +$((4096 + 44 + 1)) o.o | head -c 1 | od -An -tu1 | tr -d ' ')" = "$form" ]
		"$RCC" verify o.o
		[ "$("$RCC" list o.o)" = $'css/site.css\nindex.html' ]
	done <<-'END'
		x86_64 1
		s390x 3
		i386 5
		mips64el 5
		mips64 7
		ppc 7
	END
}

@test "in pieces: readelf -a has nothing to complain of" {
	put web/$'odd\n\xff name' x
	: >web/empty
	for options in "" "-z --symbols global" "--symbols none" "--target i386 --symbols global" "--target s390x" "--target riscv64" "--target ppc"; do
		"$RCC" compile -q --per-file-sections $options -o o.o web
		readelf -aW o.o >said 2>complaints
		[ ! -s complaints ]
		[ -z "$(grep -i -e warning -e error -e corrupt -e '<unknown' said)" ]
	done
}

@test "no compiler, assembler, linker or objcopy is started, nor any other program" {
	alone() { env LD_PRELOAD="$BATS_FILE_TMPDIR/alone.so" PATH=/nowhere "$RCC" compile "$@"; }
	alone -z -o o.o --header o.h -M o.d web
	"$RCC" verify o.o
	# It would be noticed.
	echo 'index.html run=cat' >rules
	run alone --allow-run -r rules -o p.o web
	[ "$status" -eq 134 ]
	[ ! -e p.o ]
}

@test "rcc cannot start a program but by posix_spawn, for run=, and by posix_spawnp, for rcc trace" {
	[ "$(nm -D --undefined-only "$RCC" | sed 's/.* //; s/@.*//' |
		grep -xE 'fork|vfork|_Fork|clone|system|popen|exec[a-z]*|fexecve|posix_spawnp?' | tr '\n' ' ')" = 'posix_spawn posix_spawnp ' ]
}
