/* SPDX-License-Identifier: MIT */
/* What pack asks of the cache: an item's contents by its stat values, a frame by its contents. */
#ifndef RCC_PACK_CACHE_H
#define RCC_PACK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "cache_tree.h"
#include "plan.h"

struct pack_cache {
	struct cache *frames;     /* NULL: there is no cache, and no other function is called */
	struct cache_tree *seen;
	const struct tree *tree;
	const struct dict *dict;  /* NULL: there is none */
};

/* What the item's contents are, if its file is as it was when it was last read; else NULL. Thread-safe, as are all but
 * the last two. */
const struct cache_seen *pack_cache_known(const struct pack_cache *c, const struct item *it);

/* What is known of the item's frame by one codec, or NULL. */
const struct cache_entry *pack_cache_find(const struct pack_cache *c, const struct item *it, int codec,
                                          const uint64_t hash[2]);

/* Is the size of every frame known that is to be tried of it? Then *codec is the one to store by, and *e its frame; NULL
 * with RCC_CODEC_STORE. */
bool pack_cache_pick(const struct pack_cache *c, const struct item *it, const struct cache_seen *seen, int *codec,
                     const struct cache_entry **e);

/* The item becomes the frame e. */
void pack_cache_take(struct item *it, const struct cache_seen *seen, int codec, const struct cache_entry *e);

/* Notes what was read. */
void pack_cache_note(const struct pack_cache *c, const struct item *it, const struct cache_seen *seen);

/* Remembers the item's frame, or with NULL that it does not gain. The main thread's. */
void pack_cache_add(const struct pack_cache *c, const struct item *it, int codec, const uint64_t hash[2],
                    const void *frame, uint64_t size);
/* The same for a frame that comes by cache_put, until cache_end. */
void pack_cache_begin(const struct pack_cache *c, const struct item *it, int codec, const uint64_t hash[2]);

#endif
