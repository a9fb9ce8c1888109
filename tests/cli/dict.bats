#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --dict and the attributes dict, -dict: what gains, what does not, always the same.
load helpers

# Small files that have much in common, in DIR ($1, else in): $2 of them.
make_icons()
{
	mkdir -p "${1-in}/sub"
	perl -e 'srand 5; for my $i (1 .. $ARGV[1]) { open my $f, ">", sprintf "%s/%sicon%03d.svg", $ARGV[0], $i % 3 ? "" : "sub/", $i;
		print $f qq{<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor">\n},
			map({ sprintf qq{ <path class="shape-%d" d="m%d %dh%dv%dz" style="stroke-width:1.5;opacity:.%d"/>\n}, rand 9, rand 24,
			rand 24, rand 24, rand 24, rand 99 } 1 .. 4), "</svg>\n" }' "${1-in}" "${2-300}"
}

bundle()
{
	"$RCC" compile -q --format bundle -n in -o "$@"
}

# codecs FILE: "COUNT CODEC" lines.
codecs()
{
	"$RCC" list --json "$1" | grep -o '"codec":"[a-z]*"' | cut -d '"' -f 4 | sort | uniq -c | sed 's/^ *//'
}

@test "every file comes back, from a smaller bundle" {
	make_icons
	bundle plain.rcb -z3 in
	bundle dict.rcb -z3 --dict in
	[ "$(codecs dict.rcb)" = "300 dict" ]
	[ $(($(stat -c %s dict.rcb) * 6)) -lt $(($(stat -c %s plain.rcb) * 5)) ]
	rcc verify dict.rcb
	is 0
	rcc extract -C out dict.rcb
	is 0
	diff -r in out
	rcc cat dict.rcb sub/icon003.svg
	is 0 "$(cat in/sub/icon003.svg)"
	apart "$RCC" list -l dict.rcb icon001.svg
	has "$output" "* dict  *icon001.svg"
}

@test "an object, and any number of workers: the same bundle" {
	make_icons
	bundle one.rcb -z --dict -j1 in
	for j in 2 7; do
		bundle "$j.rcb" -z --dict -j$j in
		cmp one.rcb "$j.rcb"
	done
	cp -R in elsewhere
	bundle moved.rcb -z --dict elsewhere
	cmp one.rcb moved.rcb
	"$RCC" compile -q -n in -z --dict -o in.o in
	rcc verify in.o
	is 0
	[ "$(codecs in.o)" = "300 dict" ]
}

@test "too few files, or too different: no dictionary, and -v says why" {
	make_tree
	bundle plain.rcb -z in
	apart "$RCC" compile -v --format bundle -z --dict -n in -o dict.rcb in
	[ "$status" -eq 0 ]
	has "$stderr" "*rcc: no dictionary: too few small files to learn from*"
	cmp plain.rcb dict.rcb
	perl -e 'srand 1; for my $i (1 .. 200) { open my $f, ">", "in/noise$i"; print $f chr rand 256 for 1 .. 700 }'
	bundle plain.rcb -z in
	apart "$RCC" compile -v --format bundle -z --dict -n in -o dict.rcb in
	[ "$status" -eq 0 ]
	has "$stderr" "*rcc: no dictionary: *"
	cmp plain.rcb dict.rcb
	mkdir none
	bundle none.rcb --dict none 2>/dev/null
}

@test "a size, and what is none" {
	make_icons
	for size in 1K 8K 64K; do
		apart "$RCC" compile -v --format bundle -z "--dict=$size" -n in -o "$size.rcb" in
		[ "$status" -eq 0 ]
		rcc verify "$size.rcb"
		is 0
	done
	if cmp -s 1K.rcb 8K.rcb; then
		false
	fi
	for size in 0 1 1023 17M x 1K2 -1; do
		rcc compile "--dict=$size" in
		is 2 "" "rcc: error: --dict wants a size from 1K to 16M, not '$size'; try 'rcc compile --help'"
	done
}

@test "rules decide for each file" {
	make_icons
	echo 'sub/* -dict' >rules
	bundle b.rcb -z --dict -r rules in
	[ "$(codecs b.rcb)" = $'200 dict\n100 zstd' ]
	printf '%s\n' '*.svg dict' 'sub/* store' >rules
	bundle b.rcb -r rules in
	[ "$(codecs b.rcb)" = $'200 dict\n100 store' ]
	rcc verify b.rcb
	is 0
}

