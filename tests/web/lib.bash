# SPDX-License-Identifier: MIT
# For the tests of webd: a single-page app of many files, and a server of it on a free port.

repo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${BUILD:-$repo/build}
RCC=${RCC:-$BUILD/rcc}
CC=${CC:-cc}
web=$BUILD/web

# The packages, of fixed versions, once for all tests.
packages()
{
	[ -d "$web/npm/node_modules/monaco-editor/min" ] && [ -d "$web/npm/node_modules/playwright-core" ] && return
	mkdir -p "$web/npm" && (cd "$web/npm" && echo '{}' >package.json &&
		npm install --no-audit --no-fund --ignore-scripts --save-exact monaco-editor@0.57.0 playwright-core@1.65.1 >npm.log 2>&1) || {
		cat "$web/npm/npm.log"
		return 1
	}
}

# The app at $web/site: the editor's files as they are published, and a page of our own around them.
site()
{
	packages || return
	rm -rf "$web/site"
	mkdir -p "$web/site"
	cp -R "$web/npm/node_modules/monaco-editor/min/vs" "$web/site/vs"
	cp "$repo"/tests/web/app/* "$web/site"
}

# webd with the app linked in, at $web/webd.
webd_of_site()
{
	site && CC=$CC sh "$repo/examples/webd/build.sh" "$BUILD" "$web/webd" -r "$repo/tests/web/site.rules" "$web/site"
}

# serve [OPTION...]: starts webd; $url is where, $webd its process. It is waited for by its first line.
serve()
{
	rm -f "$BATS_TEST_TMPDIR/url"
	mkfifo "$BATS_TEST_TMPDIR/url"
	"$web/webd" "$@" >"$BATS_TEST_TMPDIR/url" 2>"$BATS_TEST_TMPDIR/webd.err" 3>&- &
	webd=$!
	exec 7<"$BATS_TEST_TMPDIR/url" # kept open: webd says more later
	read -r line <&7 || { cat "$BATS_TEST_TMPDIR/webd.err"; return 1; }
	url=${line##* at }
	url=${url%/}
}

# Ends it, and fails unless it ended well.
stop()
{
	[ -n "${webd-}" ] || return 0
	kill "$webd"
	wait "$webd"
	status=$?
	webd=
	exec 7<&-
	return $status
}
