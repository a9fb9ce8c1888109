#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc cat: contents to standard output.
load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR"
	make_tree
	make_tree two
	"$RCC" compile -z -n one -o one.o in
	"$RCC" compile -n two -o two.o two
}

@test "contents in the order asked, stored and compressed" {
	rcc cat one.o sub/b.txt a.txt sub/b.txt
	is 0 "betaalpha in inbeta"
	"$RCC" cat one.o big.txt | cmp - in/big.txt
}

@test "contents of any bytes and of none" {
	perl -e 'print map chr, 0..255' >in/bytes
	: >in/none
	"$RCC" compile -n one -o one.o in
	"$RCC" cat one.o none bytes none | cmp - in/bytes
	"$RCC" cat one.o none >got
	[ ! -s got ]
}

@test "an unknown name: the nearest is told, others are still written" {
	rcc cat one.o b.txt a.txt a.tx zebra
	is 1 "alpha in in" "rcc: one.o: error: it holds no 'b.txt'; did you mean 'sub/b.txt'?
rcc: one.o: error: it holds no 'a.tx'; did you mean 'a.txt'?
rcc: one.o: error: it holds no 'zebra'; 'rcc list' shows what it holds"
}

@test "a name in two bundles" {
	put two/only.txt two
	"$RCC" compile -n two -o two.o two
	make_program p one.o two.o
	rcc cat p only.txt a.txt
	is 1 two "rcc: p: error: 'a.txt' is in 2 bundles; choose one with --bundle"
	rcc cat --bundle two p a.txt
	is 0 "alpha in two"
	rcc cat --bundle=one p a.txt
	is 0 "alpha in in"
}

@test "names that look like options and lists" {
	put in/-n dash
	put in/@x at
	"$RCC" compile -n one -o one.o in
	rcc cat one.o -- -n @x
	is 0 dashat
}

@test "damaged contents are not written" {
	"$RCC" compile --format bundle -n one -o one.rcb in
	patch one.rcb 'alpha in in' 'alpha in iN'
	rcc cat one.rcb a.txt sub/b.txt
	is 1 beta "rcc: one.rcb: error: 'a.txt': the bundle is damaged or cut short"
}

@test "a full device, at the first byte and later" {
	apart bash -c '"$1" cat one.o big.txt a.txt >/dev/full' - "$RCC"
	is 1 "" "rcc: standard output: error: cannot write: No space left on device"
}

@test "a reader that goes away ends it without a word" {
	perl -e 'print "x" x 3_000_000' >in/long
	"$RCC" compile -n one -o one.o in
	apart bash -c '"$1" cat one.o long | head -c 5; exit "${PIPESTATUS[0]}"' - "$RCC"
	is 141 xxxxx
}

@test "no NAME" {
	rcc cat one.o
	is 2 "" "rcc: error: no NAME to write; try 'rcc cat --help'"
}
