/* SPDX-License-Identifier: MIT */
/* Databases of the bundle "db", which is linked in, beside the same one on disk: compare DISK NAME... The rows of all queries must be
 * the same, by two threads, one of which maps, while a third drops the memory. compare -u URI: what SQLite and the VFS
 * say of it, with the first value of its table "t". */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rcc.h>
#include <rcc_sqlite.h>
#include <sqlite3.h>

enum { MAPPED = 1 << 30 };

static const char *const queries[] = {
	"SELECT count(*), sum(id), sum(length(body)), min(name), max(body) FROM item",
	"SELECT kind, count(*), avg(id), max(name) FROM item GROUP BY kind ORDER BY kind",
	"SELECT * FROM item WHERE name BETWEEN 'name-0400000' AND 'name-0402000' ORDER BY name, id",
	"SELECT id, body FROM item WHERE id % 997 = 5 ORDER BY body DESC",
	"SELECT a.id, b.id FROM item a JOIN item b ON b.name = a.name WHERE a.id % 1009 = 1 ORDER BY 1, 2",
	"SELECT * FROM sqlite_schema",
};
enum { QUERIES = sizeof queries / sizeof *queries };

static uint64_t on_disk[QUERIES];
static atomic_int dropping;

static void fail(const char *what, sqlite3 *db)
{
	fprintf(stderr, "%s: %s; %s\n", what, db ? sqlite3_errmsg(db) : "-", rcc_sqlite_errmsg());
	exit(1);
}

/* FNV-1a over every value as text. */
static uint64_t rows_of(sqlite3 *db, const char *sql)
{
	uint64_t sum = 14695981039346656037u;
	sqlite3_stmt *s;
	int rc;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL))
		fail(sql, db);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(s); i++) {
			const unsigned char *p = sqlite3_column_text(s, i);

			for (int k = 0; p && k <= sqlite3_column_bytes(s, i); k++)
				sum = (sum ^ p[k]) * 1099511628211u;
		}
	if (rc != SQLITE_DONE)
		fail(sql, db);
	sqlite3_finalize(s);
	return sum;
}

static void says(sqlite3 *db, const char *sql, const char *want)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) || sqlite3_step(s) != SQLITE_ROW ||
	    strcmp((const char *)sqlite3_column_text(s, 0), want))
		fail(sql, db);
	sqlite3_finalize(s);
}

static void is_refused(sqlite3 *db, const char *sql, int code)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (rc != code) {
		fprintf(stderr, "status %d: ", rc);
		fail(sql, db);
	}
}

static sqlite3 *open_asset(const char *name, long long mapped)
{
	char uri[200], sql[60];
	sqlite3 *db;

	snprintf(uri, sizeof uri, "file:%s?vfs=rcc&bundle=db", name);
	if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL))
		fail(uri, db);
	snprintf(sql, sizeof sql, "PRAGMA mmap_size = %lld", mapped);
	rows_of(db, sql);
	return db;
}

static void read_all(const char *name, long long mapped)
{
	sqlite3 *db = open_asset(name, mapped);

	for (int i = 0; i < QUERIES; i++)
		if (rows_of(db, queries[i]) != on_disk[i])
			fail(queries[i], NULL);
	sqlite3_close(db);
}

static void *read_mapped(void *name)
{
	read_all(name, MAPPED);
	return NULL;
}

static void *drop_all(void *name)
{
	const rcc_bundle *b = rcc_find_bundle("db");

	for (; atomic_load(&dropping); usleep(500)) /* so that the readers get on */
		if (rcc_advise(b, name, RCC_ADV_DONTNEED))
			fail("DONTNEED", NULL);
	return NULL;
}

static void read_while_dropping(char *name)
{
	pthread_t reader, dropper;

	atomic_store(&dropping, 1);
	pthread_create(&dropper, NULL, drop_all, name);
	pthread_create(&reader, NULL, read_mapped, name);
	read_all(name, 0);
	pthread_join(reader, NULL);
	atomic_store(&dropping, 0);
	pthread_join(dropper, NULL);
}

