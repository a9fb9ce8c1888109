# SPDX-License-Identifier: MIT
# A strict reader of JSON on standard input, for `rcc list --json`; prints what the tests compare. Needs no module. Strings become
# bytes again: \udcXX, as Python's surrogateescape has it, is the byte XX. Dies of whatever RFC 8259 does not allow.
use strict;
use warnings;

binmode STDIN;
binmode STDOUT;
local $/;
$_ = <STDIN>;

my %short = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t", '"' => '"', '\\' => '\\', '/' => '/');

# A character of well-formed UTF-8, but for control characters, quotes and backslashes.
my $plain = qr/[\x20\x21\x23-\x5b\x5d-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]
	|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}/x;

sub fail { die sprintf("not JSON at byte %d: %s\n", pos($_) // 0, $_[0]) }

sub string
{
	my $s = "";

	while (1) {
		if (/\G($plain+)/gc) { $s .= $1 }
		elsif (/\G\\u00([0-7][0-9a-f])/gc) { $s .= chr hex $1 }
		elsif (/\G\\udc([89a-f][0-9a-f])/gc) { $s .= chr hex $1 }
		elsif (/\G\\(["\\\/bfnrt])/gc) { $s .= $short{$1} }
		elsif (/\G"/gc) { return $s }
		else { fail("string") }
	}
}

# Elements up to the closing bracket.
sub elements
{
	my ($close, $element) = @_;

	/\G\s*/gc;
	return if /\G\Q$close\E/gc;
	do { $element->() } while /\G\s*,/gc;
	/\G\s*\Q$close\E/gc or fail("expected $close");
}

sub value
{
	/\G\s*/gc;
	return string() if /\G"/gc;
	return $1 if /\G(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)/gc;
	return undef if /\Gnull/gc;
	if (/\G\[/gc) {
		my @v;
		elements("]", sub { push @v, value() });
		return \@v;
	}
	/\G\{/gc or fail("value");
	my %v;
	elements("}", sub {
		/\G\s*"/gc or fail("key");
		my $k = string();
		/\G\s*:/gc or fail("colon");
		exists $v{$k} and fail("$k twice");
		$v{$k} = value();
	});
	return \%v;
}

my $all = value();
/\G\s*\z/gc or fail("more");

# One line a bundle, one an entry that ends in NUL and newline, for names may hold newlines.
for my $b (@{$all->{bundles}}) {
	print join(" ", $b->{name}, $b->{member} // "-", $b->{count}), "\n";
	$b->{index_hash} =~ /^[0-9a-f]{16}$/ && $b->{data_hash} =~ /^[0-9a-f]{32}$/ && $b->{size} > 128 && $b->{offset} >= 0
		or die "bundle\n";
	for my $e (@{$b->{entries}}) {
		$e->{hash} =~ /^[0-9a-f]{16}$/ or die "hash\n";
		print join(" ", @$e{qw(size stored codec align)}, $e->{mime} // "-", $e->{name}), "\0\n";
	}
}
