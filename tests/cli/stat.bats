#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc stat: sizes, duplicates, what a program lacks. What linkers drop is tested by tests/link/prune.sh.
load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR"
	make_tree
	put in/sub/same.txt "alpha in in"
	put in/sub/README readme
	put in/sub/.hidden.css css
	put in/.empty
	put in/empty.txt
	put in/void.txt
}

# json EXPRESSION: the values of a Perl expression over the last output, \$j
json()
{
	perl -MJSON::PP -e 'my $j = decode_json($ARGV[0]); print join(" ", map { $_ // "null" } eval $ARGV[1]), "\n"; die $@ if $@' \
		"$output" "$1"
}

@test "an empty bundle" {
	mkdir nothing
	"$RCC" compile -n none -o none.o nothing
	rcc stat none.o
	[ "$status" -eq 0 ]
	has "$output" "none: 0 files"$'\n'*"  stored                0 bytes, 100.0 % of the contents"*
	rcc stat --json none.o
	[ "$(json '@{$j->{bundles}[0]}{qw(files contents stored padding)}, @{$j->{bundles}[0]{endings}}')" = "0 0 0 0" ]
}

@test "sizes, endings, the largest: as lines" {
	"$RCC" compile --dotfiles -z -n web -o web.o in
	stored=$("$RCC" list -l web.o | awk '$7 == "big.txt" { print $2 }')
	rcc stat web.o
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	has "$output" "web: 9 files
  contents           5035 bytes
  stored     $(printf %12d $((stored + 24))) bytes, * % of the contents
  compressed            1 file, 5000 bytes to $stored
  index      * bytes, * a file
  padding    * bytes
  image      * bytes
  duplicates            1 file of 1 contents, 11 bytes; stored, 11 bytes are shared, 0 lie there again

         files     contents       stored  ending
             6         5026 $(printf %12d $((stored + 26)))  .txt
             2            6            6  (none)
             1            3            3  .css

      contents       stored  largest files
          5000 $(printf %12d "$stored")  big.txt
            11           11  a.txt
            11           11  sub/same.txt
             6            6  sub/README
             4            4  sub/b.txt
             3            3  sub/.hidden.css
             0            0  .empty
             0            0  empty.txt
             0            0  void.txt"
}

@test "the parts add up to the image" {
	"$RCC" compile --format bundle -n web -o web.rcb in
	rcc stat --json web.rcb
	[ "$status" -eq 0 ]
	[ "$(json 'my $b = $j->{bundles}[0]; $b->{stored} + $b->{index} + $b->{padding}, $b->{image}, $b->{form}')" = \
		"$(stat -c '%s %s' web.rcb) packed" ]
}

@test "files of equal contents that do not share bytes" {
	# Other alignments are other bytes, or the same: what lies there twice is counted by where it lies.
	put r "a.txt align=4096"$'\n'"sub/same.txt align=16 zstd"
	head -c 9000 /dev/zero >in/a.txt
	cp in/a.txt in/sub/same.txt
	"$RCC" compile -r r -n web -o web.o in
	rcc stat --json web.o
	[ "$(json '@{$j->{bundles}[0]{duplicates}}{qw(groups files contents)}')" = "1 1 9000" ]
	[ "$(json 'my $d = $j->{bundles}[0]{duplicates}; $d->{shared}')" = 0 ]
	[ "$(json 'my $d = $j->{bundles}[0]{duplicates}; $d->{again} > 0')" = 1 ]
}

@test "several bundles, and one of them" {
	put two/x.js x
	"$RCC" compile -n one -o one.o in
	"$RCC" compile -n two -o two.o two
	ar rcs both.a one.o two.o
	rcc stat both.a
	has "$output" "one: 7 files, in one.o"*$'\n\n'"two: 1 file, in two.o"*
	rcc stat --bundle two both.a
	has "${lines[0]}" "two: 1 file, in two.o"
	rcc stat --json both.a
	[ "$(json 'map { "$_->{name} $_->{member} $_->{files}" } @{$j->{bundles}}')" = "one one.o 7 two two.o 1" ]
	rcc stat --bundle three both.a
	is 1 "" "rcc: both.a: error: it holds no bundle 'three'; 'rcc list' shows those it holds, the first is 'one'"
}

@test "more endings than are shown, more files than are largest" {
	for i in $(seq 12); do
		put "many/f.e$i" "$(printf "%0${i}d" 0)"
	done
	"$RCC" compile -n many -o many.o many
	rcc stat many.o
	has "$output" *"  .e3
             2            3            3  (2 others)
"*"             3            3  f.e3"
	rcc stat --json many.o
	[ "$(json 'my $b = $j->{bundles}[0]; scalar @{$b->{endings}}, scalar @{$b->{largest}}, $b->{largest}[0]{name}')" = "12 10 f.e12" ]
}

