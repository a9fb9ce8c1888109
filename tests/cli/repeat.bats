#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The output depends on names, contents and options, and on nothing else. When it would not change it is not touched.
load helpers
load failures

setup_file()
{
	preloads reverse
	# A tree with duplicates, links, odd names, files of every way through rcc, and rules with something of each kind.
	cd "$BATS_FILE_TMPDIR"
	for i in $(seq -w 90); do
		put "tree/many/f$i" "contents $((10#$i % 7))"
	done
	perl -e 'print "a line of text, number $_\n" for 1 .. 1500' >tree/text
	perl -e 'srand 5; print map chr int rand 256, 1 .. 200000' >tree/noise
	cp tree/noise tree/many/noise-again
	perl -e 'print "line $_ of a large file\n" for 1 .. 720000' >tree/large
	head -c 2000000 tree/large | tail -c 1500000 >tree/many/f05-heavy
	: >tree/empty
	put tree/$'odd\n\xff' odd
	put tree/B upper
	put tree/b lower
	put tree/ü umlaut
	ln -s text tree/link
	ln -s many tree/linked
	printf '%s\n' '*.md store' 'text zstd=19 mime=text/plain' 'many/f1* align=256' 'many/f2* drop' 'empty name=void' \
		'many/f3* mime=text/x-three' 'noise store align=8192' >rules
	printf '%s\n' noise many/f50 text >order
}

setup()
{
	own_directory
	tree=$BATS_FILE_TMPDIR/tree rules=$BATS_FILE_TMPDIR/rules order=$BATS_FILE_TMPDIR/order
}

# The options under which everything is compared.
options()
{
	echo
	echo -z
	echo -z19 -x large -x noise -x f05-heavy
	echo -z3 -r "$rules" --order "$order"
	echo --format bundle -z -r "$rules"
	echo --symbols global --prefix p -i "'*'" -x many/
}

# Compiles the tree $1 with every line of options, the rest of the arguments before rcc; the outputs go to directory $2.
compile_all()
{
	local dir=$1 to=$2 i=0 line args

	shift 2
	mkdir -p "$to"
	while read -r line; do
		eval "args=($line)"
		i=$((i + 1))
		"$@" "$RCC" compile -q -n tree -o "$to/$i.o" --header "$to/$i.h" "${args[@]}" "$dir"
	done < <(options)
	[ "$i" -eq 6 ]
}

# The same outputs as those of a plain run.
as_ever()
{
	[ -d ../first ] || compile_all "$tree" ../first
	compile_all "$@"
	diff -r ../first "$2"
}

@test "twice" {
	as_ever "$tree" second
	for a in 1 2 3 4 5; do
		differ ../first/$a.o ../first/$((a + 1)).o
	done
}

@test "in another directory, copied by another tool, reached by another path" {
	mkdir -p elsewhere/deep
	(cd "$tree" && tar cf - .) | tar xf - -C elsewhere/deep
	as_ever elsewhere/deep second
	cd elsewhere/deep
	compile_all . ../../third
	cd ../..
	diff -r second third
	compile_all "$PWD/elsewhere/../elsewhere//deep/" fourth
	diff -r second fourth
}

@test "made in another order, with other times and modes" {
	mkdir copy
	(cd "$tree" && find . -depth -mindepth 1 -print0 | sort -rz | tar cf - --no-recursion --null -T - --mode=u+rwx,go-rwx --mtime='1999-01-01') |
		tar xf - -C copy
	as_ever copy second
}

@test "in another locale" {
	LC_ALL=C.UTF-8 as_ever "$tree" second
	LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 LANGUAGE=tr as_ever "$tree" third
}

@test "with one thread and with eight" {
	for jobs in 1 2 8; do
		options_with_jobs=$(options | sed "s/\$/ -j$jobs/")
		(
			options() { printf '%s\n' "$options_with_jobs"; }
			compile_all "$tree" j$jobs
		)
	done
	diff -r j1 j2
	diff -r j1 j8
	as_ever "$tree" second
	diff -r j1 second
}

