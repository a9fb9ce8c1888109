#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What bad input gets: a clear error, and nothing lost. Odd input that must work is here too.
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
	put in/sub/b.txt beta
}

without='remove it, or use -x or --links skip'

@test "no such directory" {
	refused 1 'rcc: nowhere: error: no such directory' nowhere
	refused 1 'rcc: nowhere: error: no such directory' in nowhere
	refused 1 'rcc: nowhere: error: no such directory' nowhere:there
}

@test "a file for a directory" {
	refused 1 'rcc: in/a.txt: error: is not a directory; give the directory that holds the files' in/a.txt
}

@test "a file that cannot be read" {
	chmod 0 in/a.txt
	keep_old
	plain_rcc compile -o o.o in
	is 1 "" 'rcc: in/a.txt: error: cannot open: Permission denied'
	all_as_before
	plain_rcc compile -z -j4 -o o.o in
	is 1 "" 'rcc: in/a.txt: error: cannot open: Permission denied'
	all_as_before
	plain_rcc compile -x a.txt -o o.o in
	is 0
	[ "$(names)" = sub/b.txt ]
}

@test "a large file that cannot be read" {
	head -c 100000 /dev/zero >in/a.txt
	chmod 0 in/a.txt
	keep_old
	plain_rcc compile -o o.o in
	is 1 "" 'rcc: in/a.txt: error: cannot open: Permission denied'
	all_as_before
}

@test "a directory that cannot be read" {
	chmod 0 in/sub
	keep_old
	plain_rcc compile -o o.o in
	is 1 "" 'rcc: in/sub: error: cannot read the directory: Permission denied'
	all_as_before
	plain_rcc compile -x sub/ -o o.o in
	is 0
	[ "$(names)" = a.txt ]
	chmod 0 in
	plain_rcc compile -o o.o in
	is 1 "" 'rcc: in: error: cannot open the directory: Permission denied'
	chmod 700 in in/sub
}

@test "each fault is told, and each once" {
	mkfifo in/p in/q
	ln -s none in/gone
	refused 1 "rcc: in/gone: error: is a symbolic link to 'none', which does not exist; $without
rcc: in/p: error: is a FIFO, not a file; exclude it with -x
rcc: in/q: error: is a FIFO, not a file; exclude it with -x" in
}

@test "a FIFO" {
	mkfifo in/p
	refused 1 'rcc: in/p: error: is a FIFO, not a file; exclude it with -x' in
	accepted "" -x p in
	ln -s p in/link
	refused 1 'rcc: in/link: error: is a FIFO, not a file; exclude it with -x' -x /p in
}

@test "a socket" {
	perl -MSocket -e 'socket my $s, PF_UNIX, SOCK_STREAM, 0 or die; chdir "in"; bind $s, pack_sockaddr_un("s") or die'
	[ -S in/s ]
	refused 1 'rcc: in/s: error: is a socket, not a file; exclude it with -x' in
	accepted "" -x s in
}

@test "a device" {
	ln -s /dev/null in/n
	refused 1 "rcc: in/n: error: is a symbolic link out of the tree, to '/dev/null'; use --links skip, or --links follow-anywhere" in
	refused 1 'rcc: in/n: error: is a character device, not a file; exclude it with -x' --links follow-anywhere in
	accepted "" --links follow-anywhere -x n in
}

@test "a symbolic link to itself, and two to each other" {
	ln -s self in/self
	refused 1 "rcc: in/self: error: is in a loop of symbolic links, to 'self'; $without" in
	accepted "" --links skip in
	rm in/self
	ln -s y in/x
	ln -s x in/y
	refused 1 "rcc: in/x: error: is in a loop of symbolic links, to 'y'; $without
rcc: in/y: error: is in a loop of symbolic links, to 'x'; $without" in
	accepted "" -x x -x y in
}

@test "a link to a directory above it" {
	ln -s .. in/sub/up
	refused 1 "rcc: in/sub/up: error: loop of symbolic links: '..' is a directory above it; $without" in
	refused 1 "rcc: in/sub/up: error: loop of symbolic links: '..' is a directory above it; $without" --links follow-anywhere in
	accepted "" --links skip in
	[ "$(names)" = $'a.txt\nsub/b.txt' ]
}

@test "a link out of the tree" {
	echo secret >outside
	ln -s ../outside in/out
	refused 1 "rcc: in/out: error: is a symbolic link out of the tree, to '../outside'; use --links skip, or --links follow-anywhere" in
	accepted "" --links skip in
	[ "$(names)" = $'a.txt\nsub/b.txt' ]
	accepted "" --links follow-anywhere in
	[ "$("$RCC" cat o.o out)" = secret ]
}

