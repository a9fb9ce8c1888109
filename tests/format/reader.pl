#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A second reader of the bundle format, written from doc/format.md and the XXH3 and zstd specifications alone; it
# shares nothing with rcc. Checks all that section 6 asks for, in the first sound bundle that FILE carries.
#     perl reader.pl FILE [DIR]    prints the bundle's name, then "SIZE STORED CODEC MIME NAME" of each entry; writes all to DIR
use strict;
use warnings; no warnings 'portable';
use File::Path 'make_path';
use constant { M => 0xffffffff, P1 => 0x9E3779B185EBCA87, P2 => 0xC2B2AE3D27D4EB4F, P3 => 0x165667B19E3779F9 };
my $secret = pack 'H*', 'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221'
	. 'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9'
	. 'dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b'
	. '16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e';

# --- XXH3, seedless: 64-bit arithmetic that wraps, then the input's lengths in the specification's order ---
sub q8 { unpack 'Q<', substr $_[0], $_[1], 8 }
sub key { q8($secret, $_[0]) }
sub add { use integer; my $s = 0; $s += $_ for @_; $s }
sub mul { use integer; $_[0] * $_[1] }
sub u { $_[0] & ~0 }    # unsigned again, for shifts and for comparing
sub rotl { my $v = u($_[0]); $v << $_[1] | $v >> 64 - $_[1] }
sub shx { my $v = u($_[0]); $v ^ $v >> $_[1] }
sub avalanche { shx(mul(shx($_[0], 37), 0x165667919E3779F9), 32) }
sub avalanche64 { shx(mul(shx(mul(shx($_[0], 33), P2), 29), P3), 32) }
sub fold {    # both halves of the 128-bit product, xored
	my ($x, $y) = map { u($_) } @_;
	my ($ll, $hl, $lh) = (($x & M) * ($y & M), ($x >> 32) * ($y & M), ($x & M) * ($y >> 32));
	my $cross = ($ll >> 32) + ($hl & M) + $lh;
	return (($hl >> 32) + ($cross >> 32) + ($x >> 32) * ($y >> 32)) ^ ($cross << 32 | $ll & M);
}
sub mix { my ($in, $at, $s) = @_; fold(q8($in, $at) ^ key($s), q8($in, $at + 8) ^ key($s + 8)) }
sub merge {
	my ($s, $start, @a) = @_;
	return avalanche(add($start, map { fold($a[2 * $_] ^ key($s + 16 * $_), $a[2 * $_ + 1] ^ key($s + 16 * $_ + 8)) } 0 .. 3));
}
sub sums {    # the eight accumulators of more than 240 bytes
	my ($n, @k) = (length $_[0], map { key(8 * $_) } 0 .. 23);
	my @a = (0xC2B2AE3D, P1, P2, P3, 0x85EBCA77C2B2AE63, 0x85EBCA77, 0x27D4EB2F165667C5, 0x9E3779B1);
	use integer;
	my ($stripes, @last) = (($n - 1) / 64, map { key(121 + 8 * $_) } 0 .. 7);
	for my $i (0 .. $stripes) {
		my @d = unpack 'q<8', substr $_[0], $i == $stripes ? $n - 64 : 64 * $i, 64;
		for my $l (0 .. 7) {
			my $x = $d[$l] ^ ($i == $stripes ? $last[$l] : $k[$i % 16 + $l]);
			$a[$l ^ 1] += $d[$l];
			$a[$l] += ($x & M) * ($x >> 32 & M);
		}
		next if $i % 16 != 15 || $i == $stripes;
		$a[$_] = ($a[$_] ^ ($a[$_] >> 47 & 0x1ffff) ^ $k[16 + $_]) * 0x9E3779B1 for 0 .. 7;
	}
	return @a;
}
sub xxh3 {
	my ($in, $n) = ($_[0], length $_[0]);
	my @c = unpack 'C3', $in;
	return avalanche64(key(56) ^ key(64)) if !$n;
	return avalanche64(($c[0] << 16 | $c[$n >> 1] << 24 | $c[$n - 1] | $n << 8) ^ (key(0) & M ^ key(4) & M)) if $n <= 3;
	if ($n <= 8) {
		my $h = add(unpack('V', substr $in, -4), unpack('V', $in) << 32) ^ key(8) ^ key(16);
		$h = mul($h ^ rotl($h, 49) ^ rotl($h, 24), 0x9FB21C651E98DF25);
		return shx(mul($h ^ add(u($h) >> 35, $n), 0x9FB21C651E98DF25), 28);
	} elsif ($n <= 16) {
		my ($lo, $hi) = (q8($in, 0) ^ key(24) ^ key(32), q8($in, $n - 8) ^ key(40) ^ key(48));
		return avalanche(add($n, unpack('Q>', pack 'Q<', $lo), $hi, fold($lo, $hi)));
	} elsif ($n <= 128) {
		my @pairs = map { (mix($in, 16 * $_, 32 * $_), mix($in, $n - 16 - 16 * $_, 32 * $_ + 16)) } 0 .. ($n - 1) / 32;
		return avalanche(add(mul($n, P1), @pairs));
	} elsif ($n <= 240) {
		my $h = avalanche(add(mul($n, P1), map { mix($in, 16 * $_, 16 * $_) } 0 .. 7));
		$h = add($h, map { mix($in, 16 * $_, 16 * ($_ - 8) + 3) } 8 .. int($n / 16) - 1);
		return avalanche(add($h, mix($in, $n - 16, 119)));
	}
	return merge(11, mul($n, P1), sums($in));
}

