#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --cache: the output is the same with a cold, warm, damaged or absent cache, and what has not changed is not read.
load helpers
load failures

setup_file()
{
	preloads at later
}

# Files that gain by compression, two that do not, an empty one, two that are the same.
setup()
{
	own_directory
	mkdir -p in/sub
	for i in 1 2 3 4 5; do
		seq "$i" $((200 * i)) >"in/sub/n$i.txt"
	done
	perl -e 'srand 1; print pack "C*", map { int rand 256 } 1 .. 3000' >in/noise
	printf '%s' 'no gain' >in/short
	: >in/empty
	cp in/sub/n3.txt in/same.txt
}

# compiled OUT ARGS...: without a cache, for comparing.
compiled()
{
	"$RCC" compile -n in -z5 -o "$@" in
}

# cached OUT ARGS...: with one, in C.
cached()
{
	"$RCC" compile -n in -z5 --cache C -o "$@" in
}

# later COMMAND...: as if an hour had passed, so that what was made just now is trusted.
later()
{
	LD_PRELOAD=$BATS_FILE_TMPDIR/later.so "$@"
}

later_cached()
{
	later "$RCC" compile -n in -z5 --cache C -o "$@" in
}

# Files opened, into trace.txt. Leaks cannot be looked for in a process that is traced.
traced()
{
	ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" strace -f -e trace=openat -o trace.txt "$@"
}

# What rcc opened of the tree, when it ran as if an hour had passed.
opened()
{
	traced -E LD_PRELOAD="$BATS_FILE_TMPDIR/later.so" "$RCC" compile -n in -z5 --cache C -o "$@" in
	grep -v O_DIRECTORY trace.txt | grep -oE '(n[1-9]\.txt|same\.txt|noise|short|large)"' | tr -d '"' | sort -u
}

needs_strace()
{
	strace -o trace.txt true 2>/dev/null || skip "strace is missing or may not trace"
}

# The frame packs of C, which have names of their own each time.
pack()
{
	echo C/frames-*
}

@test "cold, warm, and by any number of threads: the same output" {
	compiled want.o
	cached o.o
	cmp want.o o.o
	for threads in 1 2 7; do
		cached warm.o -j "$threads"
		cmp want.o warm.o
		later_cached later.o -j "$threads"
		cmp want.o later.o
		later_cached later.o -j "$threads"
		cmp want.o later.o
		rm later.o
	done
}

@test "another level, format or rule in one cache: the same as without" {
	for more in -z1 -z19 '--format bundle' '--header o.h' '-z1 --symbols none' '--prefix p'; do
		for round in 1 2 3; do
			compiled want $more
			later_cached got $more
			cmp want got
		done
	done
	echo '*.txt store' >rules
	for round in 1 2; do
		compiled want -r rules
		later_cached got -r rules
		cmp want got
		echo '*.txt zstd=3 mime=text/plain' >rules
	done
}

@test "what has not changed is neither read nor written" {
	needs_strace
	later_cached o.o --header o.h -M o.d
	later_cached o.o --header o.h -M o.d
	before=$(stat -c '%i %Y %Z %s' o.o o.h o.d)
	[ "$(opened o.o --header o.h -M o.d)" = "" ]
	[ "$(stat -c '%i %Y %Z %s' o.o o.h o.d)" = "$before" ]
	apart later "$RCC" compile -v -n in -z5 --cache C -o o.o --header o.h -M o.d in
	is 0 "" "rcc: o.o: nothing has changed since it was made"
}

@test "of files that have changed only those are read, and those that are stored" {
	needs_strace
	later_cached o.o
	seq 1000 >in/sub/n2.txt
	[ "$(opened o.o)" = $'n2.txt\nnoise\nshort' ]
	compiled want.o
	cmp want.o o.o
	echo new >in/sub/n7.txt
	[ "$(opened o.o)" = $'n7.txt\nnoise\nshort' ]
	compiled want.o
	cmp want.o o.o
}

@test "the first run after a change in the same tick reads the file" {
	needs_strace
	cached o.o
	traced "$RCC" compile -n in -z5 --cache C -o o.o in
	grep -q 'n1.txt' trace.txt
}