/* Stored pages are handed out where they lie, if SQLite may map; compressed ones are not. */
static void look_at_pages(sqlite3 *db, const char *name, int may)
{
	sqlite3_file *f;
	rcc_entry e;
	void *p;

	if (rcc_lookup(rcc_find_bundle("db"), name, strlen(name), &e) ||
	    sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &f) || f->pMethods->xFetch(f, 8192, 4096, &p) ||
	    p != (may && e.codec == RCC_CODEC_STORE ? e.data + 8192 : NULL))
		fail("xFetch", db);
	if (f->pMethods->xFetch(f, (sqlite3_int64)e.size - 4095, 4096, &p) || p)
		fail("xFetch behind the end", db);
	if (e.data[0] != (e.codec == RCC_CODEC_STORE ? 'S' : 0x28))
		fail("the header, or a frame's magic", db);
}

static void write_nothing(sqlite3 *db)
{
	static const char *const writes[] = {
		"INSERT INTO item VALUES (0, 'x', 0, '')", "DELETE FROM item", "UPDATE item SET kind = 1 WHERE id = 1",
		"CREATE TABLE other (x)", "DROP TABLE item", "PRAGMA user_version = 7", "VACUUM", "REINDEX"};

	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
		is_refused(db, writes[i], SQLITE_READONLY);
	rows_of(db, "PRAGMA journal_mode = WAL");
	is_refused(db, "DELETE FROM item", SQLITE_READONLY);
	/* what is SQLite's own may be written */
	is_refused(db, "CREATE TEMP TABLE copy AS SELECT * FROM item WHERE id % 10 = 0", SQLITE_OK);
	says(db, "SELECT count(*) = (SELECT count(*) FROM item WHERE id % 10 = 0) FROM copy", "1");
}

static int compare(const char *disk, char **names)
{
	sqlite3 *db;

	if (sqlite3_open_v2(disk, &db, SQLITE_OPEN_READONLY, NULL))
		fail(disk, db);
	for (int i = 0; i < QUERIES; i++)
		on_disk[i] = rows_of(db, queries[i]);
	sqlite3_close(db);
	for (; *names; names++) {
		read_while_dropping(*names);
		db = open_asset(*names, 0);
		look_at_pages(db, *names, 0);
		rows_of(db, "PRAGMA cache_size = -60000"); /* rows to index in random order, which chunks do not like */
		says(db, "PRAGMA integrity_check", "ok");
		write_nothing(db);
		sqlite3_close(db);
		db = open_asset(*names, MAPPED);
		look_at_pages(db, *names, 1);
		write_nothing(db);
		sqlite3_close(db);
	}
	return 0;
}

static int look(const char *uri)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("rcc");
	sqlite3_stmt *s = NULL;
	char why[400] = "";
	sqlite3 *db;
	int rc = sqlite3_open_v2(uri, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL);

	if (!rc)
		rc = sqlite3_prepare_v2(db, "SELECT x FROM t", -1, &s, NULL);
	if (!rc && (rc = sqlite3_step(s)) == SQLITE_ROW)
		printf("row %s\n", (const char *)sqlite3_column_text(s, 0));
	else
		printf("%d %s\n", rc, sqlite3_errmsg(db));
	vfs->xGetLastError(vfs, sizeof why, why);
	if (strcmp(why, rcc_sqlite_errmsg()))
		fail("xGetLastError", NULL);
	if (*why)
		printf("%s\n", why);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return 0;
}

int main(int argc, char **argv)
{
	if (rcc_sqlite_register(NULL) || rcc_sqlite_register("other") || *rcc_sqlite_errmsg())
		fail("rcc_sqlite_register", NULL);
	if (argc == 3 && !strcmp(argv[1], "-u"))
		return look(argv[2]);
	return argc > 2 ? compare(argv[1], argv + 2) : 2;
}
