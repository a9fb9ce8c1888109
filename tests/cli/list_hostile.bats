#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Files made to be searched forever: what is looked at is bounded by the file's size, and what is said by what a person reads.
load helpers

hostile()
{
	perl "$BATS_TEST_DIRNAME/list_hostile.pl" "$@" >hostile
}

overlap="rcc: hostile: error: its parts overlap, or it holds too many bundles; not all of it was searched"

# told FIRST MORE: ten faults of a kind, so many more of which it is only said how many, and the end
told()
{
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	has "${stderr_lines[0]}" "rcc: hostile: error: $1"
	[ "${stderr_lines[10]}" = "rcc: hostile: error: and $2 more" ]
	[ "${stderr_lines[11]-}" = "${3-}" ]
	[ "${#stderr_lines[@]}" -eq $((${3:+1} + 11)) ]
}

@test "few faults are all told" {
	hostile magics .rodata.rcc 1 10
	rcc list hostile
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 10 ]
	hostile magics .rodata.rcc 1 11
	rcc list hostile
	[ "${#stderr_lines[@]}" -eq 11 ]
}

@test "many faults: ten are told, the rest counted" {
	hostile magics .rodata.rcc 1 2000
	rcc list hostile
	told "at offset 64: the bundle needs a newer reader" 1990
}

@test "more places than a file may have" {
	hostile magics .rodata.rcc 1 100000
	rcc list hostile
	told "at offset 64: *" 65526 "$overlap"
}

@test "many sections over the same bytes" {
	hostile magics .rodata.rcc 1000 1000
	rcc list hostile
	told "at offset 64: *" 990 "$overlap"
	# Not called that: they are searched too when no section is.
	hostile magics .data 1000 1000
	rcc list hostile
	is 1 "" "$overlap"
}

@test "names of sections that end nowhere" {
	hostile names 65000 20000000
	# Minutes, if each were read to its end.
	ulimit -t 30
	rcc list hostile
	is 1 "" "rcc: hostile: error: it holds no bundle"
}

@test "many segments over the same bytes, and descriptors that lead nowhere" {
	put in/x x
	"$RCC" compile --format bundle -n tiny -o tiny.rcb in
	hostile loads tiny.rcb 61 200 300
	rcc list hostile
	[ "$status" -eq 1 ]
	has "$stderr" "*: the descriptor at offset * leads to no bundle; *
rcc: hostile: error: and 290 more
$overlap"
	# What was found before is there all the same.
	[ "$(grep -c '^tiny:$' <<<"$output")" -eq 200 ]
}

@test "a bundle is not also looked for within another" {
	put in/x x
	"$RCC" compile --format bundle -n inner -o inner.rcb in
	mkdir outer
	cp inner.rcb outer/
	"$RCC" compile --format bundle -n outer -o outer.rcb outer
	at=$(grep -abo 'rcc-bundle' outer.rcb | sed -n '2s/:.*//p')
	hostile nested outer.rcb 0
	rcc list hostile
	is 0 inner.rcb
	hostile nested outer.rcb 0 $((at - 1))
	rcc list hostile
	is 1 inner.rcb "rcc: hostile: error: at offset $((64 + 112 + at - 1)): the bundle is damaged or cut short"
}

@test "an archive whose member has a negative size" {
	hostile archive -60
	rcc list hostile
	is 1 "" "rcc: hostile: error: it holds no bundle"
}
