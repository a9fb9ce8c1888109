/* SPDX-License-Identifier: MIT */
/* Name to entry, number to entry. doc/format.md, sections 2 and 4. */
#include "core.h"

int rcc_i_compare(rcc_span a, const char *name, size_t len)
{
	size_t n = a.size < len ? a.size : len;
	int c = n ? memcmp(a.data, name, n) : 0;

	return c ? c : (a.size > len) - (a.size < len);
}

/* The first i in [0, hi) whose name is not less than name, or hi. Unreadable names count as less. */
static uint64_t lower_bound(const rcc_bundle *b, const char *name, size_t len, uint64_t hi)
{
	uint64_t lo = 0;

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		rcc_span s;

		if (rcc_i_record_name(b, rcc_i_ref(b, mid), &s) || rcc_i_compare(s, name, len) < 0)
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

static uint64_t by_search(const rcc_bundle *b, const char *name, size_t len)
{
	uint64_t count = rcc_i_header64(b, RCCF_H_COUNT), i = lower_bound(b, name, len, count);

	return i < count && is_named(b, rcc_i_ref(b, i), name, len) ? rcc_i_ref(b, i) : 0;
}

int rcc_lookup(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	uint64_t slots, off;

	if (!b || !name || !out)
		return RCC_EINVAL;
	slots = rccf_load32(rcc_i_base(b) + RCCF_H_SLOTS);
	off = slots ? by_table(b, slots, name, len) : by_search(b, name, len);
	return off ? rcc_i_check_record(b, off, out) : RCC_ENOENT;
}

size_t rcc_count(const rcc_bundle *b)
{
	return b ? (size_t)rcc_i_header64(b, RCCF_H_COUNT) : 0;
}

int rcc_at(const rcc_bundle *b, size_t i, rcc_entry *out)
{
	if (!b || !out)
		return RCC_EINVAL;
	return i < rcc_count(b) ? rcc_i_check_record(b, rcc_i_ref(b, i), out) : RCC_ENOENT;
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
	out->size = rcc_i_header64(b, RCCF_H_SIZE);
	out->index_size = rcc_i_header64(b, RCCF_H_INDEX_SIZE);
	out->align = (size_t)1 << rcc_i_base(b)[RCCF_H_ALIGN];
	out->index_hash = rcc_i_header64(b, RCCF_H_INDEX_HASH);
	out->data_hash[0] = rcc_i_header64(b, RCCF_H_DATA_HASH);
	out->data_hash[1] = rcc_i_header64(b, RCCF_H_DATA_HASH + 8);
	return 0;
}
