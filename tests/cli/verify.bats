#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc verify: 0 sound, 1 damaged, 2 could not look.
load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR"
	make_tree
	put two/c.txt gamma
	"$RCC" compile -z -n one -o one.o in
	"$RCC" compile -z --format bundle -n one -o one.rcb in
	"$RCC" compile -n two -o two.o two
}

@test "sound files: silence, or a line each with -v" {
	make_program p one.o two.o
	rcc verify one.o one.rcb p
	is 0
	rcc verify -v p one.rcb
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ ${lines[0]} =~ ^p:\ one:\ 3\ files,\ [0-9]+\ bytes,\ sound$ ]]
	[[ ${lines[1]} =~ ^p:\ two:\ 1\ files,\ [0-9]+\ bytes,\ sound$ ]]
	[[ ${lines[2]} =~ ^one.rcb:\ one:\ 3\ files,\ [0-9]+\ bytes,\ sound$ ]]
	[ "${#lines[@]}" -eq 3 ]
}

@test "contents that changed: the bundle and the name are told" {
	make_program p one.o two.o
	patch p gamma gamme
	rcc verify p
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	has "${stderr_lines[0]}" "rcc: p: error: bundle 'two' at offset *: the bundle is damaged or cut short"
	[ "${stderr_lines[1]}" = "rcc: p: note: 'c.txt': its contents are damaged" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "an index that changed" {
	patch one.rcb sub/b.txt sub/c.txt
	rcc verify one.rcb
	is 1 "" "rcc: one.rcb: error: bundle 'one' at offset 0: the bundle is damaged or cut short
rcc: one.rcb: note: every name and its contents can be read; the damage is in checksums, order or padding"
}

@test "could not look" {
	echo text >text
	rcc verify missing
	is 2 "" "rcc: missing: error: cannot read it: No such file or directory"
	rcc verify text
	is 2 "" "rcc: text: error: it is no ELF file, archive or bundle, and holds no bundle"
	rcc verify .
	is 2 "" "rcc: .: error: it is a directory; name a file"
}

@test "several files: the worst status, and each is told of" {
	patch one.rcb 'alpha in in' 'alpha in iN'
	rcc verify one.o one.rcb two.o
	[ "$status" -eq 1 ]
	rcc verify missing one.rcb two.o
	[ "$status" -eq 2 ]
	has "$stderr" "rcc: missing: *rcc: one.rcb: error: *"
}

@test "a newer version is not called sound" {
	printf '\002' | dd of=one.rcb bs=1 seek=40 conv=notrunc status=none
	rcc verify one.rcb
	is 1 "" "rcc: one.rcb: error: at offset 0: the bundle needs a newer reader"
}

# damaged_copies CODE: of tiny.rcb, for each n below its size damaged/n.rcb, in which that Perl has changed $_.
damaged_copies()
{
	put tiny/x y
	"$RCC" compile --format bundle -n tiny -o tiny.rcb tiny
	mkdir damaged
	perl -e '
		open my $in, "<", "tiny.rcb" or die; local $/; my $all = <$in>;
		my $change = eval "sub { my \$n = shift; $ARGV[0] }" or die $@;
		for (my $n = 0; $n < length $all; $n += $ARGV[1]) {
			local $_ = $all;
			$change->($n);
			open my $out, ">", "damaged/$n.rcb" or die; print $out $_;
		}' "$1" "$every"
}

@test "a .rcb cut anywhere is damaged" {
	damaged_copies 'substr($_, $n) = ""'
	rm damaged/0.rcb # which is another case
	for file in damaged/*; do
		rcc verify "$file"
		[ "$status" -eq 1 ] || { echo "$file: $status"; return 1; }
		has "$stderr" "rcc: $file: error: *the bundle is damaged or cut short*"
	done
	rcc verify tiny.rcb
	is 0
	# What lies behind a bundle is not part of it.
	{ cat tiny.rcb && echo more; } >more.rcb
	rcc verify more.rcb
	is 0
}

@test "any bit of a .rcb that is turned over is noticed" {
	damaged_copies 'substr($_, $n, 1) ^= chr(1 << $n % 8)'
	for file in damaged/*; do
		rcc verify "$file"
		[ "$status" -eq 1 ] || { echo "$file: $status"; return 1; }
		has "$stderr" "rcc: $file: error: *"
	done
}

@test "what was cut to nothing is damaged; an object that was cut says so" {
	: >empty
	rcc verify empty
	is 1 "" "rcc: empty: error: it is empty and holds no bundle"
	size=$(wc -c <one.o)
	for n in 64 100 4200 $((size - 64)) $((size - 1)); do
		head -c $n one.o >cut.o
		rcc verify cut.o
		is 1 "" "rcc: cut.o: error: the object is cut short; make it again"
	done
}

@test "one image of two is gone: told, though the other is sound" {
	make_tree more
	put more/extra x
	"$RCC" compile -n more -o more.o more
	make_program p one.o more.o
	rcc verify p
	is 0
	for way in as_is stripped; do
		[ $way = as_is ] || strip -s p
		for bundle in one more; do
			offset=$("$RCC" list --json p | tr '{' '\n' | sed -n "s/.*\"name\":\"$bundle\".*\"offset\":\([0-9]*\).*/\1/p")
			cp p bad
			printf X | dd of=bad bs=1 seek=$((offset + 7)) conv=notrunc status=none
			rcc verify bad
			[ "$status" -eq 1 ]
			has "$stderr" "*leads to no bundle; link the program anew*"
			rcc list --bundle $([ $bundle = one ] && echo more || echo one) bad
			[ "$status" -ne 0 ]
			has "$output" "*a.txt*"
		done
	done
}

@test "a program whose image is gone" {
	make_program p one.o
	patch p '\x89rcc-bundle' '\x00rcc-bundle'
	rcc verify p
	[ "$status" -eq 1 ]
	has "$stderr" "rcc: p: error: the descriptor at offset * leads to no bundle; link the program anew"
}

@test "a program cut short within its image" {
	make_program p one.o
	at=$("$RCC" list --json p | grep -oE '"offset":[0-9]+' | cut -d: -f2)
	head -c $((at + 200)) p >cut
	rcc verify cut
	is 1 "" "rcc: cut: error: at offset $at: the bundle is damaged or cut short"
}

@test "a full device is trouble, not damage" {
	apart bash -c '"$1" verify -v one.o >/dev/full' - "$RCC"
	is 2 "" "rcc: standard output: error: cannot write: No space left on device"
	patch one.rcb 'alpha in in' 'alpha in iN'
	apart bash -c '"$1" verify -v one.o one.rcb >/dev/full' - "$RCC"
	[ "$status" -eq 2 ]
}
