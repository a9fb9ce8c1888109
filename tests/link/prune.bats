#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A program that names its assets by constants: the example of it, and what the compiler and the linker say where it is wrong.
load ../cli/helpers

top=$BATS_TEST_DIRNAME/../..

setup()
{
	cd "$BATS_TEST_TMPDIR"
	"$RCC" compile --per-file-sections -n site --header site.h -o site.o "$top/examples/site"
}

# link SOURCE OPTION...
link()
{
	${CC:-cc} -I. -I"$BUILD/stub" -o program "$@" "$BUILD/stub/rcc.c" site.o -lzstd
}

@test "examples/prune holds the two files it names" {
	link "$top/examples/prune/prune.c" -Wl,--gc-sections
	[ "$(./program)" = "$(cat "$top/examples/site/humans.txt" "$top/examples/site/robots.txt")" ]
	rcc list program
	is 0 $'humans.txt\nrobots.txt'
	rcc verify program
	is 0
}

@test "without --gc-sections it holds all" {
	link "$top/examples/prune/prune.c"
	[ "$(./program)" = "$(cat "$top/examples/site/humans.txt" "$top/examples/site/robots.txt")" ]
	rcc list program
	is 0 "$("$RCC" list site.o)"
}

@test "an asset that is not there does not compile" {
	sed s/robots_txt/robot_txt/ "$top/examples/prune/prune.c" >wrong.c
	run ! link wrong.c
	has "$output" *RCC_ASSET_site__robot_txt*
}

@test "a header that is older than the object does not link when its asset is gone" {
	cp -r "$top/examples/site" now
	rm now/robots.txt
	"$RCC" compile --per-file-sections -n site -o site.o now
	run ! link "$top/examples/prune/prune.c"
	has "$output" *rcc_ref_site__robots_txt*
}
