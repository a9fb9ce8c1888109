/* SPDX-License-Identifier: MIT */
/* Contender: SQLite, a prepared statement by primary key over a mapped database, which is made when it is not
 * there. */
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "contender.h"

static const char settings[] = "PRAGMA mmap_size = 4000000000; PRAGMA cache_size = -200000";
static sqlite3 *db;
static sqlite3_stmt *statement;

static bool make(const struct name *names, size_t n)
{
	sqlite3_stmt *insert;
	bool done = sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
	                             "CREATE TABLE files (name TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID",
	                         NULL, NULL, NULL) == SQLITE_OK &&
	            sqlite3_prepare_v2(db, "INSERT INTO files VALUES (?1, ?2)", -1, &insert, NULL) == SQLITE_OK;

	for (size_t i = 0; done && i < n; i++) {
		sqlite3_bind_text(insert, 1, names[i].p, (int)names[i].n, SQLITE_STATIC);
		sqlite3_bind_int64(insert, 2, (sqlite3_int64)i);
		done = sqlite3_step(insert) == SQLITE_DONE;
		sqlite3_reset(insert);
	}
	if (done)
		sqlite3_finalize(insert);
	return done && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

static bool open_file(const struct name *names, size_t n, const char *base)
{
	char path[4096];
	bool there;

	snprintf(path, sizeof path, "%s.db", base);
	there = !access(path, R_OK);
	return sqlite3_open(path, &db) == SQLITE_OK && (there || make(names, n)) &&
	       sqlite3_exec(db, settings, NULL, NULL, NULL) == SQLITE_OK &&
	       sqlite3_prepare_v2(db, "SELECT size FROM files WHERE name = ?1", -1, &statement, NULL) == SQLITE_OK;
}

static bool has(const struct name *q)
{
	sqlite3_reset(statement);
	sqlite3_bind_text(statement, 1, q->p, (int)q->n, SQLITE_STATIC);
	return sqlite3_step(statement) == SQLITE_ROW;
}

const struct contender by_sqlite = {.who = "SQLite", .open = open_file, .has = has};
