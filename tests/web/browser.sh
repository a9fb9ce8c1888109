#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# webd in a browser: starts it twice, plain and with an overlay, both with TLS, and lets browser.mjs look. Prints TAP.
set -u
BATS_TEST_DIRNAME=$(cd "$(dirname "$0")" && pwd)
BATS_TEST_TMPDIR=$(mktemp -d) || exit 1
trap 'stop; webd=$plain; stop; rm -rf "$BATS_TEST_TMPDIR"' EXIT
. "$BATS_TEST_DIRNAME/lib.bash"
plain= webd=

skip()
{
	echo '1..1'
	echo "ok 1 browser # skip $1"
	exit 0
}

chromium=$(command -v chromium || command -v chromium-browser) || skip 'no chromium here'
command -v node >/dev/null || skip 'no node here'
webd_of_site >&2 || exit 1
cd "$BATS_TEST_TMPDIR" && mkdir overlay || exit 1
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key -out cert 2>/dev/null || exit 1
hash=$(openssl x509 -in cert -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64)
serve --tls cert,key --fallback index.html --immutable 'vs/**-????????.js' || exit 1
plain=$webd site=$url
serve --tls cert,key --fallback index.html --overlay overlay || exit 1
node "$BATS_TEST_DIRNAME/browser.mjs" "$web/npm/node_modules" "$chromium" "$hash" "$site" "$url" "$PWD/overlay"
