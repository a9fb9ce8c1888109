#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc list, and the carriers that all verbs of its kind read.
load helpers

names=$'a.txt\nbig.txt\nsub/b.txt'
both=$'one:\na.txt\nbig.txt\nsub/b.txt\n\ntwo:\nc.txt'

setup()
{
	cd "$BATS_TEST_TMPDIR"
	make_tree
	put two/c.txt gamma
	"$RCC" compile -z -n one -o one.o in
	"$RCC" compile -n two -o two.o two
}

@test "an object and a .rcb" {
	rcc list one.o
	is 0 "$names"
	"$RCC" compile --format bundle -o one.rcb in
	rcc list one.rcb
	is 0 "$names"
}

@test "two objects linked into one, partly" {
	ld -r -o both.o one.o two.o
	rcc list both.o
	is 0 "$both"
	ld -r -o other.o two.o one.o
	rcc list other.o
	is 0 $'two:\nc.txt\n\none:\na.txt\nbig.txt\nsub/b.txt'
}

@test "an archive with two members, and others" {
	printf 'no object\n' >notes.txt
	make_program p && cp main.c main2.c && $CC -c main.c
	ar rcs both.a main.o one.o notes.txt two.o
	rcc list both.a
	is 0 "$both"
	rcc list -l both.a
	has "$output" "one: *, in one.o*two: *, in two.o*"
	ar rcs none.a main.o
	rcc list none.a
	is 1 "" "rcc: none.a: error: it holds no bundle"
	ar rcT thin.a one.o
	rcc list thin.a
	is 1 "" "rcc: thin.a: error: it is a thin archive, which only names its members; name them instead"
}

@test "a program: as linked, stripped, without section headers" {
	make_decoy
	make_program p decoy.o one.o two.o
	rcc list p
	is 0 "$both"
	strip -s p
	rcc list p
	is 0 "$both"
	drop_section_headers p
	[ -z "$(readelf -SW p 2>&1 | grep rcc)" ]
	rcc list p
	is 0 "$both"
}

@test "a program without notes" {
	make_decoy
	make_program p decoy.o one.o two.o
	strip -s -R .note.rcc p
	rcc list p
	is 0 "$both"
	# Without the section's name there is nothing left to go by but the images.
	make_program p one.o two.o
	strip -s -R .note.rcc p
	drop_section_headers p
	rcc list p
	is 0 "$both"
}

@test "a shared object, a running program" {
	$CC -shared -o p.so one.o
	rcc list p.so
	is 0 "$names"
	printf '#include <stdio.h>\nint main(void){return getchar() < 0;}\n' >wait.c
	$CC -o wait wait.c two.o
	mkfifo hold
	./wait <hold &
	exec 9>hold
	rcc list /proc/$!/exe
	exec 9>&-
	is 0 c.txt
}

@test "one bundle of several, or - of that name" {
	make_program p one.o two.o
	rcc list --bundle two p
	is 0 c.txt
	rcc list --bundle tow p
	is 1 "" "rcc: p: error: it holds no bundle 'tow'; did you mean 'two'?"
	rcc list --bundle=banana p
	is 1 "" "rcc: p: error: it holds no bundle 'banana'; 'rcc list' shows those it holds, the first is 'one'"
}

@test "patterns" {
	make_program p one.o two.o
	rcc list one.o '*.txt'
	is 0 "$names"
	rcc list one.o '/*.txt' 
	is 0 $'a.txt\nbig.txt'
	rcc list one.o sub/
	is 0 sub/b.txt
	rcc list p 'c.*'
	is 0 $'two:\nc.txt'
	rcc list p 'a.*' '*.png' '*.gif'
	is 1 $'one:\na.txt' $'rcc: p: error: no name matches \'*.png\'\nrcc: p: error: no name matches \'*.gif\''
	rcc list one.o '[a'
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	has "$stderr" "rcc: error: bad pattern '[[]a': *; try 'rcc list --help'"
}

@test "-l: a table" {
	put r $'*.txt mime=text/plain\na.txt align=256\n'
	rcc compile -z -r r -n one -o one.o in
	rcc list -l one.o
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	hash='[0-9a-f]{16}'
	[[ ${lines[0]} =~ ^one:\ 3\ files,\ [0-9]+\ bytes,\ index\ $hash,\ data\ $hash$hash$ ]]
	[[ ${lines[1]} =~ ^\ +11\ +11\ store\ +256\ $hash\ text/plain\ a\.txt$ ]]
	[[ ${lines[2]} =~ ^\ +5000\ +[1-9][0-9]\ zstd\ +1\ $hash\ text/plain\ big\.txt$ ]]
	[[ ${lines[3]} =~ ^\ +4\ +4\ store\ +16\ $hash\ text/plain\ sub/b\.txt$ ]]
	[ "${#lines[@]}" -eq 4 ]
	rcc list -l two.o
	[[ ${lines[1]} =~ ^\ +5\ +5\ store\ +16\ $hash\ -\ c\.txt$ ]]
}

