#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc compile: which names are taken, under what prefix, in what order.
load helpers

# The names that compiling with these arguments gives; $stderr and $status are the compiler's.
taken()
{
	rcc compile --format bundle -o out.rcb "$@"
	[ "$status" -eq 0 ] || return 0
	output=$("$RCC" list out.rcb)
}

@test "-x and -i: the last match wins" {
	make_tree
	put in/sub/c.js x
	put in/top.js x
	taken -x '*.txt' in
	is 0 $'sub/c.js\ntop.js'
	taken -x '*.txt' -i big.txt in
	is 0 $'big.txt\nsub/c.js\ntop.js'
	taken -i big.txt -x '*.txt' in
	is 0 "" "rcc: warning: no files: the bundle is empty"
	taken -i '*.js' in
	is 0 $'sub/c.js\ntop.js'
	taken -i '*.js' -x sub/ -i /a.txt in
	is 0 $'a.txt\ntop.js'
	taken -x sub in
	is 0 $'a.txt\nbig.txt\ntop.js'
}

@test "a bad pattern is the command line's fault" {
	make_tree
	rcc compile -x '[a' -o out.rcb in
	is 2 "" "rcc: error: -x '[a': the pattern has a '[' that is not closed, or an unknown [:class:] in it; try 'rcc compile --help'"
	rcc compile -i '!a' -o out.rcb in
	[ "$status" -eq 2 ]
}

@test "what is excluded is neither opened nor judged" {
	make_tree
	mkfifo in/pipe
	ln -s nowhere in/gone
	mkdir in/closed
	chmod 0 in/closed
	taken -x pipe -x gone -x closed/ in
	chmod 700 in/closed
	is 0 $'a.txt\nbig.txt\nsub/b.txt'
}

@test "DIR:PREFIX and --prefix" {
	make_tree
	make_tree two
	taken in:p two:q/r
	is 0 $'p/a.txt\np/big.txt\np/sub/b.txt\nq/r/a.txt\nq/r/big.txt\nq/r/sub/b.txt'
	[ "$("$RCC" cat out.rcb q/r/a.txt)" = "alpha in two" ]
	taken --prefix all in two:q
	is 0 $'all/a.txt\nall/big.txt\nall/q/a.txt\nall/q/big.txt\nall/q/sub/b.txt\nall/sub/b.txt'
	taken -x /p/sub --prefix p in
	is 0 $'p/a.txt\np/big.txt'
	mv two in:colon
	taken in:colon
	is 0 $'a.txt\nbig.txt\nsub/b.txt'
	rcc compile -o out.rcb in:../x
	is 1 "" "rcc: error: '../x' cannot be a prefix; names have no leading '/' and no empty, '.' or '..' part"
}

@test "two inputs with one name" {
	put one/x/a 1
	put two/a 2
	taken one two:x
	is 1 "" "rcc: error: two inputs with one name, 'x/a': 'one/x/a' and 'two/a'; rename or exclude one, or give their directories different prefixes"
	[ ! -e out.rcb ]
}

@test "names that differ by case only are a warning" {
	put in/Read.me 1
	put in/read.me 2
	taken in
	is 0 $'Read.me\nread.me' "rcc: warning: names that differ by case only: 'Read.me' and 'read.me'; some file systems cannot hold both"
}

@test "--keep takes final names and tells those that are missing" {
	make_tree
	printf 'sub/b.txt\nnone\nnew\n' >list
	echo 'a.txt name=new' >r
	taken --keep list -r r in
	is 0 $'new\nsub/b.txt' "rcc: warning: --keep lists 'none', which is not there"
	taken --keep - in <<<big.txt
	is 0 big.txt
	taken --keep none in
	is 1 "" "rcc: none: error: cannot read: No such file or directory"
	printf 'a.txt\n/big.txt\n' >list
	taken --keep list in
	is 1 "" "rcc: list:2: error: '/big.txt' cannot be a name; names have no leading '/' and no empty, '.' or '..' part"
}

# Where each of the given texts lies in out.rcb, in the order they lie there.
lie()
{
	local text

	for text; do
		printf '%s %s\n' "$(grep -abo "$text" out.rcb | head -1 | cut -d: -f1)" "$text"
	done | sort -n | cut -d' ' -f2
}