# --- The bundle (numbers in brackets are sections of format.md) ---
my ($file, $dir) = @ARGV;
open my $in, '<:raw', $file or die "$file: $!\n";
my $all = do { local $/; <$in> };
my ($at, $image, @used) = (-1, undef, [0, 128]);    # used: [offset, end] of all bytes that mean something
sub bad { die "$file: ", @_, "\n" }
until (defined $image) {    # [1] the magic, and an index that hashes to what the header says
	$at = index $all, "\x89rcc-bundle\r\n\x1a\n\0", $at + 1;
	bad('no sound bundle') if $at < 0 || length $all < $at + 128;
	my ($size, $isize) = unpack 'x56 Q<2', substr $all, $at, 128;
	next if $isize < 128 || $isize > $size || $size > length($all) - $at;
	$image = substr $all, $at, $size if u(xxh3(substr $all, $at + 24, $isize - 24)) == q8($all, $at + 16);
}
my ($dlow, $dhigh, $version, $hsize, $form, $maxalign, $zero, $required, $optional, $size, $isize, $count, $refs, $table, $buckets,
	$nlen, $name, $dict, $dsize) = unpack 'x24 Q<2 v2 C2 v V2 Q<5 V2 Q<3', $image;
bad('header') if $version != 1 || $hsize != 128 || $form || $zero || $required > 1 || (!$required && ($dict || $dsize)) || $isize % 16
	|| $maxalign > 30 || $refs % 8 || $table % 64 || ($buckets ? 12 * $buckets <= $count : $table);
