# SPDX-License-Identifier: MIT
# Programs with a tree inside: how they start, and what it costs to link them when little is used. Sourced by run.sh.

# object NAME OF PEER: $work/obj/files.o or program, made as peers.sh makes it.
object()
{
	rm -rf "$work/obj"
	mkdir -p "$work/obj/tmp" "$work/obj/keep"
	for do in prepare build; do
		OUT=$work/obj TMP=$work/obj/tmp KEEP=$work/obj/keep sh "$here/peers.sh" $do "$1" >"$work/err" 2>&1 || return 1
	done
}

start_program() # WHO: $work/start
{
	case $1 in
	'nothing inside') $CC -O2 -o "$work/start" "$here/start/none.c" ;;
	'one blob')
		printf '.section .rodata\n.globl blob, blob_end\nblob: .incbin "%s"\nblob_end: .byte 0\n.section .note.GNU-stack\n' \
			"$work/blob" >"$work/blob.s"
		(cd "$IN" && tr '\n' '\0' <"$LIST" | xargs -0 cat --) >"$work/blob" &&
			$CC -O2 -o "$work/start" "$here/start/blob.c" "$work/blob.s" && rm -f "$work/blob" ;;
	rcc)
		"$RCC" compile -q -n files -o "$work/files.o" "$IN" &&
			$CC -O2 -I "$here/../runtime-stub" -o "$work/start" "$here/start/rcc.c" "$work/files.o" "$BUILD/librcc.a" -lzstd &&
			rm -f "$work/files.o" ;;
	'.incbin + index') object incbin && $CC -O2 -o "$work/start" "$here/start/incbin.c" "$work/obj/files.o" ;;
	GResource)
		object gresource &&
			$CC -O2 -o "$work/start" "$here/start/gresource.c" "$work/obj/files.o" $(pkg-config --cflags --libs gio-2.0) ;;
	QResource)
		object qt-two-pass &&
			g++ -O2 -fPIC -o "$work/start" "$here/start/qresource.cpp" "$work/obj/files.o" $(pkg-config --cflags --libs Qt6Core) ;;
	'Go embed.FS') object go && mv "$work/obj/program" "$work/start" ;;
	esac >"$work/log" 2>&1
}

# Programs stay until all are made, so that they can be run in turn.
part_startup()
{
	corpus web
	input="$words inside, first look-up and exit"
	name=$(sed -n "$((FILES / 3))p" "$LIST")
	rm -rf "$work/starts"
	mkdir -p "$work/starts"
	i=0 all=
	for who in 'nothing inside' 'one blob' rcc '.incbin + index' GResource QResource 'Go embed.FS'; do
		say "startup: making the program: $who"
		i=$((i + 1))
		if start_program "$who" && mv "$work/start" "$work/starts/$i"; then
			echo "$who" >"$work/starts/$i.who"
			all="$all $i"
		else
			cannot startup "$input" "$who" "$(reason link "$work/log")"
		fi
		rm -rf "$work/obj"
	done
	: >"$work/raw"
	for round in $(seq "$ROUNDS"); do
		for i in $all; do
			measured=$("$BUILD/bench/measure" -c $((processors - 1)) -n 40 "$work/starts/$i" "$name")
			printf '%s\t%s\t%s\n' "$round" "$(cat "$work/starts/$i.who")" "$measured" >>"$work/raw"
		done
	done
	for i in $all; do
		start_rows "$(cat "$work/starts/$i.who")" "$(relocations $i)" "$(relocations 1)" <"$work/raw"
	done
	start_cold
	rm -rf "$work/starts"
}

relocations() # PROGRAM
{
	readelf -rW "$work/starts/$1" | grep -c " R_"
}

start_rows() # WHO RELOCATIONS THOSE-OF-THE-EMPTY; round, who, wall, cpu, rss, minor, major, status on standard input
{
	awk -F '\t' -v who="$1" -v rel="$2" -v empty="$3" -v files="$FILES" -v input="$input" "$sorted"'
		function put(metric, value, unit, ratio) {
			OFS = "\t"
			print "startup", input, who, metric, value, unit, ratio, ratio == "-" ? "-" : "nothing inside", "-"
		}
		$2 == "nothing inside" { base[$1] = $3; base_rss = $5 }
		$2 == who { n++; wall[n] = $3 * 1e6; ratio[n] = $3 / base[$1]; rss = $5; minor = $6; bad += $8 }
		END {
			if (bad) { put("exec to exit", "-", "us", "-"); exit }
			sorted(wall, n); sorted(ratio, n); m = int((n + 1) / 2)
			put("exec to exit", sprintf("%.0f", wall[m]), "us", sprintf("%.2f", ratio[m]))
			put("minor faults", minor, "", "-")
			put("peak RSS", sprintf("%.2f", rss / 1024), "MiB", "-")
			put("RSS above the empty", sprintf("%.2f", (rss - base_rss) / 1024), "MiB", "-")
			put("relocations", rel, "", "-")
			put("relocations a file", sprintf("%.2f", (rel - empty) / files), "", "-")
		}' >>"$rows"
}

