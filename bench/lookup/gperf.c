/* SPDX-License-Identifier: MIT */
/* Contender: gperf's perfect hash, generated for these names and compiled in. */
#include <stddef.h>
#include "contender.h"

const char *gperf_find(const char *name, size_t n);

static bool open_nothing(const struct name *names, size_t n, const char *base)
{
	(void)names;
	(void)n;
	(void)base;
	return true;
}

static bool has(const struct name *q)
{
	return gperf_find(q->p, q->n);
}

const struct contender by_gperf = {.who = "gperf", .open = open_nothing, .has = has};
