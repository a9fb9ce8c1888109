#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# webd as curl and wrk see it: encodings, ranges, conditions, hostile paths, many requests at once.
load lib.bash

setup_file()
{
	load lib.bash
	type curl wrk zstd brotli >&2
	webd_of_site
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	serve --fallback index.html
	editor=$(basename "$web"/site/vs/editor-*.js)
}

teardown()
{
	stop
}

# ask PATH [OPTION...]: the status; head and body are files.
ask()
{
	local path=$1

	shift
	: >body
	curl -s --path-as-is -D head -o body -w '%{http_code}' "$@" "$url$path"
}

# The value of a field of the last response.
field()
{
	sed -n "s/^$1: \(.*\)\r\$/\1/Ip" head
}

@test "every file of the site comes as it is on disk, whatever the encoding" {
	(cd "$web/site" && find . -type f -printf '/%P\n') | LC_ALL=C sort >names
	[ "$(wc -l <names)" -gt 150 ]
	# One curl for all of them, on one connection.
	awk -v url="$url" -v q='"' '{ print "url = " q url $0 q "\noutput = " q "got" $0 q }' names >list
	for how in --compressed '-H X:y'; do
		rm -rf got
		# shellcheck disable=SC2086
		curl -s --fail --create-dirs $how -K list
		diff -r got "$web/site"
	done
	# What the first took was zstd.
	curl -s --compressed -D head -o body "$url/vs/$editor"
	[ "$(field content-encoding)" = zstd ]
}

@test "stored gzip and brotli are sent to who takes them" {
	[ "$(ask /app.js -H 'Accept-Encoding: br')" = 200 ]
	[ "$(field content-encoding)" = br ]
	brotli -d <body | cmp - "$web/site/app.js"
	[ "$(ask /app.js -H 'Accept-Encoding: gzip, deflate')" = 200 ]
	[ "$(field content-encoding)" = gzip ]
	gzip -d <body | cmp - "$web/site/app.js"
	[ "$(field content-type)" = 'text/javascript; charset=utf-8' ]
	[ "$(field vary)" = Accept-Encoding ]
	[ "$(ask /app.js -H 'Accept-Encoding: identity;q=0, *;q=0')" = 406 ]
}

@test "HEAD says what GET would send, and sends nothing" {
	for accept in identity zstd; do
		[ "$(ask "/vs/$editor" -H "Accept-Encoding: $accept")" = 200 ]
		grep -iv '^date:' head >get
		[ "$(ask "/vs/$editor" -I -H "Accept-Encoding: $accept")" = 200 ]
		grep -iv '^date:' head | diff - get
	done
}

@test "a tag that is sent back gives 304, another coding's does not" {
	[ "$(ask "/vs/$editor" -H 'Accept-Encoding: zstd')" = 200 ]
	tag=$(field etag)
	[ "$(ask "/vs/$editor" -H 'Accept-Encoding: zstd' -H "If-None-Match: $tag")" = 304 ]
	[ ! -s body ]
	[ "$(field etag)" = "$tag" ]
	[ "$(ask "/vs/$editor" -H "If-None-Match: $tag")" = 200 ]
	[ "$(ask "/vs/$editor" -H 'If-Match: "x"')" = 412 ]
}

@test "ranges of stored and of compressed files" {
	for name in "vs/$editor" app.css index.html; do
		[ "$(ask "/$name" -r 5-24)" = 206 ]
		cmp body <(tail -c +6 "$web/site/$name" | head -c 20)
		[ "$(field content-range)" = "bytes 5-24/$(stat -c %s "$web/site/$name")" ]
		[ "$(ask "/$name" -r -7)" = 206 ]
		cmp body <(tail -c 7 "$web/site/$name")
		[ "$(ask "/$name" -r 999999999-)" = 416 ]
		[ "$(ask "/$name" -r 0-9,20-29)" = 206 ]
		[ "$(grep -a -c -i '^content-range: bytes' body)" -eq 2 ]
		grep -aqF "$(head -c 10 "$web/site/$name" | head -n 1)" body
	done
	# A download in two halves of the frame is the frame.
	curl -s -H 'Accept-Encoding: zstd' -r 0-99999 "$url/vs/$editor" >half
	curl -s -H 'Accept-Encoding: zstd' -r 100000- "$url/vs/$editor" >>half
	zstd -q -d -c half | cmp - "$web/site/vs/$editor"
}

