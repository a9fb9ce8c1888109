#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The second reader (reader.pl, written from doc/format.md alone) against what rcc writes.

setup()
{
	top=$BATS_TEST_DIRNAME/../..
	: "${RCC:=$top/build/rcc}"
	reader=$BATS_TEST_DIRNAME/reader.pl
	cd "$BATS_TEST_TMPDIR"
	mkdir tree
}

# A tree with something of each kind: sizes around every limit of hash and layout, equal files, text that compresses, odd names.
fill()
{
	local n
	for n in 0 1 3 4 8 9 16 17 128 129 240 241 1024 1025 4096 65535 65536 65537; do
		head -c "$n" /dev/zero | tr '\0' x >"tree/size-$n"
	done
	mkdir -p tree/d/e/f "tree/with space"
	perl -e 'print "line $_ of a text that compresses\n" for 1 .. 9000' >tree/d/text
	perl -e 'srand 7; print chr int rand 256 for 1 .. 70000' >tree/d/e/noise
	cp tree/d/e/noise tree/d/e/f/noise-again
	echo newline >"$(printf 'tree/new\nline')"
	echo bytes >"$(printf 'tree/not-utf8-\377\200')"
	echo quote >"tree/with space/\"quote\"'"
	echo long >"tree/$(printf '%0255d' 7)"
}

# same: what the reader wrote below out equals the tree, and so does the number of entries.
same()
{
	diff -r tree out
	[ "$(find out -type f -printf x | wc -c)" = "$(find tree -type f -printf x | wc -c)" ]
}

@test "the reader has under 180 lines" {
	[ "$(wc -l <"$reader")" -lt 180 ]
}

@test "a bundle, stored" {
	fill
	"$RCC" compile --format bundle -n stored -o b.rcb tree
	perl "$reader" b.rcb out >list
	same
	[ "$(head -n 1 list)" = stored ]
	[ "$(grep -c '^[0-9]* [0-9]* 1 ' list)" -eq 0 ]
}

@test "a bundle, compressed" {
	fill
	"$RCC" compile --format bundle -z -o b.rcb tree
	perl "$reader" b.rcb out >list
	same
	grep -q '^[0-9]* [0-9]* 1 - d/text$' list
	grep -q '^70000 70000 0 - d/e/noise$' list
}

@test "a bundle with a dictionary and chunks" {
	fill
	for n in $(seq 80); do
		perl -e 'srand $ARGV[0]; print "<item class=\"entry-", int rand 9, "\" style=\"width:", int rand 99, "\">entry</item>\n" for 1 .. 9' "$n" >"tree/item-$n"
	done
	"$RCC" compile --format bundle -z --dict --chunk 4K -o b.rcb tree
	perl "$reader" b.rcb out >list
	same
	grep -q '^[0-9]* [0-9]* 2 - item-7$' list
	grep -q '^[0-9]* [0-9]* 3 - d/text$' list
}

@test "an object" {
	fill
	"$RCC" compile -z -o b.o tree
	perl "$reader" b.o out
	same
}

@test "rules: alignment, MIME types, new names" {
	fill
	printf '%s\n' 'd/text align=8192 store mime=text/plain' 'size-1 name=one mime=text/plain' 'size-9 align=64K' >rules
	"$RCC" compile --format bundle -r rules -o b.rcb tree
	perl "$reader" b.rcb out >list
	grep -q '^1 1 0 text/plain one$' list
	grep -q ' 0 text/plain d/text$' list
	mv out/one out/size-1
	same
}

@test "no table: fewer than eight files, one, none" {
	for n in 7 1 0; do
		rm -rf tree out
		mkdir tree out
		for i in $(seq "$n"); do
			echo "$i" >"tree/$i"
		done
		"$RCC" compile --format bundle -o b.rcb tree
		perl "$reader" b.rcb out
		same
	done
}

@test "the example site, hidden files too" {
	rm -r tree
	cp -R "$top/examples/site" tree
	"$RCC" compile --format bundle --dotfiles -z19 -o b.rcb tree
	perl "$reader" b.rcb out
	same
}

@test "the reader notices damage anywhere" {
	printf 'some contents\n' >tree/a
	printf 'other contents\n' >tree/b
	"$RCC" compile --format bundle -o b.rcb tree
	perl "$reader" b.rcb
	size=$(wc -c <b.rcb)
	for ((at = 0; at < size; at += 13)); do
		perl -0777 -pe "substr(\$_, $at, 1) ^= \"\\x10\"" b.rcb >bad.rcb
		run perl "$reader" bad.rcb
		if [ "$status" -eq 0 ]; then
			echo "byte $at of $size was changed, and nothing said"
			false
		fi
	done
}
