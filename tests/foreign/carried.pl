#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# perl carried.pl PROGRAM RCB           does a descriptor in this PE or Mach-O program lead to exactly the bytes of RCB, not writable?
# perl carried.pl PROGRAM RCB SECTION   is that section ("__DATA,__rcc") exactly RCB?
# Knows the formats by their documents alone, so it can tell what a linker did without any tool of its system.
use strict;
use warnings;

my ($path, $rcb_path, $want) = @ARGV;
my ($file, $rcb) = (slurp($path), slurp($rcb_path));

sub slurp
{
	open my $f, '<:raw', $_[0] or die "$_[0]: $!\n";
	local $/;
	return scalar <$f>;
}

# [name, address, bytes, executable or writable]; what the file does not fill is not there.
sub pe_sections
{
	my $pe = unpack 'V', substr $file, 0x3c, 4;
	my ($sig, undef, $n) = unpack 'a4vv', substr $file, $pe, 8;
	my $optional = unpack 'v', substr $file, $pe + 20, 2;
	die "no PE\n" unless $sig eq "PE\0\0";
	return map {
		my ($name, $size, $at, $raw, $off, $flags) = unpack 'Z8V4x12V', substr $file, $pe + 24 + $optional + 40 * $_, 40;
		[$name, $at, substr($file, $off, $raw < $size ? $raw : $size), $flags & 0xa0000000];
	} 0 .. $n - 1;
}

sub macho_sections
{
	my ($n, $at, @found) = (unpack('V', substr $file, 16, 4), 32);
	for (1 .. $n) {
		my ($command, $size) = unpack 'VV', substr $file, $at, 8;
		my ($prot, $sections) = unpack 'VV', substr $file, $at + 60, 8;
		for my $i ($command == 0x19 ? 0 .. $sections - 1 : ()) {
			my ($section, $segment, $addr, $bytes, $off, undef, undef, undef, $flags) =
				unpack 'Z16Z16Q<Q<V5', substr $file, $at + 72 + 80 * $i, 80;
			my $empty = ($flags & 0xff) == 1; # zero-fill
			push @found, ["$segment,$section", $addr, $empty ? '' : substr($file, $off, $bytes), $prot & 2];
		}
		$at += $size;
	}
	return @found;
}

my @sections = substr($file, 0, 2) eq 'MZ' ? pe_sections() : substr($file, 0, 4) eq "\xcf\xfa\xed\xfe" ? macho_sections() :
	die "$path: neither PE nor 64-bit Mach-O\n";

if (defined $want) {
	my ($s) = grep { $_->[0] eq $want } @sections or die "$path: no section $want\n";
	die "$path: $want holds other bytes\n" unless $s->[2] eq $rcb;
	exit 0;
}
for my $s (@sections) {
	while ($s->[2] =~ /\x89rcc-desc\r\n\x1a\n\x00\x01([\x00-\x03])/g) {
		my $at = $-[0];
		my ($rel, $size) = ord $1 & 2 ? unpack 'l<x4Q<', substr $s->[2], $at + 16, 16 : unpack 'q<Q<', substr $s->[2], $at + 16, 16;
		my $target = $s->[1] + $at + 16 + $rel;
		for my $t (@sections) {
			next if $target < $t->[1] || $target - $t->[1] + $size > length $t->[2];
			next unless substr($t->[2], $target - $t->[1], $size) eq $rcb;
			die "$path: the image is writable, or PE code\n" if $t->[3];
			die "$path: the image lies within a page\n" if $target % 4096;
			exit 0;
		}
	}
}
die "$path: no descriptor leads to the bytes of $rcb_path\n";