@test "each kind of change is seen, also one that leaves size and mtime" {
	later_cached o.o --header o.h
	change() {
		later_cached o.o --header o.h # all is as it was
		eval "$1"
		later_cached o.o --header o.h
		compiled want.o --header want.h
		cmp want.o o.o && cmp want.h o.h || { echo "after: $1"; return 1; }
	}
	change 'touch -r in/sub/n1.txt mark; tr 12 21 <in/sub/n1.txt >new; cat new >in/sub/n1.txt; touch -r mark in/sub/n1.txt'
	change 'printf "no gaim" >in/short'
	change 'mv in/sub/n2.txt in/sub/n9.txt'
	change 'rm in/empty'
	change 'mkdir in/more; echo x >in/more/x'
	change 'mv in/sub/n1.txt t; mv in/sub/n3.txt in/sub/n1.txt; mv t in/sub/n3.txt'
	change 'ln -s sub/n1.txt in/link'
	change 'ln -sfn sub/n4.txt in/link'
	change 'rm o.o'
	change 'echo x >o.h'
	change 'cp o.o t; printf x >>t; mv t o.o'
	change 'printf x | dd of=o.o bs=1 seek=100 conv=notrunc status=none'
	change 'rm -r C'
}

@test "options and texts that change are seen" {
	put rules '*.txt mime=a/b'
	for more in '' '-n other' '--symbols none' '-r rules' '--prefix q' '-x *e' '-i *.txt' '--format bundle' ''; do
		compiled want $more
		later_cached o.o $more
		cmp want o.o
		later_cached o.o $more
		cmp want o.o
	done
	later_cached o.o -r rules
	put rules '*.txt mime=b/a'
	later_cached o.o -r rules
	compiled want.o -r rules
	cmp want.o o.o
	later_cached o.o @/dev/null
	put args '-x *e'
	later_cached o.o @args
	put args '-x *.txt'
	later_cached o.o @args
	compiled want.o @args
	cmp want.o o.o
}

@test "a run that warned is made again, and warns again" {
	echo 'missing' >order
	for round in 1 2 3; do
		apart later "$RCC" compile -n in --cache C -o o.o --order order in
		is 0 "" "rcc: warning: --order lists 'missing', which is not there"
	done
	# With -q nobody would see it again.
	needs_strace
	for round in 1 2; do
		later "$RCC" compile -q -n in --cache C -o o.o --order order in
	done
	traced -E LD_PRELOAD="$BATS_FILE_TMPDIR/later.so" "$RCC" compile -q -n in --cache C -o o.o --order order in
	[ "$(grep -c 'n1.txt' trace.txt)" -eq 0 ]
	apart later "$RCC" compile -n in --cache C -o o.o --order order in
	is 0 "" "rcc: warning: --order lists 'missing', which is not there"
}

@test "a filter runs each time" {
	echo '*.txt run=cat;echo>>ran' >rules
	for round in 1 2 3; do
		later_cached o.o -r rules --allow-run
		later "$RCC" compile -n in -z5 --allow-run -r rules -o want.o in
		cmp want.o o.o
	done
	[ "$(wc -l <ran)" -eq 36 ]
}

@test "--check tells by the cache what it tells without" {
	later_cached o.o
	later_cached o.o
	later_cached o.o --check
	echo more >>in/short
	run later_cached o.o --check
	[ "$status" -eq 1 ]
}

@test "a large file's frame is kept, and one that is damaged is made again" {
	seq 2300000 >in/large
	compiled want.o -z1
	for round in 1 2; do
		later_cached o.o -z1
		cmp want.o o.o
	done
	[ -e C/frame-* ]
	if strace -o trace.txt true 2>/dev/null; then
		echo x >>in/short
		[ "$(opened o.o -z1)" = $'noise\nshort' ]
		compiled want.o -z1
		cmp want.o o.o
	fi
	printf x | dd of="$(echo C/frame-*)" bs=1 seek=70000 conv=notrunc status=none
	later_cached other.o -z1
	cmp want.o other.o
	truncate -s 1000 C/frame-*
	later_cached third.o -z1
	cmp want.o third.o
	rm C/frame-*
	later_cached fourth.o -z1
	cmp want.o fourth.o
}

