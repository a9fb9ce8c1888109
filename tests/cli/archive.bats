#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A static library of --per-file-sections: what ar and the tools see, what a linker takes of it, what is wrong with a damaged one. Every
# linker and form of program has its turn in tests/link/prune.sh.
load helpers

names=$'a.txt\nbig.txt\nsub/b.txt'

library()
{
	make_tree
	"$RCC" compile -z --per-file-sections -n web -o web.a "$@" in
}

# many N: so many files in the tree many, each of which tells its number
many()
{
	mkdir many && perl -e 'for (1 .. $ARGV[0]) { open my $f, ">", sprintf "many/f%04d", $_ or die; print $f "file $_\n" }' "$1"
}

# holds FILE: the whole tree, and it is sound
holds()
{
	rcc list "$1"
	is 0 "$names" || return 1
	rcc verify "$1"
	is 0 || return 1
	rm -rf out
	rcc extract -C out "$1"
	is 0 || return 1
	diff -r in out
}

# members FILE: all of the archive behind its index
members()
{
	perl -e 'local $/; open my $f, "<", $ARGV[0] or die; my $a = <$f>; print substr $a, 68 + substr $a, 56, 10' "$1"
}

# program IDENT...: use.c prints what of these files of the bundle many is there, then the names that are; compiled as use.o
program()
{
	{
		printf '#include "many.h"\n#include <stdio.h>\nint main(void)\n{\n\tconst rcc_asset asset[] = {'
		printf 'RCC_ASSET(many, %s), ' "$@"
		printf '};\n\trcc_entry e;\n\trcc_span s;\n\tfor (size_t i = 0; i < sizeof asset / sizeof *asset; i++) {\n'
		printf '\t\tint r = rcc_asset_entry(asset[i], &e);\n\t\tif (r || rcc_view(&e, &s))\n\t\t\treturn -r;\n'
		printf '\t\tprintf("%%.*s", (int)s.size, (const char *)s.data);\n\t}\n'
		printf '\tfor (size_t i = 0; !rcc_at(RCC_BUNDLE(many), i, &e); i++)\n\t\tputs(e.name);\n'
		printf '\treturn rcc_verify(RCC_BUNDLE(many)) ? 100 : 0;\n}\n'
	} >use.c
	$CC ${CFLAGS-} -std=c11 -ffunction-sections -I "$BUILD/stub" -c -o use.o use.c
	$CC ${CFLAGS-} -std=c11 -ffunction-sections -DRCC_NO_ZSTD -I "$BUILD/stub" -c -o stub.o "$BUILD/stub/rcc.c"
}

@test "a library for each machine holds what the object does" {
	local target n=0

	make_tree
	"$RCC" compile --target list | cut -d ' ' -f 1 >targets
	while read -r target; do
		case $target in *-apple-* | *-w64-*) continue ;; esac
		"$RCC" compile -z --per-file-sections --target "$target" -n web -o "$target.a" in
		"$RCC" compile -z --per-file-sections --target "$target" -n web -o "$target.o" in
		holds "$target.a"
		diff <("$RCC" list -l "$target.o") <("$RCC" list -l "$target.a" | sed 's/, in header\.o$//')
		n=$((n + 1))
	done <targets
	[ "$n" -gt 20 ]
}

@test "the ending or --format asks for it" {
	library
	make_tree in2
	"$RCC" compile -z --per-file-sections -n web --format archive in
	cmp web.a <("$RCC" compile -z --per-file-sections -n web --format archive -o - in)
	"$RCC" compile -z --per-file-sections --format elf -o elf.a in
	[ "$(head -c 4 elf.a)" = $'\x7fELF' ]
	"$RCC" compile -z --per-file-sections -n web -o web.a --check in
	rcc compile -z --per-file-sections -n web -o web.a --check in2
	[ "$status" -eq 1 ]
}

@test "what it does not go with" {
	make_tree
	for options in "-o web.a" "--format archive"; do
		rcc compile $options in
		is 2 "" "rcc: error: an archive is for linkers to take single files from, with --per-file-sections; without it, write an object, and put that into an archive with ar; try 'rcc compile --help'"
	done
	rcc compile --per-file-sections --symbols global -o web.a in
	is 2 "" "rcc: error: --symbols global does not go with an archive: linkers would take its parts out of order; write an object; try 'rcc compile --help'"
	[ ! -e web.a ]
}

@test "ar and nm see members and an index, the same at any time for anybody" {
	library
	ar tv web.a >seen
	diff - <(awk '{ print $1, $2, $(NF - 1), $NF }' seen) <<-'END'
		rw-r--r-- 0/0 1970 header.o
		rw-r--r-- 0/0 1970 refs1.o
		rw-r--r-- 0/0 1970 mark.o
		rw-r--r-- 0/0 1970 data1.o
		rw-r--r-- 0/0 1970 footer.o
	END
	nm -s web.a | sed -n '/^Archive index:/,/^$/p' >index
	diff - index <<-'END'
		Archive index:
		rcc_bundle_web in header.o
		rcc_ref_web__a_txt in refs1.o
		rcc_ref_web__big_txt in refs1.o
		rcc_ref_web__sub_b_txt in refs1.o
		rcc_mark_web in mark.o
		rcc_data_web__0 in data1.o
		rcc_footer_web in footer.o

	END
	cp web.a first.a
	umask 077
	TZ=Asia/Tokyo "$RCC" compile -j1 -z --per-file-sections -n web -o web.a in
	cmp first.a web.a
}

