#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc compile -r: what rules do, and what is said of faulty ones.
load helpers

# with RULES [OPTION...]: compiles the tree in/ by these rules.
with()
{
	printf '%s\n' "$1" >r
	shift
	rcc compile -r r -o out.rcb --format bundle "$@" in
}

# The names in out.rcb.
names()
{
	"$RCC" list out.rcb
}

# entry NAME: its line of the JSON list, "stored" and hash left out.
entry()
{
	"$RCC" list --json out.rcb "$1" | sed -n 's/,*$//; s/"stored":[0-9]*,//; s/,"hash":"[^"]*"//; /^{"name":.*"size"/p' | grep -F "\"name\":\"$1\""
}

@test "an unknown attribute is told with its place and a suggestion" {
	make_tree
	with '*.txt zst=19'
	is 1 "" "rcc: r:1: error: unknown attribute 'zst'; did you mean 'zstd'?
  *.txt zst=19
        ^~~"
	[ ! -e out.rcb ]
}

@test "a bad pattern is told with its place" {
	make_tree
	with $'# fine\n\n  [a-z drop'
	is 1 "" "rcc: r:3: error: the pattern has a '[' that is not closed, or an unknown [:class:] in it
    [a-z drop
    ^~~~"
	with '!keep.me drop'
	is 1 "" "rcc: r:1: error: a pattern cannot be negated by '!'; use the attribute keep, or the option -i (a backslash before it makes '!' a plain byte)
  !keep.me drop
  ^~~~~~~~"
}

@test "a bad level is told with its place" {
	make_tree
	for level in 0 23 -131073 x 1.5; do
		with "*.txt  zstd=$level"
		is 1 "" "rcc: r:1: error: bad level '$level'; 1 to 22, or negative for fast
  *.txt  zstd=$level
         ^~~~~${level//?/\~}"
	done
}

@test "every fault is told, and the old output stays" {
	make_tree
	put out.rcb old
	with $'*.a stor\n*.txt store\n*.b align=3 chunk=1\n*.c dict=2\nx'
	[ "$status" -eq 1 ]
	has "$stderr" "*r:1: error: unknown attribute 'stor'; did you mean 'store'[?]*"
	has "$stderr" "*r:3: error: bad alignment '3'; a power of two from 1 to 1G*"
	has "$stderr" "*r:3: error: bad chunk size '1'; a power of two from 4K to 8M*"
	has "$stderr" "*r:4: error: dict takes no value*"
	has "$stderr" "*r:5: error: a pattern without attributes*"
	[ "$(grep -c error: <<<"$stderr")" -eq 5 ]
	[ "$(cat out.rcb)" = old ]
}

@test "a rules file that is not there" {
	make_tree
	rcc compile -r none -o out.rcb in
	is 1 "" "rcc: none: error: cannot read: No such file or directory"
}

@test "store, zstd, align and mime; the last line wins for each" {
	make_tree
	with $'* store\nbig.* zstd=3 align=4K\n/sub/ mime=text/plain;charset=utf-8 align=64\nb.txt align=256\n'
	is 0
	[ "$(entry a.txt)" = '{"name":"a.txt","size":11,"codec":"store","align":16,"mime":null}' ]
	[ "$(entry big.txt)" = '{"name":"big.txt","size":5000,"codec":"zstd","align":4096,"mime":null}' ]
	[ "$(entry sub/b.txt)" = '{"name":"sub/b.txt","size":4,"codec":"store","align":256,"mime":"text/plain;charset=utf-8"}' ]
	[ "$("$RCC" cat out.rcb big.txt | cksum)" = "$(cksum <in/big.txt)" ]
}

@test "rules override -z for each file, and later files win" {
	make_tree
	cp in/big.txt in/huge.txt
	echo 'huge.txt zstd' >second
	with 'h*.txt store' -z
	has "$(entry big.txt)" '*"zstd"*'
	has "$(entry huge.txt)" '*"store"*'
	with 'h*.txt store' -z -r second
	is 0
	has "$(entry huge.txt)" '*"zstd"*'
	rcc compile -z -r second -r r -o out.rcb --format bundle in
	has "$(entry huge.txt)" '*"store"*'
}

@test "drop and keep, and why with -v" {
	make_tree
	with $'*.txt drop\nbig.* keep' -v
	[ "$status" -eq 0 ]
	[ "$(names)" = big.txt ]
	has "$stderr" "*rcc: dropped a.txt: r:1 drop*"
	has "$stderr" "*rcc: dropped sub/b.txt: r:1 drop*"
}

@test "a directory that is dropped is not entered" {
	make_tree
	mkfifo in/sub/pipe
	with 'sub/ drop'
	is 0
	[ "$(names)" = $'a.txt\nbig.txt' ]
	with 'b.txt drop'
	has "$stderr" "rcc: in/sub/pipe: error: is a FIFO, not a file; exclude it with -x"
}

@test "when and unless follow -D" {
	make_tree
	rules=$'a.txt drop unless=full\nbig.txt drop when=small\nsub/ drop when=small unless=full'
	with "$rules"
	[ "$(names)" = $'big.txt\nsub/b.txt' ]
	with "$rules" -D full
	[ "$(names)" = $'a.txt\nbig.txt\nsub/b.txt' ]
	with "$rules" -D small
	is 0 "" "rcc: warning: no files: the bundle is empty"
	[ "$(names)" = "" ]
}

@test "name= renames, and a clash shows both paths and the rule" {
	make_tree
	with 'big.txt name=0/first'
	is 0
	[ "$(names)" = $'0/first\na.txt\nsub/b.txt' ]
	[ "$("$RCC" cat out.rcb 0/first | cksum)" = "$(cksum <in/big.txt)" ]
	with $'\nbig.txt store name=a.txt'
	is 1 "" "rcc: error: two inputs with one name, 'a.txt': 'in/a.txt' and 'in/big.txt'; rename or exclude one, or give their directories different prefixes
rcc: r:2: note: this rule names 'in/big.txt' so
  big.txt store name=a.txt
                ^~~~~~~~~~"
	with 'big.txt name=../x'
	has "$stderr" "*r:1: error: '../x' cannot be a name*"
}

@test "quoted words, comments, CRLF" {
	make_tree
	put 'in/with space.txt' x
	put 'in/#x' y
	with $'# all\r\n"with space.txt" name="n w" # why\r\n\\#x name=hash\r\n\r'
	is 0
	[ "$(names)" = $'a.txt\nbig.txt\nhash\nn w\nsub/b.txt' ]
	with '"with space.txt store'
	is 1 "" "rcc: r:1: error: the quote is not closed
  \"with space.txt store
  ^"
}

@test "run= needs --allow-run" {
	make_tree
	with 'a.txt run="touch was-run"'
	is 1 "" "rcc: r:1: error: this rule runs a command; pass --allow-run if you trust it
  a.txt run=\"touch was-run\"
        ^~~~~~~~~~~~~~~~~~~"
	[ ! -e was-run ]
}

@test "run= filters contents" {
	make_tree
	with $'a.txt run="tr a-z A-Z"\nb.txt run="cat; printf \' more\'"\nbig.txt run="head -c 3 | rev"' --allow-run
	is 0
	[ "$("$RCC" cat out.rcb a.txt)" = "ALPHA IN IN" ]
	[ "$("$RCC" cat out.rcb sub/b.txt)" = "beta more" ]
	[ "$("$RCC" cat out.rcb big.txt)" = 000 ]
	rcc verify out.rcb
	is 0
}

@test "run= that fails, is killed, or gives nothing" {
	make_tree
	with $'a.txt run="cat; exit 3"' --allow-run
	[ "$status" -eq 1 ]
	has "$stderr" "rcc: in/a.txt: error: *exited with status 3*"
	[ ! -e out.rcb ]
	with $'a.txt run="kill -9 $$"' --allow-run
	[ "$status" -eq 1 ]
	has "$stderr" "rcc: in/a.txt: error: *was killed by signal 9*"
	with 'big.txt run=true' --allow-run
	is 0
	[ "$("$RCC" cat out.rcb big.txt)" = "" ]
	has "$(entry big.txt)" '*"size":0,*'
}

@test "run= by many workers gives the same bytes" {
	for i in $(seq 40); do
		put "in/$i.txt" "file $i of many"
	done
	with '* run="tr a-z A-Z" zstd' --allow-run -j 1
	is 0
	cp out.rcb one.rcb
	with '* run="tr a-z A-Z" zstd' --allow-run -j 8
	is 0
	cmp one.rcb out.rcb
	[ "$("$RCC" cat out.rcb 17.txt)" = "FILE 17 OF MANY" ]
}
