# SPDX-License-Identifier: MIT
# --per-file-sections: what the object is made of, what a linker leaves of it, and what it cannot go with. Every linker
# and form of program has its turn in tests/link/prune.sh.
load helpers

warnings="-Wall -Wextra -Wconversion -Wshadow -Werror"

web()
{
	put web/index.html '<p>hello</p>'
	put web/css/site.css 'p { }'
	put web/css/copy.css 'p { }'
	put web/empty
	put web/$'odd\n\xff name' odd
	perl -e 'print "x" x 1200000' >web/large.bin
}

split()
{
	"$RCC" compile -q --per-file-sections -n web -o o.o "$@" web
}

# name, type and size of each section but the null one.
sections()
{
	readelf -SW "$1" | sed -n 's/^  \[ *[0-9]*\] //p' | awk '$1 != "NULL" && $1 != "Name" { print $1, $2, $5 }'
}

# use.c: prints the contents of the assets that are named, then every name that is there.
use()
{
	{
		printf '#include "%s.h"\nint main(void)\n{\n\tconst rcc_asset asset[] = {' "$1"
		printf "RCC_ASSET($1, %s), " "${@:2}"
		printf '};\n\tfor (size_t i = 0; i < sizeof asset / sizeof *asset; i++) {\n\t\trcc_entry e;\n\t\trcc_span s;\n'
		printf '\t\tif (rcc_asset_entry(asset[i], &e) || rcc_view(&e, &s))\n\t\t\treturn 1;\n'
		printf '\t\tprintf("%%.*s\\n", (int)s.size, (const char *)s.data);\n\t}\n'
		printf '\tfor (size_t i = 0; i < rcc_count(RCC_BUNDLE(%s)); i++) {\n\t\trcc_entry e;\n' "$1"
		printf '\t\tif (rcc_at(RCC_BUNDLE(%s), i, &e))\n\t\t\treturn 2;\n\t\tputs(e.name);\n\t}\n' "$1"
		printf '\treturn rcc_verify(RCC_BUNDLE(%s)) ? 3 : 0;\n}\n' "$1"
	} >use.c
}

# build OPTION... OBJECT: use.c and the stub as p.
build()
{
	$CC ${CFLAGS-} -std=c11 -ffunction-sections -DRCC_NO_ZSTD -I "$BUILD/stub" -o p use.c "$BUILD/stub/rcc.c" "$@"
}

@test "three sections a file, all of one name, the references and then the files in order" {
	web
	for symbols in none sizes; do
		split --target x86_64 --symbols $symbols
		sections o.o >all
		[ "$(grep -c '^\.lrodata\.rcc PROGBITS' all)" -eq $((6 + 6 + 3)) ]
		[ "$(grep -c '^\.rela\.lrodata\.rcc RELA' all)" -eq $((6 + 1)) ]
		diff - <(sed '1,15d; /^\.rela\.lrodata/d; s/ [0-9a-f]*$//' all) <<-'END'
			rcc_desc PROGBITS
			.relarcc_desc RELA
			.note.rcc NOTE
			.rela.note.rcc RELA
			.note.GNU-stack PROGBITS
			.symtab SYMTAB
			.strtab STRTAB
			.shstrtab STRTAB
		END
		[ "$(sed -n '2,8p' all | sort -u)" = '.lrodata.rcc PROGBITS 000010' ] # the references and the end mark
		[ "$(sed -n 15p all)" = '.lrodata.rcc PROGBITS 000010' ]               # the footer
		"$RCC" verify o.o
	done
	# The names of sections are there once.
	[ "$(readelf -x .shstrtab o.o | grep -c lrodata)" -le 2 ]
}

