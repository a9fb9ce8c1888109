/* SPDX-License-Identifier: MIT */
/* What cache.c and cache_save.c share: the cache in hand, and its index.
 *
 * DIR holds
 *	index              every frame that is known, sorted by key: replaced whole, under the lock
 *	frames-GENERATION  the pack: frames one behind the other, nothing else. Writers append to it without the lock
 *	frame-HASH         a frame too large to hold, alone
 *	tree-HASH          what a run saw (cache_tree.h)
 *	lock               locked by flock while the index is replaced; readers never look at it
 *	tmp-*              being written; what a killed writer left is removed after an hour
 *
 * One pack and not a file a frame, because opening a file costs more than reading a small frame: a frame out of the
 * pack is one pread. Appended to by O_APPEND, so that many processes can write at once. Nothing in a pack is ever
 * changed or moved: room is made by a new pack of another generation, and who has the old one open goes on
 * reading it. An index that names another generation than the pack in hand can therefore not mislead. */
#ifndef RCC_CACHE_INDEX_H
#define RCC_CACHE_INDEX_H

#include <xxhash.h>

#include "cache.h"
#include "cache_file.h"

enum { CACHE_HELD = 1 << 20, CACHE_PIECE = 256 << 10 };

struct cache_index {
	struct cache_file file;
	uint64_t generation, clock;
	const struct cache_entry *v; /* sorted by key */
	size_t n;
	uint32_t *part;              /* where the keys of each beginning begin; for cache_index_find */
	unsigned bits;               /* of such a beginning */
};

struct cache {
	struct diag *d;
	const char *path;
	int dir, pack;             /* pack -1: none yet */
	int from;                  /* the pack as it was when the run began, which workers read; -1: none */
	uint64_t limit;
	bool loaded;
	struct cache_index base;   /* as it was when the run began */
	unsigned char *used;       /* for each of base: was it of use? Written by workers */
	struct cache_entry *fresh; /* added by this run */
	size_t nfresh, room, waiting; /* the last `waiting` of them lie in held, and their off counts from its begin */
	struct sb held;            /* frames on their way to the pack */
	uint64_t added;            /* bytes */
	bool closed;               /* no more is taken: the disk is full, or the limit reached */
	struct {
		int fd;                /* -1: none is being written */
		char temp[CACHE_NAME];
		struct cache_entry e;
		XXH3_state_t *hash;
	} alone;
};

/* False: there is none, or it is damaged; *x is empty then, of a generation nobody has. */
bool cache_index_load(struct cache_index *x, int dir);
/* Is what lies in dir still what was loaded? */
bool cache_index_same(const struct cache_index *x, int dir);
/* The entry with this key, or NULL. */
const struct cache_entry *cache_index_find(const struct cache_index *x, const struct cache_key *key);
bool cache_index_save(const struct cache_index *x, int dir);
void cache_index_done(struct cache_index *x);

int cache_key_cmp(const void *x, const void *y); /* of two entries */
uint64_t cache_key_seed(const struct cache_key *key);

void cache_pack_name(char name[static CACHE_NAME], uint64_t generation);
void cache_alone_name(char name[static CACHE_NAME], const struct cache_key *key);

/* Appends to the pack what is held. */
void cache_flush(struct cache *c);
/* The offset in fd, a pack, at which n bytes now lie; CACHE_NONE: they do not. */
uint64_t cache_append(int fd, const void *p, size_t n);

/* cache_save.c: joins what is fresh and what was used to the index as it is now, and keeps within the limit. */
void cache_save(struct cache *c);

#endif
