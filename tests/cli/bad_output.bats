#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Outputs that cannot be written: a clear error, the old one stays, nothing is left beside it. And outputs in odd places.
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
	perl -e 'srand 3; print map chr int rand 256, 1 .. 300000' >in/noise
}

full='cannot write: No space left on device; make room there, or write elsewhere'

@test "a directory that does not exist" {
	keep_old
	for option in "-o no/o.o" "-o o.o --header no/o.h" "-o o.o -M no/o.d"; do
		rcc compile $option in
		is 1 "" "rcc: no/o.${option: -1}: error: cannot write: No such file or directory; make its directory first"
		all_as_before
	done
}

@test "a directory" {
	mkdir dir
	keep_old
	for name in dir dir/ in; do
		rcc compile -o "$name" in
		is 1 "" "rcc: $name: error: cannot write: Is a directory; name a file in it"
		all_as_before
	done
}

@test "a read-only directory" {
	mkdir shut
	echo old >shut/o.o
	chmod 555 shut
	keep_old
	plain_rcc compile -o shut/o.o in
	is 1 "" 'rcc: shut/o.o: error: cannot write: Permission denied; its directory must be writable'
	plain_rcc compile -o shut/new.o in
	is 1 "" 'rcc: shut/new.o: error: cannot write: Permission denied; its directory must be writable'
	plain_rcc compile -o o.o --header shut/o.h in
	is 1 "" 'rcc: shut/o.h: error: cannot write: Permission denied; its directory must be writable'
	plain_rcc compile -o o.o -M shut/o.d in
	is 1 "" 'rcc: shut/o.d: error: cannot write: Permission denied; its directory must be writable'
	all_as_before
	[ "$(cat shut/o.o)" = old ]
	chmod 755 shut
}

# A small tmpfs, where that may be mounted; anywhere else a limit on the size of files, which is as real an error.
on_small_disk()
{
	local mount='mount -t tmpfs -o size=64k tmpfs disk && cp o.o disk && "$@"; s=$?; ls -A disk >left; cmp o.o disk/o.o >>left; exit $s'

	mkdir -p disk
	for space in "unshare -m" "unshare -rm"; do
		if $space sh -c 'mount -t tmpfs -o size=64k tmpfs "$1"' sh "$PWD/disk" 2>/dev/null; then
			apart $space sh -c "$mount" sh "$@"
			words="$full"
			return
		fi
	done
	cp o.o disk
	apart bash -c 'ulimit -f 128; "$@"' bash "$@"
	ls -A disk >left
	cmp o.o disk/o.o >>left
	words='cannot write: File too large; raise the limit on file sizes (ulimit -f), or write elsewhere'
}

@test "a full disk" {
	echo old >o.o
	on_small_disk "$RCC" compile -o disk/o.o in
	is 1 "" "rcc: disk/o.o: error: $words"
	[ "$(cat left)" = o.o ]
	on_small_disk "$RCC" compile -z -j3 -o disk/o.o in
	is 1 "" "rcc: disk/o.o: error: $words"
	[ "$(cat left)" = o.o ]
}

@test "a full disk, for the header and the depfile" {
	local i long
	long=$(printf '%0245d' 0) # twice in each text, once in the object, which has to fit where the limit is on each file
	for i in $(seq 300); do
		: >"in/$long$i"
	done
	echo old >o.o
	rm in/noise
	for option in --header -M; do
		on_small_disk "$RCC" compile --symbols none -o /dev/null $option disk/new in
		is 1 "" "rcc: disk/new: error: $words"
		[ "$(cat left)" = o.o ]
	done
}

@test "a limit on the size of files is an error, not the end by a signal" {
	keep_old
	apart bash -c 'ulimit -f 64; "$@"' bash "$RCC" compile -o o.o in
	is 1 "" 'rcc: o.o: error: cannot write: File too large; raise the limit on file sizes (ulimit -f), or write elsewhere'
	all_as_before
}

@test "/dev/full, by its name and as standard output" {
	[ -c /dev/full ]
	keep_old
	rcc compile -o /dev/full in
	is 1 "" "rcc: /dev/full: error: $full"
	apart bash -c '"$@" >/dev/full' bash "$RCC" compile -o - in
	is 1 "" "rcc: standard output: error: $full"
	rcc compile -o o.o --header /dev/full in
	is 1 "" "rcc: /dev/full: error: $full"
	all_as_before
	rcc compile -o o.o -M /dev/full in
	is 1 "" "rcc: /dev/full: error: $full"
	all_as_before
	for verb in --help --version "compile --help" "compile --target list"; do
		apart bash -c '"$@" >/dev/full' bash "$RCC" $verb
		[ "$status" -eq 1 ]
		has "$stderr" 'rcc: standard output: error: *'
	done
}