@test "a link to a directory out of the tree, and one that goes out and comes back" {
	mkdir other && echo x >other/x
	ln -s ../other in/dir
	refused 1 "rcc: in/dir: error: is a symbolic link out of the tree, to '../other'; use --links skip, or --links follow-anywhere" in
	rm in/dir
	ln -s ../in/a.txt in/back
	accepted "" in
	[ "$("$RCC" cat o.o back)" = alpha ]
}

@test "a dangling link" {
	ln -s gone in/d
	refused 1 "rcc: in/d: error: is a symbolic link to 'gone', which does not exist; $without" in
	refused 1 "rcc: in/d: error: is a symbolic link to 'gone', which does not exist; $without" --links follow-anywhere in
	refused 1 "rcc: in/d: error: is a symbolic link, to 'gone'; use --links follow or --links skip" --links error in
	accepted "" --links skip in
}

@test "two inputs with one name" {
	put two/a.txt other
	refused 1 "rcc: error: two inputs with one name, 'a.txt': 'in/a.txt' and 'two/a.txt'; rename or exclude one, or give their directories different prefixes" in two
	accepted "" in two:t
	[ "$(names)" = $'a.txt\nsub/b.txt\nt/a.txt' ]
}

@test "two inputs with one name, by a rule" {
	echo 'b.txt name=a.txt' >rules
	refused 1 "rcc: error: two inputs with one name, 'a.txt': 'in/a.txt' and 'in/sub/b.txt'; rename or exclude one, or give their directories different prefixes
rcc: rules:1: note: this rule names 'in/sub/b.txt' so
  b.txt name=a.txt
        ^~~~~~~~~~" -r rules in
}

# All of what is in the directory comes back: by extract, name by name, and by cat.
comes_back()
{
	"$RCC" extract -C out o.o
	[ "$(census out | cksum)" = "$(census in | cksum)" ]
	[ "$("$RCC" list -0 o.o | cksum)" = "$(cd in && find . -type f -printf '%P\0' | LC_ALL=C sort -z | cksum)" ]
	while IFS= read -r -d '' name; do
		[ "$("$RCC" cat o.o -- "$name" | cksum)" = "$(cksum <"in/$name")" ]
	done < <("$RCC" list -0 o.o)
}

@test "names with newline, space, quotes, backslash, tab, glob, dash, and bytes that are no UTF-8" {
	for name in $'new\nline' 'two  words ' ' lead' "it's" '"quoted"' 'back\slash\n' $'tab\there' '*?[a]' -o -- @file '#hash' \
		$'\xff\xfe\x80' $'\xc3' $'\x01\x1b[31m' 'a:b' '%s%n' 'ü'; do
		printf %s "$name" >"in/$name"
	done
	mkdir in/$'dir\n \xff'
	echo deep >in/$'dir\n \xff/a'
	accepted "" --header o.h in
	comes_back
	echo '#include "o.h"' | $CC -I "$BATS_TEST_DIRNAME/../../runtime-stub" -I . -fsyntax-only -Wall -Werror -x c -
}

@test "a message about such a name stays one line" {
	mkfifo in/$'new\nline \x1b[31m'
	refused 1 'rcc: in/new\nline \033[31m: error: is a FIFO, not a file; exclude it with -x' in
}

@test "a name of 255 bytes" {
	printf x >"in/$(printf '%0255d' 7)"
	accepted "" in
	comes_back
}

@test "paths over 4,096 bytes" {
	perl -e 'chdir "in"; for (1 .. 40) { my $d = sprintf "%0200d", $_; mkdir $d or die; chdir $d or die }
		open my $f, ">", "deep" or die; print $f "deep down" or die'
	accepted "" --header o.h in
	"$RCC" list -0 o.o | perl -0ne 'chomp; $max = length if length > $max; END { exit($max != 40 * 201 + 4) }'
	"$RCC" extract -C out o.o
	[ "$(census out | cksum)" = "$(census in | cksum)" ]
	[ "$("$RCC" cat o.o "$(names | grep 'deep$')")" = 'deep down' ]
}

@test "a large file and a link below paths over 4,096 bytes" {
	perl -e 'chdir "in"; for (1 .. 40) { my $d = sprintf "%0200d", $_; mkdir $d or die; chdir $d or die }
		open my $f, ">", "deep" or die; print $f "x" x 100000 or die; close $f; symlink "deep", "link" or die'
	accepted "" -z in
	[ "$("$RCC" cat o.o "$(names | grep 'link$')" | wc -c)" -eq 100000 ]
	perl -e 'chdir "in"; for (1 .. 40) { my $d = sprintf "%0200d", $_; chdir $d or die } symlink "gone", "zz" or die'
	rcc compile -o o.o in
	[ "$status" -eq 1 ]
	has "$stderr" "rcc: in/*/zz: error: is a symbolic link to 'gone', which does not exist; $without"
}

