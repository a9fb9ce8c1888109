/* SPDX-License-Identifier: MIT */
/* A record to its name and to an entry: parts of check.c, inlined where a look-up ends and where a directory is listed. */
#ifndef RCC_RECORD_H
#define RCC_RECORD_H

#include "core.h"

/* [off, off + n) lies within size bytes. */
static inline int rcc_i_inside(uint64_t size, uint64_t off, uint64_t n)
{
	return off <= size && n <= size - off;
}

/* The name of the record at offset off, if both lie between begin and end; no more is checked. */
static inline int rcc_i_name_within(const rcc_bundle *b, uint64_t off, uint64_t begin, uint64_t end, rcc_span *out)
{
	const unsigned char *r;
	uint32_t len;

	if (off % 8 || off < begin || !rcc_i_inside(end, off, RCCF_R_NAME))
		return RCC_ECORRUPT;
	r = rcc_i_base(b) + off;
	len = rccf_load32(r + RCCF_R_NAME_LEN);
	if (!rcc_i_inside(end, off + RCCF_R_NAME, (uint64_t)len + 1))
		return RCC_ECORRUPT;
	out->data = r + RCCF_R_NAME;
	out->size = len;
	return 0;
}

/* The offset of the i-th record of a packed bundle, i < count. */
static inline uint64_t rcc_i_packed_ref(const rcc_bundle *b, uint64_t i)
{
	uint64_t at = rcc_i_header64(b, RCCF_H_REFS) + i * RCCF_REF_SIZE;

	return at + rccf_load64(rcc_i_base(b) + at);
}

/* The record at offset off, whose name of len bytes was found to lie within the index, as an entry; its stored bytes
 * must lie from begin on and end, with their NUL, before end. */
static inline int rcc_i_fill(const rcc_bundle *b, uint64_t off, size_t len, uint64_t begin, uint64_t end, rcc_entry *out)
{
	const unsigned char *h = rcc_i_base(b), *r = h + off;
	uint64_t size = rccf_load64(r + RCCF_R_SIZE), stored = rccf_load64(r + RCCF_R_STORED);
	/* From begin on; whatever lies before it wraps and is beyond the end as well. */
	uint64_t data = off + rccf_load64(r + RCCF_R_DATA) - begin, room = end - begin;
	uint32_t mime = rccf_load32(r + RCCF_R_MIME), kind = rccf_load32(r + RCCF_R_CODEC);
	unsigned codec = kind & 0xff, align = kind >> 8 & 0xff;

	/* What begins before the bundle's name ends with the NUL behind that, at the latest. */
	if (!len || kind >> 16 || r[RCCF_R_NAME + len] || align > h[RCCF_H_ALIGN] || data >= room || stored >= room - data ||
	    (codec == RCC_CODEC_STORE && stored != size) || mime >= rcc_i_header64(b, RCCF_H_NAME))
		return RCC_ECORRUPT;
	out->bundle = b;
	out->name = (const char *)r + RCCF_R_NAME;
	out->name_len = len;
	out->size = size;
	out->stored = stored;
	out->hash = rccf_load64(r + RCCF_R_HASH);
	out->mime = mime ? (const char *)h + mime : NULL;
	out->align = (size_t)1 << align;
	out->codec = (int)codec;
	out->data = h + begin + data;
	return 0;
}

#endif