@test "a hidden symbol for each reference; global data symbols lead back to it" {
	web
	split --target x86_64 -x 'odd*'
	diff - <(readelf -sW o.o | awk '$5 == "GLOBAL" { print $3, $4, $6, $7, $8 }') <<-'END'
		16 OBJECT HIDDEN 2 rcc_ref_web__css_copy_css
		16 OBJECT HIDDEN 3 rcc_ref_web__css_site_css
		16 OBJECT HIDDEN 4 rcc_ref_web__empty
		16 OBJECT HIDDEN 5 rcc_ref_web__index_html
		16 OBJECT HIDDEN 6 rcc_ref_web__large_bin
		32 OBJECT HIDDEN 14 rcc_bundle_web
	END
	diff - <(readelf -sW o.o | awk '$4 == "OBJECT" && $5 == "LOCAL" { print $3, $7, $8 }') <<-'END'
		5 8 rcc_asset_web/css/copy.css
		5 9 rcc_asset_web/css/site.css
		0 10 rcc_asset_web/empty
		12 11 rcc_asset_web/index.html
		0x124f80 12 rcc_asset_web/large.bin
	END
	split --target x86_64 -x 'odd*' --symbols global
	[ "$(readelf -rW o.o | grep -c 'R_X86_64_NONE .* rcc_ref_web__')" -eq 5 ]
	echo 'extern const char rcc_asset_web__index_html[]; int main(void) { return *rcc_asset_web__index_html != 60; }' >m.c
	$CC -o m m.c o.o -Wl,--gc-sections
	./m
	[ "$("$RCC" list m)" = index.html ]
}

@test "data lie in the order of --order, references in that of names; each aligned as a rule says" {
	web
	echo index.html >order
	echo 'css/site.css align=4096' >rules
	split --target x86_64 --order order -r rules
	readelf -SW o.o | sed -n 's/^  \[ *\([0-9]*\)\] \.lrodata\.rcc/\1/p' | awk '{ print $1, $NF }' >aligned
	at() { readelf -sW o.o | awk -v name="rcc_asset_web/$1" '$8 == name { print $7 }'; }
	[ "$(at index.html)" -eq 9 ]
	[ "$(at css/copy.css)" -eq 10 ]
	grep -qx "$(at css/site.css) 4096" aligned
	grep -qx "$(at large.bin) 4096" aligned
	grep -qx "$(at index.html) 16" aligned
	"$RCC" verify o.o
	[ "$("$RCC" list o.o | head -n 1)" = css/copy.css ]
}

@test "the same bytes with any number of workers, and again" {
	web
	for options in "" -z "--target i386"; do
		split -j1 $options && mv o.o one.o
		split -j4 $options && cmp o.o one.o
		split -j4 $options && cmp o.o one.o
		"$RCC" compile -q --check --per-file-sections -n web -o o.o $options web
	done
}

@test "contents and frames come back, also of equal files and of none" {
	web
	cp web/large.bin web/again.bin
	perl -e 'print "line $_\n" for 1 .. 3_000_000' >web/streamed.txt
	for options in "" -z "--target s390x"; do
		split $options
		rm -rf back
		"$RCC" extract -C back o.o
		diff -r web back
	done
	mkdir none
	"$RCC" compile -q --per-file-sections -o none.o none
	"$RCC" verify none.o
	[ -z "$("$RCC" list none.o)" ]
}

@test "what is named survives --gc-sections and nothing else; without it, all" {
	web
	split --header web.h
	use web index_html css_site_css
	build -Wl,--gc-sections o.o
	diff - <(./p) <<<$'<p>hello</p>\np { }\ncss/site.css\nindex.html'
	[ "$("$RCC" list p)" = $'css/site.css\nindex.html' ]
	"$RCC" verify p
	build o.o
	[ "$("$RCC" list p)" = "$("$RCC" list o.o)" ]
	"$RCC" verify p
	./p >/dev/null
}

@test "no name survives where none is named, and the bundle is sound" {
	web
	split
	echo 'int main(void) { return 0; }' >m.c
	$CC -o m m.c o.o -Wl,--gc-sections
	[ -z "$("$RCC" list m)" ]
	"$RCC" verify m
}