@test "what a program lacks, has otherwise, has more" {
	"$RCC" compile -n web -o web.o in
	put in/a.txt other
	put in/more.txt more
	"$RCC" compile -x big.txt -x sub/README -n web -o less.o in
	make_program prog less.o
	rcc stat web.o prog
	[ "$status" -eq 0 ]
	has "$output" *$'\n'"In prog: kept 5 files
  dropped 2 files, 5006 bytes of contents, 5006 stored:
    big.txt
    sub/README
  changed 1 file, 5 bytes of contents, 5 stored:
    a.txt
  added 1 file, 4 bytes of contents, 4 stored:
    more.txt"
	rcc stat --json web.o prog
	[ "$(json 'my $l = $j->{bundles}[0]{linked}; $l->{offset} > 0, @$l{qw(kept dropped_contents dropped_stored)},
		map { my $k = $_; map { "$k:$_->{name}" } @{$l->{$k}} } qw(dropped changed added)')" = \
		"1 5 5006 5006 dropped:big.txt dropped:sub/README changed:a.txt added:more.txt" ]
	rcc stat web.o web.o
	has "$output" *$'\n'"In web.o: kept 7 files"
}

@test "a program without the bundle, or without any" {
	put two/x.js x
	"$RCC" compile -n web -o web.o in
	"$RCC" compile -n two -o two.o two
	make_program prog two.o
	rcc stat web.o prog
	[ "$status" -eq 0 ]
	has "$output" *$'\n'"In prog: no bundle of that name
  dropped 7 files, * bytes of contents, * stored:
    a.txt
"*
	make_program bare
	rcc stat --json two.o bare
	[ "$status" -eq 0 ]
	[ "$(json 'my $l = $j->{bundles}[0]{linked}; $l->{offset}, $l->{kept}, map { $_->{name} } @{$l->{dropped}}')" = "null 0 x.js" ]
}

@test "bundles of one name: the first became the first" {
	mkdir x y
	put x/1 1
	put y/2 2
	"$RCC" compile -n same -o x.o x
	"$RCC" compile -n same -o y.o y
	ar rcs one.a x.o y.o
	cp one.a two.a
	rcc stat one.a two.a
	[ "$(grep -c '^In two.a: kept 1 file$' <<<"$output")" -eq 2 ]
	[ "$(grep -c dropped <<<"$output")" -eq 0 ]
}

@test "names that are no text" {
	put $'odd/\xff\n".a\xfeb' x
	"$RCC" compile -n odd -o odd.o odd
	rcc stat --json odd.o
	[ "$status" -eq 0 ]
	grep -qF '"ending":".a\udcfeb"' <<<"$output"
	grep -qF '"name":"\udcff\u000a\".a\udcfeb"' <<<"$output"
}

# map PAGE: a line a file, of a page: its kind, the stored bytes and the pixels it has, as well-formed XML; dies when two overlap
map()
{
	perl -e '
		local $/;
		open my $f, "<", $ARGV[0] or die; $_ = <$f>;
		my @r;
		while (m{<g class="([szd])"><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/><title>([^<>"]*)\n\d+ bytes, (\d+) stored(?:, dropped)?</title>(?:<text [^<>]*>[^<>]*</text>)?</g>}g) {
			push @r, [$1, $2, $3, $4, $5, $6, $7];
			die "$6 outside\n" if $2 + $4 > 1200.2 || $3 + $5 > 700.2;
		}
		for my $a (@r) { for my $b (@r) {
			die "$a->[5] over $b->[5]\n" if $a != $b && $a->[1] + 0.2 < $b->[1] + $b->[3] && $b->[1] + 0.2 < $a->[1] + $a->[3]
				&& $a->[2] + 0.2 < $b->[2] + $b->[4] && $b->[2] + 0.2 < $a->[2] + $a->[4];
		} }
		printf "%s %d %d %s\n", $_->[0], $_->[6], $_->[3] * $_->[4], $_->[5] for @r;
	' "$1"
}

@test "a page: areas are stored bytes" {
	local i

	for i in 1 2 3 4 5 6 7 8 9; do
		put "flat/f$i" "$(printf "%0$((i * i * 100))d" 0)"
	done
	put flat/empty
	"$RCC" compile -n flat -o flat.o flat
	rcc stat --html flat.html flat.o
	is 0
	map flat.html >areas
	[ "$(wc -l <areas)" -eq 9 ]
	[ "$(cut -d ' ' -f 4 areas | head -n 1)" = f9 ]
	# 28500 bytes on 840000 pixels; edges are rounded to a tenth.
	awk '{ want = $2 * 840000 / 28500; if ($1 != "s" || $3 < want * 0.98 || $3 > want * 1.02) { print; bad = 1 } } END { exit bad }' areas
	run grep -E 'https?:|src=|href=|url\(|<script' flat.html
	[ "$status" -eq 1 ]
}

@test "a page: directories, odd names, what was dropped, many files as one" {
	put $'odd/<b>&"\x27/\xff\n' "$(printf %01000d 0)"
	put odd/sub/deep/er/z "$(printf '%09000d' 0)"
	mkdir odd/tiny
	perl -e 'for (1 .. 3000) { open my $f, ">", "odd/tiny/$_" or die; print $f "x" }'
	"$RCC" compile -n odd -o odd.o odd
	"$RCC" compile -x z -n odd -o less.o odd
	rcc stat --html odd.html odd.o less.o
	is 0
	grep -qF '<title>&#60;b&#62;&#38;&#34;&#39;/\377\012' odd.html
	grep -q '^<g class="d">.*<title>sub/deep/er/z$' odd.html
	grep -q '^<g class="f">.*<title>sub/deep/$' odd.html
	map odd.html >areas
	[ "$(wc -c <odd.html)" -lt 1000000 ]
	"$RCC" compile -z -n web -o web.o in
	rcc stat --html web.html web.o
	grep -q '^<g class="z">.*<title>big.txt$' web.html
	mkdir none
	"$RCC" compile -n none -o none.o none
	rcc stat --html - none.o
	[ "$status" -eq 0 ]
	has "$output" "<!DOCTYPE html>"*"<h1>none</h1>"*"</html>"
}

@test "a page appears whole or not at all" {
	"$RCC" compile -n web -o web.o in
	put page.html old
	rcc stat --html page.html web.o none
	[ "$status" -eq 1 ]
	[ "$(cat page.html)" = old ]
	rcc stat --html no/page.html web.o
	[ "$status" -eq 1 ]
	rcc stat --html page.html --json web.o
	is 2 "" "rcc: error: --json or --html, not both; try 'rcc stat --help'"
}

@test "damage" {
	"$RCC" compile --format bundle -n web -o web.rcb in
	# The first record's name length.
	perl -e 'open my $f, "+<", "web.rcb" or die; binmode $f; local $/; $_ = <$f>; my $at = index($_, "a.txt\0") - 8;
		seek $f, $at, 0; print $f "\xff\xff\xff\xff"'
	rcc stat web.rcb
	is 1 "" "rcc: web.rcb: error: bundle 'web', entry 0: the bundle is damaged or cut short"
	rcc stat --json web.rcb
	[ "$status" -eq 1 ]
	[ "$(json 'scalar @{$j->{bundles}}')" = 0 ]
	"$RCC" compile -n web -o web.o in
	rcc stat web.o web.rcb
	is 1 "" "rcc: web.rcb: error: bundle 'web', entry 0: the bundle is damaged or cut short"
	head -c 100 web.o >cut.o
	rcc stat web.o cut.o
	[ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "the command line" {
	rcc stat
	is 2 "" "rcc: error: no FILE to measure; try 'rcc stat --help'"
	rcc stat a b c
	is 2 "" "rcc: error: one FILE and one PROGRAM, not also 'c'; try 'rcc stat --help'"
	rcc stat none.o
	is 1 "" "rcc: none.o: error: cannot read it: No such file or directory"
	"$RCC" compile -n web -o web.o in
	rcc stat web.o none
	is 1 "" "rcc: none: error: cannot read it: No such file or directory"
	rcc stat web.o in/a.txt
	is 1 "" "rcc: in/a.txt: error: it is no ELF file, archive or bundle, and holds no bundle"
	# The page would be all that is left of it.
	make_program main web.o
	ln main link
	cp web.o before.o
	rcc stat --html web.o main web.o
	is 2 "" "rcc: error: --html would write over 'web.o', which is to be measured; give OUT another name; try 'rcc stat --help'"
	rcc stat --html main web.o ./link
	is 2 "" "rcc: error: --html would write over './link', which is to be measured; give OUT another name; try 'rcc stat --help'"
	cmp web.o before.o
	"$RCC" stat web.o 2>err >/dev/full && return 1
	grep -q '^rcc: .*standard output' err
	rcc stat --help
	[ "$status" -eq 0 ]
	has "$output" "usage: rcc stat [[]options] FILE [[]PROGRAM]"*
}
