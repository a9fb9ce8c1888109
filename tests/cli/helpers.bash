# SPDX-License-Identifier: MIT
# For every test of the command line: `load helpers`. Each test runs in an empty directory of its own. RCC names the program.
bats_require_minimum_version 1.5.0

RCC=${RCC:-$BATS_TEST_DIRNAME/../../build/rcc}
CC=${CC:-cc}
export LC_ALL=C
# Where a test tries each byte or call in turn, it tries one of so many: under a sanitizer, which is slow, not all.
every=${RCC_TEST_EVERY:-1}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
}

# apart COMMAND...: $status, $output, $lines, $stderr and $stderr_lines tell what came of it, as after `run --separate-stderr`, but the
# command is the only process that is started.
apart()
{
	local said=$BATS_FILE_TMPDIR/said

	"$@" >"$said.out" 2>"$said.err" && status=0 || status=$?
	slurp output "$said.out"
	slurp stderr "$said.err"
	mapfile -t lines <"$said.out"
	mapfile -t stderr_lines <"$said.err"
}

# slurp VARIABLE FILE: what $(cat FILE) gives, without a process.
slurp()
{
	local part text

	mapfile -d '' -t part <"$2"
	printf -v text %s "${part[@]}"
	printf -v "$1" %s "${text%"${text##*[!$'\n']}"}"
}

# Runs rcc.
rcc()
{
	apart "$RCC" "$@"
}

# is STATUS [STDOUT [STDERR]]: what the last run gave, whole, but for the newlines at the end.
is()
{
	local bad=0

	[ "$status" -eq "$1" ] || { echo "status $status, not $1"; bad=1; }
	[ "$output" = "${2-}" ] || { printf 'stdout:\n%s\nnot:\n%s\n' "$output" "${2-}"; bad=1; }
	[ "$stderr" = "${3-}" ] || { printf 'stderr:\n%s\nnot:\n%s\n' "$stderr" "${3-}"; bad=1; }
	return $bad
}

# has TEXT PATTERN: one of the shell's patterns, so *word* for a part.
has()
{
	# shellcheck disable=SC2053
	[[ $1 == $2 ]] || { printf 'got:\n%s\nnot:\n%s\n' "$1" "$2"; return 1; }
}

# put PATH [TEXT]: a file, with its directories. No newline is added.
put()
{
	[[ $1 != */* || -d ${1%/*} ]] || mkdir -p -- "${1%/*}" || return
	printf %s "${2-}" >"$1"
}

# A tree in DIR ($1, else in): a.txt, sub/b.txt, and big.txt, which compresses well.
make_tree()
{
	local dir=${1-in}

	put "$dir/a.txt" "alpha in $dir"
	put "$dir/sub/b.txt" beta
	put "$dir/big.txt" "$(printf '%05000d' 0)"
}

# make_program OUT OBJECT...: linked by the system's linker, with a main that does nothing.
make_program()
{
	local out=$1

	shift
	echo 'int main(void){return 0;}' >main.c
	$CC ${CFLAGS-} -o "$out" main.c "$@"
}

# make_decoy: decoy.o, which carries a whole bundle's bytes as a constant. Nobody linked it as a bundle, so a program that has others
# must not be said to hold it; it shows when a program was merely searched for images.
make_decoy()
{
	put decoy/no.txt no
	"$RCC" compile --format bundle -n decoy -o decoy.rcb decoy
	echo '__asm__(".section .rodata,\"a\"\n.balign 4096\n.incbin \"decoy.rcb\"\n.text\n");' >decoy.c
	$CC -c decoy.c
}

# Takes the section headers out of an ELF file, as some strippers do.
drop_section_headers()
{
	perl -e '
		open my $f, "+<", $ARGV[0] or die; binmode $f; read $f, my $h, 64;
		my $wide = ord(substr($h, 4, 1)) == 2;
		seek $f, $wide ? 40 : 32, 0; print $f "\0" x ($wide ? 8 : 4);
		seek $f, $wide ? 60 : 48, 0; print $f "\0" x 4;
	' "$1"
}

# patch FILE OLD NEW: every OLD in FILE becomes NEW; Perl's escapes for both. Fails unless there is one and the length stays.
patch()
{
	perl -e '
		my ($path, $old, $new) = @ARGV;
		$_ = eval qq("$_") for $old, $new;
		open my $f, "+<", $path or die; binmode $f; local $/; my $all = <$f>;
		length $old == length $new and $all =~ s/\Q$old\E/$new/g or exit 1;
		seek $f, 0, 0; print $f $all;
	' "$@"
}

# Runs a command with standard output on a terminal, and prints what arrived there, newlines as they were.
on_terminal()
{
	perl -e '
		open my $master, "+<", "/dev/ptmx" or die "ptmx: $!";
		ioctl $master, 0x40045431, my $unlock = pack "i", 0 or die "unlock: $!";
		ioctl $master, 0x80045430, my $number = pack "i", 0 or die "number: $!";
		open my $slave, "+<", "/dev/pts/" . unpack "i", $number or die "pts: $!";
		my $pid = fork;
		if (!$pid) { open STDOUT, ">&", $slave; exec @ARGV or die }
		waitpid $pid, 0;
		my $status = $?;
		close $slave;
		while (sysread $master, my $text, 4096) { $text =~ s/\r\n/\n/g; print $text }
		exit($status >> 8);
	' "$@"
}

# damaged FILE: every verb says so
damaged()
{
	local verb

	for verb in list verify stat; do
		rcc $verb "$1"
		[ "$status" -eq 1 ] || { echo "$verb: $status"; return 1; }
		has "$stderr" "rcc: $1: error: *" || return 1
	done
}
