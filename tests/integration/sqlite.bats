# SPDX-License-Identifier: MIT
# SQLite databases in bundles: the VFS linked into a program and as an extension of the shell, beside the same databases on disk.

setup_file() {
	load helpers
	install_rcc
	cd "$BATS_FILE_TMPDIR"
	progs=$repo/tests/integration/sqlite
	export progs
	# What goes into the bundle "db": a stored database, and the same in chunks.
	printf '%s\n' '/item.db store align=4096' '/chunks.db zstd=1 chunk=64K' >rules
	make_db disk.db 400000
	make_db small.db 3000
	for size in disk small; do
		mkdir $size
		ln $size.db $size/item.db
		ln $size.db $size/chunks.db
		"$RCC" compile -r rules -n db -o $size.o $size
	done
	# shellcheck disable=SC2046
	gcc -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden -DRCC_SQLITE_EXTENSION $(pkg-config --cflags rcc) -o rcc_sqlite.so \
		"$(pkg-config --variable=sqlite rcc)" "$prefix/lib/librcc.a" -lzstd
	compare_of small.o small
}

setup() {
	load helpers
	cd "$BATS_FILE_TMPDIR"
}

make_db() { # PATH ROWS
	sqlite3 -cmd ".param set :rows $2" "$1" <"$progs/make.sql" >/dev/null
}

