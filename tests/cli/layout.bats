# SPDX-License-Identifier: MIT
# What is stored how: equal contents, alignment, compression that gains, files that are streamed because they are large.
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir in
}

# "stored codec align name" of every file of out.rcb.
stored() {
	"$RCC" list -l out.rcb | awk 'NR > 1 { print $2, $3, $4, $7 }'
}

noise() { # BYTES SEED
	perl -e 'my $n = shift; srand shift; for (; $n > 0; $n -= 1000) { print pack "C*", map { rand 256 } 1 .. ($n < 1000 ? $n : 1000) }' "$1" "$2"
}

compile() {
	apart "$RCC" compile --format bundle -n t -o out.rcb "$@" in
	[ "$status" -eq 0 ] && [ -z "$output$stderr" ]
	"$RCC" verify out.rcb
	rm -rf back
	"$RCC" extract -C back out.rcb
	diff -r in back
}

size() {
	wc -c <out.rcb
}

@test "equal contents are stored once, small and large" {
	noise 1000 1 >in/a; noise 100000 2 >in/big; noise 5 3 >in/z
	compile
	alone=$(size)
	cp in/a in/a2; cp in/big in/big2; cp in/big in/zbig
	compile
	[ $(($(size) - alone)) -lt 400 ]
	run -0 "$RCC" compile -v --format bundle -n t -o out.rcb in
	[[ $output == *"3 shared"* ]]
}

@test "equal sizes and beginnings are not equal contents" {
	noise 200000 1 >in/a
	{ head -c 199999 in/a; printf x; } >in/b
	{ printf y; tail -c 199999 in/a; } >in/c
	compile
	[ "$(size)" -gt 600000 ]
}

@test "what is shared is aligned for each who shares it" {
	printf 'some text' | tee in/a in/b in/c >in/d
	printf 'b align=4096\nc align=64\nd align=1\n' >rules
	compile -r rules
	[ "$(stored)" = "9 store 16 a
9 store 4096 b
9 store 64 c
9 store 1 d" ]
	# a and d share; b does not find a page under a; c finds b's place.
	run -0 "$RCC" compile -v --format bundle -n t -r rules -o out.rcb in
	[[ $output == *"2 shared"* ]]
}

@test "alignment by size, codec and rule" {
	noise 1048575 1 >in/medium; noise 1048576 2 >in/page; head -c 3000 /dev/zero >in/zero
	noise 100 3 >in/rule
	printf 'zero zstd\nrule align=2M\n' >rules
	compile -r rules
	[ "$(stored | cut -d' ' -f2-)" = "store 16 medium
store 4096 page
store 2097152 rule
zstd 1 zero" ]
	run -0 "$RCC" compile -n t -r rules -o out.o in
	[ "$(readelf -SW out.o | awk '/lrodata/ { print $NF }')" = 2097152 ]
}

@test "-z stores what gains less than 5 %, a rule takes any gain, store takes none" {
	noise 5000 1 >in/noise
	{ noise 9600 2; head -c 400 /dev/zero; } >in/four_percent
	head -c 5000 /dev/zero >in/zero; : >in/empty
	compile -z
	[ "$(stored | cut -d' ' -f2,4)" = "store empty
store four_percent
store noise
zstd zero" ]
	printf '* zstd\nzero store\n' >rules
	compile -r rules
	[ "$(stored | cut -d' ' -f2,4)" = "store empty
zstd four_percent
store noise
store zero" ]
}

@test "large files: stored, compressed, and compressed in vain" {
	noise 300000 1 >part
	for i in $(seq 57); do cat part; done >in/gains
	noise 17000000 2 >in/noise
	compile -z3
	[ "$(stored | cut -d' ' -f2,4)" = "zstd gains
store noise" ]
	"$RCC" cat out.rcb noise | cmp - in/noise
	cp in/gains in/gains2; cp in/noise in/noise2
	before=$(size)
	compile -z3
	[ $(($(size) - before)) -lt 400 ]
}

@test "a frame is an ordinary zstd frame" {
	head -c 9000 /dev/zero >in/zero
	compile -z19
	run -0 "$RCC" list -l out.rcb
	perl -e 'local $/; $_ = <>; $i = index $_, "\x28\xb5\x2f\xfd"; print substr $_, $i' out.rcb >frame
	head -c -1 frame | zstd -dc | cmp - in/zero
}

@test "data lie in --order, names stay sorted" {
	for f in a b c d; do printf '%s' $f$f$f$f$f >in/$f; done
	printf 'c\na\n' >order
	compile --order order
	[ "$(tail -c +1 out.rcb | strings -n 5 | grep -E '^(aaaaa|bbbbb|ccccc|ddddd)$' | tr '\n' ' ')" = "ccccc aaaaa bbbbb ddddd " ]
	[ "$("$RCC" list out.rcb | tr '\n' ' ')" = "a b c d " ]
}

@test "levels: negative, 1 and 22, and the same bytes with any number of workers" {
	for i in $(seq 50); do seq $i $((i * 100)) >in/$i; done
	for level in -5 1 9 22; do
		compile -z$level -j1
		cp out.rcb one
		compile -z$level -j7
		cmp one out.rcb
	done
}

@test "filters: each failure in its own words, empty output, far more output than input" {
	for f in a b c d e; do echo $f >in/$f; done
	printf 'a run="exit 3"\nb run="exit 4"\nc run="kill -9 $$"\nd run=true\ne run="head -c 3000000 /dev/zero"\n' >rules
	for j in 1 4; do
		apart "$RCC" compile --allow-run -r rules -j$j -n t -o out.o in
		[ "$status" -eq 1 ]
		[ "$stderr" = "rcc: in/a: error: run=exit 3 exited with status 3
rcc: in/b: error: run=exit 4 exited with status 4
rcc: in/c: error: run=kill -9 \$\$ was killed by signal 9" ]
	done
	rm in/a in/b in/c
	"$RCC" compile --allow-run -r rules -z --format bundle -n t -o out.rcb in
	"$RCC" verify out.rcb
	[ "$("$RCC" list -l out.rcb | awk 'NR > 1 { print $1, $3, $7 }')" = "0 store d
3000000 zstd e" ]
}

@test "a large frame lies anywhere, large contents on a page" {
	head -c 17000000 /dev/zero >in/zero
	noise 1100000 1 >in/noise
	compile -z
	[ "$(stored | cut -d' ' -f2-)" = "store 4096 noise
zstd 1 zero" ]
}
