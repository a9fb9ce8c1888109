#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Trees of so many files that they are read by io_uring, where there is one: what comes of them is what comes of them without.
load helpers
load failures

setup_file()
{
	preloads no_uring
	mkdir "$BATS_FILE_TMPDIR/in"
	perl -e '
		srand 5;
		for my $i (0 .. 899) {
			my $dir = sprintf "$ARGV[0]/d%d", $i % 7;
			mkdir $dir if $i < 7;
			open my $f, ">", sprintf "%s/f%03d.%s", $dir, $i, $i % 3 ? "txt" : "bin" or die;
			my $n = $i % 50 == 7 ? 0 : $i % 100 == 30 ? 70000 + $i : $i % 100 == 60 ? 65535 + $i % 3 : $i * 7 % 3000;
			print $f $i % 3 ? substr("line $i\n" x ($n / 6 + 1), 0, $n) : join "", map chr int rand 256, 1 .. $n;
		}' "$BATS_FILE_TMPDIR/in"
	perl -e 'print "a long line of it all\n" x 250_000' >"$BATS_FILE_TMPDIR/in/large.txt"
	ln -s d1/f001.txt "$BATS_FILE_TMPDIR/in/link"
}

setup()
{
	own_directory
	cp -a "$BATS_FILE_TMPDIR/in" .
}

without()
{
	LD_PRELOAD=$BATS_FILE_TMPDIR/no_uring.so "$@"
}

# alike ARGS...: rcc compile, both ways: status, words and bytes are the same; leaves those in $status and $stderr
alike()
{
	apart without "$RCC" compile -n t -o without.o "$@"
	local status_without=$status stderr_without=$stderr

	apart "$RCC" compile -n t -o with.o "$@"
	[ "$status" -eq "$status_without" ] || return 1
	[ "${stderr//with.o/without.o}" = "$stderr_without" ] || { diff <(echo "$stderr") <(echo "$stderr_without"); return 1; }
	[ "$status" -ne 0 ] || cmp with.o without.o
}

@test "the same bytes, whatever is made of the files" {
	for options in -j1 -j3 '-z -j1' '-z19 -j3' '-z --dict=4K' '--chunk 4K -z1' '--per-file-sections -j2' '--format bundle -z -j2'; do
		alike $options in
		is 0
	done
	printf '*.bin store\n*.txt zstd=5\nd3/* run="tr a-m n-z"\n' >rules
	alike -r rules --allow-run in
	is 0
	"$RCC" extract -C out with.o
	diff -r in/d1 out/d1
	"$RCC" cat with.o d3/f003.bin | cmp - <(tr a-m n-z <in/d3/f003.bin)
}

@test "the same bytes with a cache, cold and warm" {
	for round in 1 2 3; do
		alike --cache C -z in
		is 0
		alike --cache C in
		is 0
	done
}

@test "it is used where there is one" {
	strace -o trace true 2>/dev/null || skip "strace is missing or may not trace"
	perl -e 'exit(syscall(425, 4, $_ = "\0" x 120) < 0)' || skip "this kernel has no io_uring"
	ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" strace -f -e trace=openat,read,io_uring_enter -o trace "$RCC" compile -j1 -o o.o in
	[ "$(grep -c '[.]bin"' trace)" -lt 20 ] # those that are large
	[ "$(grep -c 'io_uring_enter' trace)" -gt 20 ]
}

@test "files that cannot be read, or are none any more" {
	chmod 0 in/d2/f002.txt in/d5/f201.bin
	apart unprivileged env LD_PRELOAD="$BATS_FILE_TMPDIR/no_uring.so" "$RCC" compile -o o.o in
	without=$stderr
	plain_rcc compile -o o.o in
	is 1 "" "$without"
	has "$stderr" *"rcc: in/d2/f002.txt: error: cannot open: Permission denied"*"rcc: in/d5/f201.bin: error: cannot open: Permission denied"*
	chmod 644 in/d2/f002.txt in/d5/f201.bin
	rm in/d4/f004.txt
	find in -name '*.txt' | sed 's|^in/||' >list
	echo d4/f004.txt >>list
	mkfifo in/d4/f004.txt
	alike --files-from list in
	[ "$status" -ne 0 ]
}

@test "few descriptors are enough" {
	for n in 30 70 130; do
		apart bash -c 'ulimit -n $1; shift; "$@"' bash $n "$RCC" compile -n t -j2 -o few.o in
		is 0
		"$RCC" compile -n t -o with.o in
		cmp few.o with.o
	done
}
