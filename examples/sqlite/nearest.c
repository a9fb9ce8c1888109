/* SPDX-License-Identifier: MIT */
/* Asks a database that is part of the program, which never becomes a file: nearest LATITUDE LONGITUDE [HOW-MANY]. From the top of
 * this tree (libsqlite3 and its shell are needed):
 *   mkdir -p build/harbours && sqlite3 build/harbours/harbours.db <examples/sqlite/harbours.sql
 *   build/rcc compile -r examples/sqlite/rules -n db -o build/harbours.o build/harbours
 *   cc -Iruntime-stub -Iintegrations/sqlite -o build/nearest examples/sqlite/nearest.c integrations/sqlite/rcc_sqlite.c \
 *     build/harbours.o build/librcc.a -lsqlite3 -lzstd
 *   build/nearest 54.3 10.1 */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "rcc.h"
#include "rcc_sqlite.h"

RCC_DECLARE_BUNDLE(db); /* so that the linker says it if it is missing */

/* Near enough for harbours: a degree of longitude at 53 degrees north is 0.6 of one of latitude. */
static const char query[] = "SELECT name, latitude, longitude FROM harbour ORDER BY "
                            "(latitude - ?1) * (latitude - ?1) + 0.36 * (longitude - ?2) * (longitude - ?2) LIMIT ?3";

static int answer(sqlite3 *db, char **where, int many)
{
	sqlite3_stmt *s;
	int rc;

	if (sqlite3_exec(db, "PRAGMA mmap_size = 1000000000", NULL, NULL, NULL) || sqlite3_prepare_v2(db, query, -1, &s, NULL))
		return SQLITE_ERROR;
	sqlite3_bind_double(s, 1, atof(where[0]));
	sqlite3_bind_double(s, 2, atof(where[1]));
	sqlite3_bind_int(s, 3, many);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		printf("%s\t%.2f\t%.2f\n", (const char *)sqlite3_column_text(s, 0), sqlite3_column_double(s, 1),
		       sqlite3_column_double(s, 2));
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int main(int argc, char **argv)
{
	sqlite3 *db = NULL;
	int rc;

	if (argc < 3) {
		fputs("usage: nearest LATITUDE LONGITUDE [HOW-MANY]\n", stderr);
		return 2;
	}
	if (!RCC_BUNDLE(db) || rcc_sqlite_register("db"))
		return 1;
	rc = sqlite3_open_v2("harbours.db", &db, SQLITE_OPEN_READONLY, "rcc");
	if (!rc)
		rc = answer(db, argv + 1, argc > 3 ? atoi(argv[3]) : 5);
	if (rc)
		fprintf(stderr, "nearest: %s; %s\n", sqlite3_errmsg(db), rcc_sqlite_errmsg());
	sqlite3_close(db);
	return rc != SQLITE_OK;
}
