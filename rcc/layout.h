/* SPDX-License-Identifier: MIT */
/* Stored bytes to a bundle image: dedupe, order, align, index (doc/format.md). Knows no ELF. Data stream
 * past; the index, whose size is known before, is written last. */
#ifndef RCC_LAYOUT_H
#define RCC_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "pack.h"
#include "plan.h"

/* A finished image. A plain value: emitters take it const. */
struct layout {
	const struct plan *plan;  /* every item's off, stored, stored_codec... are set */
	uint64_t size;            /* bytes of the image */
	uint64_t index_size;
	uint8_t align_log2;       /* the largest of any entry */
	uint64_t contents;        /* bytes of all contents */
	uint64_t shared_bytes;    /* stored bytes that dedupe spared */
	size_t shared;            /* entries whose bytes another has too */
	size_t compressed;        /* entries stored as frames */
};

/* Packs the plan's files into an image of at most max bytes, written to fd from base on; progress: shows how far
 * it is. False: reported. */
bool layout_write(struct layout *l, struct diag *d, int fd, uint64_t base, uint64_t max, const char *out_path,
                  struct plan *p, struct pack *k, bool progress);

#endif
