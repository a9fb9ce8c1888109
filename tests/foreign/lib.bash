# SPDX-License-Identifier: MIT
# For both scripts: a scratch directory with a tree, the one-file stub beside it, and TAP. PLAN: how many tests.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
RCC=${RCC:-$BUILD/rcc}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcc-foreign.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
export LC_ALL=C

# -DRCC_NO_ZSTD: Debian has no libzstd for these systems. xxhash.h knows no system, so this one's will do.
strict='-std=c11 -Wall -Wextra -Wshadow -Wconversion -Wvla -Wmissing-prototypes -Werror -DRCC_NO_ZSTD'
mkdir xxhash && cp "$(printf '#include <xxhash.h>\n' | ${CC:-cc} -M -xc - | tr ' ' '\n' | grep '/xxhash\.h$')" xxhash/
mkdir web other && cp -r "$top/tests/fixtures/small/." web/ && echo other >other/o.txt

n=0
echo "1..$PLAN"

# try NAME COMMAND...: one test.
try()
{
	local name=$1

	shift
	n=$((n + 1))
	if "$@" >words 2>&1; then
		echo "ok $n $name"
	else
		echo "not ok $n $name"
		sed 's/^/# /' words
	fi
}

# Must TOOL... be here? Without one, all tests are skipped by name.
needs()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null && continue
		for n in $(seq "$PLAN"); do
			echo "ok $n # SKIP no $tool here"
		done
		exit 0
	done
}
