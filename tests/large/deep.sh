#!/bin/bash
# SPDX-License-Identifier: MIT
# A path 200 levels deep, with short names and with names that take it beyond PATH_MAX: compiled, listed, read back, extracted,
# and found by a program. TAP on stdout.
. "$(dirname "$0")/lib.bash"
levels=200

# TOP NAME: a chain of directories, a file in the last, and one at every tenth level.
make_deep()
{
	perl -e 'my ($top, $name, $n) = @ARGV; my $path = "";
		mkdir $top or die; chdir $top or die;
		for my $i (1 .. $n) {
			my $dir = sprintf("%s%03d", $name, $i);
			mkdir $dir or die; chdir $dir or die;
			$path .= "$dir/";
			next if $i % 10;
			open my $f, ">", "file" or die; print $f "level $i of $name\n"; close $f;
			print "${path}file\n";
		}' "$1" "$2" $levels
}

# Says what stands at each level, in the order of names: deeper ones first, for a digit sorts before "f".
expected() # NAME
{
	for ((i = levels; i; i -= 10)); do
		echo "level $i of $1"
	done
}

echo 1..11
for name in d a-name-that-takes-the-path-beyond-; do
	what="names of $((${#name} + 3)) bytes"
	make_deep in $name | sort >names
	"$RCC" compile -q -n deep -o deep.o in 2>words
	tell "$levels levels, $what: compiles"
	"$RCC" list deep.o 2>words | cmp - names >>words 2>&1
	tell "$levels levels, $what: all names are listed"
	xargs "$RCC" cat deep.o <names 2>words | cmp - <(expected $name) >>words 2>&1
	tell "$levels levels, $what: all are read back"
	"$RCC" extract -C out deep.o >words 2>&1 && "$RCC" compile -q -n deep -o again.o out 2>words && cmp deep.o again.o >words 2>&1
	tell "$levels levels, $what: extracted, and the same again"
	program find_deep "$top/tests/large/find_deep.c" deep.o && xargs ./find_deep <names >words 2>&1 && cmp words <(expected $name) >>words
	tell "$levels levels, $what: a program walks down and finds them"
	rm -rf in out
done
[ "$(wc -L <names)" -gt 4096 ]
tell "the longest of them is beyond PATH_MAX"
exit $failed
