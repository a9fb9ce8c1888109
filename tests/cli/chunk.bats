#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --chunk and the attribute chunk=: large files as independent frames.
load helpers

# large (17 MB: streamed), middle (300 kB: held) and small, below DIR ($1, else in).
make_files()
{
	mkdir -p "${1-in}"
	seq 2300000 >"${1-in}/large"
	seq 50000 >"${1-in}/middle"
	seq 500 >"${1-in}/small"
}

bundle()
{
	"$RCC" compile -q --format bundle -n in -o "$@"
}

# codec FILE NAME
codec()
{
	"$RCC" list -l "$1" "$2" | awk 'NR > 1 { print $3 }'
}

# stored FILE NAME: the stored bytes, as list and the place of the record tell.
stored()
{
	perl -0777 -e '
		my ($file, $want) = @ARGV;
		open my $in, "<:raw", $file or die; my $b = <$in>;
		my ($count, $refs) = unpack "x72 Q<2", $b;
		for (0 .. $count - 1) {
			my $at = $refs + 8 * $_;
			$at += unpack "q<", substr $b, $at, 8;
			my ($rel, $stored, $len) = (unpack "q< Q<4 V2", substr $b, $at, 48)[0, 2];
			my $n = unpack "V", substr $b, $at + 36, 4;
			print substr $b, $at + $rel, $stored if substr($b, $at + 44, $n) eq $want;
		}' "$1" "$2"
}

@test "every file comes back; zstd reads the stored bytes whole" {
	make_files
	bundle b.rcb -z3 --chunk 64K in
	rcc verify b.rcb
	is 0
	rcc extract -C out b.rcb
	is 0
	diff -r in out
	[ "$(codec b.rcb large) $(codec b.rcb middle) $(codec b.rcb small)" = "chunk chunk zstd" ]
	for name in large middle; do
		stored b.rcb $name | zstd -dcq | cmp - in/$name
	done
	rcc cat b.rcb middle
	is 0 "$(cat in/middle)"
}

@test "whole multiples, and one byte more or less" {
	mkdir in
	for n in 4095 4096 4097 8191 8192 8193 16777216 16777217; do
		head -c $n /dev/zero | tr '\0' x >in/$n
	done
	bundle b.rcb -z1 --chunk 4K in
	rcc verify b.rcb
	is 0
	rcc extract -C out b.rcb
	diff -r in out
	[ "$(codec b.rcb 4096) $(codec b.rcb 4097) $(codec b.rcb 8192)" = "zstd chunk chunk" ]
	[ "$(codec b.rcb 16777216) $(codec b.rcb 16777217)" = "chunk chunk" ]
	stored b.rcb 16777217 | zstd -dcq | cmp - in/16777217
}

@test "the same with any number of workers, cold and warm" {
	make_files
	bundle one.rcb -z3 --chunk 32K -j1 in
	for j in 2 5; do
		bundle many.rcb -z3 --chunk 32K -j$j in
		cmp one.rcb many.rcb
	done
	for round in 1 2; do
		bundle b.rcb -z3 --chunk 32K --cache C in
		cmp one.rcb b.rcb
		echo >>in/small
		bundle one.rcb -z3 --chunk 32K in
		bundle b.rcb -z3 --chunk 32K --cache C in
		cmp one.rcb b.rcb
	done
	bundle one.rcb -z3 --chunk 64K in
	bundle b.rcb -z3 --chunk 64K --cache C in # frames of other chunks are not taken for these
	cmp one.rcb b.rcb
	bundle one.rcb -z3 in
	bundle b.rcb -z3 --cache C in
	cmp one.rcb b.rcb
}

