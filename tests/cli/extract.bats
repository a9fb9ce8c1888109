#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc extract: contents to files, and never outside the directory asked for.
load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR"
	make_tree
	put two/c.txt gamma
	"$RCC" compile -z -n one -o one.o in
	"$RCC" compile -n two -o two.o two
}

@test "everything, as it was" {
	perl -e 'print map chr, 0..255' >in/bytes
	: >in/none
	put in/$'odd\n\xff name' odd
	put in/sub/sub/deep/file deep
	"$RCC" compile -q -z -n one -o one.o in
	rcc extract -C out one.o
	is 0
	diff -r in out
	[ "$(stat -c %a out/a.txt)" = "$(touch new && stat -c %a new)" ]
}

@test "here by default; into a directory made with its parents" {
	mkdir here && cd here
	rcc extract ../one.o
	is 0
	diff -r ../in .
	rcc extract -C ../x/y//z/ ../one.o
	is 0
	diff -r ../in ../x/y/z
}

@test "-v prints the names, patterns choose them" {
	rcc extract -v -C out one.o '*.txt'
	is 0 $'a.txt\nbig.txt\nsub/b.txt'
	rcc extract -v -C some one.o sub '*.png'
	is 1 sub/b.txt "rcc: one.o: error: no name matches '*.png'"
	[ "$(find some -type f)" = some/sub/b.txt ]
}

@test "several bundles: each in a directory of its name" {
	make_program p one.o two.o
	rcc extract -C out p
	is 0
	diff -r in out/one
	diff -r two out/two
	[ "$(ls -A out)" = $'one\ntwo' ]
	rcc extract -C flat --bundle two p
	is 0
	diff -r two flat
	ar rcs twice.a two.o
	cp two.o copy.o && ar rcs twice.a copy.o
	rcc extract -C both twice.a
	is 1 "" "rcc: twice.a: error: two bundles are named 'two'; extract them from files of their own"
}

@test "again: what is the same is left alone, what differs is replaced" {
	"$RCC" extract -C out one.o
	touch -d 2001-01-01 out/a.txt out/sub/b.txt
	chmod 640 out/sub/b.txt
	echo changed >out/sub/b.txt
	rcc extract -C out one.o
	is 0
	diff -r in out
	[ "$(stat -c %Y out/a.txt)" = "$(date -d 2001-01-01 +%s)" ]
	[ "$(stat -c %a out/sub/b.txt)" = 640 ]
	[ "$(find out -name '.*' | wc -l)" -eq 0 ]
}

@test "a link in the way is not followed: a directory" {
	mkdir out elsewhere
	ln -s ../elsewhere out/sub
	rcc extract -C out one.o
	is 1 "" "rcc: out/sub: error: a symbolic link is where a directory must be; remove it, or extract elsewhere"
	[ -z "$(ls -A elsewhere)" ]
	cmp in/a.txt out/a.txt
}

@test "a link in the way is not followed: a file, a dangling one, the bundle's directory" {
	mkdir out
	echo mine >mine
	ln -s ../mine out/a.txt
	ln -s ../nowhere out/big.txt
	rcc extract -C out one.o
	is 1 "" "rcc: out/a.txt: error: a symbolic link is in the way; remove it first
rcc: out/big.txt: error: a symbolic link is in the way; remove it first"
	[ "$(cat mine)" = mine ]
	[ ! -e nowhere ]
	cmp in/sub/b.txt out/sub/b.txt
	make_program p one.o two.o
	mkdir far all
	ln -s ../far all/one
	rcc extract -C all p
	is 1 "" "rcc: all/one: error: a symbolic link is where a directory must be; remove it, or extract elsewhere"
	[ -z "$(ls -A far)" ]
	diff -r two all/two
}

@test "the directory itself may be a link" {
	mkdir real
	ln -s real out
	rcc extract -C out one.o
	is 0
	diff -r in real
}

@test "a file where a directory must be, and the other way round" {
	mkdir -p out/a.txt
	echo mine >out/sub
	rcc extract -C out one.o
	is 1 "" "rcc: out/a.txt: error: a directory is in the way; remove it first
rcc: out/sub: error: a file is where a directory must be; remove it, or extract elsewhere"
	[ "$(cat out/sub)" = mine ]
	cmp in/big.txt out/big.txt
	echo file >file
	rcc extract -C file one.o
	is 1 "" "rcc: file: error: cannot make or enter the directory: Not a directory"
	rcc extract -C file/below one.o
	is 1 "" "rcc: file/below: error: cannot make or enter the directory: Not a directory"
}

@test "a hostile name is refused, whatever way it leads out" {
	put bad/aa/x 1
	put bad/ok 2
	"$RCC" compile --format bundle -n bad -o good.rcb bad
	for name in ../x '/a/x' 'aa//' './ax' 'aa/.' '/../' 'a\0/x'; do
		cp good.rcb bad.rcb
		patch bad.rcb aa/x "$name"
		rm -rf top && mkdir -p top/out
		rcc extract -C top/out bad.rcb
		[ "$status" -eq 1 ]
		has "$stderr" "rcc: bad.rcb: error: the name '*' could lead anywhere and is refused; the bundle is damaged"
		[ "$(find top -type f)" = top/out/ok ]
	done
}

@test "a hostile bundle's name is refused where it would be a directory's" {
	make_program p one.o two.o
	patch p 'two\0' '../\0'
	mkdir out
	rcc extract -C out p
	[ "$status" -eq 1 ]
	has "$stderr" "rcc: p: error: a bundle's name, '../', cannot be that of a directory; choose one with --bundle"
	[ ! -e c.txt ]
	diff -r in out/one
}

@test "damaged contents are not written, and an older file stays" {
	"$RCC" compile --format bundle -n one -o one.rcb in
	patch one.rcb 'alpha in in' 'alpha in iN'
	mkdir out
	echo old >out/a.txt
	rcc extract -C out one.rcb
	is 1 "" "rcc: one.rcb: error: 'a.txt': the bundle is damaged or cut short"
	[ "$(cat out/a.txt)" = old ]
	cmp in/sub/b.txt out/sub/b.txt
}

@test "a thousand files in a hundred directories" {
	mkdir -p many
	(cd many && for d in $(seq 100); do mkdir -p "$d/x" && for f in 1 2 3 4 5; do echo "$d $f" >"$d/$f"; echo "$f $d" >"$d/x/$f"; done; done)
	"$RCC" compile -n many -o many.o many
	rcc extract -C out many.o
	is 0
	diff -r many out
}

@test "a path longer than the system takes at once" {
	perl -e 'my $part = "d" x 200; for (1 .. 30) { mkdir $part or die; chdir $part or die } open my $f, ">", "file" or die; print $f "deep"' 
	mkdir long && mv ddd* long/
	"$RCC" compile -n long -o long.o long
	rcc extract -v -C out long.o
	[ "$status" -eq 0 ]
	name=$output
	rcc cat long.o "$name"
	is 0 deep
	"$RCC" compile -n long -o again.o out
	cmp long.o again.o
}
