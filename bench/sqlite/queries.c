/* SPDX-License-Identifier: MIT */
/* Queries per second of one database: on disk, and in the bundle of a .rcb file, stored and in chunks; with pages mapped and
 * with pages read. queries ROUNDS DISK.db BUNDLE.rcb NAME=WHO...: rows of who, metric, value, unit, ratio. All are open at
 * once and take turns; figures are medians, ratios those within a round. SQLite's own cache is as large as it is by default. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "../../integrations/sqlite/rcc_sqlite.h"

enum { MOST = 16, ROUNDS_MOST = 99, METRICS = 3 };

static const struct {
	const char *metric, *sql;
	int times; /* a turn; the first parameter is a number at random */
} asked[METRICS] = {
	{"by id", "SELECT length(body) FROM item WHERE id = ?1 % (SELECT max(id) FROM item)", 20000},
	{"by name", "SELECT length(body) FROM item WHERE name = printf('name-%07d', ?1 % 1000003)", 20000},
	{"whole table", "SELECT sum(length(body)) FROM item WHERE id > ?1 % 2", 1},
};

struct contender {
	char who[60];
	sqlite3 *db;
	sqlite3_stmt *s[METRICS];
	double rate[METRICS][ROUNDS_MOST]; /* queries a second */
};

static struct contender all[MOST];
static int count;

static void die(const char *what, sqlite3 *db)
{
	fprintf(stderr, "queries: %s: %s; %s\n", what, sqlite3_errmsg(db), rcc_sqlite_errmsg());
	exit(1);
}

static void add(const char *uri, const char *who, int mapped)
{
	struct contender *c = &all[count++];

	snprintf(c->who, sizeof c->who, "%s, %s", who, mapped ? "mapped" : "read");
	if (sqlite3_open_v2(uri, &c->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) ||
	    sqlite3_exec(c->db, mapped ? "PRAGMA mmap_size = 2000000000" : "PRAGMA mmap_size = 0", NULL, NULL, NULL))
		die(uri, c->db);
	for (int m = 0; m < METRICS; m++)
		if (sqlite3_prepare_v2(c->db, asked[m].sql, -1, &c->s[m], NULL))
			die(asked[m].sql, c->db);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void turn(struct contender *c, int m, int round)
{
	unsigned long long r = (unsigned long long)round;
	double start = now();

	for (int i = 0; i < asked[m].times; i++) {
		r = r * 6364136223846793005u + 1442695040888963407u;
		sqlite3_bind_int64(c->s[m], 1, (sqlite3_int64)(r >> 33));
		if (sqlite3_step(c->s[m]) != SQLITE_ROW && sqlite3_errcode(c->db) != SQLITE_DONE)
			die(asked[m].sql, c->db);
		sqlite3_reset(c->s[m]);
	}
	c->rate[m][round] = asked[m].times / (now() - start);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void report(int rounds)
{
	for (int i = count - 1; i >= 0; i--) /* the first last, for the others' ratios are to it as it was */
		for (int m = 0; m < METRICS; m++) {
			double ratio[ROUNDS_MOST];

			for (int r = 0; r < rounds; r++)
				ratio[r] = all[i].rate[m][r] / all[0].rate[m][r];
			printf("%s\t%s\t%.1f\t1/s\t%.2f\n", all[i].who, asked[m].metric, median(all[i].rate[m], rounds), median(ratio, rounds));
		}
}

int main(int argc, char **argv)
{
	int rounds = argc > 4 ? atoi(argv[1]) : 0;
	char immutable[4200];

	if (rounds < 1 || rounds > ROUNDS_MOST || rcc_sqlite_register(NULL))
		return 2;
	add(argv[2], "disk file", 1);
	add(argv[2], "disk file", 0);
	snprintf(immutable, sizeof immutable, "file:%s?immutable=1", argv[2]);
	add(immutable, "disk file, immutable=1", 1); /* no lock and no look for a journal before each query, as in a bundle */
	for (int i = 4; i < argc && count < MOST - 1; i++) {
		char uri[4200], *who = strchr(argv[i], '=');

		if (!who)
			return 2;
		snprintf(uri, sizeof uri, "file:%.*s?vfs=rcc&file=%s", (int)(who - argv[i]), argv[i], argv[3]);
		if (strstr(who, "stored"))
			add(uri, who + 1, 1);
		add(uri, who + 1, 0);
	}
	for (int r = 0; r < rounds; r++)
		for (int m = 0; m < METRICS; m++)
			for (int i = 0; i < count; i++)
				turn(&all[i], m, r);
	report(rounds);
	return 0;
}
