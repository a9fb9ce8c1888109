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
	/* item->stored bytes, until the next pack_next. NULL: large, read it by pack_stream; item->size is what it seems to
	 * be then, and the rest is not set. */
	const void *data;
};

/* Where a large file's stored bytes go, in pieces. */
struct pack_sink {
	bool (*put)(void *ctx, const void *p, size_t n); /* false: stop */
	/* Where a piece may lie before it is put, so that it need not be copied: *n bytes, no more than *n was before, but
	 * one at the least. NULL: nowhere. */
	char *(*room)(void *ctx, size_t *n);
	/* Told before the first piece that all size bytes of fd follow as they are, and that the file has been at rest: it may let
	 * its place have the file's own blocks. NULL: it never does. */
	void (*share)(void *ctx, int fd, uint64_t size);
	void *ctx;
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

/* A large file's stored bytes, to be called once after pack_next gave data NULL. With frame: as one zstd frame, or
 * as frames of chunks; else as it is (also a second time, when the frame did not gain). Sets the item's size, stored,
 * hash, stored_codec. False: reported, or the sink said so. */
bool pack_stream(struct pack *k, struct item *it, bool frame, const struct pack_sink *sink);

/* As many as pack_start was given. */
unsigned pack_workers(const struct pack *k);

void pack_stop(struct pack *k);

#endif
