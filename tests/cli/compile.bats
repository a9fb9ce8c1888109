#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# rcc compile: what each option does when all is well.
load helpers
load failures
load rebuilds

setup_file()
{
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	# Not the library of the build, which may need a sanitizer's runtime: the two files, by themselves.
	export stub=$BATS_FILE_TMPDIR/stub
	sh "$top/runtime-stub/amalgamate.sh" "$stub"
	$CC -DRCC_NO_ZSTD -I "$stub" -c -o "$stub/rcc.o" "$stub/rcc.c"
}

setup()
{
	own_directory
	put web/index.html '<p>hello</p>'
	put web/css/site.css 'p { }'
	put web/empty
}

all=$'css/site.css\nempty\nindex.html'

bundle_name()
{
	"$RCC" list --json "$1" | perl -0ne 'print $1 if /"(?:bundle|name)":\s*"([^"]*)"/'
}

@test "the output is called by the directory, and so is the bundle" {
	rcc compile web
	is 0
	[ "$(ls -A)" = $'web\nweb.o' ]
	[ "$(bundle_name web.o)" = web ]
	nm web.o | grep -q ' R rcc_bundle_web$'
	[ "$("$RCC" list web.o)" = "$all" ]
	rcc compile --format bundle web/
	is 0
	cmp <(head -c 16 web.rcb) <(printf '\211rcc-bundle\r\n\032\n\0')
	[ "$("$RCC" list web.rcb)" = "$all" ]
	rcc compile --format=elf -o x.o web
	cmp x.o web.o
}

@test "the directory's name, as an identifier" {
	cd web
	rcc compile .
	is 0
	[ -f web.o ]
	rm web.o
	cd ..
	cp -R web '9 a-b.c'
	rcc compile '9 a-b.c'
	is 0
	[ -f _9_a_b_c.o ]
	cd web/css
	rcc compile ..
	is 0
	[ -f web.o ]
}

@test "-n names it" {
	rcc compile -n other web
	is 0
	[ -f other.o ]
	[ "$(bundle_name other.o)" = other ]
	rcc compile --name=third -o x.o web
	is 0
	[ "$(bundle_name x.o)" = third ]
}

@test "--prefix and DIR:PREFIX" {
	rcc compile --prefix a/b web
	[ "$("$RCC" list web.o)" = $'a/b/css/site.css\na/b/empty\na/b/index.html' ]
	rcc compile --prefix a/b/ web
	[ "$("$RCC" list web.o)" = $'a/b/css/site.css\na/b/empty\na/b/index.html' ]
	rcc compile --prefix a -o x.o web:c web/css:d/e
	[ "$("$RCC" list x.o)" = $'a/c/css/site.css\na/c/empty\na/c/index.html\na/d/e/site.css' ]
	cp -R web with:colon
	rcc compile -o x.o with:colon
	[ "$("$RCC" list x.o)" = "$all" ]
	rcc compile -o x.o with:colon:p
	[ "$("$RCC" list x.o)" = $'p/css/site.css\np/empty\np/index.html' ]
}

@test "several directories" {
	put more/logo.png png
	rcc compile -o x.o web more
	is 0
	[ "$("$RCC" list x.o)" = "$all"$'\nlogo.png' ]
	[ "$(bundle_name x.o)" = web ]
}

@test "a DIR whose own path is over 4,096 bytes" {
	deep=$(perl -e 'for (1 .. 40) { my $d = sprintf "%0200d", $_; mkdir $d or die; chdir $d or die; push @d, $d }
		open my $f, ">", "deep" or die; print $f "deep down" or die; print join "/", @d')
	rcc compile -n deep -o x.o "$deep"
	is 0
	[ "$("$RCC" cat x.o deep)" = 'deep down' ]
}

@test "-x and -i: the last match wins" {
	rcc compile -o x.o -x '*.css' -x empty web
	[ "$("$RCC" list x.o)" = index.html ]
	rcc compile -o x.o -i '*.css' web
	[ "$("$RCC" list x.o)" = css/site.css ]
	rcc compile -o x.o -x '*' -i '*.html' web
	[ "$("$RCC" list x.o)" = index.html ]
	rcc compile -o x.o -x css/ -i '*.css' -x site.css web
	[ "$("$RCC" list x.o)" = $'empty\nindex.html' ]
}

@test "names that begin with a dot" {
	put web/.hidden x
	put web/.git/config x
	rcc compile -v -o x.o web
	[ "$status" -eq 0 ]
	has "$stderr" '*rcc: left out 2 names that begin with a dot; --dotfiles takes them*'
	[ "$("$RCC" list x.o)" = "$all" ]
	rcc compile --dotfiles -o x.o web
	[ "$("$RCC" list x.o)" = $'.git/config\n.hidden\n'"$all" ]
}

# A program that prints one asset by the header's constant $1.
asset_program()
{
	printf '#include <stdio.h>\n#include "web.h"\nint main(void)\n{\n\trcc_entry e;\n\trcc_span s;\n
	if (rcc_lookup(RCC_BUNDLE(web), %s, sizeof %s - 1, &e) || rcc_view(&e, &s))\n\t\treturn 1;
	fwrite(s.data, 1, (size_t)s.size, stdout);\n\treturn 0;\n}\n' "$1" "$1"
}

