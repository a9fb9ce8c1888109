#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The documents do not lie: README's example as it is printed, the manual pages, the options they name.

setup()
{
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	: "${BUILD:=$top/build}"
	: "${RCC:=$BUILD/rcc}"
	cd "$BATS_TEST_TMPDIR"
}

@test "README's example runs as printed, and says what is printed" {
	mkdir build
	ln -s "$BUILD/rcc" "$BUILD/librcc.a" build
	ln -s "$top/runtime-stub" .
	awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' "$top/README.md" >example.sh
	awk '/^```sh$/ { seen = 1; next } seen == 1 && /^```$/ { seen = 2; next } seen == 2 && /^```$/ { on = !on; seen += !on; next } on' \
		"$top/README.md" >said
	[ -s example.sh ]
	run sh -e example.sh
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "$(cat said)" ]
	[ "$output" = 'Hello from inside the program.' ]
}

@test "README fits on a page" {
	[ "$(wc -l <"$top/README.md")" -le 130 ]
}

@test "examples/hello is README's program, and works" {
	sed -n '/^#include "rcc.h"$/,/^END$/p' "$top/README.md" | sed '$d' >printed.c
	sed '/^\/\*/d' "$top/examples/hello/hello.c" | diff printed.c -
	"$RCC" compile -o assets.o "$top/examples/hello/assets"
	${CC:-cc} -I "$top/runtime-stub" -o hello "$top/examples/hello/hello.c" assets.o "$BUILD/librcc.a" -lzstd
	[ "$(./hello)" = "$(cat "$top/examples/hello/assets/hello.txt")" ]
}

@test "mandoc finds no fault in the manual pages" {
	for page in rcc.1 rcc.3 rcc_http.3 rcc-rules.5; do
		mandoc -Tlint -W warning "$top/doc/$page"
	done
}

# The options of a verb's help that work, without those every verb has; of a section of rcc(1). Long names, or the letter where there is none.
help_options()
{
	"$RCC" "$1" --help | grep -v 'not in this version yet' |
		sed -n 's/^  \(-., \|    \)--\([a-z-]*\).*/\2/p; s/^  -\(.\)\( .*\)\{0,1\}$/\1/p' | grep -vx -e verbose -e quiet -e help || true
}

page_options()
{
	awk -v verb="$1" '/^\.S[sh] / { on = $0 == ".Ss " verb } on' "$top/doc/rcc.1" |
		sed -n 's/^\.It Fl \(. , \)\{0,1\}-\([a-z-]*\).*/\2/p; s/^\.It Fl \([A-Za-z0-9]\)\( Ar .*\)\{0,1\}$/\1/p'
}

@test "rcc(1) has the options that each verb's help has, in that order" {
	for verb in compile list cat extract stat trace verify; do
		help_options "$verb" >help
		page_options "$verb" >page
		[ -s help ] || [ "$verb" = verify ]
		diff help page
	done
}

@test "rcc(1) does not promise what is not there yet" {
	"$RCC" compile --help | sed -n 's/^ *--\([a-z-]*\).*not in this version yet.*/\1/p' >later
	[ -s later ]
	while read -r option; do
		if grep -e "^\.It Fl .*-$option\b" "$top/doc/rcc.1"; then
			false
		fi
	done <later
}

@test "rcc(3) names every function of rcc.h and rcc_dev.h" {
	grep -oE '\brcc_[a-z_]+\(' -h "$top/runtime-stub/rcc.h" "$top/runtime-stub/rcc_dev.h" | tr -d '(' | sort -u >declared
	[ "$(wc -l <declared)" -gt 25 ]
	while read -r name; do
		grep -q -e "^\.Fn $name " -e "^\.Fo $name\$" "$top/doc/rcc.3" || { echo "$name"; false; }
	done <declared
}

@test "rcc_http(3) names every function of rcc_http.h, and its program compiles" {
	sed -n 's/^RCC_PUBLIC .*[ *]\(rcc_[a-z_]*\)(.*/\1/p' "$top/runtime-stub/rcc_http.h" >declared
	[ "$(wc -l <declared)" -eq 5 ]
	while read -r name; do
		grep -q -e "^\.Fn $name " -e "^\.Fo $name\$" "$top/doc/rcc_http.3" || { echo "$name"; false; }
	done <declared
	literal rcc_http.3 1 >answer.c
	grep -q rcc_http_respond answer.c
	${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -I "$top/runtime-stub" -include unistd.h -c answer.c
}

# The n-th literal block of a manual page, as a reader sees it.
literal()
{
	awk -v want="$2" '/^\.Bd -literal/ { on = ++n == want; next } /^\.Ed/ { on = 0 } on' "$top/doc/$1" | sed 's/\\e/\\/g'
}

@test "the rules in rcc-rules(5) are rules" {
	mkdir -p tree/shaders tree/debug
	echo '{}' >tree/a.json
	echo map >tree/a.map
	echo readme >'tree/read me.txt'
	echo main >tree/shaders/s
	echo '<p>' >tree/i.html
	echo log >tree/debug/log
	literal rcc-rules.5 1 >first
	literal rcc-rules.5 2 >second
	grep -q zstd first
	grep -q svgo second
	run "$RCC" compile --format bundle -r first -o b.rcb tree
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$("$RCC" list b.rcb | tr '\n' ' ')" = 'a.json i.html read me.txt shaders/s ' ]
	run "$RCC" compile --format bundle --allow-run -D debug -r second -o b.rcb tree
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$("$RCC" list b.rcb | tr '\n' ' ')" = 'README a.json a.map debug/log i.html shaders/s ' ]
}

@test "the programs in rcc(3) compile" {
	literal rcc.3 2 >send.c
	grep -q '^#include <rcc.h>' send.c
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -I "$top/runtime-stub" -include unistd.h -c send.c
	{
		printf '#include <err.h>\n#include <rcc.h>\nRCC_DECLARE_BUNDLE(web);\nvoid a(void);\nvoid b(void);\nvoid a(void)\n{\n'
		literal rcc.3 3
		printf '}\nvoid b(void)\n{\n'
		literal rcc.3 4
		echo '}'
	} >more.c
	grep -q rcc_read_memfile more.c
	grep -q rcc_dir_next more.c
	${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -I "$top/runtime-stub" -c more.c
	{ printf '#include <rcc.h>\n#include <stdatomic.h>\n' && literal rcc.3 6; } >upgrade.c
	grep -q rcc_hold upgrade.c
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -I "$top/runtime-stub" -c upgrade.c
}