# OUT.compare with the bundle of OBJECT; by gcc with FLAG..., if any, and then the stub is compiled with them too.
compare_of() { # OBJECT OUT FLAG...
	local object=$1 out=$2 stub=$prefix/lib/librcc.a

	shift 2
	[ $# -eq 0 ] || stub=$prefix/share/rcc/rcc.c
	# shellcheck disable=SC2046
	gcc -O1 -g -std=gnu11 -Wall -Wextra -Werror "$@" $(pkg-config --cflags rcc) -o "$out.compare" "$progs/compare.c" \
		"$(pkg-config --variable=sqlite rcc)" "$stub" "$object" -lsqlite3 -lzstd -lpthread
}

# One file of TREE, packed as the words after it say, and what comes of opening it.
bundle_of() { # NAME RULE...
	"$RCC" compile -q --format bundle -r <(echo "* ${*:2}") -n one -o one.rcb tree
	run ./small.compare -u "file:$1?vfs=rcc&file=one.rcb"
}

fresh_tree() {
	rm -rf tree
	mkdir tree
	sqlite3 tree/t.db "CREATE TABLE t (x); INSERT INTO t VALUES (42)"
}

@test "sqlite: 100 MB: every query gives the rows of the disk file, mapped or not, while memory is dropped; nothing is written" {
	[ "$(stat -c %s disk.db)" -gt 98000000 ]
	compare_of disk.o disk
	sha256sum disk.compare disk.db >sums
	./disk.compare disk.db item.db chunks.db
	sha256sum --quiet -c sums
	rm disk.compare disk.o
}

@test "sqlite: the same under the address and undefined-behaviour sanitizers" {
	compare_of small.o asan -O0 -fsanitize=address,undefined -fno-sanitize-recover=all
	./asan.compare small.db item.db chunks.db
}

@test "sqlite: the same under the thread sanitizer" {
	compare_of small.o tsan -O0 -fsanitize=thread
	./tsan.compare small.db item.db chunks.db
}

@test "sqlite: the shell with the extension reads a .rcb, and nothing of it stays open" {
	"$RCC" compile -q --format bundle -r rules -n db -o db.rcb small
	for name in item.db chunks.db; do
		for more in '' '&bundle=db' '&guarded=1'; do
			same "$(sqlite3 :memory: ".load ./rcc_sqlite" ".open 'file:$name?vfs=rcc&file=db.rcb$more'" \
				"SELECT count(*), sum(id) FROM item" "PRAGMA integrity_check" | paste -s)" \
				"$(printf '3000|4501500\tok')"
		done
	done
	run sqlite3 :memory: ".load ./rcc_sqlite" "ATTACH 'file:/item.db?vfs=rcc&file=db.rcb' AS a" "SELECT count(*) FROM a.item" "DELETE FROM a.item"
	[ "$status" -ne 0 ]
	says 3000
	says "attempt to write a readonly database"
	same "$(sqlite3 :memory: ".load ./rcc_sqlite" "ATTACH 'file:/item.db?vfs=rcc&file=db.rcb' AS a" "DETACH a" \
		".shell grep -c db.rcb /proc/\$PPID/maps")" 0
}

@test "sqlite: the extension finds the bundles of the program that loads it" {
	cat >host.c <<-'END'
		#include <rcc.h>
		#include <sqlite3.h>
		#include <stdio.h>
		RCC_DECLARE_BUNDLE(db);
		int main(void)
		{
			sqlite3_stmt *s;
			sqlite3 *db;

			if (!RCC_BUNDLE(db) || sqlite3_open(":memory:", &db) || sqlite3_enable_load_extension(db, 1) ||
			    sqlite3_load_extension(db, "./rcc_sqlite", NULL, NULL) || sqlite3_close(db) ||
			    sqlite3_open_v2("file:item.db?vfs=rcc&bundle=db", &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) ||
			    sqlite3_prepare_v2(db, "SELECT count(*) FROM item", -1, &s, NULL) || sqlite3_step(s) != SQLITE_ROW)
				return 1;
			printf("%s\n", sqlite3_column_text(s, 0));
			sqlite3_finalize(s);
			return sqlite3_close(db);
		}
	END
	cc $(pkg-config --cflags rcc) -o host host.c small.o "$prefix/lib/librcc.a" -lsqlite3 -lzstd
	same "$(./host)" 3000
}

@test "sqlite: small databases as they come: stored, one frame, in chunks; WAL mode as with immutable=1" {
	fresh_tree
	for rule in store zstd=3 "zstd=3 chunk=4K"; do
		bundle_of t.db $rule
		same "$output" "row 42"
	done
	sqlite3 tree/t.db "PRAGMA page_size=16384; VACUUM" # a page is then in many chunks
	bundle_of t.db zstd=3 chunk=4K
	same "$output" "row 42"
	sqlite3 tree/t.db "PRAGMA journal_mode=WAL; UPDATE t SET x = 43" >/dev/null
	[ ! -e tree/t.db-wal ]
	same "$(od -An -tu1 -j18 -N2 tree/t.db | xargs)" "2 2"
	bundle_of t.db store
	same "$output" "row 43"
	: >tree/t.db-wal # empty, as after a checkpoint
	bundle_of t.db store
	same "$output" "row 43"
}

@test "sqlite: what is not all there is refused, and why" {
	fresh_tree
	echo frames >tree/t.db-wal
	bundle_of t.db store
	same "${lines[0]}" "14 unable to open database file"
	says "'t.db-wal' lies beside it"
	rm tree/t.db-wal
	printf '\0\0\0' >tree/t.db-journal # one that was finished with
	bundle_of t.db store
	same "$output" "row 42"
	echo hot >tree/t.db-journal
	bundle_of t.db store
	says "'t.db-journal' lies beside it"
}

@test "sqlite: no such bundle, name or file; a bundle of another name" {
	fresh_tree
	bundle_of absent.db store
	same "${lines[0]}" "14 unable to open database file"
	same "${lines[1]}" "'absent.db' in the bundle: no such name in the bundle"
	bundle_of "t.db" store
	while IFS='|' read -r uri why; do
		run ./small.compare -u "file:$uri"
		same "$status" 0
		same "${lines[0]}" "14 unable to open database file"
		says "$why"
	done <<-'END'
		t.db?vfs=rcc|no bundle is named; say file:NAME?vfs=rcc&bundle=BUNDLE
		t.db?vfs=rcc&bundle=nope|there is no bundle 'nope' in this process
		t.db?vfs=rcc&bundle=nope&file=one.rcb|the bundle in 'one.rcb' is not called 'nope'
		t.db?vfs=rcc&file=absent.rcb|cannot open 'absent.rcb': No such file or directory
		t.db?vfs=rcc&file=small.db|cannot open 'small.db': 
		%2e%2e/t.db?vfs=rcc&file=one.rcb|'../t.db' in the bundle: 
	END
	run ./small.compare -u "file:$(printf %05000d 0)?vfs=rcc&file=one.rcb"
	same "${lines[0]}" "14 unable to open database file"
	says "the name is too long"
}

@test "sqlite: not a database, a wrong page size, cut short, damaged: an error, as SQLite says it" {
	fresh_tree
	cp tree/t.db t.db
	seq 1000 >tree/t.db
	for rule in store zstd=3 "zstd=3 chunk=4K"; do
		bundle_of t.db $rule
		same "$output" "26 file is not a database"
	done
	for size in 3 513 4097; do
		cp t.db tree/t.db
		printf "\\x$(printf %02x $((size >> 8)))\\x$(printf %02x $((size & 255)))" | dd of=tree/t.db bs=1 seek=16 conv=notrunc status=none
		bundle_of t.db store
		same "$status" 0
		[[ ${lines[0]} = "26 file is not a database" || ${lines[0]} = "11 database disk image is malformed" ]]
	done
	for size in 8191 4096 1000 100; do
		head -c $size t.db >tree/t.db
		bundle_of t.db store
		same "${lines[0]}" "11 database disk image is malformed"
		same "${lines[1]}" "'t.db' is cut short: it has $size bytes of 8192"
	done
	head -c 99 t.db >tree/t.db
	bundle_of t.db store
	same "$output" "11 database disk image is malformed"
	head -c 9 t.db >tree/t.db
	bundle_of t.db store
	same "$output" "26 file is not a database"
	: >tree/t.db # which is a database without a table
	bundle_of t.db store
	same "$output" "1 no such table: t"
	sqlite3 t.db "INSERT INTO t SELECT hex(randomblob(3000)) FROM t" "INSERT INTO t SELECT hex(randomblob(3000)) FROM t"
	cp t.db tree/t.db
	bundle_of t.db "zstd=3 chunk=4K"
	perl -e 'open F, "+<", "one.rcb"; binmode F; local $/; my $all = <F>; my $at = 0;
		$at = index($all, "\x28\xb5\x2f\xfd", $at + 1) for 1 .. 2;
		seek F, $at + 6, 0; print F "\xff" x 40'
	run ./small.compare -u "file:t.db?vfs=rcc&file=one.rcb"
	same "${lines[0]}" "11 database disk image is malformed"
	says "cannot decode 't.db' at 4096: "
}

@test "sqlite: one large frame is refused, and what to do instead said" {
	fresh_tree
	sqlite3 tree/t.db "INSERT INTO t VALUES (zeroblob(8500000))"
	bundle_of t.db zstd=3
	same "${lines[0]}" "14 unable to open database file"
	says "'t.db' is one compressed frame of "
	says "give it 'store align=4096' or 'chunk=64K' in the rules"
	bundle_of t.db zstd=3 chunk=8M
	same "$output" "row 42"
}

@test "sqlite: nothing of it is in librcc.a, librcc.so or rcc.c" {
	! nm "$prefix/lib/librcc.a" "$prefix/lib/librcc.so" 2>/dev/null | grep -i sqlite
	! grep -i sqlite "$prefix/share/rcc/rcc.c"
}

@test "sqlite: the source and its header are good C11 and C++, by both compilers" {
	source=$(pkg-config --variable=sqlite rcc)
	for cc in gcc clang; do
		for extension in '' -DRCC_SQLITE_EXTENSION; do
			$cc $extension -std=c11 -Wall -Wextra -Wshadow -Wconversion -Wvla -Wmissing-prototypes -Werror $(pkg-config --cflags rcc) -c -o /dev/null "$source"
		done
	done
	echo '#include <rcc_sqlite.h>' | g++ -Wall -Wextra -pedantic -Werror -x c++ $(pkg-config --cflags rcc) -fsyntax-only -
}

@test "sqlite: examples/sqlite answers from the database inside it" {
	dir=$repo/examples/sqlite
	mkdir -p example
	sqlite3 example/harbours.db <"$dir/harbours.sql"
	"$RCC" compile -r "$dir/rules" -n db -o example.o example
	cc $(pkg-config --cflags rcc) -o nearest "$dir/nearest.c" "$(pkg-config --variable=sqlite rcc)" example.o "$prefix/lib/librcc.a" -lsqlite3 -lzstd
	same "$(./nearest 54.3 10.1 2 | cut -f 1 | paste -s -d ' ')" "Kiel Lübeck"
	run ./nearest 54.3
	same "$status" 2
}