@test "--header: each name a constant; one that is gone does not compile" {
	put web/$'odd "name"?\?/\n\xff' odd
	put web/css-site.css clash
	"$RCC" compile -q --header web.h web
	asset_program RCC_NAME_web__index_html >main.c
	$CC -Wall -Wextra -Wpedantic -Werror -I "$stub" -I . -o prog main.c web.o "$stub/rcc.o"
	[ "$(./prog)" = '<p>hello</p>' ]
	[ "$(grep -c '^#define RCC_NAME_' web.h)" -eq 5 ]
	rm web/index.html
	"$RCC" compile -q --header web.h web
	run $CC -I "$stub" -I . -c main.c
	[ "$status" -ne 0 ]
	has "$output" '*RCC_NAME_web__index_html*undeclared*'
}

@test "-M: make rebuilds after an edit, an added and a removed file or directory, and not else" {
	printf 'web.o:\n\t%s compile -M web.d -o web.o web\n-include web.d\n' "$RCC" >Makefile
	unset MAKEFLAGS MAKELEVEL MFLAGS
	rebuilds make --no-print-directory web.o
}

@test "-M with the rules and lists that were read; --header's way too" {
	echo '*.css store' >rules
	echo index.html >order
	"$RCC" compile -M web.d -o out.o --header web.h -r rules --order order web
	[ "$(head -n 1 web.d | cut -d: -f1)" = out.o ]
	for path in rules order web web/css web/css/site.css web/empty web/index.html; do
		grep -q "^ *\(out.o: \)\{0,1\}$path\( .\)\{0,1\}$" web.d
	done
}

assets_of()
{
	readelf -sW "$1" | awk '$4 == "OBJECT" && $8 !~ /^rcc_bundle_/ { print $5, $6, $3, $8 }'
}

@test "--symbols" {
	rcc compile -o s.o web
	[ "$(assets_of s.o)" = $'LOCAL DEFAULT 5 rcc_asset_web/css/site.css\nLOCAL DEFAULT 0 rcc_asset_web/empty\nLOCAL DEFAULT 12 rcc_asset_web/index.html' ]
	readelf -sW s.o | grep -q ' 32 OBJECT  GLOBAL HIDDEN .* rcc_bundle_web$'
	[ "$(nm --size-sort s.o | sed 's/.* //')" = $'rcc_asset_web/css/site.css\nrcc_asset_web/index.html\nrcc_bundle_web' ]
	rcc compile --symbols sizes -o t.o web
	cmp s.o t.o
	rcc compile --symbols none -o s.o web
	[ -z "$(assets_of s.o)" ]
	[ "$(nm s.o | sed 's/.* //')" = rcc_bundle_web ]
	rcc compile --symbols global -o s.o web
	[ "$(assets_of s.o)" = $'GLOBAL DEFAULT 5 rcc_asset_web__css_site_css\nGLOBAL DEFAULT 0 rcc_asset_web__empty\nGLOBAL DEFAULT 12 rcc_asset_web__index_html' ]
	readelf -sW s.o | grep -q ' 32 OBJECT  GLOBAL DEFAULT .* rcc_bundle_web$'
	printf 'extern const char rcc_asset_web__index_html[];\n#include <stdio.h>\nint main(void) { return puts(rcc_asset_web__index_html) < 0; }\n' >m.c
	$CC -mcmodel=medium -o m m.c s.o 2>/dev/null || $CC -o m m.c s.o
	[ "$(./m)" = '<p>hello</p>' ]
}

@test "@FILE: quotes, backslashes, nested" {
	cp -R web 'two words'
	printf '%s\n' '-n "two_words"' "'two words' -x em\\pty" >args
	echo '@args -o x.o' >outer
	rcc compile @outer
	is 0
	[ "$("$RCC" list x.o)" = $'css/site.css\nindex.html' ]
	[ "$(bundle_name x.o)" = two_words ]
	rcc compile @nowhere web
	[ "$status" -eq 2 ]
	has "$stderr" "rcc: error: cannot read the arguments that '@nowhere' stands for*"
	echo "web 'open" >args
	rcc compile @args
	is 2 "" "rcc: error: '@args' ends within a quoted word; close the quote; try 'rcc compile --help'"
	echo @args >args
	rcc compile @args
	[ "$status" -eq 2 ]
	has "$stderr" "rcc: error: '@args' is nested more than 16 deep*"
}

