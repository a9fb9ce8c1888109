# SPDX-License-Identifier: MIT
# The run side: look-ups, listings, reads, start-up, pruned links. One function a part; sourced by run.sh.

flags='-O2 -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64'

# lookup_program OUT WHO...: main.c with these contenders, in this order.
lookup_program()
{
	program=$1
	shift
	list= sources= libs=
	for who; do
		list="$list${list:+,}&by_$who"
		case $who in
		rcc | many | dctx | copy) source=rcc.c ;;
		table | halves) source=plain.c ;;
		qresource) source= libs="$libs $work/qresource.o $(pkg-config --libs Qt6Core) -lstdc++" ;;
		gresource) source=gresource.c libs="$libs $(pkg-config --cflags --libs gio-2.0)" ;;
		sqlite) source=sqlite.c libs="$libs -lsqlite3" ;;
		gperf) source=gperf.c libs="$libs $work/gperf.o" ;;
		esac
		case " $sources " in *" $source "*) ;; *) sources="$sources $source" ;; esac
	done
	[ -e "$work/qresource.o" ] || case " $* " in
	*' qresource '*) g++ -std=c++17 -O2 -fPIC -c -o "$work/qresource.o" "$here/lookup/qresource.cpp" $(pkg-config --cflags Qt6Core) || return 1 ;;
	esac
	# shellcheck disable=SC2086
	(cd "$here/lookup" && $CC $flags "-DCONTENDERS=$list" -o "$program" main.c $sources "$BUILD/librcctool.a" "$BUILD/librcc.a" \
		$libs -lelf -lzstd -lxxhash -lpthread -lm)
}

gperf_object() # NAMES: $work/gperf.o
{
	{
		printf '%%readonly-tables\n%%language=ANSI-C\n%%define lookup-function-name gperf_find\n%%compare-strncmp\n%%{\n#include <string.h>\n%%}\n%%%%\n'
		cat "$1"
	} >"$work/gperf.in"
	timeout 60 gperf "$work/gperf.in" >"$work/gperf.c" && $CC -O2 -c -o "$work/gperf.o" "$work/gperf.c"
}

gresource_file() # BASE ATTRIBUTES; the tree IN, its LIST
{
	{
		echo '<gresources><gresource prefix="/">'
		sed "s/&/\&amp;/g; s/</\&lt;/g; s#.*#<file$2>&</file>#" "$LIST"
		echo '</gresource></gresources>'
	} >"$work/files.xml"
	glib-compile-resources --sourcedir="$IN" --target="$1.gresource" "$work/files.xml"
}

qresource_file() # BASE OPTION...
{
	base=$1
	shift
	{
		echo '<RCC><qresource>'
		sed "s/&/\&amp;/g; s/</\&lt;/g; s#.*#<file alias=\"&\">$IN/&</file>#" "$LIST"
		echo '</qresource></RCC>'
	} >"$work/files.qrc"
	/usr/lib/qt6/libexec/rcc --binary "$@" -o "$base.qrcb" "$work/files.qrc"
}

go_program() # the tree IN into $work/go/program, which is lookup.go
{
	rm -rf "$work/go"
	mkdir -p "$work/go"
	cp -al "$IN" "$work/go/d" 2>/dev/null || cp -R "$IN" "$work/go/d"
	cp "$here/lookup/lookup.go" "$work/go/main.go"
	printf 'module bench\ngo 1.19\n' >"$work/go/go.mod"
	(cd "$work/go" && GOCACHE=$work/gocache GOPATH=$work/gopath GOFLAGS=-mod=mod CGO_ENABLED=0 GOTOOLCHAIN=local HOME=$work go build -o program .)
}

# Rows of a look-up program's "who, metric, value, unit, ratio" on standard input. PART INPUT OF
rows_of()
{
	while IFS='	' read -r who metric value unit ratio; do
		if [ "$ratio" = - ]; then of=-; else of=$3; fi
		row "$1" "$2" "$who" "$metric" "$value" "$unit" "$ratio" "$of"
	done
}

# The names, and a tree of small files by them, with what each peer makes of it. N: sets base, IN, LIST
names_of()
{
	base=$work/names.$1
	[ -s "$base.list" ] || "$BUILD/bench/generate" names "$1" | LC_ALL=C sort >"$base.list"
	IN=$base.tree LIST=$base.list
	export IN LIST
	[ "$1" -le 100000 ] || return 0
	[ -e "$base.qrcb" ] && return 0
	mkdir -p "$IN"
	"$BUILD/bench/generate" tree "$IN" "$1" && gresource_file "$base" '' && qresource_file "$base" -no-compress
}

