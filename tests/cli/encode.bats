#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# encode= and mime=auto: what HTTP clients are sent beside a file, and what it is said to be.
load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	make_tree
	seq 3000 >in/sub/long.js
	head -c 2000 /dev/urandom >in/noise.png
}

# with RULES [OPTION...]: compiles the tree in/ by these rules.
with()
{
	printf '%s\n' "$1" >r
	shift
	rcc compile -r r -o out.rcb --format bundle "$@" in
}

# This rcc may have been built without the library.
needs()
{
	with "* encode=$1"
	[[ $stderr != *'was built without the library'* ]] || skip "this rcc has no $1"
}

@test "encode=gzip stores NAME.gz where it gains, the same bytes for any number of threads" {
	needs gzip
	with '* encode=gzip' -j1
	is 0
	[ "$("$RCC" list out.rcb | tr '\n' ' ')" = 'a.txt big.txt big.txt.gz noise.png sub/b.txt sub/long.js sub/long.js.gz ' ]
	for name in big.txt sub/long.js; do
		"$RCC" cat out.rcb $name.gz | gzip -d | cmp - in/$name
		# No name and no time in it, nor what system it was made on.
		[ "$("$RCC" cat out.rcb $name.gz | od -A n -t x1 -N 10)" = ' 1f 8b 08 00 00 00 00 00 02 ff' ]
	done
	rcc verify out.rcb
	is 0
	mv out.rcb one.rcb
	touch -d '1 Jan 2001' in/big.txt
	with '* encode=gzip' -j4
	is 0
	cmp one.rcb out.rcb
}

@test "encode=br stores NAME.br where it gains" {
	needs br
	type brotli >&2 || skip "no brotli command to decode with"
	with '* encode=br' -z
	is 0
	[ "$("$RCC" list out.rcb | grep -c 'br$')" -eq 2 ]
	for name in big.txt sub/long.js; do
		"$RCC" cat out.rcb $name.br | brotli -d | cmp - in/$name
	done
	# The file itself is what its other rules say, its sibling stored as it is.
	"$RCC" list --json out.rcb sub/long.js | grep -q '"codec":"zstd"'
	"$RCC" list --json out.rcb sub/long.js.br | grep -q '"codec":"store"'
}

@test "both encodings lie behind their file, and the last line says which there are" {
	needs gzip
	needs br
	with $'* encode=gzip\n*.js encode=br,gzip\nbig* encode=none' --format bundle
	is 0
	[ "$("$RCC" list out.rcb | tr '\n' ' ')" = 'a.txt big.txt noise.png sub/b.txt sub/long.js sub/long.js.br sub/long.js.gz ' ]
	echo sub/long.js >order
	with '*.js encode=gzip' --order order
	is 0
	[ "$("$RCC" cat out.rcb sub/long.js.gz | gzip -d | tail -n 1)" = 3000 ]
	with $'*.js encode=gzip' --prefix web
	is 0
	"$RCC" list out.rcb | grep -qx web/sub/long.js.gz
}

@test "an encoding of a name that is taken is an error with both files" {
	needs gzip
	put in/big.txt.gz mine
	with '* encode=gzip'
	is 1 "" "rcc: error: two inputs with one name, 'big.txt.gz': 'in/big.txt.gz', and what encode= makes of 'in/big.txt'; leave one out or rename it"
}

@test "encodings that rcc does not know, and run= beside them, are told" {
	with 'a.txt encode=zip'
	is 1 "" "rcc: r:1: error: unknown encoding 'zip'; gzip, br, both with a comma between, or none
  a.txt encode=zip
        ^~~~~~~~~~"
	for bad in gzip, , br,,gzip gzip,none; do
		with "a.txt encode=$bad"
		[ "$status" -eq 1 ]
		has "$stderr" '*unknown encoding*'
	done
	needs gzip
	with 'a.txt encode=gzip run=cat' --allow-run
	is 1 "" "rcc: in/a.txt: error: run= and encode= do not go together in this version; take one of them from the rules"
}

@test "mime=auto goes by the ending, and a later line goes before" {
	put in/x.HTML '<p>'
	put in/noending ''
	put in/.hidden ''
	put in/odd.thisisnoending ''
	put in/sub/app.min.mjs ''
	put in/font.woff2 ''
	with $'* mime=auto\nb.txt mime=text/x-mine' --dotfiles
	is 0
	"$RCC" list --json out.rcb | sed -n 's/.*"name":"\([^"]*\)".*"mime":\("[^"]*"\|null\).*/\1 \2/p' >types
	diff types - <<-'END'
		.hidden null
		a.txt "text/plain"
		big.txt "text/plain"
		font.woff2 "font/woff2"
		noending null
		noise.png "image/png"
		odd.thisisnoending null
		sub/app.min.mjs "text/javascript"
		sub/b.txt "text/x-mine"
		sub/long.js "text/javascript"
		x.HTML "text/html"
	END
}

@test "the table of types is sorted, as its search wants it" {
	sed -n '/^} table/,/^};/p' "$BATS_TEST_DIRNAME/../../rcc/mime.c" | grep -o '{"[a-z0-9]*"' >endings
	[ "$(wc -l <endings)" -gt 60 ]
	LC_ALL=C sort -u endings | cmp - endings
}
