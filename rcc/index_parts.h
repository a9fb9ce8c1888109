/* SPDX-License-Identifier: MIT */
/* What both forms of an index are made of: MIME types, records, the header's common fields. */
#ifndef RCC_INDEX_PARTS_H
#define RCC_INDEX_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "../runtime-stub/rcc_format.h"
#include "io.h"
#include "layout.h"
#include "plan.h"

/* The distinct MIME types of a plan, in the order they first occur; each with its offset from the header. */
struct mimes {
	struct str *type;
	uint64_t *off;
	size_t n;
	uint32_t *place; /* a hash table of 1 + an index into type, a power of two */
	size_t places;
};

/* Gives each its place from *at on, which becomes the first byte behind. */
void mimes_init(struct mimes *m, const struct plan *p, uint64_t *at);
void mimes_done(struct mimes *m);
/* To their offsets from h, in zeroed bytes. */
void mimes_put(const struct mimes *m, unsigned char *h);

static inline uint64_t record_size(const struct item *it)
{
	return align_up(RCCF_R_NAME + it->name.n + 1, 8);
}

/* Into record_size zeroed bytes; at: where in the image they will lie. */
void record_put(unsigned char *r, uint64_t at, const struct item *it, const struct mimes *m);

/* Where what the header points to lies. */
struct header_parts {
	uint64_t refs, table, name;
	uint64_t dirs; /* the directory table, right behind the look-up table; 0: there is none */
	uint32_t buckets;
};

/* All but index_hash, into zeroed bytes. */
void header_put(unsigned char *h, const struct layout *l, const struct header_parts *at, const uint64_t data_hash[2]);

#endif
