#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc trace: what becomes of the program's output, status and signals, and of the names. tests/integration/trace.bats has programs
# with bundles; the ones here say themselves what they read, as those do.
load helpers

# A program of these lines of shell.
program()
{
	printf '#!/bin/sh\n%s\n' "$1" >prog
	chmod +x prog
}

seen="no name was seen; PROGRAM must use librcc.so, or have librcc.a and call rcc_trace_from_env()"

@test "trace: names once, in the order of first use, apart from what the program prints" {
	program 'echo out; echo err >&2; printf "b\na\nb\n" >>"$RCC_TRACE"; (printf "c\na\n" >>"$RCC_TRACE")'
	rcc trace ./prog
	is 0 $'b\na\nc' $'out\nerr'
	rcc trace -o names ./prog
	is 0 out err
	[ "$(cat names)" = $'b\na\nc' ]
}

@test "trace: the list is what --keep and --order take" {
	make_tree
	program 'printf "sub/b.txt\na.txt\n" >>"$RCC_TRACE"'
	rcc trace -o names ./prog
	is 0
	rcc compile --format bundle -o kept.rcb --keep names --order names in
	is 0
	rcc list kept.rcb
	is 0 $'a.txt\nsub/b.txt'
}

@test "trace: options end at the program; the rest is its own" {
	program 'for a; do echo "$a"; done'
	rcc trace -o names -q ./prog -v --help @nosuch -- -o
	is 0 $'-v\n--help\n@nosuch\n--\n-o'
	rcc trace -qonames -- ./prog x
	is 0 x
}

@test "trace: the program's status, and its signal" {
	program 'echo a >>"$RCC_TRACE"; exit 7'
	rcc trace ./prog
	is 7 a
	program 'echo a >>"$RCC_TRACE"; kill -TERM $$'
	rcc trace ./prog
	is 143 a "rcc: note: the program was killed by signal 15 (Terminated)"
	program 'exit 0'
	rcc trace ./prog
	is 0 "" "rcc: note: $seen"
	rcc trace -q ./prog
	is 0
}

@test "trace: a signal to rcc is passed on, and what was read is printed" {
	mkfifo ready
	program 'trap "echo late >>\"\$RCC_TRACE\"; exit 3" TERM; echo early >>"$RCC_TRACE"; echo >ready; while :; do sleep 0.1; done'
	"$RCC" trace ./prog >names &
	read -r <ready
	kill -TERM $!
	wait $! && status=0 || status=$?
	[ "$status" -eq 3 ]
	[ "$(cat names)" = $'early\nlate' ]
}

@test "trace: what cannot be run" {
	rcc trace ./nosuch
	is 1 "" "rcc: ./nosuch: error: cannot be run: No such file or directory"
	put text "x"
	rcc trace ./text
	is 1 "" "rcc: ./text: error: cannot be run: Permission denied"
	rcc trace
	is 2 "" "rcc: error: no PROGRAM to run; try 'rcc trace --help'"
	rcc trace --nosuch ./prog
	is 2 "" "rcc: error: unknown option '--nosuch'; try 'rcc trace --help'"
}

@test "trace: what cannot be written, before the program runs and after" {
	program 'touch ran; echo a >>"$RCC_TRACE"'
	rcc trace -o nosuch/names ./prog
	is 1 "" "rcc: nosuch/names: error: cannot write: No such file or directory; make its directory first"
	[ ! -e ran ]
	apart bash -c '"$1" trace ./prog >/dev/full' - "$RCC"
	is 1 "" "rcc: standard output: error: cannot write: No space left on device"
	[ -e ran ]
	put names old
	program 'exit 7'
	rcc trace -q -o names ./nosuch
	is 1 "" "rcc: ./nosuch: error: cannot be run: No such file or directory"
	[ "$(cat names)" = old ]
}

@test "trace: --bundle is the program's to know, and others' environment is kept" {
	program 'echo "$RCC_TRACE_BUNDLE|$LD_PRELOAD"'
	# A sanitizer wants to be first.
	ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=libc.so.6 RCC_TRACE_BUNDLE=old apart "$RCC" trace -q -o names --bundle web ./prog
	[ "$status" -eq 0 ]
	has "$output" "web|*librcc-trace.so:libc.so.6"
	RCC_TRACE_BUNDLE=old apart "$RCC" trace -q -o names ./prog
	has "$output" "|*librcc-trace.so"
}
