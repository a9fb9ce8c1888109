# SPDX-License-Identifier: MIT
# segment.pl FILE [FORM [IMAGES]]: is this little-endian 64-bit program or shared object what its bundles need? By program headers alone, so that
# it holds without section headers too; a line for each fault, and status 1 if there is one:
#   each image (two of them, or IMAGES) in a segment that is only readable; no segment writable and executable; no executable stack; no text relocation;
#   no dynamic relocation within an image or a descriptor.
# FORM script-own-*: the images have their segment to themselves. FORM script-huge-*: each begins on 2 MiB, in the file too.
use strict;
use warnings;

use constant { PT_LOAD => 1, PT_DYNAMIC => 2, PT_GNU_STACK => 0x6474e551, X => 1, W => 2, R => 4 };
use constant { PLTRELSZ => 2, RELA => 7, RELASZ => 8, REL => 17, TEXTREL => 22, JMPREL => 23, FLAGS => 30, RELR => 36 };

my ($path, $form, $wanted) = (@ARGV[0, 1], $ARGV[2] // 2);
$form //= '';
my $faults = 0;

sub fault {
	printf @_;
	$faults++;
}

open my $in, '<:raw', $path or die "$path: $!\n";
my $file = do { local $/; <$in> };
my ($phoff, $phsize, $phnum) = unpack 'x32 Q< x14 S< S<', $file;
my @segments = map {
	my %s;
	@s{qw(type flags off vaddr paddr filesz memsz align)} = unpack 'L< L< Q<6', substr $file, $phoff + $_ * $phsize, $phsize;
	\%s;
} 0 .. $phnum - 1;
my @loads = grep { $_->{type} == PT_LOAD } @segments;

# The segment a place in the file belongs to.
sub segment_of {
	my ($at) = @_;
	my ($s) = grep { $at >= $_->{off} && $at < $_->{off} + $_->{filesz} } @loads;
	return $s;
}

# n bytes of memory at an address, as the file fills it.
sub bytes_at {
	my ($addr, $n) = @_;
	my ($s) = grep { $addr >= $_->{vaddr} && $addr < $_->{vaddr} + $_->{filesz} } @loads;
	die sprintf "the address %x lies in no segment\n", $addr unless $s;
	return substr $file, $addr - $s->{vaddr} + $s->{off}, $n;
}

my ($stack) = grep { $_->{type} == PT_GNU_STACK } @segments;
fault "an executable stack\n" if !$stack || $stack->{flags} & X;
for my $s (@segments) {
	fault "a segment is writable and executable\n" if $s->{type} != PT_GNU_STACK && ($s->{flags} & (W | X)) == (W | X);
}

# [address, end] of what no relocation may touch.
my @ours;
my (%shared, $images);
for (my $at = 0; ($at = index $file, "\x89rcc-bundle\r\n\x1a\n\0", $at) >= 0; $at += 16) {
	next if $at % 4096 or unpack('V', substr $file, $at + 40, 4) != (128 << 16 | 1); # the stub's own copy of the magic
	my $s = segment_of($at) or (fault("the image at $at lies in no segment\n"), next);
	my $size = unpack 'Q<', substr $file, $at + 56, 8;
	$size = unpack('q<', substr $file, $at + 120, 8) + 120 + 16 if ord(substr $file, $at + 44, 1) & 1; # pruned: up to its footer
	my $addr = $at - $s->{off} + $s->{vaddr};
	fault "the image at $at lies in a segment with flags $s->{flags}\n" if $s->{flags} != R;
	fault "the image at $at is not all in its segment\n" if $at + $size > $s->{off} + $s->{filesz};
	fault "the image at $at shares its segment\n" if $form =~ /^script/ && !$shared{$s}++ && $s->{off} != $at;
	fault "the image at $at does not begin on 2 MiB\n" if $form =~ /^script-huge/ && ($at | $addr) % (2 << 20);
	push @ours, [$addr, $addr + $size];
	$images++;
}
fault "not $wanted images\n" if ($images // 0) != $wanted;
for (my $at = 0; ($at = index $file, "\x89rcc-desc\r\n\x1a\n\0\1", $at) >= 0; $at += 4) {
	my $s = segment_of($at) or next;
	push @ours, [$at - $s->{off} + $s->{vaddr}, $at - $s->{off} + $s->{vaddr} + 32];
}
fault "no descriptor\n" if @ours <= $wanted;

my %dynamic;
for my $s (grep { $_->{type} == PT_DYNAMIC } @segments) {
	my @words = unpack 'Q<*', substr $file, $s->{off}, $s->{filesz};
	while (my ($tag, $value) = splice @words, 0, 2) {
		last unless $tag;
		$dynamic{$tag} = $value;
	}
}
fault "text relocation\n" if exists $dynamic{+TEXTREL} || ($dynamic{+FLAGS} // 0) & 4;
fault "relocations of a kind this test does not read\n" if exists $dynamic{+REL} || exists $dynamic{+RELR};
for ([RELA, RELASZ], [JMPREL, PLTRELSZ]) {
	my ($at, $size) = @dynamic{@$_};
	next unless $size;
	my @words = unpack 'Q<*', bytes_at($at, $size);
	while (my ($where) = splice @words, 0, 3) {
		fault "a dynamic relocation at %x\n", $where if grep { $where >= $_->[0] && $where < $_->[1] } @ours;
	}
}
exit !!$faults;