sub piece {
	my ($off, $n, $lo, $hi) = @_;
	bad("$n bytes at $off out of place") if $off < $lo || $off + $n > $hi;
	push @used, [$off, $off + $n];
	return substr $image, $off, $n;
}
my $learnt = $required ? piece($dict, $dsize, $isize, $size) : undef;    # [10]
bad('dictionary') if $required && ($dsize < 8 || $dsize > 16 << 20 || $learnt !~ /\A\x37\xa4\x30\xec/);
bad('bundle name') if piece($name, $nlen + 1, 128, $isize) !~ /\0\z/;
my @ref = unpack 'q<*', piece($refs, 8 * $count, 128, $isize);
my @bucket = map { [unpack 'C13 x3 V12', $_] } unpack '(a64)*', piece($table, 64 * $buckets, $buckets ? 128 : 0, $isize);
my $n = $size - $isize;
my @a = $n > 240 ? sums(substr $image, $isize) : ();    # the 128-bit hash of fewer bytes is another formula, left out here
bad('data hash') if @a && (u(merge(11, mul($n, P1), @a)) != $dlow || u(merge(117, ~u(mul($n, P2)), @a)) != $dhigh);
print substr($image, $name, $nlen), "\n";
my ($before, @more, %rec, %below);
for my $i (0 .. $count - 1) {
	my $off = $refs + 8 * $i + $ref[$i];    # [2]
	my ($rel, $bytes, $stored, $hash, $mime, $len, $codec, $align, $flags) = unpack 'q< Q<3 V2 C2 v', piece($off, 44, 128, $isize);
	my ($n, $place) = (piece($off + 44, $len, 128, $isize - 1), $off + $rel);
	bad("record of $n") if $off % 8 || !$len || $flags || $codec > 3 || ($codec == 2 && !$required) || $align > $maxalign || (!$codec && $stored != $bytes);
	bad("name $n") if "/$n/" =~ m{//|/\.\.?/|\0} || (defined $before && $n le $before);    # [3]
	($before, $rec{$n}) = ($n, $off);
	($below{substr $n, 0, $_} //= [$off / 8, $i, 0])->[2]++ for grep { substr($n, $_, 1) eq '/' } 0 .. $len - 1;
	my $type = $mime ? piece($mime, 1 + index($image, "\0", $mime) - $mime, 128, $isize) : '-';
	bad("place of $n") if $place % 2**$align || piece($place, $stored + 1, $isize, $size) !~ /\0\z/;    # [5]
	my $contents = substr $image, $place, $stored;
	$contents = $codec == 3 ? unchunk($n, $contents, $bytes) : unframe($n, $contents, $bytes, $codec == 2) if $codec;
	bad("contents of $n") if length $contents != $bytes || u(xxh3($contents)) != $hash;
	print join(' ', $bytes, $stored, $codec, $type =~ s/\0//r, $n), "\n";
	put("$dir/$n", $contents) if defined $dir;
}
for my $n ($buckets ? (keys %rec, "\1", "absent/\1") : ()) {    # [4] every name is found by the table, others are not
	my ($h, $left, $want, $found, @b) = (u(xxh3($n)), $buckets, ($rec{$n} // 0) / 8);
	for (my $k = ($h >> 32) * $buckets >> 32; $left-- && !$found && (!@b || $b[12]); $more[$k] ||= $want && !$found, $k = ($k + 1) % $buckets) {
		@b = @{ $bucket[$k] };
		$found = grep { $b[$_] == ($h & 255 || 1) && $b[$_ + 13] == $want } 0 .. 11;
	}
	bad("look-up of $n") if !$found != !$want;
}
bad('more') if grep { $bucket[$_][12] != !!$more[$_] } 0 .. $#bucket;
if ($optional & 1) {    # [12] each directory is found with all its entries, and there are no others
	my ($n, $all) = unpack 'V2', piece($table + 64 * $buckets, 8, 128, $isize - 56);
	my @slot = map { [unpack 'v2 V3', $_] } unpack '(a16)*', piece($table + 64 * $buckets + 64, 64 * $n, 128, $isize);
	bad('directories') if !$n || !$buckets || $all != keys %below || $all != grep { $_->[4] || "@$_" ne '0 0 0 0 0' } @slot;
	for my $d (keys %below) {
		my ($h, $k) = u(xxh3($d));
		for ($k = 4 * (($h >> 32) * $n >> 32); "@{ $slot[$k] }" ne join ' ', $h & 65535, length $d, @{ $below{$d} }; $k = ($k + 1) % @slot) { bad("directory $d") if !$slot[$k][4] }
	}
}
my $end = 0;
for (sort { $a->[0] <=> $b->[0] } @used, [$size, $size]) {    # what means nothing is zero
	bad("bytes before $_->[0] are not zero") if $_->[0] > $end && substr($image, $end, $_->[0] - $end) =~ /[^\0]/;
	$end = $_->[1] if $_->[1] > $end;
}
sub put {
	make_path($_[0] =~ s{/[^/]*\z}{}rs);
	open my $out, '>:raw', $_[0] or die "$_[0]: $!\n";
	die "$_[0]: $!\n" unless print({$out} $_[1]) && close $out;
}
sub unchunk {    # [11] the table, then each frame by itself
	my ($n, $all, $bytes) = @_;
	my ($count, $chunk, $mark) = unpack 'Q<2 a8', substr $all, -24;
	bad("table of $n") if $mark ne "\x89rcc-chk" || !grep({ $chunk == 1 << $_ } 12 .. 23) || $count != int(($bytes + $chunk - 1) / $chunk);
	my ($at, $contents, $begin) = (length($all) - 32 - 8 * $count, '', 0);
	my ($magic, $length, @end) = unpack "V2 Q<$count", substr $all, $at;
	bad("table of $n") if $magic != 0x184D2A5C || $length != 8 * $count + 24 || $end[-1] != $at;
	for (@end) {
		my $part = $bytes - length($contents) < $chunk ? $bytes - length $contents : $chunk;
		bad("chunk of $n") if $_ <= $begin;
		$contents .= unframe($n, substr($all, $begin, $_ - $begin), $part);
		$begin = $_;
	}
	return $contents;
}
sub unframe {    # [3] what is promised of a frame, then the contents by the zstd command
	my ($n, $frame, $bytes, $with) = @_;
	my ($number, $d, $w) = unpack 'V C2', $frame;
	my $tmp = sprintf '%s/rcc-reader-%d.zst', $ENV{TMPDIR} // '/tmp', $$;
	my $window = $d & 32 ? $bytes : 2**(10 + ($w >> 3)) * (1 + ($w & 7) / 8);
	bad("frame of $n") if $number != 0xFD2FB528 || $d & 7 || !($d & 0xe0) || $window > 8 << 20;
	put($tmp, $frame);
	put("$tmp.dict", $learnt) if $with;
	my $contents = do { open my $zstd, '-|:raw', 'zstd', '-dcq', $with ? ('-D', "$tmp.dict") : (), $tmp or die "zstd: $!\n"; local $/; <$zstd> } // '';
	unlink $tmp, "$tmp.dict";
	return $contents;
}
