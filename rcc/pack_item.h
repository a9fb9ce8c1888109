/* SPDX-License-Identifier: MIT */
/* One file that is held in memory, from its contents or from the cache to what shall be stored. What pack.c and its
 * workers share. */
#ifndef RCC_PACK_ITEM_H
#define RCC_PACK_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "codec.h"
#include "pack_cache.h"
#include "pack_codec.h"
#include "plan.h"
#include "str.h"
#include "xxh3.h"

enum pack_fault { PACK_FINE, PACK_LARGE, PACK_CACHE, PACK_OPEN, PACK_KIND, PACK_READ, PACK_CHANGED, PACK_FILTER };

/* O_NONBLOCK: a FIFO that took a file's place since the walk must not hang. */
#define PACK_OPEN_FLAGS (O_RDONLY | O_NOCTTY | O_NONBLOCK)

struct pack_result {
	enum pack_fault fault;
	int error;          /* errno of the fault */
	char *words;        /* of PACK_FILTER, on the heap */
	bool ahead;         /* read already: seen.st.size bytes at `at` */
	bool hashed;        /* and seen.hash64 is their hash */
	size_t at;          /* where the stored bytes lie in the batch's buffer; before that, the contents where they were read to */
	uint64_t made[PACK_CODECS]; /* sizes of the frames that were made for the cache, though they may not have gained */
	struct cache_seen seen;
};

struct pack_state {
	struct codec *codec;
	struct fetcher *fetcher; /* NULL: files are read one at a time */
	struct sb contents, frame[PACK_CODECS]; /* of a batch's files that are compressed; of one of them */
	XXH3_state_t *hash; /* of the one that is read; made when first needed */
	struct sb bytes; /* a piece of a streamed file */
	struct cache_window window;
};

void pack_state_done(struct pack_state *s);

enum {
	PACK_HELD_STORE = 64 << 10,  /* larger files are streamed */
	PACK_HELD_ENCODE = 16 << 20  /* unless they are to be compressed: then from this size on */
};

/* Of n items, from the first-th of the plan's data order on, reads those that are sure to be read to behind what b holds, and
 * says so in r. */
void pack_items_ahead(struct pack_state *s, const struct pack_cache *c, const struct plan *p, size_t first, size_t n,
                      struct sb *b, struct pack_result *r);

/* Packs the item: its size, stored, hash and stored_codec are set, its stored bytes put into b. PACK_LARGE: it is to be
 * streamed. c->frames may be NULL, c->tree may not. *r: zero, or what pack_items_ahead has set. */
enum pack_fault pack_item(struct pack_state *s, const struct pack_cache *c, struct item *it, struct sb *b,
                          struct pack_result *r);

/* The item's file, to be read; -1 with errno. */
int pack_item_open(const struct tree *t, const struct item *it);

/* Of one file before and after it was read: did it stay as it was? */
bool pack_item_same(const struct stat *a, const struct stat *b);

/* Room for n more bytes at the end; returns where. Grows by little, for what is held is held once a batch. */
char *pack_item_room(struct sb *b, size_t n);

#endif
