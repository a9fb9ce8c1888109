#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# list, cat, extract and verify while FILE is cut by another: one message, a status, nothing left behind. And large contents
# are not kept whole.
load helpers
load failures

setup_file()
{
	preloads at
}

setup()
{
	own_directory
	make_tree
	"$RCC" compile --format bundle -n one -o whole.rcb in
	rm -r in
	set=()
}

cut_message="rcc: one.rcb: error: it became shorter while it was read; do it again when nothing writes to it"

# cut SIZE COMMAND ARG...: rcc, with one.rcb cut to that size as soon as its bundles are found.
cut()
{
	local size=$1

	shift
	cp whole.rcb one.rcb
	apart at close 1 "sh truncate -s $size one.rcb" AT_PATH=one.rcb AT_SEEN=seen "${set[@]}" -- "$RCC" "$@"
	rm seen
}

@test "names that are gone when they are read" {
	cut 0 list one.rcb
	is 1 "" "$cut_message"
	cut 0 list --json one.rcb
	is 1 "" "$cut_message"
	cut 0 cat one.rcb a.txt
	is 1 "" "$cut_message"
	cut 0 verify -v one.rcb
	is 2 "" "$cut_message"
}

@test "contents that are gone when they are read: no part of a file stays" {
	perl -e 'print "x" x 100_000' >long
	mkdir in out
	mv long in/
	"$RCC" compile --format bundle -n one -o whole.rcb in
	cut 4096 list one.rcb
	is 0 long
	for set in AT_NO_TMPFILE=1 AT_TMPFILE=1; do
		cut 4096 extract -C out one.rcb
		is 1 "" "$cut_message"
		[ -z "$(ls -A out)" ]
	done
	set=()
	cut 4096 cat one.rcb long
	is 1 "" "$cut_message"
}

@test "a file that is cut while it is searched" {
	cp whole.rcb one.rcb
	apart at fstat 2 "sh : >one.rcb" AT_PATH=one.rcb AT_SEEN=seen -- "$RCC" list one.rcb
	is 1 "" "$cut_message"
	[ -e seen ]
}

@test "a message shows the path on one line" {
	cp whole.rcb $'a\nb'
	apart at close 1 $'sh : >"a\nb"' AT_PATH=$'a\nb' -- "$RCC" list $'a\nb'
	is 1 "" "${cut_message/one.rcb/a\\nb}"
}

# peak WRITE ARG...: runs rcc, and prints how many kilobytes it has needed up to its WRITEth write.
peak()
{
	local n=$1

	shift
	at write "$n" 'sh grep VmHWM /proc/$PPID/status >peak' -- "$RCC" "$@" >contents
	awk '{ print $2 }' peak
}

@test "contents are never kept whole" {
	mkdir in
	truncate -s 160M in/zeros
	"$RCC" compile -z1 --format bundle -n one -o one.rcb in
	[ "$(peak 1000 cat one.rcb zeros)" -lt 100000 ]
	cmp contents in/zeros
	rm contents
	[ "$(peak 1000 extract -C out one.rcb)" -lt 100000 ]
	cmp out/zeros in/zeros
}