@test "--order puts data first, in its order" {
	put in/a first-text
	put in/b second-text
	put in/c third-text
	taken in
	[ "$(lie first-text second-text third-text)" = $'first-text\nsecond-text\nthird-text' ]
	printf 'c\nmissing\nb\n' >list
	taken --order list in
	is 0 $'a\nb\nc' "rcc: warning: --order lists 'missing', which is not there"
	[ "$(lie first-text second-text third-text)" = $'third-text\nsecond-text\nfirst-text' ]
}

@test "dotfiles are left out unless asked for" {
	make_tree
	put in/.hidden 1
	put in/.git/config 2
	taken in
	is 0 $'a.txt\nbig.txt\nsub/b.txt'
	rcc compile -v --format bundle -o out.rcb in
	has "$stderr" "*2*dot*"
	taken --dotfiles in
	is 0 $'.git/config\n.hidden\na.txt\nbig.txt\nsub/b.txt'
	taken --dotfiles -x .git in
	is 0 $'.hidden\na.txt\nbig.txt\nsub/b.txt'
}

@test "--files-from takes what it lists, lines or NUL-ended" {
	make_tree
	put in/.hidden 1
	put "in/new"$'\n'"line" 2
	printf 'sub\na.txt\n.hidden\n./a.txt\n' >list
	taken --files-from list in
	is 0 $'.hidden\na.txt\nsub/b.txt'
	(cd in && find . -type f -print0) >list
	taken --files-from list -0 in
	[ "$("$RCC" list --json out.rcb | grep -c '"size".*"codec"')" -eq 5 ]
	taken --files-from - in <<<sub/b.txt
	is 0 sub/b.txt
	printf 'a.txt\nnone\n../in/a.txt\n' >list
	taken --files-from list in
	is 1 "" "rcc: list:2: error: 'in/none' no such file or directory
rcc: list:3: error: '../in/a.txt' is no path below the directory; give it without a leading '/' or '..'"
}

@test "--links follow reads links inside, and refuses those that lead out" {
	make_tree
	ln -s ../a.txt in/sub/link
	ln -s sub in/dir
	taken in
	is 0 $'a.txt\nbig.txt\ndir/b.txt\ndir/link\nsub/b.txt\nsub/link'
	[ "$("$RCC" cat out.rcb dir/link)" = "alpha in in" ]
	put out/x secret
	ln -s ../out/x in/leaves
	taken in
	is 1 "" "rcc: in/leaves: error: is a symbolic link out of the tree, to '../out/x'; use --links skip, or --links follow-anywhere"
	taken --links follow-anywhere in
	is 0 $'a.txt\nbig.txt\ndir/b.txt\ndir/link\nleaves\nsub/b.txt\nsub/link'
	taken --links skip in
	is 0 $'a.txt\nbig.txt\nsub/b.txt'
	taken --links error in
	[ "$status" -eq 1 ]
	[ "$(grep -c 'is a symbolic link, to' <<<"$stderr")" -eq 3 ]
}

@test "dangling links and loops are errors under both ways of following" {
	make_tree
	ln -s nowhere in/gone
	ln -s .. in/sub/up
	ln -s ring in/ring
	for how in follow follow-anywhere; do
		taken --links $how in
		is 1 "" "rcc: in/gone: error: is a symbolic link to 'nowhere', which does not exist; remove it, or use -x or --links skip
rcc: in/ring: error: is in a loop of symbolic links, to 'ring'; remove it, or use -x or --links skip
rcc: in/sub/up: error: loop of symbolic links: '..' is a directory above it; remove it, or use -x or --links skip"
	done
	taken --links skip in
	is 0 $'a.txt\nbig.txt\nsub/b.txt'
}

@test "what is no file is an error that says what it is" {
	make_tree
	mkfifo in/pipe
	taken in
	is 1 "" "rcc: in/pipe: error: is a FIFO, not a file; exclude it with -x"
	taken -x pipe in
	is 0 $'a.txt\nbig.txt\nsub/b.txt'
}
