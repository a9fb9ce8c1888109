/* SPDX-License-Identifier: MIT */
/* Which names are taken (-x, -i, --keep) and in what order their data lie (--order). Pure. */
#ifndef RCC_SELECT_H
#define RCC_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "diag.h"
#include "str.h"

struct select_glob {
	struct str pattern;
	bool include;
};

/* Names of a list file, for --keep and --order: sorted by name, rank is the place in the file. */
struct name_list {
	struct listed {
		struct str name;
		uint32_t rank;
		bool seen; /* set by the caller that met the name, so that those missing can be told */
	} *v;
	size_t n;
};

struct select {
	struct select_glob *glob;
	size_t nglobs;
	bool keeping; /* --keep was given */
	struct name_list keep, order;
};

/* Adds a -x or -i pattern. False: a bad pattern, reported by the caller with rcc_i_match_fault. */
bool select_add(struct select *s, struct arena *a, const char *pattern, bool include);

/* As grep's --include and --exclude: the last that matches wins; a name none matches is taken unless the
 * first pattern is an include. */
bool select_name(const struct select *s, struct str name);
/* May a name below this directory be taken? */
bool select_may_descend(const struct select *s, struct str dir);

/* One name a line, which ends at \n: a \r before it is part of the name. Empty lines are skipped; names not
 * fit for a bundle are reported. A name twice: the first place counts. */
void name_list_parse(struct name_list *l, struct arena *a, struct diag *d, const char *file, struct str text);
/* NULL if it is not listed. */
struct listed *name_list_find(const struct name_list *l, struct str name);

#endif
