#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A file that changes while it is read is an error that names it. The change happens at the first read of it, for sure: in a library that is
# preloaded. Each size goes another way through rcc: held in memory, streamed, and with -z held or streamed from other sizes on.
load helpers
load failures

setup_file()
{
	local size

	preloads at
	while read -r size _; do
		perl -e 'print substr "a line of text\n" x ($ARGV[0] / 15 + 1), 0, $ARGV[0]' "$size" >"$BATS_FILE_TMPDIR/$size"
		touch -d '2020-01-01 00:00:00' "$BATS_FILE_TMPDIR/$size"
	done < <(ways)
}

setup()
{
	own_directory
	put in/a.txt alpha
	put in/z.txt omega
}

# The sizes and options to try, one pair a line.
ways()
{
	echo '100'
	echo '100 -j4'
	echo '100 -z'
	echo '0'
	echo '60000'
	echo '100000'
	echo '100000 -z'
	echo '100000 -z -j4'
	echo '1000000'
	echo '1000000 -z1'
	echo '5000000'
	echo '17000000 -z1'
}

# during WORDS COMMAND [CALL]: a compile is refused with these words when the command is run at the first read (or CALL) of in/it.
during()
{
	local words=$1 command=$2 call=${3-read} size options

	while read -r size options; do
		rm -rf in/it ../seen
		cp -p "$BATS_FILE_TMPDIR/$size" in/it
		echo 'the old o' >o.o
		apart at "$call" 1 "sh $command" AT_PATH=it AT_SEEN="$PWD/../seen" -- \
			"$RCC" compile -o o.o --header o.h -M o.d $options in
		is 1 "" "rcc: in/it: error: $words" || {
			echo "size $size, options $options"
			return 1
		}
		[ -e ../seen ]
		[ "$(<o.o)" = 'the old o' ]
		all=(* .[!.]*)
		[ "${all[*]}" = 'in o.o .[!.]*' ]
	done < <(ways)
}

changed='changed while it was read; run rcc again when nothing writes to it'

@test "it grows" {
	during "$changed" 'echo more >>in/it'
}

@test "it grows, as its time of modification stays" {
	during "$changed" 'echo more >>in/it; touch -d "2020-01-01 00:00:00" in/it'
}

@test "it shrinks" {
	sizes=$(ways | grep -v '^0')
	ways() { echo "$sizes"; }
	during "$changed" 'truncate -s -1 in/it'
	during "$changed" ': >in/it'
}

@test "it is written anew, with equal size" {
	sizes=$(ways | grep -v '^0')
	ways() { echo "$sizes"; }
	during "$changed" 'printf B | dd of=in/it conv=notrunc 2>/dev/null'
}

@test "it vanishes before it is opened" {
	during 'cannot open: No such file or directory' 'rm in/it' open
}

@test "it becomes a FIFO before it is opened" {
	during 'is no regular file any more; run rcc again' 'rm in/it; mkfifo in/it' open
}

@test "it becomes a directory before it is opened" {
	during 'is no regular file any more; run rcc again' 'rm in/it; mkdir in/it' open
}

# stands COMMAND: the same, but rcc has the file already and what it has is whole.
stands()
{
	local size options

	while read -r size options; do
		rm -rf in/it
		cp "$BATS_FILE_TMPDIR/$size" in/it
		apart at read 1 "sh $1" AT_PATH=it -- "$RCC" compile -o o.o $options in
		[ "$status" -eq 0 ] || has "$stderr" "rcc: in/it: error: *"
		[ "$status" -ne 0 ] || "$RCC" cat o.o it | cmp - "$BATS_FILE_TMPDIR/$size"
	done < <(ways)
}

@test "it vanishes or is replaced when it is open: its contents are whole, or it is an error" {
	stands 'rm in/it'
	stands 'echo other >new; mv new in/it'
}

@test "a frame that does not gain is read a second time: a change in between is an error" {
	perl -e 'srand 3; print pack "L*", map int rand 2**32, 1 .. 10000 for 1 .. 425' >in/it # streamed
	keep_old
	apart at open 2 'sh printf x >>in/it' AT_PATH=it -- "$RCC" compile -z1 -o o.o in
	# A file that is longer at the second reading is sound by itself, and so is what is written of it.
	if [ "$status" -eq 0 ]; then
		"$RCC" verify o.o
		"$RCC" cat o.o it | cmp - in/it
	else
		is 1 "" "rcc: in/it: error: $changed"
	fi
}

@test "a read that fails" {
	while read -r size options; do
		perl -e 'print "x" x $ARGV[0]' "$size" >in/it
		keep_old
		apart at read 1 'fail EIO' AT_PATH=it -- "$RCC" compile $options -o o.o in
		is 1 "" 'rcc: in/it: error: cannot read: Input/output error'
		all_as_before
	done < <(ways)
}

@test "a directory whose reading fails half way" {
	keep_old
	apart at readdir 3 'fail EIO' -- "$RCC" compile -o o.o in
	is 1 "" 'rcc: in: error: cannot read the directory: Input/output error'
	all_as_before
}

@test "a directory that vanishes during the walk" {
	put in/sub/x x
	keep_old
	apart at open 1 'sh mv in/sub ../gone' AT_PATH=sub -- "$RCC" compile -o o.o in
	mv ../gone in/sub
	is 1 "" 'rcc: in/sub: error: cannot read the directory: No such file or directory'
	all_as_before
}

@test "many files that cannot be read: the first twenty are named, and that is all" {
	for i in $(seq -w 50); do
		echo "$i" >"in/f$i"
		chmod 0 "in/f$i"
	done
	keep_old
	plain_rcc compile -o o.o in
	[ "$status" -eq 1 ]
	[ "$(grep -c 'cannot open: Permission denied' <<<"$stderr")" -eq 20 ]
	has "$stderr" '*rcc: error: too many errors'
	all_as_before
}
