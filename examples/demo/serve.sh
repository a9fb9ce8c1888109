#!/bin/sh
# SPDX-License-Identifier: MIT
# The end of make demo: examples/site in a web server (examples/webd), its page fetched and compared with the disk; on a terminal it
# goes on serving until it is interrupted.
#
# sh examples/demo/serve.sh BUILD      BUILD holds rcc and librcc.a
set -u

build=${1:?usage: sh examples/demo/serve.sh BUILD}
here=$(cd "$(dirname "$0")" && pwd)
out=$build/demo
mkdir -p "$out" || exit 1
trap 'kill "$webd" 2>/dev/null; rm -f "$out/said" "$out/page"' EXIT
trap 'exit 0' HUP INT TERM
webd=

sh "$here/../webd/build.sh" "$build" "$out/webd" --dotfiles -r "$here/../webd/site.rules" "$here/../site" || exit 1
rm -f "$out/said"
mkfifo "$out/said" || exit 1
"$out/webd" --not-found 404.html >"$out/said" &
webd=$!
read -r line <"$out/said" || exit 1 # what it says when it listens
url=${line##* at }
for name in index.html js/tides.js img/harbour.png; do
	curl -sf --compressed "$url$name" | cmp - "$here/../site/$name" || exit 1
done
echo "the site is in $out/webd ($(wc -c <"$out/webd") bytes), and came over HTTP as it is on disk: $url"
[ -t 0 ] && [ -t 1 ] || exit 0
echo 'open it in a browser; Ctrl-C ends it'
wait "$webd"