@test "hashes are those of xxHash" {
	if command -v xxhsum >/dev/null; then
		want=$(xxhsum -q -H3 two/c.txt | grep -oE '[0-9a-f]{16}' | head -n 1)
	else
		want=$(echo '#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>
int main(void){printf("%016llx",(unsigned long long)XXH3_64bits("gamma",5));}' >x.c && $CC -o x x.c && ./x)
	fi
	rcc list -l two.o
	has "${lines[1]}" "* $want - c.txt"
}

@test "names of any bytes: raw, ended by NUL, escaped on a terminal" {
	put odd/$'new\nline' 1
	put odd/$'\xff\xfe' 2
	put odd/$'back\\slash "quoted" \e[31m' 3
	put odd/$'caf\xc3\xa9' 4
	"$RCC" compile -q -n odd -o odd.o odd
	"$RCC" list odd.o >raw
	printf 'back\\slash "quoted" \e[31m\ncaf\xc3\xa9\nnew\nline\n\xff\xfe\n' | cmp - raw
	"$RCC" list -0 odd.o >raw
	printf 'back\\slash "quoted" \e[31m\0caf\xc3\xa9\0new\nline\0\xff\xfe\0' | cmp - raw
	on_terminal "$RCC" list odd.o >shown
	printf 'back\\\\slash "quoted" \\033[31m\ncaf\xc3\xa9\nnew\\nline\n\xff\xfe\n' | cmp - shown
}

@test "--json is valid, whatever the names" {
	put odd/$'new\nline' 1
	put odd/$'\xff\xfe' 2
	put odd/$'back\\slash "quoted" \e[31m\x7f' 3
	put odd/$'caf\xc3\xa9' 4
	put odd/$'cut\xe2\x82' 5
	put odd/$'half\xed\xa0\x80' 6
	put odd/$'long\xc0\xaf\xf5\x80\x80\x80' 7
	put odd/$'smile\xf0\x9f\x98\x80' 8
	put r $'half* mime=text/x-odd\n'
	"$RCC" compile -q -r r -n odd -o odd.o odd
	ar rcs all.a odd.o two.o
	"$RCC" list --json all.a >json
	perl "$BATS_TEST_DIRNAME/json.pl" <json >got
	{
		printf 'odd odd.o 8\n'
		printf '1 1 store 16 - back\\slash "quoted" \e[31m\x7f\0\n'
		printf '1 1 store 16 - caf\xc3\xa9\0\n'
		printf '1 1 store 16 - cut\xe2\x82\0\n'
		printf '1 1 store 16 text/x-odd half\xed\xa0\x80\0\n'
		printf '1 1 store 16 - long\xc0\xaf\xf5\x80\x80\x80\0\n'
		printf '1 1 store 16 - new\nline\0\n'
		printf '1 1 store 16 - smile\xf0\x9f\x98\x80\0\n'
		printf '1 1 store 16 - \xff\xfe\0\n'
		printf 'two two.o 1\n5 5 store 16 - c.txt\0\n'
	} >want
	cmp want got
}

@test "--json with patterns, with none that match, and with other forms" {
	rcc list --json one.o a.txt
	[ "$status" -eq 0 ]
	has "$output" '{"bundles":\[*"count":3,*"entries":\[*{"name":"a.txt","size":11,*}*\]}*\]}'
	has "$output" '*"member":null,*'
	[ -z "$(grep b.txt <<<"$output")" ]
	rcc list --json one.o '*.png'
	[ "$status" -eq 1 ]
	has "$output" '{"bundles":\[*"entries":\[\]}*\]}'
	rcc list --json -l one.o
	is 2 "" "rcc: error: --json goes with neither -l nor -0; try 'rcc list --help'"
}

@test "an empty bundle" {
	mkdir empty
	"$RCC" compile -q -n nothing -o nothing.o empty
	rcc list nothing.o
	is 0 ""
	rcc list -l nothing.o
	has "$output" "nothing: 0 files, *"
	rcc list --json nothing.o
	has "$output" '*"count":0,*"entries":\[\]*'
}

@test "a file that holds no bundle" {
	echo text >text
	: >empty
	mkfifo fifo
	make_program p
	rcc list p
	is 1 "" "rcc: p: error: it holds no bundle"
	rcc list text
	is 1 "" "rcc: text: error: it is no ELF file, archive or bundle, and holds no bundle"
	rcc list empty
	is 1 "" "rcc: empty: error: it is empty and holds no bundle"
	rcc list .
	is 1 "" "rcc: .: error: it is a directory; name a file"
	rcc list fifo
	is 1 "" "rcc: fifo: error: it is no regular file; copy it to one first"
	rcc list missing
	is 1 "" "rcc: missing: error: cannot read it: No such file or directory"
	rcc list "$RCC"
	is 1 "" "rcc: $RCC: error: it holds no bundle"
}

@test "damage beside a sound bundle: both are told of" {
	make_program p one.o two.o
	# The count of the first image is more than its index could hold.
	at=$("$RCC" list --json --bundle one p | grep -oE '"offset":[0-9]+' | cut -d: -f2)
	printf '\377\377\377\377' | dd of=p bs=1 seek=$((at + 72)) conv=notrunc status=none
	rcc list p
	is 1 c.txt "rcc: p: error: at offset $at: the bundle is damaged or cut short"
}

@test "a full device" {
	apart bash -c '"$1" list one.o >/dev/full' - "$RCC"
	is 1 "" "rcc: standard output: error: cannot write: No space left on device"
	mkdir many
	(cd many && seq -f 'file-with-a-rather-long-name-%g' 2000 | xargs touch)
	"$RCC" compile -q -n many -o many.o many
	apart bash -c '"$1" list many.o >/dev/full' - "$RCC"
	[ "$status" -eq 1 ]
	has "$stderr" "rcc: standard output: error: *"
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "other machines' objects" {
	for t in $("$RCC" compile --target list | awk '!/format asm/ {print $1}'); do
		"$RCC" compile --target "$t" -n other -o "$t.o" in
		rcc list "$t.o"
		is 0 "$names"
	done
}
