/* SPDX-License-Identifier: MIT */
/* Name to entry, number to entry. doc/format.md, sections 2 and 4. */
#include "core.h"

int rcci_compare(rcc_span a, const char *name, size_t len)
{
	size_t n = a.size < len ? a.size : len;
	int c = n ? memcmp(a.data, name, n) : 0;

	return c ? c : (a.size > len) - (a.size < len);
}

uint64_t rcci_lower_bound(const rcc_bundle *b, const char *name, size_t len, uint64_t lo, uint64_t hi)
{
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		rcc_span s;

		if (rcci_record_name(b, rcci_ref(b, mid), &s) || rcci_compare(s, name, len) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Is the name of the record at off this one? */
static int is_named(const rcc_bundle *b, uint64_t off, const char *name, size_t len)
{
	rcc_span s;

	return !rcci_record_name(b, off, &s) && s.size == len && !memcmp(s.data, name, len);
}

/* The offset of the record of that name by the look-up table; 0: not there. */
static uint64_t by_table(const rcc_bundle *b, uint64_t slots, const char *name, size_t len)
{
	const unsigned char *table = rcci_base(b) + rcci_header64(b, RCCF_H_TABLE);
	uint64_t hash = rcci_hash64(name, len), k = (hash >> 32) * slots >> 32;

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

static uint64_t by_search(const rcc_bundle *b, const char *name, size_t len)
{
	uint64_t count = rcci_header64(b, RCCF_H_COUNT), i = rcci_lower_bound(b, name, len, 0, count);

	return i < count && is_named(b, rcci_ref(b, i), name, len) ? rcci_ref(b, i) : 0;
}

int rcc_lookup(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	uint64_t slots, off;

	if (!b || !name || !out)
		return RCC_EINVAL;
	slots = rccf_load32(rcci_base(b) + RCCF_H_SLOTS);
	off = slots ? by_table(b, slots, name, len) : by_search(b, name, len);
	return off ? rcci_check_record(b, off, out) : RCC_ENOENT;
}

size_t rcc_count(const rcc_bundle *b)
{
	return b ? (size_t)rcci_header64(b, RCCF_H_COUNT) : 0;
}

int rcc_at(const rcc_bundle *b, size_t i, rcc_entry *out)
{
	if (!b || !out)
		return RCC_EINVAL;
	return i < rcc_count(b) ? rcci_check_record(b, rcci_ref(b, i), out) : RCC_ENOENT;
}

int rcc_open_memory(const void *image, size_t size, const rcc_bundle **out)
{
	int e;

	if (!image || !out)
		return RCC_EINVAL;
	e = rcci_check_header(image, size);
	if (!e)
		*out = image;
	return e;
}

int rcc_get_info(const rcc_bundle *b, rcc_info *out)
{
	if (!b || !out)
		return RCC_EINVAL;
	out->name = (const char *)rcci_base(b) + rcci_header64(b, RCCF_H_NAME);
	out->name_len = rccf_load32(rcci_base(b) + RCCF_H_NAME_LEN);
	out->count = rcc_count(b);
	out->size = rcci_header64(b, RCCF_H_SIZE);
	out->index_size = rcci_header64(b, RCCF_H_INDEX_SIZE);
	out->align = (size_t)1 << rcci_base(b)[RCCF_H_ALIGN];
	out->index_hash = rcci_header64(b, RCCF_H_INDEX_HASH);
	out->data_hash[0] = rcci_header64(b, RCCF_H_DATA_HASH);
	out->data_hash[1] = rcci_header64(b, RCCF_H_DATA_HASH + 8);
	return 0;
}
