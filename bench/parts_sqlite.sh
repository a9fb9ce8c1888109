# SPDX-License-Identifier: MIT
# A database of 100 MB in a bundle, beside the same file on disk. Sourced by run.sh.

part_sqlite()
{
	n=$(scaled 400000)
	base=$work/sqlite words="$n rows of 249 bytes"
	say "sqlite: $n rows"
	mkdir -p "$base/in"
	sqlite3 -cmd ".param set :rows $n" "$base/disk.db" <"$here/../tests/integration/sqlite/make.sql" >/dev/null &&
		for name in stored c64 c16; do ln "$base/disk.db" "$base/in/$name.db"; done &&
		printf '%s\n' 'stored.db store align=4096' 'c64.db zstd=3 chunk=64K' 'c16.db zstd=3 chunk=16K' >"$base/rules" &&
		"$RCC" compile -q --format bundle -r "$base/rules" -o "$base/db.rcb" "$base/in" &&
		# shellcheck disable=SC2086
		$CC $flags -I "$here/../runtime-stub" -o "$base/queries" "$here/sqlite/queries.c" "$here/../integrations/sqlite/rcc_sqlite.c" \
			"$BUILD/librcc.a" -lsqlite3 -lzstd &&
		"$base/queries" "$ROUNDS" "$base/disk.db" "$base/db.rcb" 'stored.db=rcc, stored' 'c64.db=rcc, chunk=64K' \
			'c16.db=rcc, chunk=16K' >"$base/out" || { cannot sqlite "$words" 'rcc, stored, mapped' "the program failed"; return; }
	rows_of sqlite "$words" 'disk file, mapped' <"$base/out"
	rm -rf "$base"
}
