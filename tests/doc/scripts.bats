#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The scripts a newcomer and CI depend on: the installer, the runner that counts, the demo.

setup()
{
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	: "${BUILD:=$top/build}"
	: "${RCC:=$BUILD/rcc}"
	cd "$BATS_TEST_TMPDIR"
	mkdir build # the demo writes here
	ln -s "$RCC" build/rcc
	ln -s "$BUILD/librcc.a" build/librcc.a
}

# A directory of commands in which nothing but the script's own tools is, and an apt-get; $1 is what id says.
bare_path()
{
	local c
	mkdir bare
	for c in sh mktemp rm cat tr sort grep sed env; do
		ln -s "$(command -v "$c")" bare/
	done
	printf '#!/bin/sh\necho %s\n' "$1" >bare/id
	printf '#!/bin/sh\necho "apt-get $*" >>"%s/ran"\n' "$PWD" >bare/apt-get
	ln -s apt-get bare/apt-cache
	chmod +x bare/id bare/apt-get
}

# tap PLAN TEXT STATUS: a program that prints that and ends so.
tap()
{
	printf '#!/bin/sh\nprintf "%s"\n%s\n' "$1" "$2" >prog
	chmod +x prog
	run sh "$top/tests/run.sh" name ./prog
}

@test "setup says nothing when all is there" {
	run sh "$top/tests/setup.sh" check
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "setup, not root and without sudo: says what to run, runs nothing" {
	bare_path 1000
	PATH=$PWD/bare run sh "$top/tests/setup.sh" demo
	[ "$status" -eq 1 ]
	[[ $output == *'needs libelf-dev: '* ]]
	[[ $output == *'apt-get update'*'apt-get install -y'*' libelf-dev '* ]]
	[ ! -e ran ]
}

@test "setup as root: installs without asking, and fails if it did not help" {
	bare_path 0
	PATH=$PWD/bare run sh "$top/tests/setup.sh" demo
	[ "$status" -eq 1 ]
	grep -q '^apt-get update' ran
	grep -q '^apt-get install -y .*--no-install-recommends .*make' ran
	[[ $output == *'is still missing'* ]]
}

@test "the runner counts, names skips, and fails for them in CI only" {
	CI= tap '1..3\nok 1 a\nok 2 b # skip why\nok 3 c\n' ''
	[ "$status" -eq 0 ]
	[[ $output == *'skip: ./prog: b # skip why'* ]]
	[ "${lines[-1]}" = 'rcc-tests: name: 2 passed, 0 failed, 1 skipped' ]
	CI=true tap '1..3\nok 1 a\nok 2 b # skip why\nok 3 c\n' ''
	[ "$status" -eq 1 ]
}

@test "the runner hides no failure, crash or early end" {
	tap '1..2\nok 1 a\nnot ok 2 b\n' 'exit 1'
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = 'rcc-tests: name: 1 passed, 1 failed, 0 skipped' ]
	tap '1..4\nok 1 a\n' 'kill -SEGV $$'
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = 'rcc-tests: name: 1 passed, 3 failed, 0 skipped' ]
	tap '1..1\nok 1 a\n' 'exit 3'
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = 'rcc-tests: name: 1 passed, 1 failed, 0 skipped' ]
	tap '' 'exit 0'
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = 'rcc-tests: name: 0 passed, 1 failed, 0 skipped' ]
	run sh "$top/tests/run.sh" name
	[ "$status" -eq 1 ]
}

@test "the demo reads every file back, whatever it is called" {
	mkdir -p tree/.hidden/d "tree/with space"
	printf x >"$(printf 'tree/new\nline')"
	printf y >"tree/with space/a"
	: >tree/.hidden/d/empty
	ln -s "with space" tree/link
	run sh "$top/examples/demo/run.sh" build tree
	[ "$status" -eq 0 ]
	[[ ${lines[1]} =~ ^tree\ +4\ +3\ B\  ]]
	[[ ${lines[2]} == 'tree -z '* ]]
	[[ ${lines[3]} == 'every file was found'* ]]
}

@test "the demo says which links it leaves out, and what it cannot take" {
	mkdir tree
	echo a >tree/a
	ln -s /etc/passwd tree/out
	run sh "$top/examples/demo/run.sh" build tree
	[ "$status" -eq 0 ]
	[[ $output == *'tree/out: error: '* ]]
	mkfifo tree/pipe
	run sh "$top/examples/demo/run.sh" build tree
	[ "$status" -eq 1 ]
	[[ $output == *'tree/pipe: error: '* ]]
}

@test "the demo's program notices each difference" {
	cp -R "$top/examples/site" tree
	"$RCC" compile --dotfiles -z -n demo -o tree.o tree
	${CC:-cc} -I "$top/runtime-stub" -o demo "$top/examples/demo/demo.c" tree.o "$BUILD/librcc.a" -lzstd
	compare() { run ./demo tree follow '' label tree.o 0 0; }
	compare
	[ "$status" -eq 0 ]
	echo >>tree/robots.txt
	compare
	[ "$status" -eq 1 ]
	[[ $output == *'robots.txt: differs'* ]]
	cp "$top/examples/site/robots.txt" tree
	touch tree/new
	compare
	[ "$status" -eq 1 ]
	[[ $output == *'new: is on disk, and not in the bundle'* ]]
	rm tree/new tree/js/theme.js
	compare
	[ "$status" -eq 1 ]
	[[ $output == *'js/theme.js: is in the bundle, and not on disk'* ]]
	head -c 100 "$top/examples/site/js/theme.js" >tree/js/theme.js
	compare
	[ "$status" -eq 1 ]
	[[ $output == *'js/theme.js: has '*' bytes more'* ]]
}
