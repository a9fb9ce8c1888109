/* SPDX-License-Identifier: MIT */
/* Name to entry, number to entry. doc/format.md, sections 2 and 4. */
#include "core.h"

int rcc_i_compare(rcc_span a, const char *name, size_t len)
{
	size_t n = a.size < len ? a.size : len;
	int c = n ? memcmp(a.data, name, n) : 0;

	return c ? c : (a.size > len) - (a.size < len);
}

int rcc_i_search(const rcc_bundle *b, uint64_t lo, uint64_t hi, rcc_i_before *before, const void *arg, uint64_t *out)
{
	/* The ordinals that are left for those from lo up to hi: at least as many. */
	uint64_t low = lo, high = rcc_i_header64(b, RCCF_H_COUNT) - (rcc_i_count(b) - hi);

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2, ordinal = rcc_i_ordinal(b, mid);
		rcc_span s;

		if (ordinal < low || ordinal - low < mid - lo || ordinal >= high || high - ordinal < hi - mid ||
		    rcc_i_name(b, mid, &s))
			return RCC_ECORRUPT;
		if (before(s, arg)) {
			lo = mid + 1;
			low = ordinal + 1;
		} else {
			hi = mid;
			high = ordinal;
		}
	}
	*out = lo;
	return 0;
}

static int is_less(rcc_span s, const void *arg)
{
	const rcc_span *name = arg;

	return rcc_i_compare(s, (const char *)name->data, name->size) < 0;
}

/* Is the name of the record at off this one? */
static int is_named(const rcc_bundle *b, uint64_t off, const char *name, size_t len)
{
	rcc_span s;

	return !rcc_i_record_name(b, off, &s) && s.size == len && !memcmp(s.data, name, len);
}

/* The offset of the record of that name by the look-up table; 0: not there. */
static uint64_t by_table(const rcc_bundle *b, uint64_t slots, const char *name, size_t len)
{
	const unsigned char *table = rcc_i_base(b) + rcc_i_header64(b, RCCF_H_TABLE);
	uint64_t hash = rcc_i_hash64(name, len), k = (hash >> 32) * slots >> 32;

	for (uint64_t probes = 0; probes < slots; probes++) {
		const unsigned char *slot = table + k * RCCF_SLOT_SIZE;
		uint64_t off = (uint64_t)rccf_load32(slot + 4) * 8;

		if (!off)
			return 0;
		if (rccf_load32(slot) == (uint32_t)hash && is_named(b, off, name, len))
			return off;
		k = k + 1 < slots ? k + 1 : 0;
	}
	return 0;
}

static int by_search(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	const rcc_span wanted = {(const unsigned char *)name, len};
	uint64_t count = rcc_i_count(b), i;
	int error = rcc_i_search(b, 0, count, is_less, &wanted, &i);

	if (error)
		return error;
	return i < count && is_named(b, rcc_i_ref(b, i), name, len) ? rcc_i_entry(b, i, out) : RCC_ENOENT;
}

int rcc_lookup(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	uint64_t slots, off;

	if (!b || !name || !out)
		return RCC_EINVAL;
	slots = rccf_load32(rcc_i_base(b) + RCCF_H_SLOTS);
	if (!slots)
		return by_search(b, name, len, out);
	off = by_table(b, slots, name, len);
	return off ? rcc_i_check_record(b, off, out) : RCC_ENOENT;
}

size_t rcc_count(const rcc_bundle *b)
{
	return b ? (size_t)rcc_i_count(b) : 0;
}

int rcc_at(const rcc_bundle *b, size_t i, rcc_entry *out)
{
	if (!b || !out)
		return RCC_EINVAL;
	return i < rcc_count(b) ? rcc_i_entry(b, i, out) : RCC_ENOENT;
}

int rcc_open_memory(const void *image, size_t size, const rcc_bundle **out)
{
	int e;

	if (!image || !out)
		return RCC_EINVAL;
	e = rcc_i_check_header(image, size);
	if (!e)
		*out = image;
	return e;
}

int rcc_get_info(const rcc_bundle *b, rcc_info *out)
{
	if (!b || !out)
		return RCC_EINVAL;
	out->name = (const char *)rcc_i_base(b) + rcc_i_header64(b, RCCF_H_NAME);
	out->name_len = rccf_load32(rcc_i_base(b) + RCCF_H_NAME_LEN);
	out->count = rcc_count(b);
	out->size = rcc_i_size(b);
	out->index_size = rcc_i_index_size(b);
	out->align = (size_t)1 << rcc_i_base(b)[RCCF_H_ALIGN];
	out->index_hash = rcc_i_header64(b, RCCF_H_INDEX_HASH);
	out->data_hash[0] = rcc_i_header64(b, RCCF_H_DATA_HASH);
	out->data_hash[1] = rcc_i_header64(b, RCCF_H_DATA_HASH + 8);
	return 0;
}
