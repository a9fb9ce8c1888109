/* SPDX-License-Identifier: MIT */
/* --cache DIR: compressed frames by what they were made from. A fault here is a miss, never another output: no frame is
 * handed out whose check fails, and nothing here reports an error but that DIR cannot be had. */
#ifndef RCC_CACHE_H
#define RCC_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

/* What decides a frame's bytes. Zeroed before it is filled: it is hashed whole. */
struct cache_key {
	uint64_t hash[2];  /* XXH3-128 of the contents */
	uint64_t dict;     /* of the dictionary; of a file in chunks, their size; 0: neither */
	int32_t level;
	uint32_t codec;    /* codec_version(): another library makes other frames */
};

/* Where a frame is; as it lies on disk. */
struct cache_entry {
	struct cache_key key;
	uint64_t off;      /* in the pack, or one of the two below */
	uint64_t stored;   /* its size */
	uint64_t check;    /* XXH3-64 of its bytes, seeded by the key */
	uint64_t used;     /* the cache's clock when it was last of use */
};
#define CACHE_ALONE UINT64_MAX        /* the frame is a file of its own */
#define CACHE_NONE (UINT64_MAX - 1)   /* it gained nothing: its size is all that is known */

struct cache;

/* Opens or makes DIR, to hold at most limit bytes. NULL: reported. */
struct cache *cache_open(struct diag *d, const char *dir, uint64_t limit);

/* The directory, for what else is kept there. */
int cache_dir(const struct cache *c);

/* Reads what is known of frames. To be called once, before the functions below, by a run that will want some. */
void cache_load(struct cache *c);

/* What is known of a frame; NULL: nothing. Thread-safe. */
const struct cache_entry *cache_find(struct cache *c, const struct cache_key *key);
/* Frames that lie near each other are read together: what was read last, for one thread. Zeroed at first; p is the
 * owner's to free. */
struct cache_window {
	char *p;
	uint64_t off;  /* where it lies in the pack */
	size_t n;
	uint64_t next; /* where the last frame ended */
};

/* All of a frame, to a buffer of e->stored bytes. w may be NULL. False: a miss. Thread-safe. */
bool cache_fetch(struct cache *c, struct cache_window *w, const struct cache_entry *e, void *buf);
/* A frame in pieces; its check is known to hold before the first. CACHE_CHANGED: it was altered meanwhile. */
enum cache_streamed { CACHE_MISS, CACHE_STREAMED, CACHE_STOPPED, CACHE_CHANGED };
enum cache_streamed cache_stream(struct cache *c, const struct cache_entry *e,
                                 bool (*sink)(void *ctx, const void *p, size_t n), void *ctx);

/* Remembers a frame, or with frame NULL its size only. The main thread's, as are those below. */
void cache_add(struct cache *c, const struct cache_key *key, const void *frame, uint64_t stored);
/* Remembers one that comes in pieces: begin, put, and end, which keeps it or drops it. */
void cache_begin(struct cache *c, const struct cache_key *key);
void cache_put(struct cache *c, const void *p, size_t n);
void cache_end(struct cache *c, bool keep);

/* After cache_load: writes down what is new and what was used, and lets the least recently used go. Frees all; NULL is
 * fine. */
void cache_close(struct cache *c);

#endif
