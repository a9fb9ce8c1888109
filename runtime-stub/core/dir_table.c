/* SPDX-License-Identifier: MIT */
/* Directory to its range of entries, by the directory table. doc/format.md, section 12. */
#include "dir_table.h"

#include "record.h"

/* Lets the processor fetch that offset's line meanwhile. It may lie anywhere. */
static inline void prefetch(const rcc_bundle *b, uint64_t off)
{
#ifdef __GNUC__
	__builtin_prefetch((const void *)((uintptr_t)b + (uintptr_t)off));
#else
	(void)b, (void)off;
#endif
}

int rcc_i_dir_table(const rcc_bundle *b, const unsigned char **out)
{
	const unsigned char *h = rcc_i_base(b);
	uint64_t index = rcc_i_header64(b, RCCF_H_INDEX_SIZE), buckets = rccf_load32(h + RCCF_H_BUCKETS), at;

	if (rcc_i_is_split(b) || !(rccf_load32(h + RCCF_H_OPTIONAL) & RCCF_OPTIONAL_DIRS))
		return RCC_ENOENT;
	/* That the look-up table, which ends at `at`, lies within the index, is known. */
	at = rcc_i_header64(b, RCCF_H_TABLE) + buckets * RCCF_BUCKET_SIZE;
	if (!buckets || !rcc_i_inside(index, at, RCCF_BUCKET_SIZE))
		return RCC_ECORRUPT;
	buckets = rccf_load32(h + at + RCCF_DIRS_BUCKETS);
	if (!buckets || buckets > (index - at) / RCCF_BUCKET_SIZE - 1)
		return RCC_ECORRUPT;
	*out = h + at;
	return 0;
}

/* Fetches what a walk of the directory will read first: its references and a KiB of its records, which follow each other
 * as rcc writes them. The cost of a wrong guess is nothing but time. */
static void fetch(const rcc_bundle *b, const rcc_i_dir *d)
{
	enum { LINE = 64, MOST = 1024 };
	uint64_t refs = rcc_i_header64(b, RCCF_H_REFS) + d->first * RCCF_REF_SIZE;

	prefetch(b, refs);
	prefetch(b, refs + LINE);
	/* A record takes a line at least. */
	for (uint64_t off = LINE; off < d->count * LINE && off < MOST; off += LINE)
		prefetch(b, d->rec + off);
}

/* Is this slot's range one that the bundle has, and does its first name begin with the directory's? 1 or 0, or an
 * error. */
static int leads_to(const rcc_bundle *b, const unsigned char *slot, rcc_span dir, rcc_i_dir *out)
{
	rcc_span s;

	out->first = rccf_load32(slot + RCCF_DIR_FIRST);
	out->count = rccf_load32(slot + RCCF_DIR_COUNT);
	out->rec = (uint64_t)rccf_load32(slot + RCCF_DIR_REC) * 8;
	if (!rcc_i_inside(rcc_i_header64(b, RCCF_H_COUNT), out->first, out->count))
		return RCC_ECORRUPT;
	fetch(b, out);
	if (rcc_i_name_within(b, out->rec, RCCF_HEADER_SIZE, rcc_i_header64(b, RCCF_H_INDEX_SIZE), &s))
		return RCC_ECORRUPT;
	return s.size > dir.size && s.data[dir.size] == '/' && !memcmp(s.data, dir.data, dir.size);
}

int rcc_i_dir_find(const rcc_bundle *b, const unsigned char *table, rcc_span dir, rcc_i_dir *out)
{
	uint64_t buckets = rccf_load32(table + RCCF_DIRS_BUCKETS), hash = rcc_i_hash64(dir.data, dir.size);
	uint64_t slots = buckets * RCCF_DIR_SLOTS, k = rccf_bucket(hash, buckets) * RCCF_DIR_SLOTS;
	uint32_t key = rccf_dir_key(hash, dir.size);

	if (dir.size > RCCF_DIR_NAME_MAX)
		return RCC_ENOENT;
	for (uint64_t left = slots; left; left--) {
		const unsigned char *slot = table + RCCF_BUCKET_SIZE + k * RCCF_DIR_SIZE;

		if (!rccf_load32(slot + RCCF_DIR_COUNT))
			break;
		if (rccf_load32(slot + RCCF_DIR_KEY) == key) {
			int r = leads_to(b, slot, dir, out);

			if (r)
				return r < 0 ? r : 0;
		}
		k = k + 1 < slots ? k + 1 : 0;
	}
	return RCC_ENOENT;
}