@test "after touch" {
	cp -R "$tree" copy
	as_ever copy second
	find copy -exec touch -h -d '2001-02-03 04:05:06' {} +
	as_ever copy third
}

@test "on another file system" {
	shm=$(mktemp -d /dev/shm/rcc-test.XXXXXX)
	cp -R "$tree" "$shm/tree"
	result=0
	as_ever "$shm/tree" "$shm/out" || result=1
	rm -rf "$shm"
	[ "$result" -eq 0 ]
}

@test "when directories are read backwards, and say nothing of types" {
	as_ever "$tree" second env LD_PRELOAD="$BATS_FILE_TMPDIR/reverse.so"
}

@test "with another umask, time zone, user and environment" {
	umask 077
	as_ever "$tree" second env -i TZ=Asia/Tokyo PATH=/bin:/usr/bin HOME=/nowhere SOURCE_DATE_EPOCH=1 ASAN_OPTIONS="$ASAN_OPTIONS"
	[ "$(stat -c %a second/1.o)" = 600 ]
	umask 022
	compile_all "$tree" third unprivileged
	diff -r second third
	[ "$(stat -c %a third/1.o)" = 644 ]
}

@test "names given by a list, in any order and twice" {
	"$RCC" compile -q -n tree -o all.o "$tree"
	(cd "$tree" && find -L . ! -type d -print0) | sort -zr >list
	cat list list | "$RCC" compile -q -n tree --files-from - -0 -o listed.o "$tree"
	cmp all.o listed.o
}

@test "what would not change is not touched: inode and time stay" {
	run_it() { "$RCC" compile -q -z -o o.o --header o.h -M o.d "$@"; }
	cp -R "$tree" copy && rm copy/odd* # no depfile can say that
	run_it copy
	touch -d '2001-01-01' o.o o.h o.d
	find copy -type f -exec touch {} +
	before=$(stat -c '%n %i %y %s' o.*)
	run_it copy
	run_it -j8 copy
	[ "$(stat -c '%n %i %y %s' o.*)" = "$before" ]
}

@test "what changes does change the output, and no more than it must" {
	cp -R "$tree" copy && rm copy/odd* # no depfile can say that
	compile() { "$RCC" compile -q -o o.o --header o.h copy; }
	compile
	cp o.o was.o
	touch -d '2001-01-01' o.o o.h
	header=$(stat -c '%i %y' o.h)
	printf C | dd of=copy/text conv=notrunc 2>/dev/null
	compile
	differ o.o was.o
	[ "$(stat -c '%i %y' o.h)" = "$header" ]
	"$RCC" cat o.o text | cmp - copy/text
	mv copy/b copy/renamed
	compile
	[ "$(stat -c '%i %y' o.h)" != "$header" ]
	"$RCC" cat o.o renamed | cmp - copy/renamed
}

@test "--check: 0 and 1, and nothing is written" {
	cp -R "$tree" copy && rm copy/odd* # no depfile can say that
	look() { rcc compile -q --check -z -o o.o --header o.h -M o.d copy; }
	look
	is 1 "" $'rcc: o.h: error: is not up to date; run rcc without --check to write it\nrcc: o.o: error: is not up to date; run rcc without --check to write it'
	[ "$(ls -A)" = copy ]
	"$RCC" compile -q -z -o o.o --header o.h -M o.d copy
	old=$(snapshot)
	look
	is 0
	all_as_before
	printf C | dd of=copy/text conv=notrunc 2>/dev/null
	old=$(snapshot)
	look
	is 1 "" 'rcc: o.o: error: is not up to date; run rcc without --check to write it'
	: >copy/new
	old=$(snapshot)
	look
	is 1 "" $'rcc: o.h: error: is not up to date; run rcc without --check to write it\nrcc: o.o: error: is not up to date; run rcc without --check to write it'
	all_as_before
	mkfifo copy/p
	look
	is 1 "" 'rcc: copy/p: error: is a FIFO, not a file; exclude it with -x'
}