# look PART MODE N INPUT WHO...
look()
{
	part=$1 mode=$2 n=$3 input=$4
	shift 4
	say "$part: $n names"
	lookup_program "$work/lookup" "$@" && "$work/lookup" -r "$ROUNDS" "$mode" "$base.list" "$base" >"$work/out" ||
		{ cannot "$part" "$input" rcc "the look-up program failed"; return; }
	rows_of "$part" "$input" rcc <"$work/out"
	[ "$n" -le 100000 ] || return 0
	if go_program 2>"$work/err" && "$work/go/program" "$mode" "$base.list" >"$work/out" 2>>"$work/err"; then
		rows_of "$part" "$input" - <"$work/out"
	else
		cannot "$part" "$input" 'Go embed.FS' "$(reason build "$work/err")"
	fi
	rm -rf "$work/go"
}

part_lookup()
{
	counts='100 10000 100000 1000000'
	[ "$SCALE" -eq 100 ] || counts='100 10000'
	for n in $counts; do
		names_of "$n"
		who='rcc many table halves sqlite'
		[ "$n" -gt 100000 ] || who="$who gresource qresource"
		[ "$n" -ne 100 ] || { gperf_object "$LIST" && who="$who gperf"; }
		# shellcheck disable=SC2086
		look lookup find "$n" "$n names" $who
		[ "$n" -eq 100 ] || cannot lookup "$n names" gperf "does not finish for 10,000 names within minutes"
		[ "$n" -le 100000 ] || for name in GResource QResource 'Go embed.FS'; do
			cannot lookup "$n names" "$name" "not asked above 100,000 names: it would need a tree of a million files"
		done
		[ "$n" -eq 100000 ] || rm -rf "$base".*
	done
}

# What the index takes for each file, but for the header and the name itself.
index_row() # INPUT
{
	"$RCC" compile -q --format bundle -o "$work/index.rcb" "$IN"
	index=$(od -A n -t u8 -j 64 -N 8 "$work/index.rcb" | tr -d " ")
	awk -v index_size="$index" '{ n += length($0) } END { printf "%.1f", (index_size - 128 - n) / NR }' "$LIST" >"$work/out"
	row list "$1" rcc "index beside the name" "$(cat "$work/out")" "bytes a file"
	rm -f "$work/index.rcb"
}

part_list()
{
	n=$(scaled 100000)
	names_of "$n"
	look list list "$n" "$n names, ten a directory" rcc gresource qresource
	index_row "$n names, ten a directory"
	for name in 'plain XXH3 table' SQLite gperf; do
		cannot list "$n names, ten a directory" "$name" "knows no directories"
	done
	rm -rf "$base".*
}

# Small files of the web tree, whole, in random order.
part_read()
{
	corpus web
	base=$work/read
	(cd "$IN" && find . -type f -size -129k -size +0 -printf '%P\n' | LC_ALL=C sort) >"$base.list"
	LIST=$base.list
	words="$(wc -l <"$LIST") web files of at most 128 KiB"
	for how in compressed stored; do
		say "read: $how"
		case $how in
		compressed) level=-z3 attribute=' compressed="true"' qt='--compress-algo zstd --compress 3 --threshold 0' yardstick=dctx ;;
		stored) level= attribute= qt=-no-compress yardstick=copy ;;
		esac
		# shellcheck disable=SC2086
		"$RCC" compile -q $level --format bundle --files-from "$LIST" -o "$base.rcb" "$IN" && gresource_file "$base" "$attribute" &&
			qresource_file "$base" $qt && lookup_program "$work/lookup" $yardstick rcc gresource qresource &&
			"$work/lookup" -r "$ROUNDS" read "$LIST" "$base" >"$work/out" || { cannot read "$words, $how" rcc "the program failed"; return; }
		rows_of read "$words, $how" "$(sed -n '1s/	.*//p' "$work/out")" <"$work/out"
		rm -f "$base.rcb" "$base.gresource" "$base.qrcb"
	done
	cannot read "$words, compressed" 'Go embed.FS' 'stores as they are'
	rm -f "$base".*
}
