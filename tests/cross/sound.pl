# SPDX-License-Identifier: MIT
# sound.pl FILE BUNDLES: looks at a linked program of any class and byte order, by the ELF tables alone.
# Each bundle must be told of by two records, descriptor and note, that agree; its image lies in no writable segment; no dynamic relocation
# touches image or record. Prints what else a program may be blamed for, one word each: text-relocation, writable-code,
# executable-stack, code-beside-data (read-only data share a segment with code). With 0 BUNDLES that is all: what the toolchain does alone.
use strict;
use warnings;

my ($path, $bundles) = @ARGV;
open my $in, '<:raw', $path or die "$path: $!\n";
my $file = do { local $/; <$in> };
my ($wide, $big) = (ord(substr $file, 4, 1) == 2, ord(substr $file, 5, 1) == 2);
my $o = $big ? '>' : '<';
my ($half, $word, $addr) = ("S$o", "L$o", $wide ? "Q$o" : "L$o");
my $size = $wide ? 8 : 4;

sub at { return unpack "x$_[0] $_[1]", $file }

my ($phoff, $shoff) = at $wide ? 32 : 28, "$addr$addr";
my (undef, $phentsize, $phnum, $shentsize, $shnum, $shstrndx) = at $wide ? 52 : 40, "$half$half$half$half$half$half";
my (@loads, %trait);
my $stack = 7; # without a word about it, the kernel makes it executable
for my $i (0 .. $phnum - 1) {
	my ($type, $flags, $off, $vaddr, $paddr, $filesz, $memsz);
	my $p = $phoff + $i * $phentsize;
	if ($wide) {
		($type, $flags, $off, $vaddr, $paddr, $filesz, $memsz) = at $p, "$word$word$addr$addr$addr$addr$addr";
	} else {
		($type, $off, $vaddr, $paddr, $filesz, $memsz, $flags) = at $p, $word x 7;
	}
	$stack = $flags if $type == 0x6474e551;
	dynamic($off, $filesz) if $type == 2;
	next if $type != 1;
	push @loads, {off => $off, vaddr => $vaddr, size => $filesz, flags => $flags};
	$trait{'writable-code'} = 1 if ($flags & 3) == 3;
}
$trait{'executable-stack'} = 1 if $stack & 1;

sub dynamic
{
	my ($off, $n) = @_;
	for (my $p = $off; $p < $off + $n; $p += 2 * $size) {
		my ($tag, $value) = at $p, "$addr$addr";
		last if !$tag;
		$trait{'text-relocation'} = 1 if $tag == 22 or $tag == 30 && $value & 4;
	}
}

# The segment whose KEY range holds the place, or nothing.
sub segment
{
	my ($key, $place) = @_;
	for (@loads) {
		return $_ if $place >= $_->{$key} and $place < $_->{$key} + $_->{size};
	}
	return;
}

my (@touched, %section);
my ($names) = $shnum ? at $shoff + $shstrndx * $shentsize + ($wide ? 24 : 16), $addr : 0;
for my $i (0 .. $shnum - 1) {
	my ($name, $type, $flags, $vaddr, $off, $n) = at $shoff + $i * $shentsize, "$word$word$addr$addr$addr$addr";
	$section{unpack 'Z*', substr $file, $names + $name} = $vaddr;
	die "RELR relocations: this test cannot read them\n" if $type == 19;
	next unless $flags & 2 and $type == 4 || $type == 9;
	my $step = ($type == 4 ? 3 : 2) * $size;
	push @touched, map { at $off + $_ * $step, $addr } 0 .. $n / $step - 1;
}

sub untouched
{
	my ($what, $from, $n) = @_;
	for (@touched) {
		die sprintf("a dynamic relocation touches %s at %x\n", $what, $_) if $_ >= $from and $_ < $from + $n;
	}
}

my %records;
my $magic = "\x89rcc-desc\r\n\x1a\n\0\1";
for (my $p = 0; $bundles and ($p = index $file, $magic, $p) >= 0; $p += 4) {
	my $here = segment('off', $p) or next;
	my $vaddr = $here->{vaddr} + $p - $here->{off};
	my $kind = at $p + 15, 'C';
	next if $kind > 3; # the magic in the reader's own data
	my ($rel) = at $p + 16, $kind & 2 ? "l$o" : "q$o";
	my $image = $vaddr + 16 + $rel;
	my $there = segment('vaddr', $image) or next;
	my $q = $there->{off} + $image - $there->{vaddr};
	next if substr($file, $q, 16) ne "\x89rcc-bundle\r\n\x1a\n\0";
	my ($bytes) = at $q + 56, 'Q<';
	$bytes = at($q + 120, $kind & 2 ? "l$o" : "q$o") + 120 + 16 if at($q + 44, 'C') & 1; # pruned: up to its footer
	$records{$image}++;
	die "a record lies at an odd place\n" if $vaddr % 4;
	die "the image lies at no page: $image\n" if $image % 4096;
	die "the image leaves its segment\n" if $image + $bytes > $there->{vaddr} + $there->{size};
	die "the image can be written to\n" if $there->{flags} & 2;
	$trait{'code-beside-data'} = 1 if $there->{flags} & 1;
	untouched('the image', $image, $bytes);
	untouched('a record', $vaddr, 32);
}
die scalar(keys %records), " bundles\n" if keys %records != $bundles;
for (values %records) {
	die "a bundle is told of $_ times\n" if $_ != 2;
}
if (!$bundles) {
	my $own = $section{'.rodata'} // die "no .rodata to compare with\n";
	$trait{'code-beside-data'} = 1 if segment('vaddr', $own)->{flags} & 1;
}
print join(' ', sort keys %trait), "\n";
