#!/bin/sh
# SPDX-License-Identifier: MIT
# One contender of the build side: sh bench/peers.sh prepare|build NAME. What `build` does is timed, `prepare` is not.
# The environment says where: IN (the tree, absolute), LIST (its files, sorted, one a line), OUT (the results go here and are weighed),
# TMP (intermediate files), KEEP (what prepare makes), RCC (rcc), BENCH (the bench's programs), CACHE (a cache of rcc's, warm).
# NAME may end in -t2: on two cores.
set -eu
do=$1 name=$2
qt=/usr/lib/qt6/libexec/rcc

threads=1
case $name in *-t2) threads=2 name=${name%-t2} ;; esac

# Assembler, C, XML: each with its own idea of a quotation.
xml_files() # PATTERN OF A LINE
{
	sed 's/&/\&amp;/g; s/</\&lt;/g'"; $1" "$LIST"
}
gresource_xml() # ATTRIBUTES
{
	echo '<gresources><gresource prefix="/">'
	xml_files "s#.*#<file$1>&</file>#"
	echo '</gresource></gresources>'
}
qrc_xml()
{
	echo '<RCC><qresource>'
	xml_files "s#.*#<file alias=\"&\">$IN/&</file>#"
	echo '</qresource></RCC>'
}

incbin_source()
{
	awk '
		function quoted(s) { gsub(/[\\"]/, "\\\\&", s); return "\"" s "\"" }
		BEGIN { print ".section .rodata" }
		{ name[NR] = quoted($0); printf ".balign 16\nf%d: .incbin %s\ne%d: .byte 0\n", NR, name[NR], NR }
		END {
			for (i = 1; i <= NR; i++)
				printf "n%d: .asciz %s\n", i, name[i]
			print ".section .data.rel.ro,\"aw\"\n.globl files, files_count\n.balign 8\nfiles:"
			for (i = 1; i <= NR; i++)
				printf ".quad n%d, f%d, e%d - f%d\n", i, i, i, i
			printf "files_count: .quad %d\n.section .note.GNU-stack\n", NR
		}' "$LIST"
}
embed_source()
{
	awk '
		function quoted(s) { gsub(/[\\"]/, "\\\\&", s); return "\"" s "\"" }
		{ name[NR] = quoted($0); printf "static const unsigned char f%d[] = {\n#embed %s if_empty(0)\n};\n", NR, name[NR] }
		END {
			print "struct file { const char *name; const unsigned char *data; unsigned long size; };\nconst struct file files[] = {"
			for (i = 1; i <= NR; i++)
				printf "{%s, f%d, sizeof f%d},\n", name[i], i, i
			print "};"
		}' "$LIST"
}

# OPTIONS for rcc of Qt, into one object by its two passes.
qt_two_pass()
{
	"$qt" "$@" -name files --pass 1 -o "$TMP/files.cpp" "$KEEP/files.qrc"
	g++ -O1 -c -o "$TMP/files.o" "$TMP/files.cpp"
	"$qt" "$@" -name files --pass 2 --temp "$TMP/files.o" -o "$OUT/files.o" "$KEEP/files.qrc"
}
gresource_object()
{
	cd "$TMP"
	glib-compile-resources --sourcedir="$IN" --target=r.gresource "$KEEP/files.xml"
	ld -r -b binary -z noexecstack -o data.o r.gresource
	printf '#include <gio/gio.h>\nextern const guint8 _binary_r_gresource_start[];\nGResource *files(void);\n%s\n' \
		"GResource *files(void) { return g_resource_new_from_data(g_bytes_new_static(_binary_r_gresource_start, $(stat -c %s r.gresource)), 0); }" >r.c
	gcc -O1 -c $(pkg-config --cflags gio-2.0) -o r.o r.c
	ld -r -o "$OUT/files.o" r.o data.o
}
go_project()
{
	mkdir -p "$KEEP/warm/d" "$KEEP/go"
	echo warm >"$KEEP/warm/d/file"
	cp -al "$IN" "$KEEP/go/d" 2>/dev/null || cp -r "$IN" "$KEEP/go/d"
	for dir in warm go; do
		printf 'module bench\ngo 1.19\n' >"$KEEP/$dir/go.mod"
		cp "$(dirname "$0")/start/embed.go" "$KEEP/$dir/main.go"
	done
	cd "$KEEP/warm" && go build -o /dev/null .
}
export GOCACHE="$KEEP/gocache" GOPATH="$KEEP/gopath" GOFLAGS=-mod=mod GO111MODULE=on CGO_ENABLED=0 GOTOOLCHAIN=local HOME="$TMP"

case $do:$name in
prepare:ld-binary) sed "s/[\\\\ '\"]/\\\\&/g; s#^#./#" "$LIST" >"$KEEP/response" ;; # ./: a name may begin with @
prepare:gresource) gresource_xml '' >"$KEEP/files.xml" ;;
prepare:qt-*) qrc_xml >"$KEEP/files.qrc" ;;
prepare:go) go_project ;;
prepare:rcc-rule-z3) echo '** zstd=3' >"$KEEP/rules" ;;
prepare:rcc-unchanged | prepare:rcc-one-changed | prepare:copy-output)
	"$RCC" compile -q -j2 -z19 --cache "$CACHE" -o "$KEEP/files.o" "$IN" ;;