@test "the header names references, or indexes where there are none" {
	put web/index.html x
	put web/a.txt x
	split --header web.h
	grep -Fqx 'extern RCC_HIDDEN const rcc_ref rcc_ref_web__index_html;' web.h
	grep -Fqx '#define RCC_ASSET_web__index_html rcc_asset_of(&rcc_bundle_web, &rcc_ref_web__index_html, 1u, RCC_NAME_web__index_html, sizeof RCC_NAME_web__index_html - 1)' web.h
	use web index_html a_txt
	build $warnings -O2 o.o
	diff - <(./p) <<<$'x\nx\na.txt\nindex.html'
	"$RCC" compile -o packed.o -n web --header web.h web
	! grep rcc_ref web.h || false
	grep -Fqx '#define RCC_ASSET_web__index_html rcc_asset_of(&rcc_bundle_web, NULL, 1u, RCC_NAME_web__index_html, sizeof RCC_NAME_web__index_html - 1)' web.h
	build $warnings -O2 packed.o
	diff - <(./p) <<<$'x\nx\na.txt\nindex.html'
	use web gone_txt
	! build packed.o 2>said || false
	grep -q gone_txt said
}

@test "a header made without it says so of what was pruned, and finds what was not" {
	put web/index.html x
	"$RCC" compile -o packed.o -n web --header web.h web
	split
	use web index_html
	sed -i 's/return 1;/return rcc_asset_entry(asset[i], \&e) == RCC_EINVAL ? 9 : 1;/' use.c
	build -Wl,--gc-sections o.o
	run ./p
	[ "$status" -eq 9 ]
	build -Wl,--no-gc-sections o.o
	diff - <(./p) <<<$'x\nindex.html'
}

@test "constants that two bundles have do not compile; names that only could clash do" {
	put one/a__b x
	put two/b x
	put other/c x
	"$RCC" compile -n web --header web.h -o web.o one
	"$RCC" compile -n web__a --header web__a.h -o web__a.o two
	"$RCC" compile -n web__c --header web__c.h -o web__c.o other
	printf '#include "web.h"\n#include "web__c.h"\nint main(void) { return 0; }\n' >both.c
	$CC $warnings -std=c11 -I "$BUILD/stub" -c both.c
	printf '#include "web__a.h"\n#include "web.h"\n' >both.c
	for both in both.c "-include web__a.h web.h"; do
		! $CC -std=c11 -I "$BUILD/stub" -fsyntax-only $both 2>said || false
		grep -q 'two bundles have the constant web__a__b; name one otherwise' said
	done
}

@test "it needs an ELF object" {
	web
	for format in bundle asm; do
		rcc compile --per-file-sections --format $format -o out web
		is 2 "" "rcc: error: --per-file-sections needs an ELF object; what --format $format makes has no sections to drop; try 'rcc compile --help'"
		[ ! -e out ]
	done
	rcc compile --per-file-sections --target x86_64-w64-mingw32 -o out web
	is 2 "" "rcc: error: rcc writes no objects for x86_64-w64-mingw32 itself; use --format asm and an assembler for it; try 'rcc compile --help'"
	[ ! -e out ]
}

@test "more sections than an ELF header can count" {
	mkdir many
	perl -e 'for (1 .. 33_000) { open my $f, ">", sprintf "many/f%05d", $_ or die; print $f "this is $_" }'
	"$RCC" compile -q --per-file-sections -n many -o o.o --header many.h many
	sections=$((1 + 3 * 33000 + 4 + 5 + 4))
	readelf -hW o.o >head 2>complaints
	grep -q "^  Number of section headers: *0 ($sections)$" head
	grep -q "^  Section header string table index: *65535 ($((sections - 1)))$" head
	readelf -SsW o.o >said 2>>complaints
	[ ! -s complaints ]
	[ "$(grep -c ' SYMTAB SECTION IND' said)" -eq 1 ]
	# Two whose sections have numbers that would mean "absolute" and "common" where 16 bits had to do, and one before.
	use many f32519 f32520 f00001
	[ "$(awk '$8 ~ /^rcc_asset_many.f325(19|20)$/ { print $7 }' said)" = $'65521\n65522' ]
	build -Wl,--gc-sections o.o
	diff - <(./p) <<<$'this is 32519\nthis is 32520\nthis is 1\nf00001\nf32519\nf32520'
	"$RCC" verify o.o p
}