@test "a large file that gains nothing is not compressed again" {
	head -c 17000000 /dev/urandom >in/large
	compiled want.o
	for round in 1 2 3; do
		later_cached "o$round.o"
		cmp want.o "o$round.o"
	done
	[ ! -e C/frame-* ]
}

# flips FILE: each byte of it changed in turn, and the file cut at each length, in a copy of the cache as it was. The tree has changed since,
# so an old output that is taken for the new one shows.
flips()
{
	LD_PRELOAD='' perl -e '
		my ($rcc, $later, $every, $file) = @ARGV;
		my @run = ($rcc, qw(compile -q -n in -z5 -j1 --cache C -o o.o in));
		my $slurp = sub { open my $f, "<", $_[0] or die "$_[0]: $!"; local $/; <$f> };
		my ($want, $bytes) = map { $slurp->($_) } "want.o", "C.old/$file";
		$file = "C/$file";
		my $tries = 0;
		my %old = map { ($_ => scalar $slurp->("C.old/$_")) } map { s,.*/,,r } glob "C.old/*";
		my $spew = sub { open my $f, ">", $_[0] or die "$_[0]: $!"; print $f $_[1]; close $f };
		my $try = sub {
			my ($said, $with) = @_;
			unlink glob("C/*"), "o.o";
			$spew->("C/$_", $old{$_}) for keys %old;
			$spew->($file, $with);
			link "old.o", "o.o" or die "o.o: $!"; # untouched, or replaced as a whole
			local $ENV{LD_PRELOAD} = $later;
			system(@run) and die "$said of $file: status $?\n";
			$slurp->("o.o") eq $want or die "$said of $file: another output\n";
			$tries++;
		};
		my $step = length $bytes > 1500 ? int(length($bytes) / 1500) + 1 : 1;
		for (my $i = 0; $i < length $bytes; $i += $step * $every) {
			my $bad = $bytes;
			substr($bad, $i, 1) = chr(ord(substr $bad, $i, 1) ^ (1 << $i % 8));
			$try->("byte $i", $bad);
			$try->("the first $i bytes", substr $bytes, 0, $i) if $i % 5 == 0;
		}
		print "$tries tries\n"' "$RCC" "$BATS_FILE_TMPDIR/later.so" "$every" "$1"
}

