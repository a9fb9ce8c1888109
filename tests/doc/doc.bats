#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The documents do not lie: README's example as it is printed, the manual pages, the options they name.

setup()
{
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	: "${BUILD:=$top/build}"
	: "${RCC:=$BUILD/rcc}"
	cd "$BATS_TEST_TMPDIR"
}

@test "README's example runs as printed, and says what is printed" {
	mkdir build
	ln -s "$BUILD/rcc" "$BUILD/librcc.a" build
	ln -s "$top/runtime-stub" .
	awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' "$top/README.md" >example.sh
	awk '/^```sh$/ { seen = 1; next } seen == 1 && /^```$/ { seen = 2; next } seen == 2 && /^```$/ { on = !on; seen += !on; next } on' \
		"$top/README.md" >said
	[ -s example.sh ]
	run sh -e example.sh
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "$(cat said)" ]
	[ "$output" = 'Hello from inside the program.' ]
}

@test "README fits on a page" {
	[ "$(wc -l <"$top/README.md")" -le 130 ]
}

@test "examples/hello is README's program, and works" {
	sed -n '/^#include "rcc.h"$/,/^END$/p' "$top/README.md" | sed '$d' >printed.c
	sed '/^\/\*/d' "$top/examples/hello/hello.c" | diff printed.c -
	"$RCC" compile -o assets.o "$top/examples/hello/assets"
	${CC:-cc} -I "$top/runtime-stub" -o hello "$top/examples/hello/hello.c" assets.o "$BUILD/librcc.a" -lzstd
	[ "$(./hello)" = "$(cat "$top/examples/hello/assets/hello.txt")" ]
}

@test "mandoc finds no fault in the manual pages" {
	for page in rcc.1 rcc.3 rcc-rules.5; do
		mandoc -Tlint -W warning "$top/doc/$page"
	done
}

# The options of a verb's help that work, without those every verb has; of a section of rcc(1). Long names, or the letter where there is none.
help_options()
{
	"$RCC" "$1" --help | grep -v 'not in this version yet' |
		sed -n 's/^  \(-., \|    \)--\([a-z-]*\).*/\2/p; s/^  -\(.\)\( .*\)\{0,1\}$/\1/p' | grep -vx -e verbose -e quiet -e help || true
}

page_options()
{
	awk -v verb="$1" '/^\.S[sh] / { on = $0 == ".Ss " verb } on' "$top/doc/rcc.1" |
		sed -n 's/^\.It Fl \(. , \)\{0,1\}-\([a-z-]*\).*/\2/p; s/^\.It Fl \([A-Za-z0-9]\)\( Ar .*\)\{0,1\}$/\1/p'
}

@test "rcc(1) has the options that each verb's help has, in that order" {
	for verb in compile list cat extract verify; do
		help_options "$verb" >help
		page_options "$verb" >page
		[ -s help ] || [ "$verb" = verify ]
		diff help page
	done
}

@test "rcc(1) does not promise what is not there yet" {
	"$RCC" compile --help | sed -n 's/^ *--\([a-z-]*\).*not in this version yet.*/\1/p' >later
	[ -s later ]
	while read -r option; do
		! grep -e "^\.It Fl -$option" "$top/doc/rcc.1"
	done <later
}

@test "rcc(3) names every function of rcc.h" {
	grep -oE '\brcc_[a-z_]+\(' "$top/runtime-stub/rcc.h" | tr -d '(' | sort -u >declared
	[ "$(wc -l <declared)" -gt 25 ]
	while read -r name; do
		grep -q -e "^\.Fn $name " -e "^\.Fo $name\$" "$top/doc/rcc.3" || { echo "$name"; false; }
	done <declared
}