@test "an empty directory works, with a warning" {
	mkdir none
	accepted 'rcc: warning: no files: the bundle is empty' none
	[ -z "$(names)" ]
	accepted "" -q none
	accepted 'rcc: warning: no files: the bundle is empty' -x '*' in
	mkdir in/hollow
	accepted "" in
}

@test "an empty file" {
	: >in/none
	for args in "" -z "-z19 -j1"; do
		accepted "" $args in
		comes_back
		rm -r out
	done
}

@test "names that differ by case only: a warning" {
	put in/A.txt other
	accepted "rcc: warning: names that differ by case only: 'A.txt' and 'a.txt'; some file systems cannot hold both" in
	[ "$("$RCC" cat o.o A.txt a.txt)" = otheralpha ]
	accepted "" -q in
}

@test "a rule: unknown attribute, bad glob, bad level" {
	rule()
	{
		printf '# rules\n%s\n' "$1" >rules
		refused 1 "rcc: rules:2: error: $2" -r rules in
	}
	rule '*.js zst' $'unknown attribute \'zst\'; did you mean \'zstd\'?\n  *.js zst\n       ^~~'
	rule '[ab drop' $'the pattern has a \'[\' that is not closed, or an unknown [:class:] in it\n  [ab drop\n  ^~~'
	rule '*.js zstd=23' $'bad level \'23\'; 1 to 22, or negative for fast\n  *.js zstd=23\n       ^~~~~~~'
	printf '%s\n' 'a zst' '[ drop' 'a zstd=0' >rules
	rcc compile -r rules -o o.o in
	[ "$(grep -c '^rcc: rules:[123]: error: ' <<<"$stderr")" -eq 3 ]
}

@test "a rules file that is not there" {
	refused 1 'rcc: gone: error: cannot read: No such file or directory' -r gone in
	refused 1 'rcc: gone: error: cannot read: No such file or directory' --keep gone in
	refused 1 'rcc: gone: error: cannot read: No such file or directory' --order gone in
	refused 1 'rcc: gone: error: cannot read: No such file or directory' --files-from gone in
	refused 1 'rcc: in: error: cannot read: Is a directory' -r in in
}

@test "a list that names what is not there" {
	printf '%s\n' a.txt gone ../etc/passwd /etc/passwd >list
	refused 1 "rcc: list:2: error: 'in/gone' no such file or directory
rcc: list:3: error: '../etc/passwd' is no path below the directory; give it without a leading '/' or '..'
rcc: list:4: error: '/etc/passwd' is no path below the directory; give it without a leading '/' or '..'" --files-from list in
}

hint="; try 'rcc compile --help'"

@test "options of later versions are errors, never silence" {
	for option in budget=f reserve=1M; do
		refused 2 "rcc: error: --${option%%=*} is not in this version yet$hint" "--$option" in
	done
	refused 2 "rcc: error: rcc writes no objects for arm64-apple-macos itself; use --format asm and an assembler for it$hint" \
		--target arm64-apple-macos in
	refused 2 "rcc: error: --format asm writes two files, side by side: name one with -o$hint" --format asm -o - in
}

@test "an unknown option or verb, with a suggestion" {
	refused 2 "rcc: error: unknown option '--symbls'; did you mean '--symbols'? try 'rcc compile --help'" --symbls=none in
	refused 2 "rcc: error: unknown option '--frobnicate'$hint" --frobnicate in
	refused 2 "rcc: error: unknown option '-Z'$hint" -Z in
	rcc compil in
	is 2 "" "rcc: error: unknown verb 'compil'; did you mean 'compile'?"
	rcc frobnicate in
	is 2 "" "rcc: error: unknown verb 'frobnicate'; try 'rcc --help'"
}

@test "a command line at fault" {
	refused 2 "rcc: error: no directory to compile$hint"
	refused 2 "rcc: error: the name 'a-b' is no C identifier$hint" -n a-b in
	refused 2 "rcc: error: the name '1a' is no C identifier$hint" -n 1a in
	refused 2 "rcc: error: the name '' is no C identifier$hint" -n '' in
	refused 2 "rcc: error: '23' is no zstd level: 1 to 22, or negative for fast$hint" -z23 in
	refused 2 "rcc: error: -j wants a number from 1 to 1024, not '0'$hint" -j0 in
	refused 2 "rcc: error: --symbols does not know 'size'; did you mean 'sizes'? try 'rcc compile --help'" --symbols size in
	refused 2 "rcc: error: the prefix '../up' is no name: no empty, '.' or '..' part$hint" --prefix ../up in
	refused 2 "rcc: error: -0 is for --files-from$hint" -0 in
	refused 2 "rcc: error: option '-n' needs a value, NAME$hint" in -n
}
