/* SPDX-License-Identifier: MIT */
/* One way to find, list and read files by name, as the run side of the bench sees it. Each contender answers
 * the same queries over the same names; what it needs to do once a query (a string of another type) is not
 * timed. */
#ifndef CONTENDER_H
#define CONTENDER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct name {
	const char *p;
	size_t n;
	const void *own; /* what prepare made of it */
};

struct contender {
	const char *who;
	/* names: sorted, count of them. base: base.rcb, base.gresource and so on lie there, each for whom it
	 * may concern; the bundle may be missing, then it is made of the names alone. False: cannot. */
	bool (*open)(const struct name *names, size_t count, const char *base);
	const void *(*prepare)(const char *name, size_t n); /* or NULL */
	bool (*has)(const struct name *query);
	long (*list)(const struct name *dir);      /* entries of one level, each one's name looked at; NULL: cannot */
	/* whole contents, copied or decoded; NULL: cannot */
	long (*read)(const struct name *query, void *to, size_t cap);
	/* how many of n queries there are, asked for together; where this is not NULL, has is not used */
	size_t (*have)(const struct name *queries, size_t n);
};

extern const struct contender by_rcc, by_many, by_table, by_halves, by_dctx, by_copy;
extern const struct contender by_gresource, by_qresource, by_sqlite, by_gperf;

#ifdef __cplusplus
}
#endif
#endif
