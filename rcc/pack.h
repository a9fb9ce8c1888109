/* SPDX-License-Identifier: MIT */
/* A plan's files to stored bytes, by filter and codec, on jobs. Knows no offsets. */
#ifndef RCC_PACK_H
#define RCC_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "codec.h"
#include "diag.h"
#include "plan.h"
#include "tree.h"

/* One file, packed. Its item's size, stored, hash and stored_codec are set. */
struct packed {
	struct item *item;
	const void *data; /* item->stored bytes, until the next pack_next; NULL: large, read it by pack_stream */
};

struct pack;
struct cache;
struct cache_tree;

/* frames, seen: what is remembered of the runs before, or NULL. */
struct pack *pack_start(struct diag *d, struct plan *p, const struct tree *t, unsigned workers, struct cache *frames,
                        struct cache_tree *seen);

/* The next file in the plan's data order. Files that could not be read are reported and passed over: the
 * image is void then, as diag_failed tells. False: no more, or too many faults. */
bool pack_next(struct pack *k, struct packed *out);

/* A large file's stored bytes in pieces, to be called once after pack_next gave data NULL. With frame: as one
 * zstd frame; else as it is (also a second time, when the frame did not gain). Sets the item's size, stored,
 * hash, stored_codec. False: reported, or sink said so. */
bool pack_stream(struct pack *k, struct item *it, bool frame, bool (*sink)(void *ctx, const void *p, size_t n), void *ctx);

/* As many as pack_start was given. */
unsigned pack_workers(const struct pack *k);

void pack_stop(struct pack *k);

#endif