@test "a linker takes the members that are named, and prunes those" {
	many 700
	"$RCC" compile --per-file-sections -n many --header many.h -o many.a many
	diff <(cd many && ls) <("$RCC" list many.a)
	program f0003 f0700
	$CC ${CFLAGS-} -Wl,--gc-sections -o p use.o stub.o many.a
	diff - <(./p) <<<$'file 3\nfile 700\nf0003\nf0700'
	"$RCC" verify p
	$CC ${CFLAGS-} -Wl,--no-gc-sections -o p use.o stub.o many.a
	./p >said
	[ "$(sed 1,2d said | wc -l)" -eq $((256 + 700 - 512)) ]
	# As ar makes it anew.
	ranlib many.a
	$CC ${CFLAGS-} -Wl,--gc-sections -o p use.o stub.o many.a
	diff - <(./p) <<<$'file 3\nfile 700\nf0003\nf0700'
}

@test "an order that is not that of the names" {
	many 700
	(cd many && ls -r) >order
	perl -e 'print sort { substr($a, -1) cmp substr($b, -1) || $a cmp $b } <>' order >mixed
	for list in order mixed; do
		"$RCC" compile --per-file-sections --order $list -n many --header many.h -o many.a many
		"$RCC" compile --per-file-sections --order $list -n many -o many.o many
		diff <("$RCC" list -l many.o) <("$RCC" list -l many.a | sed 's/, in header\.o$//')
		program f0003 f0356 f0700
		$CC ${CFLAGS-} -Wl,--gc-sections -o p use.o stub.o many.a
		diff - <(./p) <<<$'file 3\nfile 356\nfile 700\nf0003\nf0356\nf0700'
	done
}

@test "alignment, a bundle without files, and one of a single file" {
	library -r <(printf '*.txt align=65536\n')
	holds web.a
	mkdir none
	"$RCC" compile --per-file-sections -n none -o none.a none
	rcc list none.a
	is 0
	rcc verify none.a
	is 0
	put one/name text
	"$RCC" compile --per-file-sections -n one -o one.a one
	rcc cat one.a name
	is 0 text
}

@test "two bundles in one archive, and members of others among them" {
	library
	put other/x.txt x
	"$RCC" compile --per-file-sections -n other -o other.a other
	echo 'int nothing;' | $CC -c -x c -o nothing.o -
	ar rc nothing.a nothing.o
	printf '!<arch>\n' >both.a
	for library in nothing other nothing web; do
		members "$library.a" >>both.a
	done
	rcc verify both.a
	is 0
	rcc list both.a
	is 0 $'other:\nx.txt\n\nweb:\n'"$names"
	# As the members of an archive that holds a whole object too.
	"$RCC" compile --per-file-sections -n third -o third.o other
	ar q both.a third.o
	rcc list both.a
	is 0 $'other:\nx.txt\n\nweb:\n'"$names"$'\n\nthird:\nx.txt'
}

@test "a member is missing, twice there, or out of order" {
	library
	for member in header.o refs1.o mark.o data1.o footer.o; do
		cp web.a broken.a
		ar d broken.a $member
		damaged broken.a
		cp web.a broken.a
		ar m broken.a $member
		[ $member = footer.o ] || damaged broken.a
		ar x web.a $member
		cp web.a broken.a
		ar q broken.a $member
		damaged broken.a
	done
}

@test "damaged bytes, an end too early" {
	local file

	library
	mkdir flipped cut
	perl -e '
		open my $in, "<", "web.a" or die; local $/; my $all = <$in>;
		for (my $at = 100; $at <= length $all; $at += 97 * $ARGV[0]) {
			open my $cut, ">", "cut/$at" or die; print $cut substr $all, 0, $at;
			open my $flipped, ">", "flipped/$at" or die; print $flipped substr($all, 0, $at) . "\377\376" . substr "$all  ", $at + 2;
		}' "$every"
	for file in flipped/*; do
		rcc verify "$file"
		[ "$status" -le 1 ]
		rcc list "$file"
		[ "$status" -le 1 ]
	done
	for file in cut/*; do
		rcc verify "$file"
		[ "$status" -ge 1 ] # 2: not even the first member is there
	done
}

@test "with the cache nothing is made twice" {
	make_tree
	"$RCC" compile --cache cache -z --per-file-sections -n web -o web.a in
	touch -d '2001-01-01' web.a
	"$RCC" compile --cache cache -z --per-file-sections -n web -o web.a in
	[ "$(date -r web.a +%Y)" = 2001 ]
	holds web.a
}

@test "what a linker dropped, by the library and the program" {
	many 300
	"$RCC" compile --per-file-sections -n many --header many.h -o many.a many
	program f0007
	$CC ${CFLAGS-} -Wl,--gc-sections -o p use.o stub.o many.a
	"$RCC" stat many.a p >said
	[ "$(sed -n '/^  dropped /,$ s/^    //p' said | grep -c .)" -eq 299 ]
}
