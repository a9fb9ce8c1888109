/* SPDX-License-Identifier: MIT */
/* A record to its name and to an entry: parts of check.c, inlined where a look-up ends and where a directory is listed. */
#ifndef RCC_RECORD_H
#define RCC_RECORD_H

#include "core.h"

/* Of what is rare, so that the common way needs few registers. Is that what x says, in most cases? */
#ifdef __GNUC__
#define RCC_I_RARE __attribute__((noinline))
#define RCC_I_OFTEN(x) __builtin_expect(!!(x), 1)
#else
#define RCC_I_RARE
#define RCC_I_OFTEN(x) (x)
#endif

/* [off, off + n) lies within size bytes. */
static inline int rcc_i_inside(uint64_t size, uint64_t off, uint64_t n)
{
	return off <= size && n <= size - off;
}

/* The name of the record at offset off, if both lie between begin and end and there is one; no more is checked. */
static inline int rcc_i_name_within(const rcc_bundle *b, uint64_t off, uint64_t begin, uint64_t end, rcc_span *out)
{
	const unsigned char *r;
	uint64_t room = end - off;
	uint32_t len;

	if (off % 8 || off < begin || off > end || room < RCCF_R_NAME)
		return RCC_ECORRUPT;
	r = rcc_i_base(b) + off;
	len = rccf_load32(r + RCCF_R_NAME_LEN);
	if (!len || len >= room - RCCF_R_NAME)
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

/* The record at offset off, whose name of len bytes, at least one, was found to lie within the index, as an entry; its
 * stored bytes must lie from begin on and end, with their NUL, before end. Each field is stored when it is known, so that few
 * registers are needed, and the one that points to the contents when all has been checked. */
static inline int rcc_i_fill(const rcc_bundle *b, uint64_t off, size_t len, uint64_t begin, uint64_t end, rcc_entry *out)
{
	const unsigned char *h = rcc_i_base(b), *r = h + off;
	uint64_t size = rccf_load64(r + RCCF_R_SIZE), stored = rccf_load64(r + RCCF_R_STORED), data;
	uint32_t mime, kind = rccf_load32(r + RCCF_R_CODEC);

	if (stored != size && !(kind & 0xff))
		return RCC_ECORRUPT;
	out->size = size;
	out->stored = stored;
	out->hash = rccf_load64(r + RCCF_R_HASH);
	out->bundle = b;
	out->name = (const char *)r + RCCF_R_NAME;
	out->name_len = len;
	out->codec = (int)(kind & 0xff);
	/* Behind the codec are the alignment and the flags, which are zero. */
	kind >>= 8;
	if (kind > h[RCCF_H_ALIGN])
		return RCC_ECORRUPT;
	out->align = (size_t)1 << kind;
	/* What begins before the bundle's name ends with the NUL behind that, at the latest. */
	mime = rccf_load32(r + RCCF_R_MIME);
	if (mime >= rcc_i_header64(b, RCCF_H_NAME) || r[RCCF_R_NAME + len])
		return RCC_ECORRUPT;
	out->mime = mime ? (const char *)h + mime : NULL;
	/* Whatever lies before the image wraps, and is beyond its end. */
	data = off + rccf_load64(r + RCCF_R_DATA);
	if (data < begin || data >= end || stored >= end - data)
		return RCC_ECORRUPT;
	out->data = h + data;
	return 0;
}

#endif