@test "without -z only what is cut is compressed" {
	make_files
	bundle b.rcb --chunk 1M in
	[ "$(codec b.rcb large) $(codec b.rcb middle) $(codec b.rcb small)" = "chunk store store" ]
	bundle b.rcb --chunk 8M in
	[ "$(codec b.rcb large) $(codec b.rcb middle)" = "chunk store" ]
	cp b.rcb want.rcb
	bundle b.rcb --chunk 8M --cache C in
	cmp want.rcb b.rcb
	bundle b.rcb --chunk 8M --cache C in
	cmp want.rcb b.rcb
	rcc verify b.rcb
	is 0
}

@test "what does not gain is stored" {
	mkdir in
	perl -e 'srand 3; print pack "L", rand 2**32 for 1 .. 4300000' >in/noise
	bundle b.rcb -z1 --chunk 64K in
	[ "$(codec b.rcb noise)" = store ]
	rcc verify b.rcb
	is 0
}

@test "rules decide for each file" {
	make_files
	printf '%s\n' 'middle chunk=4K' 'large store' >rules
	bundle b.rcb -r rules in
	[ "$(codec b.rcb large) $(codec b.rcb middle) $(codec b.rcb small)" = "store chunk store" ]
	printf '%s\n' '* chunk=8M' 'large chunk=1M' >rules
	bundle b.rcb -z --chunk 4K -r rules in
	[ "$(codec b.rcb large) $(codec b.rcb middle) $(codec b.rcb small)" = "chunk zstd zstd" ]
	rcc verify b.rcb
	is 0
}

@test "the form that linkers prune may have chunks" {
	make_files
	"$RCC" compile -q -n in --per-file-sections -z --chunk 64K -o in.o in
	rcc verify in.o
	is 0
	rcc cat in.o middle
	is 0 "$(cat in/middle)"
}

@test "sizes that are none" {
	make_files
	for size in 0 1 2K 4095 5000 3M 16M x; do
		rcc compile --chunk "$size" in
		is 2 "" "rcc: error: --chunk wants a power of two from 4K to 8M, not '$size'; try 'rcc compile --help'"
	done
}

@test "a chunk that is damaged harms no other; verify names the file" {
	make_files
	cat >prog.c <<-'END'
		#include "rcc.h"
		#include <stdio.h>
		#include <stdlib.h>

		int main(int argc, char **argv)
		{
			static char buf[4096];
			const rcc_bundle *b;
			rcc_entry e;

			(void)argc;
			if (rcc_open_bundle(argv[1], RCC_MAPPED, &b) || rcc_lookup(b, "middle", 6, &e))
				return 2;
			for (unsigned k = 0; k < 8; k++)
				printf("%ld ", (long)rcc_pread(&e, buf, sizeof buf, k * 4096, NULL) > 0 ? 1L : 0L);
			return 0;
		}
	END
	$CC -I"$BATS_TEST_DIRNAME/../../runtime-stub" -o prog prog.c "${BUILD:-$BATS_TEST_DIRNAME/../../build}/stub/rcc.c" -lzstd
	bundle b.rcb -z3 --chunk 4K in
	./prog b.rcb >whole
	[ "$(cat whole)" = "1 1 1 1 1 1 1 1 " ]
	# The magic of frame 3, found by its bytes.
	stored b.rcb middle >frames
	third=$(perl -0777 -ne 'print unpack "Q<", substr $_, 8 * 2 + length($_) - 24 - 8 * unpack("Q<", substr $_, -24)' frames)
	perl -0777 -e '
		open my $f, "<:raw", "frames" or die; my $frames = <$f>;
		open my $in, "<:raw", "b.rcb" or die; my $b = <$in>;
		my $at = index $b, $frames;
		$at >= 0 or die;
		substr($b, $at + $ARGV[0], 1) ^= "\x01";
		print $b' "$third" >bad.rcb
	./prog bad.rcb >part
	[ "$(cat part)" = "1 1 1 0 1 1 1 1 " ]
	rcc verify bad.rcb
	[ "$status" -eq 1 ]
	has "$stderr" "*middle*"
	rcc cat bad.rcb large
	is 0 "$(cat in/large)"
}
