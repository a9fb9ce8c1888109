#!/bin/sh
# SPDX-License-Identifier: MIT
# make demo: compiles real trees with rcc, links demo.c with each, and lets it compare every file. One row a
# tree, and one with -z; all times are of this run.
#
# sh examples/demo/run.sh BUILD [DIR...]  BUILD holds rcc and librcc.a; DIR: those trees instead.
set -u

build=${1:?usage: sh examples/demo/run.sh BUILD [DIR...]}
shift
here=$(dirname "$0")
: "${CC:=cc}"
out=$build/demo
mkdir -p "$out" || exit 1
trap 'rm -f "$out"/tree.*' EXIT
trap 'exit 130' HUP INT TERM

# Centiseconds or better since some moment.
now()
{
	case $(date +%N) in
	*[!0-9]* | '') cut -d ' ' -f 1 /proc/uptime ;;
	*) date +%s.%N ;;
	esac
}

# since START: seconds, two places
since()
{
	echo "$1 $(now)" | awk '{ printf "%.2f", $2 - $1 }'
}

# The first lines of rcc's messages, and how many there are.
show()
{
	sed -n '1,3s/^/  /p' "$out/tree.err" >&2
	n=$(grep -c ': error: ' "$out/tree.err")
	[ "$n" -le 3 ] || echo "  ... $n in all" >&2
}

# row DIR LABEL LEAVE-OUT [OPTION...]: compile, link, run. LEAVE-OUT is a name at the top, or empty.
row()
{
	dir=$1 label=$2 leave_out=$3
	shift 3
	[ -z "$leave_out" ] || set -- "$@" -x "/$leave_out"
	t=$(now)
	if ! "$build/rcc" compile -q --dotfiles --links "$links" -n demo -o "$out/tree.o" "$@" "$dir" 2>"$out/tree.err"; then
		[ "$links" = follow ] && "$build/rcc" compile -q --dotfiles --links skip -n demo -o "$out/tree.o" "$@" \
			"$dir" 2>/dev/null || refused "$dir"
		echo "demo: $dir: rcc refuses links that dangle, loop or leave the tree; links are left out here:" >&2
		show
		links=skip
		t=$(now)
		"$build/rcc" compile -q --dotfiles --links skip -n demo -o "$out/tree.o" "$@" "$dir" || exit 1
	fi
	compiled=$(since "$t")
	t=$(now)
	# librcc.a decodes frames with libzstd; nothing else is needed.
	$CC -o "$out/tree.demo" "$out/demo.o" "$out/tree.o" "$build/librcc.a" -lzstd || exit 1
	linked=$(since "$t")
	"$out/tree.demo" "$dir" "$links" "$leave_out" "$label" "$out/tree.o" "$compiled" "$linked" || exit 1
}

refused()
{
	[ "$links" = skip ] || "$build/rcc" compile -q --dotfiles --links skip -n demo -o "$out/tree.o" "$1" 2>"$out/tree.err"
	echo "demo: $1: rcc refuses this tree, for it leaves nothing out silently:" >&2
	show
	echo "demo: give a tree of readable files and directories (no FIFOs, sockets or devices)" >&2
	exit 1
}

# both DIR LABEL LEAVE-OUT: as it is, and compressed.
both()
{
	if [ ! -d "$1" ]; then
		echo "demo: $1: no such directory" >&2
		exit 1
	fi
	links=follow
	row "$1" "$2" "$3"
	row "$1" "$2 -z" "$3" -z
}

$CC -std=gnu11 -O2 -I "$here/../../runtime-stub" -c -o "$out/demo.o" "$here/demo.c" || exit 1
printf '%-24s %8s %9s %9s %9s %9s %10s %9s %9s\n' tree files 'bytes in' object 'dup saved' 'zstd saved' compile link look-up
if [ -n "$*" ]; then
	for tree in "$@"; do
		both "$tree" "$(basename "$tree")" ''
	done
else
	# localtime leads out of the tree, to /etc.
	both /usr/share/zoneinfo zoneinfo localtime
	both "$here/../site" site ''
fi
echo 'every file was found by name and equals the file on disk; the bundles hold nothing else'
