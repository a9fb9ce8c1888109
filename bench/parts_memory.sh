# SPDX-License-Identifier: MIT
# The memory services: the decode cache. One function a part; sourced by run.sh.

# Small files of the web tree, asked for by two threads, some much more often than others.
part_cache()
{
	corpus web
	base=$work/cache
	(cd "$IN" && find . -type f -size -129k -size +0 -printf '%P\n' | LC_ALL=C sort) >"$base.list"
	requests=$((2000 * SCALE))
	words="$(wc -l <"$base.list") web files of at most 128 KiB, -z3, $requests requests by two threads after Zipf's law"
	if "$RCC" compile -q -z3 --format bundle --files-from "$base.list" -o "$base.rcb" "$IN" &&
		"$BENCH/cache" -t 2 -r "$ROUNDS" -n "$requests" "$base.rcb" >"$work/out"; then
		rows_of cache "$words" 'decoded each time' <"$work/out"
	else
		cannot cache "$words" 'decoded each time' 'the program failed'
	fi
	rm -f "$base".*
}
