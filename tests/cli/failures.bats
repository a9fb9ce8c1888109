#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The Nth call of a function fails, N = 1, 2, 3 ... until a run does not come so far; once failing only there, once from there on. Each time:
# a clean message and status 1, nothing left over, the old outputs there byte for byte. Or, where rcc has a second way: all is as it should be.
load helpers
load failures

setup_file()
{
	preloads at
}

setup()
{
	own_directory
	put in/a.txt alpha
	put in/same.txt alpha
	put in/sub/b.txt beta
	perl -e 'print "a line of text, number $_\n" for 1 .. 9000' >in/text
	perl -e 'srand 3; print map chr int rand 256, 1 .. 200000' >in/noise
	runs=0
	mkdir ../good
	"$RCC" compile -j1 -z -o o.o --header o.h -M o.d in
	mv o.o o.h o.d ../good
}

# Nothing lies here but the tree and the three outputs.
only_outputs()
{
	local all=(* .[!.]*)

	[ "${all[*]}" = 'in o.d o.h o.o .[!.]*' ]
}

# Each output is there, and is the old one or the new one.
each_is_whole()
{
	local kind

	only_outputs || return 1
	for kind in o h d; do
		[ "$(<o.$kind)" = "the old $kind" ] || cmp -s o.$kind ../good/o.$kind || return 1
		echo "the old $kind" >o.$kind
	done
	keep_old
}

# What came of a run in which something failed. $1 is "strict" if it cannot have gone well then; "placing" if some of the three outputs may have
# taken their places before; "lax" if it may have gone well.
judge()
{
	local line told= words=${words:-rcc: .*error: .+}

	if [ "$status" -eq 0 ] && [ "$1" != strict ]; then
		cmp o.o ../good/o.o && cmp o.h ../good/o.h && cmp o.d ../good/o.d && [ -z "$stderr" ] && only_outputs || return 1
		rm o.o o.h o.d
		keep_old
		return
	fi
	[ "$status" -eq 1 ] || return 1
	[ -z "$output" ] || return 1
	for line in "${stderr_lines[@]}"; do
		[[ $line == 'rcc: '* ]] || return 1
		[[ ! $line =~ ^$words$ ]] || told=1
	done
	[ -n "$told" ] || return 1
	if [ "$1" = placing ]; then
		each_is_whole
	else
		all_as_before
	fi
}

# nth HOW CALL ERRNO FROM STEP TO [VARIABLE=VALUE...] -- OPTIONS...: the loop. Fails if not one call was met.
nth()
{
	local judged=$1 call=$2 error=$3 from=$4 step=$5 to=$6 set=() n how met seen

	shift 6
	while [ "$1" != -- ]; do
		set+=("$1")
		shift
	done
	shift
	for how in fail fail-on; do
		keep_old
		met=0
		for ((n = from; n <= to; n += step * every)); do
			seen=../seen$((++runs))
			apart at "$call" "$n" "$how $error" AT_SEEN="$PWD/$seen" "${set[@]}" -- \
				"$RCC" compile -z -o o.o --header o.h -M o.d "$@" in
			[ -e $seen ] || break
			met=$((met + 1))
			judge "$judged" || {
				printf '%s number %d, %s %s %s: status %d\n%s\n' "$call" "$n" "$how" "$error" "$*" "$status" "$stderr"
				return 1
			}
		done
		[ "$met" -gt 0 ] || {
			echo "$call is never called"
			return 1
		}
		[ "$n" -gt "$to" ] || [ "$status" -eq 0 ]
		rm -f o.o o.h o.d
	done
}

for_both()
{
	nth "$@" -- -j1
	nth "$@" -- -j3
	nth "$@" AT_NO_TMPFILE=1 -- -j1
}

@test "pwrite" {
	words='rcc: o.o: error: cannot write: No space left on device; make room there, or write elsewhere'
	for_both strict pwrite ENOSPC 1 1 1000
}

@test "write" {
	words='rcc: o.[hd]: error: cannot write: No space left on device; make room there, or write elsewhere'
	for_both strict write ENOSPC 1 1 1000
}

@test "ftruncate" {
	for_both strict ftruncate EIO 1 1 1000
}

@test "renameat" {
	for_both placing renameat EIO 1 1 1000
}

@test "linkat" {
	nth placing linkat EIO 1 1 1000 -- -j1
	nth placing linkat EACCES 1 1 1000 -- -j1
}

@test "read" {
	for_both strict read EIO 1 1 1000
}

@test "pread" {
	for_both lax pread EIO 1 1 1000
}

@test "readdir" {
	for_both strict readdir EIO 1 1 1000
}

@test "open" {
	for_both lax open EMFILE 1 1 1000
	nth lax open EACCES 1 1 1000 -- -j1
}

@test "fstat" {
	for_both lax fstat EIO 1 1 1000
}

@test "fchmod" {
	nth placing fchmod EIO 1 1 1000 -- -j1
}

@test "close" {
	nth placing close EIO 1 1 1000 -- -j1
}

@test "malloc, calloc and realloc: the first three hundred" {
	nth placing malloc ENOMEM 1 1 300 -- -j1
}

@test "malloc, calloc and realloc: with threads, in steps" {
	nth placing malloc ENOMEM 1 7 600 -- -j3
}