# The same once with nothing in the page cache but the C library and the empty program.
start_cold()
{
	{ : >/proc/sys/vm/drop_caches; } 2>/dev/null || { cannot startup "$input" cold "no right to drop the caches"; return; }
	for i in $all; do
		sync
		echo 3 >/proc/sys/vm/drop_caches
		"$BUILD/bench/measure" "$work/starts/1" "$name" >/dev/null
		set -- $("$BUILD/bench/measure" "$work/starts/$i" "$name")
		row startup "$input" "$(cat "$work/starts/$i.who")" "major faults, cold" "$5" ''
	done
}

# 40,000 assets, of which three are named, against a bundle of those three, by each linker: as an object and as a static library.
part_prune()
{
	n=$(scaled 40000)
	input="3 of $n assets kept by --gc-sections"
	if ! has_option --per-file-sections; then
		cannot prune "$input" rcc "this rcc has no --per-file-sections yet"
		return
	fi
	tree=$work/prune
	rm -rf "$tree" "$tree".*
	mkdir -p "$tree" "$tree.three" "$tree.bin"
	"$BUILD/bench/generate" tree "$tree" "$n"
	(cd "$tree" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$tree.list"
	sed -n "5p;$((n / 2))p;${n}p" "$tree.list" >"$tree.three.list"
	(cd "$tree" && xargs cp --parents -t "$tree.three" <"$tree.three.list")
	for which in prune prune.three; do
		"$RCC" compile -q --per-file-sections -n files --header "$work/$which.h" -o "$work/$which.o" "$work/$which" &&
			"$RCC" compile -q --per-file-sections -n files -o "$work/$which.a" "$work/$which" &&
			prune_source "$work/$which.h" >"$work/$which.c" &&
			$CC -O2 -ffunction-sections -I "$here/../runtime-stub" -I "$work" -c -o "$work/$which.main.o" "$work/$which.c" ||
			{ cannot prune "$input" rcc "the programs could not be made"; return; }
	done
	for linker in bfd gold lld lld-19 mold; do
		prune_with "$linker" o "$linker, object"
		prune_with "$linker" a "$linker, static library"
	done
	rm -rf "$tree" "$tree".*
}

# A program that names three assets by constants of the header, whose name is given.
prune_source()
{
	printf '#include "rcc.h"\n#include "%s"\nint main(void)\n{\n\trcc_entry e;\n' "$(basename "$1")"
	sed 's#[/._-]#_#g' "$tree.three.list" | while read -r name; do
		printf '\tif (rcc_asset_entry(RCC_ASSET(files, %s), &e))\n\t\treturn 1;\n' "$name"
	done
	printf '\treturn 0;\n}\n'
}

prune_with() # LINKER ENDING WHO
{
	path=$(command -v "ld.$1") || { cannot prune "$input" "$3" "is not installed"; return; }
	ln -sf "$path" "$work/prune.bin/ld"
	: >"$work/raw"
	for round in $(seq "$ROUNDS"); do
		for which in prune.three prune; do
			measured=$("$BUILD/bench/measure" -t "$PATIENCE" -l "$work/log" $CC -B "$work/prune.bin" -Wl,--gc-sections -o "$work/$which.out" \
				"$work/$which.main.o" "$work/$which.$2" "$BUILD/librcc.a" -lzstd)
			echo "$round	$which	$measured" >>"$work/raw"
		done
	done
	[ "${measured##*	}" -eq 0 ] || { cannot prune "$input" "$3" "$(reason "${measured##*	}" "$work/log")"; return; }
	"$work/prune.out" || { cannot prune "$input" "$3" "the program does not find its three assets"; return; }
	awk -F '\t' -v who="$3" -v input="$input" -v size="$(stat -c %s "$work/prune.out")" -v three="$(stat -c %s "$work/prune.three.out")" "$sorted"'
		$2 == "prune.three" { base = $3 }
		$2 == "prune" { n++; wall[n] = $3; ratio[n] = $3 / base; rss[n] = $5 }
		END {
			sorted(wall, n); sorted(ratio, n); sorted(rss, n); m = int((n + 1) / 2)
			printf "prune\t%s\t%s\twall\t%.3f\ts\t%.2f\tits own link of three\t-\n", input, who, wall[m], ratio[m]
			printf "prune\t%s\t%s\tpeak RSS\t%.1f\tMiB\t-\t-\t-\n", input, who, rss[m] / 1024
			printf "prune\t%s\t%s\tprogram\t%.0f\tKiB\t%.2f\tits own link of three\t-\n", input, who, size / 1024, size / three
		}' "$work/raw" >>"$rows"
}