@test "--files-from FILE, -, and -0" {
	printf '%s\n' ./index.html css >list
	rcc compile -o x.o --files-from list web
	is 0
	[ "$("$RCC" list x.o)" = $'css/site.css\nindex.html' ]
	apart bash -c '"$0" compile -o y.o --files-from - web <list' "$RCC"
	is 0
	cmp x.o y.o
	printf 'css/site.css\0index.html\0' | "$RCC" compile -o y.o --files-from - -0 web
	cmp x.o y.o
	put web/$'new\nline' x
	printf 'new\nline\0' | "$RCC" compile -o y.o --files-from - -0 web
	[ "$("$RCC" list -0 y.o | tr '\0' '|')" = $'new\nline|' ]
	rcc compile --files-from list web web/css:p
	is 2 "" "rcc: error: --files-from wants exactly one directory, not 2; try 'rcc compile --help'"
}

@test "--keep and --order" {
	printf '%s\n' index.html css/site.css >list
	rcc compile -o x.o --keep list --order list web
	is 0
	[ "$("$RCC" list x.o)" = $'css/site.css\nindex.html' ]
	index=$(readelf -sW x.o | awk '$8 ~ /index.html/ { print $2 }')
	site=$(readelf -sW x.o | awk '$8 ~ /site.css/ { print $2 }')
	[ $((16#$index)) -lt $((16#$site)) ]
	echo gone >list
	rcc compile -o x.o --keep list web
	is 0 "" $'rcc: warning: --keep lists \'gone\', which is not there\nrcc: warning: no files: the bundle is empty'
}

@test "-v says what was taken and dropped, and why; -q says nothing; no option, nothing" {
	echo '*.css drop' >rules
	rcc compile -r rules -o x.o web
	is 0
	rcc compile -v -r rules -o x.o web
	[ "$status" -eq 0 ] && [ -z "$output" ]
	has "$stderr" '*dropped css/site.css: rules:1 drop*'
	has "$stderr" '*x.o: 2 files, *'
	mkdir none
	rcc compile -q -o x.o none
	is 0
	rcc compile -q -o x.o nowhere
	is 1 "" 'rcc: nowhere: error: no such directory'
}

@test "--progress: on standard error, and only when asked for or on a terminal" {
	head -c 70000 /dev/zero >web/large
	rcc compile --progress=always -o x.o web
	[ "$status" -eq 0 ] && [ -z "$output" ]
	has "$stderr" *$'\r'*'rcc: '*' of 4 files'*
	rcc compile --progress -o y.o web
	has "$stderr" *'of 4 files'*
	cmp x.o y.o
	for when in auto never; do
		rcc compile --progress=$when -o x.o web
		is 0
	done
	apart bash -c '"$0" compile --progress=always -o - web 2>/dev/null | cmp - y.o' "$RCC"
	is 0
}

@test "--target" {
	rcc compile --target list
	[ "$status" -eq 0 ]
	has "$output" *x86_64*
	[ "$(grep -c '(host)' <<<"$output")" -eq 1 ]
	host=$(sed -n 's/ (host)//p' <<<"$output")
	rcc compile -o x.o web
	rcc compile --target "$host-linux-gnu" -o y.o web
	is 0
	cmp x.o y.o
	rcc compile --target pdp11 web
	[ "$status" -eq 2 ]
	has "$stderr" "rcc: error: --target does not know 'pdp11'*"
}

@test "-z: what gains is compressed, what does not is stored" {
	perl -e 'print "a line, number $_\n" for 1 .. 3000' >web/text
	perl -e 'srand 3; print map chr int rand 256, 1 .. 30000' >web/noise
	rcc compile -z -o z.o web
	is 0
	rcc compile -z19 -o z19.o web
	rcc compile --compress=-5 -o fast.o web
	rcc compile -o stored.o web
	codec() { "$RCC" list -l "$1" | awk -v name="$2" '$NF == name { print $3 }'; }
	[ "$(codec z.o text)" = zstd ]
	[ "$(codec z.o noise)" = "$(codec stored.o text)" ]
	[ "$(codec z.o noise)" != zstd ]
	for o in z z19 fast stored; do
		"$RCC" verify $o.o
		"$RCC" cat $o.o text | cmp - web/text
	done
	[ "$(stat -c %s z.o)" -lt "$(stat -c %s stored.o)" ]
}

@test "--help is a success on standard output" {
	rcc compile --help
	[ "$status" -eq 0 ] && [ -z "$stderr" ]
	has "$output" 'usage: rcc compile *'
}
