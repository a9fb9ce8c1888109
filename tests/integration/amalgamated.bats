# SPDX-License-Identifier: MIT
# rcc.c and rcc.h, dropped into a project: any compiler, no flags, with zstd and without.

setup_file() {
	load helpers
	install_rcc
}

setup() {
	load helpers
	cd "$BATS_TEST_TMPDIR"
	project
	sh "$repo/runtime-stub/amalgamate.sh" .
	"$RCC" compile -n web -o web.o assets
	"$RCC" compile -z -n web -o packed.o assets
}

# rcc.c by compiler $1 without a flag, then a program of it.
drop_in() {
	local cc=$1
	shift
	run "$cc" "$@" -c rcc.c -o rcc.o
	same "$status" 0
	same "$output" ""
	"$cc" -I. -c main.c -o main.o
}

reads_all() {
	same "$(./prog a.txt)" one
	same "$(./prog sub/b.txt)" two
	same "$(./prog numbers | tail -1)" 3000
}

@test "two files: gcc and clang" {
	for cc in gcc clang; do
		drop_in $cc
		for bundle in web.o packed.o; do
			$cc -o prog main.o rcc.o $bundle -lzstd
			reads_all
		done
	done
}

@test "two files: a C++ program" {
	cp main.c main.cc
	for cc in gcc clang; do
		drop_in $cc
		${cc/gcc/g}++ -I. -Wall -Wextra -o prog main.cc rcc.o packed.o -lzstd
		reads_all
	done
}

@test "two files: strict C11, warnings are errors" {
	for cc in gcc clang; do
		for zstd in "" -DRCC_NO_ZSTD; do
			$cc $zstd -std=c11 -pedantic -Wall -Wextra -Wshadow -Wconversion -Wvla -Wmissing-prototypes \
				-Werror -O2 -c rcc.c
		done
	done
}

@test "two files: tcc" {
	drop_in tcc
	tcc -o prog main.o rcc.o web.o -lzstd
	reads_all
	drop_in tcc -DRCC_NO_ZSTD
	gcc -o prog main.o rcc.o web.o
	reads_all
}

@test "two files: musl, static" {
	musl-gcc -DRCC_NO_ZSTD -idirafter /usr/include -c rcc.c -o rcc.o
	musl-gcc -static -I. -o prog main.c rcc.o web.o
	reads_all
}

@test "two files: without zstd, stored files are read and compressed ones are refused" {
	for cc in gcc clang; do
		drop_in $cc -DRCC_NO_ZSTD
		same "$(nm rcc.o | grep ZSTD)" ""
		$cc -o prog main.o rcc.o web.o
		reads_all
		$cc -o prog main.o rcc.o packed.o
		same "$(./prog a.txt)" one # gains nothing by compression
		run ./prog numbers
		same "$status" 1
	done
}

@test "two files: without zstd, a compressed file larger than memory is refused for its codec" {
	truncate -s 300M assets/zeros
	"$RCC" compile -z1 -n web -o packed.o assets
	drop_in gcc -DRCC_NO_ZSTD
	gcc -o prog main.o rcc.o packed.o
	ulimit -v 200000
	run ./prog zeros
	same "$status" 1
	same "$output" "not supported by this build or this system"
	same "$(./prog a.txt)" one
}

@test "two files: nothing of xxHash's library is asked for, nor a constructor made" {
	drop_in gcc
	same "$(nm -u rcc.o | grep -i xxh)" ""
	same "$(readelf -SW rcc.o | grep -E 'init_array|ctors')" ""
}

@test "two files: made again, they are the same bytes" {
	sh "$repo/runtime-stub/amalgamate.sh" again
	cmp rcc.c again/rcc.c
	cmp rcc.h again/rcc.h
	cmp rcc_http.h again/rcc_http.h
	cmp rcc_dev.h again/rcc_dev.h
	same "$(ls again)" "$(printf 'rcc.c\nrcc.h\nrcc_dev.h\nrcc_http.h')"
}

@test "two files: made from and into folders of any name" {
	local odd="a b'c \$d \\e *"
	mkdir "$odd"
	cp -r "$repo/runtime-stub" "$odd/-runtime stub"
	(cd "$odd" && sh "./-runtime stub/amalgamate.sh" "new \\n folder")
	cmp rcc.c "$odd/new \\n folder/rcc.c"
	cmp rcc.h "$odd/new \\n folder/rcc.h"
}

@test "two files: a run that fails leaves what was there, and nothing else" {
	cp -r "$repo/runtime-stub" broken
	echo '#include "absent.h"' >>broken/hosted/load.c
	mkdir out
	echo old >out/rcc.c
	run sh broken/amalgamate.sh out
	[ "$status" -ne 0 ]
	says "no header absent.h"
	same "$(ls out)" rcc.c
	same "$(cat out/rcc.c)" old
	run sh "$repo/runtime-stub/amalgamate.sh"
	same "$status" 2
}
