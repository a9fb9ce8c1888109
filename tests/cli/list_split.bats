#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Bundles of --per-file-sections, before a linker has seen them and behind it: list, cat, extract, verify. What each linker leaves of them
# is tested by tests/link/prune.sh.
load helpers

names=$'a.txt\nbig.txt\nsub/b.txt'

setup()
{
	cd "$BATS_TEST_TMPDIR"
	make_tree
	"$RCC" compile -z --per-file-sections -n web -o web.o in
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
	diff -r in out || return 1
	rcc cat "$1" sub/b.txt
	is 0 beta
}

hostile()
{
	perl "$BATS_TEST_DIRNAME/list_split.pl" "$1" web.o "${@:2}" >hostile
}

@test "an object for each machine" {
	local target n=0

	"$RCC" compile --target list | cut -d ' ' -f 1 >targets
	while read -r target; do
		case $target in *-apple-* | *-w64-*) continue ;; esac
		"$RCC" compile -z --per-file-sections --target "$target" -n web -o "$target.o" in
		holds "$target.o"
		n=$((n + 1))
	done <targets
	[ "$n" -gt 20 ]
}

@test "what is listed of it" {
	rcc list -l web.o
	[ "$status" -eq 0 ]
	has "${lines[0]}" "web: 3 files, * bytes, index *"
	"$RCC" compile --per-file-sections -n web -o plain.o in
	rcc stat --json plain.o
	[ "$status" -eq 0 ]
	# Header and name, references and their end, three records, the footer.
	has "$output" *"\"form\":\"split\",\"files\":3,\"contents\":5015,\"stored\":5015,\"index\":$((144 + 4 * 16 + 3 * 56 + 16)),"*
}

@test "the object stays as it was" {
	cp web.o before.o
	chmod a-w web.o
	holds web.o
	cmp web.o before.o
}

@test "an archive, beside others, from any byte on" {
	"$RCC" compile -z --per-file-sections -n two -o two.o in/sub
	"$RCC" compile -n packed -o packed.o in/sub
	printf 'odd' >odd.txt
	ar rcs all.a odd.txt two.o packed.o web.o
	rcc list all.a
	is 0 $'two:\nb.txt\n\npacked:\nb.txt\n\nweb:\na.txt\nbig.txt\nsub/b.txt'
	rcc verify all.a
	is 0
	rcc cat --bundle two all.a b.txt
	is 0 beta
}

@test "partial links, one after the other" {
	"$RCC" compile -z --per-file-sections -n two -o two.o in/sub
	"$RCC" compile -n packed -o packed.o in/sub
	ld -r -o one.o web.o
	holds one.o
	ld -r --unique -o unique.o web.o
	holds unique.o
	ld -r -o more.o packed.o one.o two.o
	rcc list more.o
	is 0 $'packed:\nb.txt\n\nweb:\na.txt\nbig.txt\nsub/b.txt\n\ntwo:\nb.txt'
	ld -r -o again.o more.o
	rcc verify again.o
	is 0
}

@test "linked, stripped, and without section headers" {
	make_program prog web.o
	holds prog
	strip -s prog
	holds prog
	drop_section_headers prog
	holds prog
	$CC -shared -o lib.so web.o
	holds lib.so
}

@test "two in one program, which keeps a little of each" {
	local b

	for b in one two; do
		make_tree $b
		put $b/big.txt "$(printf '%050000d' 0)"
		"$RCC" compile --per-file-sections -n $b -o $b.o $b
	done
	cat >main.c <<-'C'
		extern const char rcc_bundle_one, rcc_bundle_two, rcc_ref_one__a_txt, rcc_ref_two__sub_b_txt;
		const char *volatile used[] = {&rcc_bundle_one, &rcc_bundle_two, &rcc_ref_one__a_txt, &rcc_ref_two__sub_b_txt};
		int main(void) { return !used[0]; }
	C
	$CC -Wl,--gc-sections -o prog main.c one.o two.o
	rcc list prog
	is 0 $'one:\na.txt\n\ntwo:\nsub/b.txt'
	rcc verify prog
	is 0
	rcc stat one.o prog
	has "$output" *$'\n'"In prog: kept 1 file
  dropped 2 files, 50004 bytes of contents, 50004 stored:
    big.txt
    sub/b.txt"
}

@test "more sections than 16 bits count" {
	mkdir many
	perl -e 'for my $i (1 .. 22000) { open my $f, ">", "many/$i" or die; print $f $i }'
	"$RCC" compile --per-file-sections -n many -o many.o many
	rcc verify many.o
	is 0
	rcc cat many.o 1 11000 22000
	is 0 11100022000
	ar rcs many.a web.o many.o
	rcc cat many.a 21999
	is 0 21999
}

@test "references out of order" {
	hostile swapped
	damaged hostile
}

@test "no relocations, and such as lead nowhere" {
	local n

	hostile unrelated
	damaged hostile
	for n in 0 1 100000 4294967295; do
		hostile info "$n"
		damaged hostile
		hostile link "$n"
		damaged hostile
		hostile symbol "$n"
		damaged hostile
		hostile type "$n"
		damaged hostile
	done
	for n in 120 1000000 4294967295 18446744073709551615 18446744073709551600; do
		hostile off "$n"
		damaged hostile
	done
}

@test "relocations without end" {
	hostile long
	rcc list hostile
	[ "$status" -eq 1 ]
	has "$stderr" *"rcc: hostile: error: its parts overlap, or it holds too many bundles; not all of it was searched"
}

@test "a cut object" {
	head -c $(($(stat -c %s web.o) - 1)) web.o >cut.o
	rcc list cut.o
	is 1 "" "rcc: cut.o: error: the object is cut short; make it again"
}

@test "any byte may be another" {
	local file bad=0

	mkdir flipped
	hostile flips flipped 64 29
	for file in flipped/*; do
		rcc verify -q "$file"
		[ "$status" -le 2 ] || { echo "$file: status $status"; return 1; }
		bad=$((bad + (status == 1)))
	done
	[ "$bad" -gt 20 ]
}
