#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Large stored files of a bundle file have the blocks of their sources, where the file system lets them: the bytes are those that a
# plain run writes. The file system is one by a library that is preloaded; a real one has its turn in tests/large/clone.sh.
load helpers
load failures

setup_file()
{
	preloads at clone later
	perl -e 'srand 3; print pack "L*", map int rand 2**32, 1 .. 10000 for 1 .. 425' >"$BATS_FILE_TMPDIR/noise" # 17 MB
}

setup()
{
	own_directory
	put in/a.txt alpha
	head -c 3000001 "$BATS_FILE_TMPDIR/noise" >in/large
	head -c 1100000 "$BATS_FILE_TMPDIR/noise" | tail -c 1048576 >in/small # 256 KiB and more of it fill buffers
	cp in/large in/twice
	head -c 400000 "$BATS_FILE_TMPDIR/noise" >in/little
	put in/z.txt omega
}

# cloned DO OPTION...: a compile an hour later, with clones as DO says; a line of each that rcc asked for in seen.
cloned()
{
	local how=$1 libraries="$BATS_FILE_TMPDIR/clone.so ${later-$BATS_FILE_TMPDIR/later.so}"

	shift
	: >seen
	(export LD_PRELOAD="$libraries" CLONE_DO="$how" CLONE_SEEN="$PWD/seen" && exec "$RCC" compile -q -n b "$@" in)
}

@test "the same bytes, whoever writes them" {
	"$RCC" compile -q --format bundle -n b -o want.rcb in
	for options in -j1 -j3; do
		cloned copy --format bundle -o o.rcb $options
		cmp want.rcb o.rcb
		[ "$(wc -l <seen)" -eq 3 ] # the second of the two that are alike too, before that shows
		for errno in 95 22 18 28; do
			rm o.rcb
			cloned $errno --format bundle -o o.rcb $options
			cmp want.rcb o.rcb
			[ "$(wc -l <seen)" -eq 3 ]
		done
	done
	rm o.rcb
	cloned hole --format bundle -o o.rcb # the bytes are not there: nobody has written them but the file system
	differ want.rcb o.rcb
	run "$RCC" verify o.rcb
	[ "$status" -eq 1 ]
}

@test "contents that did not gain by compression" {
	cp "$BATS_FILE_TMPDIR/noise" in/large
	"$RCC" compile -q --format bundle -n b -z1 -o want.rcb in
	cloned copy --format bundle -z1 -o o.rcb
	cmp want.rcb o.rcb
	[ "$(wc -l <seen)" -eq 1 ] # those that are held to be compressed are written
}

@test "not for a linker, and not what was touched just now" {
	cloned copy -o o.o
	[ ! -s seen ]
	later='' cloned copy --format bundle -o o.rcb
	[ ! -s seen ]
}

@test "a file that changes behind its clone is an error" {
	echo old >o.rcb
	run at read 1 'sh printf x | dd of=in/large conv=notrunc status=none' AT_PATH=large \
		LD_PRELOAD="$BATS_FILE_TMPDIR/clone.so $BATS_FILE_TMPDIR/later.so $BATS_FILE_TMPDIR/at.so" CLONE_DO=copy CLONE_SEEN="$PWD/seen" -- \
		"$RCC" compile --format bundle -n b -o o.rcb in
	[ "$status" -eq 1 ]
	[ "$output" = "rcc: in/large: error: changed while it was read; run rcc again when nothing writes to it" ]
	[ "$(<o.rcb)" = old ]
	[ -s seen ]
}
