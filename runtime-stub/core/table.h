/* SPDX-License-Identifier: MIT */
/* The look-up table of a packed image (doc/format.md, section 4), for one name and for many. */
#ifndef RCC_TABLE_H
#define RCC_TABLE_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core.h"

/* Which slots of the bucket have that tag? A bit each. */
static inline unsigned rcc_i_lanes(const unsigned char *bucket, unsigned tag)
{
#ifdef __SSE2__
	__m128i tags = _mm_loadu_si128((const __m128i *)(const void *)bucket);

	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(tags, _mm_set1_epi8((char)tag))) & ((1u << RCCF_BUCKET_SLOTS) - 1);
#else
	unsigned found = 0;

	for (unsigned i = 0; i < RCCF_BUCKET_SLOTS; i++)
		found |= (unsigned)(bucket[i] == tag) << i;
	return found;
#endif
}

/* The number of the lowest bit set; there is one. */
static inline size_t rcc_i_lowest(unsigned bits)
{
#ifdef __GNUC__
	return (size_t)__builtin_ctz(bits);
#else
	size_t i = 0;

	for (; !(bits & 1); bits >>= 1)
		i++;
	return i;
#endif
}

/* lookup.c: the name, of 1 to UINT32_MAX bytes, which has that hash: by the table, or by halves if there is none. */
RCC_HIDDEN int rcc_i_by_table(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out, uint64_t hash);

#endif
