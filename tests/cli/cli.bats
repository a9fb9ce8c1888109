#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is common to all verbs: help, version, mistakes, standard streams.
load helpers

verbs="cat compile extract list verify"

@test "alone: the usage on stderr, status 2" {
	rcc
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	has "$stderr" "usage: rcc VERB*"
	for v in $verbs; do
		has "$stderr" "*  $v *"
	done
}

@test "--help, -h and help print the usage" {
	for word in --help -h help; do
		rcc $word
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		has "$output" "usage: rcc VERB*"
	done
}

@test "every verb has help, three ways, with the common options" {
	for v in $verbs; do
		rcc "$v" --help
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		has "$output" "usage: rcc $v *"
		has "$output" "*-v, --verbose *-q, --quiet *-h, --help *"
		whole=$output
		rcc "$v" -h
		is 0 "$whole"
		rcc help "$v"
		is 0 "$whole"
	done
}

@test "help is at most 100 columns wide and has no trailing blanks" {
	for v in $verbs; do
		"$RCC" "$v" --help >"$v.help"
		[ -z "$(grep -nE '.{101}| $' "$v.help")" ]
	done
}

@test "--version" {
	rcc --version
	is 0 "rcc 0.1.0"
}

@test "an unknown verb, with a suggestion" {
	rcc lst
	is 2 "" "rcc: error: unknown verb 'lst'; did you mean 'list'?"
	rcc help compil
	is 2 "" "rcc: error: unknown verb 'compil'; did you mean 'compile'?"
	rcc frobnicate
	is 2 "" "rcc: error: unknown verb 'frobnicate'; try 'rcc --help'"
	rcc --frobnicate
	is 2 "" "rcc: error: unknown option '--frobnicate'; try 'rcc --help'"
}

@test "an unknown option, with a suggestion" {
	rcc list --jsn x
	is 2 "" "rcc: error: unknown option '--jsn'; did you mean '--json'? try 'rcc list --help'"
	rcc list --frobnicate x
	is 2 "" "rcc: error: unknown option '--frobnicate'; try 'rcc list --help'"
}

@test "an operand that is missing" {
	for v in list cat extract verify; do
		rcc $v
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		has "$stderr" "rcc: error: no FILE*; try 'rcc $v --help'"
	done
}

@test "words from a file, and a word that begins with @" {
	make_tree
	rcc compile --format bundle -n one -o one.rcb in
	is 0
	printf 'one.rcb\n"a.txt"' >words
	rcc cat @words
	is 0 "alpha in in"
	rcc cat one.rcb @no
	is 2 "" "rcc: error: cannot read the arguments that '@no' stands for from 'no' (No such file or directory); a path that begins with '@' is written './@no', any other word goes behind '--'; try 'rcc cat --help'"
	put at/@name text
	rcc compile --format bundle -n at -o @at.rcb at
	is 0
	rcc cat ./@at.rcb -- @name
	is 0 text
}

@test "a standard stream that is closed is no output's number" {
	make_tree
	apart bash -c '"$1" list --version >&-; "$1" compile -n one -o one.o in >&- 2>&- <&- && "$1" verify one.o' - "$RCC"
	[ "$status" -eq 0 ]
	rcc list one.o
	is 0 $'a.txt\nbig.txt\nsub/b.txt'
	apart bash -c '"$1" list one.o >&-' - "$RCC"
	is 1 "" "rcc: standard output: error: cannot write: Bad file descriptor"
}

@test "help into a full device" {
	apart bash -c '"$1" list --help >/dev/full' - "$RCC"
	is 1 "" "rcc: standard output: error: cannot write: No space left on device"
}
