#!/bin/bash
# SPDX-License-Identifier: MIT
# The whole bench at a hundredth of its size: every part prints a row for rcc, and one for each peer, with figures or with the
# reason why there are none. TAP on stdout. What the figures are is not looked at.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-bench.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

n=0 bad=0
# check WHAT COMMAND...
check()
{
	local what=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n $what"
	else
		echo "not ok $n $what"
		bad=1
	fi
}

# The lines of the tables of a part. PART
lines_of()
{
	awk -v part="$1" '/^### / { inside = index($0, "### " part ":") == 1 } inside && /^\| [^|]/' "$work/tables"
}

# Is there a line of this contender with a number or a reason? PART WHO
told()
{
	lines_of "$1" | awk -F '|' -v who=" $2 " '$2 == who { for (i = 3; i < NF; i++) if ($i ~ /[0-9a-z]/) found = 1 } END { exit !found }'
}

ends_well()
{
	BENCH_DIR=$work/data BENCH_SCALE=1 BENCH_ROUNDS=1 sh "$top/bench/run.sh" "$BUILD" --json "$work/json" >"$work/tables" 2>"$work/said" ||
		{ sed 's/^/# /' "$work/said"; return 1; }
}

is_json()
{
	perl -MJSON::PP -e 'local $/; my $all = decode_json(<STDIN>); exit !(@{$all->{rows}} > 100 && @{$all->{machine}})' <"$work/json"
}

refuses_unknown()
{
	! sh "$top/bench/run.sh" "$BUILD" no-such-part >/dev/null 2>"$work/said" && grep -q 'no part no-such-part' "$work/said"
}

check "the short bench runs to its end" ends_well
while read -r part whos; do
	for who in $whos; do
		check "$part: ${who//%/ }" told "$part" "${who//%/ }"
	done
done <<'END'
build-svg floor rcc floor-t2 rcc-t2 cat ld-binary incbin clang-embed gresource qt-two-pass go squashfs tar-z3
build-web floor rcc cat ld-binary incbin clang-embed gresource qt-two-pass go squashfs tar-z3
build-large floor rcc cat ld-binary incbin clang-embed gresource qt-two-pass go squashfs tar-z3
cold rcc-t2
million floor rcc cat incbin gresource qt-two-pass go ld-binary clang-embed squashfs
five-gb cat rcc ld-binary incbin gresource qt-two-pass qt-binary go clang-embed squashfs
zstd-svg floor-z3-t2 rcc-z3-t2 rcc-rule-z3-t2 qt-z3 squashfs-z3-t2 tar-z3-t2
zstd-web floor-z3-t2 rcc-z3-t2 qt-z3 squashfs-z3-t2 tar-z3-t2
dict-svg rcc-dict-z3-t2
rebuild-unchanged rcc-unchanged-t2
rebuild-one rcc-one-changed-t2
lookup rcc plain%XXH3%table binary%search SQLite GResource QResource gperf Go%embed.FS
list rcc GResource QResource Go%embed.FS SQLite
read rcc ZSTD_decompressDCtx memcpy GResource QResource Go%embed.FS
cache decoded%each%time rcc_cache%1/20 rcc_cache%1/4 rcc_cache%1/1
startup nothing%inside one%blob rcc .incbin%+%index GResource QResource Go%embed.FS
prune bfd,%object bfd,%static%library gold,%object gold,%static%library lld,%object lld,%static%library lld-19,%object lld-19,%static%library mold,%object mold,%static%library
http rcc,%stored rcc,%zstd%as%it%lies rcc,%decoded webd%--disk nginx
sqlite disk%file,%mapped disk%file,%read disk%file,%immutable=1,%mapped rcc,%stored,%mapped rcc,%stored,%read rcc,%chunk=64K,%read rcc,%chunk=16K,%read
END
check "the rows are JSON too" is_json
check "an unknown part is refused" refuses_unknown
echo "1..$n"
exit "$bad"
