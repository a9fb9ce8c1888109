/* SPDX-License-Identifier: MIT */
/* Images whose last word a linker had (doc/format.md, 9): where they end, and whether what is left of their references
 * is still in order. With check.c the sole place that tests a bound. */
#include "core.h"

/* A distance that the linker wrote: the offset it leads to, wherever that is. */
static uint64_t split_target(const unsigned char *h, uint64_t at)
{
	unsigned form = h[RCCF_H_FORM];

	return at + (uint64_t)rccf_load_rel(h + at, (form & RCCF_FORM_BIG) != 0, (form & RCCF_FORM_NARROW) != 0);
}

/* Are there zeros behind a distance, where it is the narrow kind? */
static int split_is_narrow(const unsigned char *h, uint64_t at)
{
	return !(h[RCCF_H_FORM] & RCCF_FORM_NARROW) || !rccf_load32(h + at + 4);
}

/* Does mark lie at offset at, between lo and avail? */
static int split_marked(const unsigned char *h, uint64_t lo, uint64_t avail, uint64_t at, const char mark[RCCF_MARK_SIZE])
{
	return at >= lo && at <= avail && avail - at >= RCCF_MARK_SIZE && !memcmp(h + at, mark, RCCF_MARK_SIZE);
}

/* Do n references, no more than limit, ascend, all below limit, as far as the first 64 and the last tell? */
static int split_ascends(const unsigned char *refs, uint64_t n, uint64_t limit)
{
	enum { SPLIT_LOOKED_AT = 64 };
	uint64_t next = 0;

	if (n > limit)
		return 0;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t ordinal;

		if (i == SPLIT_LOOKED_AT)
			i = n - 1;
		ordinal = rccf_load32(refs + i * RCCF_SPLIT_REF_SIZE + RCCF_S_ORDINAL);
		if (ordinal < next)
			return 0;
		next = ordinal + 1;
	}
	return next <= limit;
}

int rcc_i_check_split(const unsigned char *h, uint64_t avail)
{
	uint64_t refs = rccf_load64(h + RCCF_H_REFS), count = rccf_load64(h + RCCF_H_COUNT);
	uint64_t size = rccf_load64(h + RCCF_H_SIZE), end = split_target(h, RCCF_H_REFS_END);

	if (avail > PTRDIFF_MAX)
		avail = PTRDIFF_MAX;
	if (refs < RCCF_HEADER_SIZE || refs > avail || refs % 16 || rccf_load64(h + RCCF_H_TABLE) || rccf_load32(h + RCCF_H_BUCKETS))
		return RCC_ECORRUPT;
	/* Of the compiled image: whether the numbers agree. */
	if (count >= size / RCCF_SPLIT_REF_SIZE || rccf_load64(h + RCCF_H_INDEX_SIZE) > size ||
	    rccf_load64(h + RCCF_H_INDEX_SIZE) != refs + (count + 1) * RCCF_SPLIT_REF_SIZE)
		return RCC_ECORRUPT;
	/* Of what is here. */
	if (!split_is_narrow(h, RCCF_H_REFS_END) || !split_is_narrow(h, RCCF_H_FOOTER) ||
	    !split_marked(h, refs, avail, end, RCCF_REFS_END) || (end - refs) % RCCF_SPLIT_REF_SIZE ||
	    !split_marked(h, end + RCCF_MARK_SIZE, avail, split_target(h, RCCF_H_FOOTER), RCCF_FOOTER))
		return RCC_ECORRUPT;
	return split_ascends(h + refs, (end - refs) / RCCF_SPLIT_REF_SIZE, count) ? 0 : RCC_ECORRUPT;
}

uint64_t rcc_i_size(const rcc_bundle *b)
{
	return rcc_i_is_split(b) ? split_target(rcc_i_base(b), RCCF_H_FOOTER) + RCCF_MARK_SIZE
	                         : rcc_i_header64(b, RCCF_H_SIZE);
}

uint64_t rcc_i_index_size(const rcc_bundle *b)
{
	return rcc_i_is_split(b) ? split_target(rcc_i_base(b), RCCF_H_REFS_END) + RCCF_MARK_SIZE
	                         : rcc_i_header64(b, RCCF_H_INDEX_SIZE);
}

uint64_t rcc_i_count(const rcc_bundle *b)
{
	if (!rcc_i_is_split(b))
		return rcc_i_header64(b, RCCF_H_COUNT);
	return (split_target(rcc_i_base(b), RCCF_H_REFS_END) - rcc_i_header64(b, RCCF_H_REFS)) / RCCF_SPLIT_REF_SIZE;
}

uint64_t rcc_i_ref(const rcc_bundle *b, uint64_t i)
{
	uint64_t at = rcc_i_header64(b, RCCF_H_REFS);

	if (rcc_i_is_split(b))
		return split_target(rcc_i_base(b), at + i * RCCF_SPLIT_REF_SIZE);
	at += i * RCCF_REF_SIZE;
	return at + rccf_load64(rcc_i_base(b) + at);
}

uint64_t rcc_i_ordinal(const rcc_bundle *b, uint64_t i)
{
	if (!rcc_i_is_split(b))
		return i;
	return rccf_load32(rcc_i_base(b) + rcc_i_header64(b, RCCF_H_REFS) + i * RCCF_SPLIT_REF_SIZE + RCCF_S_ORDINAL);
}

/* Is the i-th reference between its neighbours, and does it lead to the record that it was made for, whose name this
 * is? */
static int split_ref_fits(const rcc_bundle *b, uint64_t i, rcc_span name)
{
	uint64_t at = rcc_i_header64(b, RCCF_H_REFS) + i * RCCF_SPLIT_REF_SIZE, ordinal = rcc_i_ordinal(b, i);

	return split_is_narrow(rcc_i_base(b), at) && (!i || rcc_i_ordinal(b, i - 1) < ordinal) &&
	       (i + 1 == rcc_i_count(b) || ordinal < rcc_i_ordinal(b, i + 1)) &&
	       (uint32_t)rcc_i_hash64(name.data - RCCF_R_NAME, RCCF_R_NAME + name.size) ==
	               rccf_load32(rcc_i_base(b) + at + RCCF_S_CHECK);
}

int rcc_i_name(const rcc_bundle *b, uint64_t i, rcc_span *out)
{
	rcc_span name;

	if (rcc_i_record_name(b, rcc_i_ref(b, i), &name) || (rcc_i_is_split(b) && !split_ref_fits(b, i, name)))
		return RCC_ECORRUPT;
	*out = name;
	return 0;
}

int rcc_i_entry(const rcc_bundle *b, uint64_t i, rcc_entry *out)
{
	rcc_span name;

	if (rcc_i_is_split(b) && rcc_i_name(b, i, &name))
		return RCC_ECORRUPT;
	return rcc_i_check_record(b, rcc_i_ref(b, i), out);
}