@test "any byte of the cache flipped, any file of it cut: the same output" {
	rm -r in/*
	for i in 1 2 3; do
		printf '%0100d' "$i" >"in/$i"
	done
	later_cached o.o -j1
	later_cached o.o -j1
	cp -p o.o old.o
	printf '%0100d' 7 >in/2
	compiled want.o
	cp -a C C.old
	for file in index $(cd C && echo frames-* tree-*); do
		flips "$file"
	done
}

@test "frames that are damaged are made again once" {
	needs_strace
	later_cached o.o
	perl -pi -e 's/./x/gs' C/frames-*
	compiled want.o
	rm o.o
	[ "$(opened o.o)" = $'n1.txt\nn2.txt\nn3.txt\nn4.txt\nn5.txt\nnoise\nsame.txt\nshort' ]
	cmp want.o o.o
	rm o.o
	[ "$(opened o.o)" = $'noise\nshort' ]
	cmp want.o o.o
}

@test "with a dictionary, and in chunks, the same as without" {
	seq 30000 >in/large
	for i in $(seq 60); do
		echo "one of many small files, number $i, much like the others" >"in/sub/s$i"
	done
	for more in --dict=4K '--chunk 4K' '--dict=4K --chunk 16K' '--chunk 8K'; do
		for round in 1 2 3; do
			compiled want $more
			later_cached got $more
			cmp want got
			rm got
		done
	done
}

@test "a cache in which nothing is what it should be" {
	later_cached o.o
	compiled want.o
	for name in index lock $(cd C && echo frames-* tree-*); do
		for what in 'mkdir' 'mkfifo' 'ln -s /dev/zero' 'ln -s loop' 'touch' 'truncate -s 9G'; do
			rm -rf "C/$name"
			$what "C/$name"
			rm -f o.o
			timeout 60 "$RCC" compile -n in -z5 --cache C -o o.o in
			cmp want.o o.o
		done
		rm -rf C
		later_cached o.o
	done
}

@test "a cache that may not be read, or not be written" {
	compiled want.o
	cached o.o
	for mode in 000 555; do
		chmod "$mode" C
		rm -f o.o
		unprivileged "$RCC" compile -n in -z5 --cache C -o o.o in
		cmp want.o o.o
		chmod 755 C
	done
	chmod 444 C/*
	rm o.o
	unprivileged "$RCC" compile -n in -z5 --cache C -o o.o in
	cmp want.o o.o
}

@test "a full disk, at any write to the cache" {
	compiled want.o
	for call in write renameat; do
		for n in 1 2 3 4 5 6; do
			rm -rf C o.o
			at "$call" "$n" 'fail-on ENOSPC' -- "$RCC" compile -n in -z5 --cache C -o o.o in
			cmp want.o o.o
			later_cached o.o
			cmp want.o o.o
			later_cached o.o
			cmp want.o o.o
		done
	done
}

@test "killed at any step, the cache serves the next run" {
	compiled want.o
	cached first.o
	echo more >>in/short
	seq 500 >in/sub/n1.txt
	compiled want2.o
	cp -a C C.old
	for call in write renameat pread read pwrite open; do
		for n in 1 2 3 5 8 13 21; do
			rm -rf C o.o
			[ $((n % 2)) -eq 0 ] || cp -a C.old C
			at "$call" "$n" 'raise 9' -- "$RCC" compile -n in -z5 -j1 --cache C -o o.o in || :
			later_cached o.o
			cmp want2.o o.o
			later_cached o.o
			cmp want2.o o.o
		done
	done
}

@test "several at once, on one cold cache and on one output" {
	compiled want.o
	compiled want1.o -z1
	for round in 1 2 3 4 5; do
		rm -rf C
		pids=()
		for i in 1 2 3 4; do
			cached "o$i.o" & pids+=($!)
			cached "same.o" & pids+=($!)
			cached "p$i.o" -z1 & pids+=($!)
		done
		for pid in "${pids[@]}"; do
			wait "$pid"
		done
		for i in 1 2 3 4; do
			cmp want.o "o$i.o"
			cmp want1.o "p$i.o"
		done
		cmp want.o same.o
		[ "$(ls C | grep -c frames-)" -eq 1 ]
		[ -z "$(ls C | grep tmp-)" ]
	done
	later_cached o1.o
	cmp want.o o1.o
}

@test "one that was stopped while it had the lock holds up no other" {
	cached o.o
	echo more >>in/short
	compiled want.o
	perl -e 'use Fcntl ":flock"; open my $f, "+<", "C/lock" or die; flock $f, LOCK_EX or die; system(@ARGV) and exit 1' \
		timeout 60 "$RCC" compile -n in -z5 --cache C -o o.o in
	cmp want.o o.o
}

@test "--cache-size holds, and what was used last stays" {
	bytes() { find C -type f -printf '%s\n' | awk '{ n += $1 } END { print n }'; }
	for round in 1 2 3 4 5 6 7 8; do
		perl -e 'srand $ARGV[0]; for my $f (1 .. 6) { open my $o, ">", "in/r$f"; print $o pack("C*", map { 97 + int rand 16 } 1 .. 8000) }' "$round"
		compiled want.o
		later_cached o.o --cache-size 64K
		cmp want.o o.o
		[ "$(bytes)" -le 65536 ]
		[ "$(bytes)" -gt 10000 ]
	done
	compiled want.o
	rm o.o
	later_cached o.o --cache-size 64K
	cmp want.o o.o
	for size in 0 1 100 1000 5000; do
		rm o.o
		cached o.o --cache-size "$size"
		cmp want.o o.o
		[ "$(bytes)" -le $((size + 200)) ]
	done
}

@test "a directory that cannot be made is an error; so is a size that is none" {
	rcc compile -n in -o o.o --cache no/such/dir in
	is 1 "" "rcc: no/such/dir: error: cannot make the cache's directory: No such file or directory"
	echo x >file
	rcc compile -n in -o o.o --cache file in
	is 1 "" "rcc: file: error: cannot open the cache's directory: Not a directory"
	rcc compile -n in -o o.o --cache C --cache-size much in
	is 2 "" "rcc: error: --cache-size wants a size like 500M or 2G, not 'much'; try 'rcc compile --help'"
	[ ! -e o.o ]
}
