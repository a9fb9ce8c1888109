# SPDX-License-Identifier: MIT
# Objects of --per-file-sections that nobody makes: perl list_split.pl KIND OBJECT >FILE. For x86-64.
use strict;
use warnings;

my ($kind, $path, @arg) = @ARGV;
open my $f, '<', $path or die "$path: $!";
binmode $f;
binmode STDOUT;
my $all = do { local $/; <$f> };
my ($shoff) = unpack 'x40Q<', $all;
my ($shnum, $shstrndx) = unpack 'x60v2', $all;

# Section headers: name, type, flags, addr, off, size, link, info, align, entsize.
my @section = map { [unpack 'V2Q<4V2Q<2', substr $all, $shoff + 64 * $_, 64] } 0 .. $shnum - 1;
my $names = substr $all, $section[$shstrndx][4], $section[$shstrndx][5];
sub name { my ($s) = @_; return unpack 'Z*', substr $names, $s->[0] }
sub put { my ($i) = @_; substr($all, $shoff + 64 * $i, 64) = pack 'V2Q<4V2Q<2', @{$section[$i]} }
sub numbers { my ($test) = @_; return grep { $test->($section[$_]) } 1 .. $shnum - 1 }

my @image = numbers(sub { name($_[0]) eq '.lrodata.rcc' });
my @relocations = numbers(sub { $_[0][1] == 4 && grep { $_ == $_[0]->[7] } @image });

# swapped: the first two references (the header is the first section) lie in each other's place
if ($kind eq 'swapped') {
	my ($first, $second) = @image[1, 2];
	($section[$first][4], $section[$second][4]) = ($section[$second][4], $section[$first][4]);
	put($_) for $first, $second;
}
# unrelated: no relocation is left
if ($kind eq 'unrelated') { $section[$_][1] = 1, put($_) for @relocations }
# info N, link N: sections that all relocations are said to be of
if ($kind eq 'info') { $section[$_][7] = $arg[0], put($_) for @relocations }
if ($kind eq 'link') { $section[$_][6] = $arg[0], put($_) for @relocations }
# symbol N, type N, off N: what all relocations say
if ($kind =~ /^(?:symbol|type|off)$/) {
	my ($at, $width) = @{{symbol => [12, 4], type => [8, 4], off => [0, 8]}->{$kind}};
	for my $s (@section[@relocations]) {
		for (my $i = 0; $i < $s->[5]; $i += 24) {
			substr($all, $s->[4] + $i + $at, $width) = substr pack('Q<', $arg[0]), 0, $width;
		}
	}
}
# long: all relocation sections are the whole file
if ($kind eq 'long') { @{$section[$_]}[4, 5] = (0, length $all), put($_) for @relocations }
# flips DIR FIRST STEP: a file DIR/N for each so many bytes, in which the byte at N is another
if ($kind eq 'flips') {
	for (my $at = $arg[1]; $at < length $all; $at += $arg[2]) {
		my $other = $all;
		substr($other, $at, 1) ^= "\x15";
		open my $out, '>', "$arg[0]/$at" or die "$arg[0]/$at: $!";
		print $out $other;
	}
	exit;
}
print $all;