@test "a flood of ranges is one answer of the file's size" {
	range=bytes=0-
	for i in $(seq 500); do
		range=$range,0-
	done
	[ "$(ask "/vs/$editor" -H "Range: $range")" = 200 ]
	[ "$(stat -c %s body)" -eq "$(stat -c %s "$web/site/vs/$editor")" ]
}

@test "hostile paths lead nowhere" {
	long=$(printf '%05000d' 0)
	while read -r status path; do
		got=$(ask "$path")
		[ "$got" = "$status" ] || { echo "$path: $got, not $status"; false; }
		! grep -aq root: body
	done <<-END
		400 /../../../../etc/passwd
		400 /vs/../../../etc/passwd
		400 /%2e%2e/%2e%2e/etc/passwd
		400 /.%2e/etc/passwd
		404 /%2e%2e%2fetc%2fpasswd
		404 /%252e%252e%252fetc/passwd.txt
		400 /..%5c..%5cetc/passwd
		400 /app.js%00.html
		400 /app.js%
		404 //etc/passwd
		404 /vs//loader.js
		414 /$long
		200 /a/route/of/the/app
		404 /absent.js
	END
	[ "$(ask /app.js -X POST -d x=y)" = 405 ]
	[ "$(field allow)" = 'GET, HEAD, OPTIONS' ]
	[ "$(ask /app.js -X OPTIONS)" = 204 ]
	[ "$(ask /app.js)" = 200 ]
}

@test "a directory leads to its slash, security fields are there" {
	[ "$(ask '/vs?x=y')" = 200 ] # no index in vs: the app's route
	[ "$(ask /)" = 200 ]
	[ "$(field x-content-type-options)" = nosniff ]
	[ "$(field cross-origin-resource-policy)" = same-origin ]
	[ "$(field cache-control)" = no-cache ]
}

@test "wrk: many at once, every answer whole and none an error" {
	cat >mix.lua <<-END
		local path = { "/", "/app.js", "/app.css", "/vs/loader.js", "/vs/$editor" }
		local n = 0
		request = function()
			n = n + 1
			return wrk.format("GET", path[n % 5 + 1], { ["Accept-Encoding"] = n % 3 == 0 and "identity" or "zstd, br, gzip" })
		end
		done = function(summary, latency, requests)
			local e = summary.errors
			io.write(string.format("counts %d %d\n", summary.requests, e.connect + e.read + e.write + e.status + e.timeout))
		end
	END
	wrk -t 2 -c 32 -d 2 --timeout 30 -s mix.lua "$url" >out
	cat out
	read -r _ requests errors < <(grep '^counts' out)
	[ "$errors" -eq 0 ]
	[ "$requests" -gt 32 ]
	echo "# wrk: $requests requests, $errors errors" >&3
	[ "$(ask /app.js)" = 200 ]
	stop
}

@test "under an overlay: files of the disk go before, are not to be cached, and a change is told" {
	stop
	mkdir over
	echo 'let mine;' >over/app.js
	serve --overlay over
	[ "$(ask /app.js -H 'Accept-Encoding: br, zstd')" = 200 ]
	cmp body over/app.js
	[ "$(field cache-control)" = no-store ]
	[ "$(field content-type)" = 'text/javascript; charset=utf-8' ]
	[ "$(ask /app.css)" = 200 ]
	cmp body "$web/site/app.css"
	[ "$(ask / -H 'Accept: text/html')" = 200 ]
	grep -q EventSource body
	# A change is the first word of the stream.
	generation=$(sed -n 's/.*events?\([0-9]*\).*/\1/p' body)
	exec 8< <(exec curl -sN "$url/-/events?$generation" 3>&-)
	echo 'let other;' >over/new && mv over/new over/app.js
	read -r -t 60 event <&8
	kill $!
	exec 8<&-
	[[ $event == 'data: '[0-9]* ]]
	[ "$(ask /app.js)" = 200 ]
	grep -q other body
	: >over/.wh.app.css
	[ "$(ask /app.css)" = 404 ]
}
