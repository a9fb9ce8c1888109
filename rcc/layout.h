/* SPDX-License-Identifier: MIT */
/* Stored bytes to a bundle image: dedupe, order, align, index (doc/format.md). Knows no ELF. Data stream
 * past; the index, whose size is known before, is written last. */
#ifndef RCC_LAYOUT_H
#define RCC_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "io.h"
#include "pack.h"
#include "plan.h"

/* A finished image. A plain value: emitters take it const. */
struct layout {
	const struct plan *plan;  /* every item's off, stored, stored_codec... are set */
	uint64_t size;            /* bytes of the image */
	uint64_t index_size;
	uint8_t form;             /* as in the header */
	uint64_t dict, dict_size; /* the dictionary; size 0: there is none */
	uint8_t align_log2;       /* the largest of any entry */
	uint64_t contents;        /* bytes of all contents */
	uint64_t shared_bytes;    /* stored bytes that dedupe spared */
	size_t shared;            /* entries whose bytes another has too */
	size_t compressed;        /* entries stored as frames */
};

/* An image for a linker to prune (doc/format.md, section 9). */
struct split {
	uint8_t form;  /* the header's */
	bool in_place; /* the distances hold what the linker is to add, for there is no room for it elsewhere */
};

/* In such an image, where an asset's record lies: bytes behind its first. */
static inline uint64_t split_record(const struct item *it)
{
	return align_up(it->stored + 1, 8);
}

/* In such an image, the alignment of a stored asset, log2: that of its record at the least. */
static inline unsigned split_align(const struct item *it)
{
	return it->stored_align < 3 ? 3 : it->stored_align;
}

/* Packs the plan's files into an image of at most max bytes, written to fd from base on. split: NULL for the packed
 * form; progress: shows how far it is. False: reported. */
bool layout_write(struct layout *l, struct diag *d, int fd, uint64_t base, uint64_t max, const char *out_path,
                  struct plan *p, struct pack *k, const struct split *split, bool progress);

#endif
