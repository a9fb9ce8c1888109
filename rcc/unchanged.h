/* SPDX-License-Identifier: MIT */
/* Are the outputs what this run would make again? Told from what the cache remembers of the run that made them, by
 * walking the tree and asking for each file's stat values, without reading any. */
#ifndef RCC_UNCHANGED_H
#define RCC_UNCHANGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "cache_tree.h"
#include "compile_options.h"
#include "like.h"
#include "plan.h"

/* What the outputs come from, beside the tree's files. Borrowed. */
struct unchanged_from {
	const struct compile_options *o;
	const struct like *like;      /* looked at when o->like is set */
	const struct tree *tree;
	const struct str *text;       /* the texts' paths; what they said is in o->said */
	size_t ntexts;
	const char *const *path;      /* of the outputs; NULL: not asked for */
	const struct stat *old;       /* what was there when the run began; st_nlink 0: nothing */
	size_t n;                     /* CACHE_OUTPUTS of them at most */
};

struct unchanged {
	struct diag *d;
	struct cache *cache;     /* NULL without --cache, and the next too */
	struct cache_tree *seen;
	struct cache_made made;
};

/* Opens the cache, before anything is read. False: reported. */
bool unchanged_open(struct unchanged *u, struct diag *d, const struct compile_options *o);

/* When the tree was walked: loads what is remembered. True: the outputs are up to date. */
bool unchanged_look(struct unchanged *u, const struct unchanged_from *f);

/* Output i is finished, in the file fd, and about to be put in its place. */
void unchanged_made(struct unchanged *u, size_t i, int fd);

/* All outputs are in their places: remembers what they were made from, and the files as they were. After warnings the
 * outputs are made again the next time, so that nothing goes unsaid. */
void unchanged_remember(struct unchanged *u, const struct unchanged_from *f, const struct plan *p);

/* Writes the cache down and frees all. */
void unchanged_done(struct unchanged *u);

#endif
