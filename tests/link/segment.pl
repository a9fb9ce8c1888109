# SPDX-License-Identifier: MIT
# segment.pl FILE [FORM]: each bundle image of a little-endian 64-bit ELF file must lie in a segment that is only readable;
# with a FORM script-*, the images must have it to themselves.
use strict;
use warnings;
open my $in, '<:raw', $ARGV[0] or die "$ARGV[0]: $!\n";
my $file = do { local $/; <$in> };
my ($phoff, $phsize, $phnum) = unpack 'x32 Q< x14 S< S<', $file;
my $found = 0;
my %found_in;
for (my $at = 0; ($at = index $file, "\x89rcc-bundle\r\n\x1a\n\0", $at) >= 0; $at += 16) {
	next if $at % 4096;
	$found++;
	my $covered = 0;
	for my $i (0 .. $phnum - 1) {
		my ($type, $flags, $off, $vaddr, $paddr, $filesz) = unpack 'L< L< Q< Q< Q< Q<', substr $file, $phoff + $i * $phsize, $phsize;
		next if $type != 1 or $at < $off or $at >= $off + $filesz;
		$covered = 1;
		die "the image at $at shares its segment\n" if ($ARGV[1] // '') =~ /^script/ and !$found_in{$i}++ and $off != $at;
		die "the image at $at lies in a segment with flags $flags\n" if $flags != 4;
	}
	die "the image at $at lies in no segment\n" unless $covered;
}
die "no image\n" unless $found;