@test "/dev/null" {
	keep_old
	rcc compile -o /dev/null in
	is 0
	[ -c /dev/null ]
	all_as_before
}

@test "standard output" {
	"$RCC" compile -n x -o o.o in
	keep_old
	"$RCC" compile -n x -o - in | cmp - o.o
	"$RCC" compile -n x -o /dev/stdout in | cmp - o.o
	"$RCC" compile -n x --format bundle -o - in >b.rcb
	"$RCC" verify b.rcb
	rm b.rcb
	all_as_before
	run bash -c '"$1" compile -o - in | false; exit ${PIPESTATUS[0]}' bash "$RCC"
	[ "$status" -ne 0 ]
}

@test "the file behind a symbolic link" {
	mkdir far
	ln -s far/o.o o.o
	rcc compile -o o.o in
	is 0
	[ -L o.o ]
	"$RCC" verify far/o.o
	[ "$(ls -A far)" = o.o ]
	ln -s loop loop
	rcc compile -o loop in
	is 1 "" 'rcc: loop: error: cannot write: Too many levels of symbolic links'
}

@test "the output inside its own input is left out of the next run" {
	for path in in/o.o ./in/o.o in/../in/o.o "$PWD/in/o.o"; do
		rcc compile -q -o "$path" --header in/o.h -M in/o.d in
		is 0
		"$RCC" list in/o.o >names
		cp in/o.o first.o
		rcc compile -q -o "$path" --header in/o.h -M in/o.d in
		is 0
		cmp in/o.o first.o
		[ "$(cat names)" = $'a.txt\nnoise' ]
	done
	cd in
	rcc compile -q -n in -o o.o --header o.h -M o.d .
	is 0
	cmp o.o ../first.o
	cd ..
	mkdir in/sub
	rcc compile -o in/sub/x.o in
	rcc compile -o in/sub/x.o in
	is 0
	[ "$("$RCC" list in/sub/x.o | grep -c x.o)" -eq 0 ]
}

@test "the output inside its own input is left out, whichever link leads to it" {
	mkdir in/sub
	ln -s sub in/link
	rcc compile -o in/sub/x.o in
	rcc compile -o in/sub/x.o in
	is 0
	[ "$("$RCC" list in/sub/x.o)" = $'a.txt\nnoise' ]
	rm in/sub/x.o
	ln -s in/y.o y.o
	rcc compile -o y.o in
	rcc compile -o y.o in
	is 0
	[ "$("$RCC" list in/y.o)" = $'a.txt\nnoise' ]
	ln -s y.o in/other
	rcc compile -o y.o in
	is 0
	printf '%s\n' link/y.o other y.o a.txt >list
	mv in/y.o in/sub
	ln -sf in/sub/y.o y.o
	rm in/other
	ln -s sub/y.o in/other
	rcc compile -o y.o --files-from list in
	has "$stderr" "rcc: list:3: error: 'in/y.o' no such file or directory"
	rcc compile -o y.o --files-from <(grep -vx y.o list) in
	is 0
	[ "$("$RCC" list in/sub/y.o)" = a.txt ]
}

@test "an old output that cannot be read or written is replaced, for its directory decides" {
	echo old >o.o
	chmod 0 o.o
	plain_rcc compile -o o.o in
	is 0
	chmod 600 o.o
	"$RCC" verify o.o
}

@test "a failed run makes no output where none was" {
	mkfifo in/p
	rcc compile -o new.o --header new.h -M new.d in
	[ "$status" -eq 1 ]
	[ "$(ls -A)" = in ]
}

@test "one output that cannot be written leaves the others alone" {
	keep_old
	rcc compile -o o.o --header no/o.h -M o.d in
	[ "$status" -eq 1 ]
	all_as_before
	rcc compile -o o.o --header o.h -M no/o.d in
	[ "$status" -eq 1 ]
	all_as_before
	mv in/a.txt 'in/a;b' # which no depfile can say
	old=$(snapshot)
	rcc compile -o o.o --header o.h -M o.d in
	[ "$status" -eq 1 ]
	all_as_before
}
