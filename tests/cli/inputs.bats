#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc compile: what it reads, in large numbers and from odd places, and where it may write.
load helpers
load failures

# limited OPTION ARGUMENT...: rcc under a limit of 64 open files: -S one it may raise, -H one it may not.
limited()
{
	apart bash -c 'ulimit -S -n 64 && ulimit "$0" -n 64 && exec "$@"' "$1" "$RCC" "${@:2}"
}

@test "a root that may be listed but not entered is told, by --files-from too" {
	make_tree
	chmod 0444 in
	plain_rcc compile --format bundle -o out.rcb --files-from - in <<<a.txt
	chmod 0755 in
	is 1 "" "rcc: -:1: error: 'in' cannot look at it: Permission denied"
	[ ! -e out.rcb ]
}

@test "find's list of a tree is the tree" {
	make_tree
	put in/sub/sub/sub.d/x x
	put in/sub.a/y y
	ln -s sub in/link
	"$RCC" compile --format bundle -n in -o want.rcb in
	(cd in && find . link/sub) >list
	rcc compile --format bundle -n in -o out.rcb --files-from list in
	is 0
	cmp out.rcb want.rcb
	sort -r list >back
	rcc compile --format bundle -n in -o out.rcb --files-from back in
	is 0
	cmp out.rcb want.rcb
}

@test "more directories than files may be open at first" {
	for i in {1..100}; do
		put "in/$i/f$i" "$i"
		echo "in/$i"
	done >args
	limited -S compile --format bundle -o out.rcb @args
	is 0
	[ "$("$RCC" list out.rcb | wc -l)" -eq 100 ]
	limited -H compile --format bundle -o none.rcb @args
	[ "$status" -eq 1 ]
	has "$stderr" "rcc: in/*: error: cannot open the directory: Too many open files; raise the limit (ulimit -n), or give directories above these*"
}

@test "@FILEs are in the depfile, nested ones too" {
	make_tree
	echo '-q @more' >args
	echo 'in' >more
	rcc compile @args -M out.d -o out.o
	is 0
	printf 'out.o:\n-include out.d\n' | make -f - -pn | grep -q '^out.o:.* more'
	printf 'out.o:\n-include out.d\n' | make -f - -pn | grep -q '^out.o:.* args'
}

@test "standard input is read by one only" {
	make_tree
	words="rcc: error: only one of @-, -r -, --files-from -, --keep - and --order - can read standard input; try 'rcc compile --help'"
	rcc compile -o o.o --files-from - --keep - in </dev/null
	is 2 "" "$words"
	rcc compile -o o.o --order - -r - in </dev/null
	is 2 "" "$words"
	rcc compile @- --keep - <<<'-o o.o in'
	is 2 "" "$words"
	rcc compile @- <<<'-o o.o in'
	is 0
}

@test "two outputs are two files" {
	make_tree
	mkdir out
	ln -s out/same link
	for other in same ./same out/../same "$PWD/same"; do
		rcc compile -o same --header "$other" in
		is 1 "" "rcc: same: error: is two of the outputs; give each a file of its own"
	done
	rcc compile -o out/same -M link in
	is 1 "" "rcc: out/same: error: is two of the outputs; give each a file of its own"
	rcc compile -o x.o -M same --header same in
	is 1 "" "rcc: same: error: is two of the outputs; give each a file of its own"
	rcc compile -o - --header - in
	is 1 "" "rcc: standard output: error: is two of the outputs; give each a file of its own"
	[ ! -e same ] && [ ! -e out/same ] && [ ! -e x.o ]
	rcc compile -o out/x -M x in
	is 0
	rcc compile -o /dev/null -M /dev/null in
	is 0
}

@test "--check wants a file to compare with" {
	make_tree
	rcc compile --check -o - in
	is 2 "" "rcc: error: --check compares with a file, and standard output is none; try 'rcc compile --help'"
	rcc compile --check -o o.o --header - in
	is 2 "" "rcc: error: --check compares with a file, and standard output is none; try 'rcc compile --help'"
}

@test "an output in a directory that the depfile lists is a warning" {
	make_tree
	words='which the depfile lists: each build would make the next one due; write it elsewhere'
	rcc compile -M o.d -o in/sub/o.o in
	is 0 "" "rcc: in/sub/o.o: warning: lies in 'in/sub', $words"
	rcc compile -M in/o.d -o o.o --header in/o.h in:p
	is 0 "" "rcc: in/o.h: warning: lies in 'in', $words
rcc: in/o.d: warning: lies in 'in', $words"
	mkdir in/build
	cd in
	rcc compile -M o.d -o build/o.o -x build .
	is 0 "" "rcc: o.d: warning: lies in '.', $words"
	rcc compile -M build/o.d -o build/o.o -x build .
	is 0
	rcc compile -o o.o .
	is 0
	apart bash -c '"$0" compile -o - -M ../o.d . >/dev/null' "$RCC"
	is 0
	rcc compile -q -M o.d -o o.o .
	rcc compile --check -M o.d -o o.o .
	is 0
}

@test "names of two bundles give different constants" {
	put web/js_app 1
	put web_js/app 2
	rcc compile --header web.h -o web.o web
	is 0
	rcc compile --header web_js.h -o web_js.o web_js
	is 0
	grep -qx '#define RCC_NAME_web__js_app "js_app"' web.h
	grep -qx '#define RCC_NAME_web_js__app "app"' web_js.h
}

@test "each file keeps its own of very many MIME types" {
	for i in {100..299}; do
		put "in/$i" "$i"
		put "in/x$i" "$i"
		echo "$i mime=text/t$i"
		echo "x$i mime=text/t$i"
	done >rules
	rcc compile --format bundle -r rules -o out.rcb in
	is 0
	"$RCC" list --json out.rcb | grep -o '"text/t[0-9]*"' | sort | uniq -c >types
	diff <(for i in {100..299}; do echo "      2 \"text/t$i\""; done) types
	[ "$(strings out.rcb | grep -c '^text/t')" -eq 200 ]
}

@test "a list given twice is refused, not forgotten" {
	make_tree
	echo a.txt >one
	for option in --keep --order --files-from; do
		rcc compile $option one $option one -o o.o in
		is 2 "" "rcc: error: $option is given twice; join the lists in one file; try 'rcc compile --help'"
	done
}

@test "many faults: the first fifty, and how many more there are" {
	mkdir in
	for i in $(seq 60); do ln -s nowhere in/$i; done
	rcc compile -o o.o in
	[ "$status" -eq 1 ]
	[ "$(wc -l <<<"$stderr")" -eq 51 ]
	has "$stderr" "*rcc: error: and 10 more faults in the tree"
	[ ! -e o.o ]
}

@test "a depfile lets every input go, the directory itself too" {
	make_tree
	rcc compile -o o.o -M o.d in
	is 0
	for path in in in/sub in/a.txt in/sub/b.txt in/big.txt; do
		grep -qxF "$path:" o.d
	done
	mv in out
	printf 'o.o:\n\ttouch o.o\n-include o.d\n' >Makefile
	run -0 make
}
