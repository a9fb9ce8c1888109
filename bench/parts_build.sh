# SPDX-License-Identifier: MIT
# The build side: trees to objects. One function a part; sourced by run.sh.

peers='cat ld-binary incbin clang-embed gresource qt-two-pass go squashfs'

build_tree() # PART CORPUS
{
	corpus "$2"
	# shellcheck disable=SC2086
	compete "$1" "$words, one core, warm" floor 1 $((BYTES / 2)) floor rcc floor-t2 rcc-t2 rcc-bundle $peers tar-z3
}

part_build_svg() { build_tree build-svg svg; }
part_build_web() { build_tree build-web web; }
part_build_large() { build_tree build-large large; }

part_cold()
{
	if [ "$processors" -lt 2 ] || ! { : >/proc/sys/vm/drop_caches; } 2>/dev/null; then
		cannot cold "cold cache" rcc-t2 "needs two processors and the right to drop the caches"
		return
	fi
	for which in svg web; do
		corpus "$which"
		COLD=1 compete cold "$words, two cores, caches dropped" floor-t2 2 $((BYTES / 2)) floor-t2 rcc-t2 incbin qt-two-pass
	done
}

part_million()
{
	corpus million
	compete million "$words, one core, warm" floor 1 $((BYTES / 2)) floor rcc floor-t2 rcc-t2 cat incbin gresource qt-two-pass go squashfs \
		ld-binary clang-embed
	[ -n "${BENCH_KEEP-}" ] || drop_corpus million
}

part_five_gb()
{
	tree=$data/five-gb
	size=$((50000000 * SCALE))
	[ -s "$tree/large.bin" ] || { mkdir -p "$tree"; "$BUILD/bench/generate" file "$tree/large.bin" "$size"; }
	echo large.bin >"$tree.list"
	IN=$tree LIST=$tree.list BYTES=$size
	export IN LIST
	words="one file of $size bytes"
	compete five-gb "$words, one core, warm" cat 1 $((size / 2)) cat rcc floor ld-binary incbin gresource qt-two-pass qt-binary go clang-embed squashfs
	compete five-gb-z3 "$words, level 3, two cores" tar-z3 2 0 tar-z3 rcc-z3-t2
	rm -rf "$tree" "$tree.list"
}

# The frames alone, without index and names, of files that are all made frames: each contender's by what it says of itself.
weigh_frames() # PART INPUT
{
	"$BUILD/bench/floor" -z 3 "$IN" "$work/frames" || return
	bare=$(($(wc -c <"$work/frames") - $(wc -c <"$LIST") - 20 * FILES)) # a name, its NUL and 20 bytes each (bench/floor.c)
	echo '** zstd=3' >"$work/rules"
	"$RCC" compile -q -r "$work/rules" -o "$work/frames" "$IN" || return
	stored=$("$RCC" stat "$work/frames" | awk '$1 == "stored" { print $2; exit }')
	row "$1" "$2" floor-z3-t2 frames "$(awk "BEGIN { print $bare / 1e6 }")" MB 1.00 floor-z3-t2
	row "$1" "$2" rcc-rule-z3-t2 frames "$(awk "BEGIN { print $stored / 1e6 }")" MB \
		"$(awk "BEGIN { printf \"%.4f\", $stored / $bare }")" floor-z3-t2
	rm "$work/frames"
}

part_zstd()
{
	for which in svg web; do
		corpus "$which"
		compete "zstd-$which" "$words, level 3, two cores" floor-z3-t2 2 0 floor-z3-t2 rcc-z3-t2 rcc-rule-z3-t2 qt-z3 squashfs-z3-t2 tar-z3-t2
		weigh_frames "zstd-$which" "$words, level 3, two cores"
	done
}

part_dict()
{
	for which in svg web; do
		corpus "$which"
		if has_option --dict; then
			compete "dict-$which" "$words, level 3, two cores" tar-z3-t2 2 0 tar-z3-t2 rcc-dict-z3-t2 rcc-z3-t2 floor-z3-t2
		else
			cannot "dict-$which" "$words, level 3, two cores" rcc-dict-z3-t2 "this rcc has no --dict yet"
		fi
	done
}

# On a tree of its own, as one file of it is changed.
part_rebuild()
{
	corpus svg
	if ! has_option --cache; then
		cannot rebuild-unchanged "$words" rcc-unchanged-t2 "this rcc has no --cache yet"
		cannot rebuild-one "$words" rcc-one-changed-t2 "this rcc has no --cache yet"
		return
	fi
	tree=$work/rebuild
	cp -R "$IN" "$tree"
	sleep 2 # files younger than the cache's clock can tell are read again
	IN=$tree CACHE=$work/cache
	export IN CACHE
	compete rebuild-unchanged "$words, -z19 --cache, nothing changed" walk 2 0 walk rcc-unchanged-t2
	compete rebuild-one "$words, -z19 --cache, one file changed" copy-output 2 0 copy-output rcc-one-changed-t2
	rm -rf "$tree" "$CACHE"
}