@test "without -z only what the dictionary is for is compressed" {
	make_icons
	seq 100000 >in/large.txt
	bundle b.rcb --dict in
	[ "$(codecs b.rcb)" = $'300 dict\n1 store' ]
	bundle b.rcb --dict -z in
	[ "$(codecs b.rcb)" = $'300 dict\n1 zstd' ]
}

@test "the form that linkers prune has none" {
	make_icons
	rcc compile --dict --per-file-sections in
	is 2 "" "rcc: error: --dict and --per-file-sections do not go together: a linker can drop files, but not the part of a dictionary that they needed; try 'rcc compile --help'"
	echo '*.svg dict' >rules
	rcc compile --per-file-sections -r rules -o in.o in
	[ "$status" -eq 1 ]
	has "$stderr" "*a rule says dict, and --per-file-sections has no dictionary*"
	[ ! -e in.o ]
}

@test "the cache changes nothing, also when the dictionary changes" {
	make_icons
	for round in 1 2 3; do
		bundle want.rcb -z --dict in
		bundle b.rcb -z --dict --cache C in
		cmp want.rcb b.rcb
		bundle b.rcb -z --cache C in
		bundle b.rcb -z --dict --cache C in
		cmp want.rcb b.rcb
		echo "<!-- $round -->" >>in/icon001.svg
		make_icons "in/more$round" 40
	done
}

@test "a dictionary that is damaged is seen" {
	make_icons
	bundle b.rcb -z --dict in
	at=$(perl -0777 -ne 'print unpack "x112 Q<", $_' b.rcb)
	perl -0777 -pe 'substr($_, '"$at"' + 3000, 1) ^= "\x10"' b.rcb >bad.rcb
	rcc verify bad.rcb
	[ "$status" -eq 1 ]
	perl -0777 -pe 'substr($_, '"$at"', 4) = "abcd"' b.rcb >bad.rcb
	rcc cat bad.rcb icon001.svg
	[ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "files that are empty, tiny, too large, no files or gone: as without a dictionary" {
	make_icons
	: >in/empty
	printf x >in/tiny
	seq -f '<path class="shape-1" d="m%g 1h2v3z"/>' 4000 >in/large # above 128 KiB
	bundle plain.rcb -z3 in
	bundle dict.rcb -z3 --dict in
	[ "$(codecs dict.rcb)" = $'300 dict\n2 store\n1 zstd' ]
	rcc extract -C out dict.rcb
	is 0
	diff -r in out
	mkfifo in/pipe
	rcc compile --format bundle -z --dict -n in -o none.rcb in
	[ "$status" -eq 1 ]
	has "$stderr" "*in/pipe*"
	rm in/pipe
	printf '%s\n' icon001.svg gone.svg >list
	rcc compile --format bundle -z --dict -n in -o none.rcb --files-from list in
	[ "$status" -eq 1 ]
	has "$stderr" "*gone.svg*"
	[ ! -e none.rcb ]
}

@test "a file that nobody may read is one error, with a dictionary too" {
	[ "$(id -u)" -eq 0 ] && unread=(setpriv --reuid 65534 --clear-groups) || unread=()
	make_icons
	chmod -R a+rX . "$BATS_TEST_TMPDIR"
	chmod 0 in/icon002.svg
	cp "$RCC" rcc && chmod a+rx rcc
	apart "${unread[@]}" ./rcc compile --format bundle -z --dict -n in -o - in
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$(grep -c 'cannot open' <<<"$stderr")" -eq 1 ]
	has "$stderr" "*in/icon002.svg*cannot open*"
}

@test "one dictionary, many ways to read: each name alone, from an object of another machine too" {
	make_icons in 40
	bundle b.rcb -z --dict in
	"$RCC" compile -q --target s390x-linux-gnu -n in -z --dict -o far.o in
	for name in icon001.svg icon040.svg sub/icon039.svg; do
		for from in b.rcb far.o; do
			"$RCC" cat "$from" "$name" | cmp - "in/$name"
		done
	done
}
