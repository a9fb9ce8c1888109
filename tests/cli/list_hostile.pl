# SPDX-License-Identifier: MIT
# ELF files that no linker makes: perl list_hostile.pl KIND [ARG...] >FILE. Each would take minutes or gigabytes to search if its
# parts were believed one by one.
use strict;
use warnings;

my $magic = "\x89rcc-bundle\r\n\x1a\n\0";

sub header { my ($type, $phoff, $phnum, $shoff, $shnum) = @_;
	pack 'a4C4x8v2VQ3Vv6', "\x7fELF", 2, 1, 1, 0, $type, 62, 1, 0, $phoff, $shoff, 0, 64, 56, $phnum, 64, $shnum, $shnum ? 1 : 0 }
sub section { my ($name, $type, $off, $size) = @_; pack 'V2Q4V2Q2', $name, $type, 2, 0, $off, $size, 0, 0, 1, 0 }
sub segment { my ($type, $off, $addr, $size) = @_; pack 'V2Q6', $type, 4, $off, $addr, $addr, $size, $size, 1 }

# An object of n sections, all called name and all over the same body. The strings are long and end without a NUL.
sub sections { my ($name, $n, $body, $filler) = @_;
	my $strings = "\0$name\0" . 'x' x ($filler // 0);
	my $at = 64 + length $body;
	my $off = ($at + length($strings) + 7) & ~7;
	my $out = header(1, 0, 0, $off, $n + 2) . $body . $strings;
	$out .= "\0" x ($off - length $out);
	return $out . section(0, 0, 0, 0) . section(0, 3, $at, length $strings)
		. section($filler ? length($name) + 2 : 1, 1, 64, length $body) x $n }

# A program of n loads over the same body, and a segment of notes.
sub loads { my ($n, $body, $notes) = @_;
	my $at = 64 + 56 * ($n + 1);
	return header(3, 64, $n + 1, 0, 0)
		. join('', map { segment(1, $at, 0x1000000 * $_, length $body) } 1 .. $n)
		. segment(4, $at + length $body, 0x10, length $notes) . $body . $notes }

# The note of a descriptor that leads rel bytes on from its own field, to an image of that size.
sub note { my ($rel, $size) = @_; pack 'V3a4a15Cq2', 4, 32, 1, "rcc\0", "\x89rcc-desc\r\n\x1a\n\0\1", 0, $rel, $size }

sub slurp { my ($path) = @_; open my $f, '<', $path or die $!; binmode $f; local $/; return <$f> }

my ($kind, @arg) = @ARGV;
binmode STDOUT;
# magics NAME SECTIONS MAGICS
print sections($arg[0], $arg[1], $magic x $arg[2]) if $kind eq 'magics';
# names SECTIONS BYTES: names without an end
print sections('a', $arg[0], 'body', $arg[1]) if $kind eq 'names';
# loads IMAGE LOADS COPIES NOTES: the notes lead nowhere
print loads($arg[1], slurp($arg[0]) x $arg[2], note(1 << 40, 1) x $arg[3]) if $kind eq 'loads';
# nested IMAGE OFF...: a note to each of these places in the image
if ($kind eq 'nested') {
	my $image = slurp(shift @arg);
	my $i = 0;
	my $end = 0x1000000 + length $image; # where the notes lie
	my $notes = join '', map { note($_ - (length($image) + 48 * $i++ + 32), 1) } @arg;
	my $at = 64 + 56 * 2;
	print header(3, 64, 2, 0, 0), segment(1, $at, 0x1000000, length($image) + length $notes),
		segment(4, $at + length $image, $end, length $notes), $image, $notes;
}
# archive SIZE: a first member that says it has that size
print "!<arch>\n", pack('a16a12a6a6a8a10a2', 'a/', 0, 0, 0, 644, $arg[0], "`\n"), 'x' x 64 if $kind eq 'archive';
