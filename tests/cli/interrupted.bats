#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc ended by a signal, at known places and not after some time: no temporary is left, the old output is whole.
load helpers
load failures

setup_file()
{
	preloads at
	perl -e 'srand 3; print map chr int rand 256, 1 .. 3000000' >"$BATS_FILE_TMPDIR/noise"
	perl -e 'print "line $_\n" for 1 .. 100000' >"$BATS_FILE_TMPDIR/text"
}

setup()
{
	own_directory
	put in/a.txt alpha
	cp "$BATS_FILE_TMPDIR/noise" "$BATS_FILE_TMPDIR/text" in
}

# ends SIGNAL CALL N [VARIABLE=VALUE...] -- ARGS...: rcc compile gets it there, and the end is by it, without a word.
ends()
{
	local sig=$1 call=$2 n=$3 set=()

	shift 3
	while [ "$1" != -- ]; do
		set+=("$1")
		shift
	done
	shift
	keep_old
	rm -f ../seen
	apart signalled env LD_PRELOAD="$BATS_FILE_TMPDIR/at.so" AT_CALL="$call" AT_N="$n" AT_DO="raise $sig" \
		AT_SEEN=../seen "${set[@]}" "$RCC" compile -o o.o --header o.h -M o.d "$@" in
	is 0 "$sig"
	[ -e ../seen ]
}

@test "by SIGINT, SIGTERM, SIGHUP or SIGQUIT: while a directory or a file is read" {
	for sig in 2 15 1 3; do
		for jobs in -j1 -j4; do
			ends $sig readdir 1 -- $jobs
			all_as_before
			ends $sig read 1 AT_PATH=a.txt -- $jobs
			all_as_before
			ends $sig read 2 AT_PATH=noise -- $jobs
			all_as_before
			ends $sig read 1 AT_PATH=text -- -z $jobs
			all_as_before
		done
	done
}

@test "by SIGINT or SIGTERM: while the object is written" {
	for sig in 2 15; do
		for n in 1 2 3 4 5; do
			ends $sig pwrite $n --
			all_as_before
		done
		ends $sig ftruncate 1 --
		all_as_before
	done
}

@test "by SIGINT or SIGTERM: just before the new output takes the old one's place" {
	for sig in 2 15; do
		ends $sig renameat 1 --
		all_as_before
		ends $sig linkat 1 --
		all_as_before
		ends $sig linkat 2 --
		all_as_before
	done
}

@test "by any of them: where files without a name cannot be made" {
	for sig in 2 15 1; do
		ends $sig read 1 AT_PATH=a.txt AT_NO_TMPFILE=1 --
		all_as_before
		ends $sig pwrite 2 AT_NO_TMPFILE=1 --
		all_as_before
		ends $sig renameat 1 AT_NO_TMPFILE=1 --
		all_as_before
	done
}

@test "by SIGKILL: nothing is left, for the file had no name yet" {
	for where in "read 1 AT_PATH=a.txt" "pwrite 1" "pwrite 3" "ftruncate 1"; do
		ends 9 $where --
		all_as_before
	done
}

@test "by SIGKILL at the rename: the old output is whole" {
	ends 9 renameat 1 --
	[ "$(cat o.o)" = 'the old o' ]
}

@test "where no old output was, none appears" {
	for sig in 2 15 9; do
		apart signalled env LD_PRELOAD="$BATS_FILE_TMPDIR/at.so" AT_CALL=pwrite AT_N=2 AT_DO="raise $sig" \
			"$RCC" compile -o o.o in
		is 0 $sig
		[ "$(ls -A)" = in ]
	done
}

@test "while a list comes from a FIFO that is not closed" {
	keep_old
	mkfifo ../list
	exec 9<>../list
	echo a.txt >&9
	# rcc has taken the first line and waits for the next: then its second read ends it.
	apart signalled env LD_PRELOAD="$BATS_FILE_TMPDIR/at.so" AT_CALL=read AT_N=2 AT_PATH=list AT_DO="raise 15" \
		"$RCC" compile -o o.o --files-from ../list in
	exec 9>&-
	is 0 15
	all_as_before
}

@test "SIGINT that the caller ignores stays ignored" {
	apart perl -e '$SIG{INT} = "IGNORE"; exec @ARGV' \
		env LD_PRELOAD="$BATS_FILE_TMPDIR/at.so" AT_CALL=pwrite AT_N=1 AT_DO="sh kill -INT \$PPID" "$RCC" compile -o o.o in
	is 0
	"$RCC" verify o.o
}

@test "a reader that goes away: the end by SIGPIPE, and no file" {
	run bash -c '"$@" | head -c 10 >/dev/null; exit ${PIPESTATUS[0]}' bash "$RCC" compile -o - in
	[ "$status" -eq 141 ]
	[ "$(ls -A)" = in ]
}