prepare:*) ;;

build:rcc) exec "$RCC" compile -q -j$threads -o "$OUT/files.o" "$IN" ;;
build:rcc-bundle) exec "$RCC" compile -q -j$threads --format bundle -o "$OUT/files.rcb" "$IN" ;;
build:rcc-z3) exec "$RCC" compile -q -j$threads -z3 -o "$OUT/files.o" "$IN" ;;
build:rcc-rule-z3) exec "$RCC" compile -q -j$threads -r "$KEEP/rules" -o "$OUT/files.o" "$IN" ;;
build:rcc-dict-z3) exec "$RCC" compile -q -j$threads -z3 --dict -o "$OUT/files.o" "$IN" ;;
build:rcc-unchanged) exec "$RCC" compile -q -j$threads -z19 --cache "$CACHE" -o "$KEEP/files.o" "$IN" ;;
build:rcc-one-changed)
	date >>"$IN/$(sed -n 1p "$LIST")"
	exec "$RCC" compile -q -j$threads -z19 --cache "$CACHE" -o "$OUT/files.o" "$IN" ;;
build:copy-output) exec cp "$KEEP/files.o" "$OUT/files.o" ;;
build:walk) exec "$BENCH/floor" "$IN" ;;
build:floor) exec "$BENCH/floor" -t $threads "$IN" "$OUT/files" ;;
build:floor-z3) exec "$BENCH/floor" -t $threads -z 3 "$IN" "$OUT/files" ;;
build:cat) cd "$IN" && tr '\n' '\0' <"$LIST" | xargs -0 cat -- >"$OUT/files" ;;
build:ld-binary) cd "$IN" && exec ld -r -b binary -o "$OUT/files.o" "@$KEEP/response" ;;
build:incbin) incbin_source >"$TMP/files.s" && cd "$IN" && exec as -o "$OUT/files.o" "$TMP/files.s" ;;
build:clang-embed) embed_source >"$TMP/files.c" && exec clang-19 -std=c23 -O1 --embed-dir="$IN" -c -o "$OUT/files.o" "$TMP/files.c" ;;
build:gresource) gresource_object ;;
build:qt-two-pass) qt_two_pass -no-compress ;;
build:qt-z3) qt_two_pass --compress-algo zstd --compress 3 --threshold 0 ;;
build:qt-binary) exec "$qt" --binary -no-compress -o "$OUT/files.rcc" "$KEEP/files.qrc" ;;
build:go)
	cd "$KEEP/go" && date +'// %s%N' >>main.go # a changed source, as go would find the program in its cache
	exec go build -o "$OUT/program" . ;;
build:squashfs) exec mksquashfs "$IN" "$OUT/files" -noI -noD -noF -noX -processors $threads -no-progress -quiet -no-xattrs ;;
build:squashfs-z3)
	exec mksquashfs "$IN" "$OUT/files" -comp zstd -Xcompression-level 3 -processors $threads -no-progress -quiet -no-xattrs ;;
build:tar-z3) tar -C "$IN" -cf - . | zstd -q -3 -T$threads >"$OUT/files" ;;
*) echo "peers: no contender $name" >&2; exit 2 ;;
esac
