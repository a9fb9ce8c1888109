/* SPDX-License-Identifier: MIT */
/* Many names to their entries. One look-up waits for memory twice, for its bucket and for its record; here those of a group
 * are waited for together. */
#include "hash.h"
#include "table.h"

enum { MANY_GROUP = 16, MANY_LINE = 64 };

static inline void many_fetch(const unsigned char *p)
{
#ifdef __GNUC__
	__builtin_prefetch(p);
#else
	(void)p;
#endif
}

/* Has the name a length that names can have? */
static inline int many_fits(rcc_span name)
{
	return name.data && name.size - 1 < UINT32_MAX;
}

static inline uint64_t many_hash(rcc_span name)
{
	return name.size > 16 && name.size <= 64 ? XXH3_64bits(name.data, name.size) : rcc_i_hash64(name.data, name.size);
}

/* Asks for the bucket of each name, whose hash is kept, then for the record that each most likely has. What the bundle says
 * is not checked: to ask for a line that is not there does nothing. */
#ifdef __GNUC__
__attribute__((flatten))
#endif
static void many_ahead(const rcc_bundle *b, const rcc_span *names, size_t n, uint64_t hash[MANY_GROUP])
{
	const unsigned char *h = rcc_i_base(b), *table = h + rcc_i_header64(b, RCCF_H_TABLE), *bucket[MANY_GROUP];
	uint64_t buckets = rccf_load32(h + RCCF_H_BUCKETS);

	for (size_t i = 0; i < n; i++) {
		hash[i] = many_fits(names[i]) ? many_hash(names[i]) : 0;
		bucket[i] = table + rccf_bucket(hash[i], buckets) * RCCF_BUCKET_SIZE;
		many_fetch(bucket[i]);
	}
	for (size_t i = 0; i < n; i++) {
		unsigned found = rcc_i_lanes(bucket[i], rccf_tag(hash[i]));
		uintptr_t at;

		if (!found)
			continue;
		at = (uintptr_t)h + (uintptr_t)rccf_load32(bucket[i] + RCCF_BUCKET_RECS + 4 * rcc_i_lowest(found)) * 8;
		/* A record with a name that is not long lies on two lines. */
		many_fetch((const unsigned char *)at);
		many_fetch((const unsigned char *)(at + MANY_LINE));
	}
}

rcc_ssize rcc_lookup_many(const rcc_bundle *b, const rcc_span *names, size_t n, rcc_entry *out, int *results)
{
	rcc_ssize all = 0;

	if (!b || (n && (!names || !out || !results)))
		return RCC_EINVAL;
	for (size_t done = 0, group; done < n; done += group) {
		uint64_t hash[MANY_GROUP] = {0};

		group = n - done < MANY_GROUP ? n - done : MANY_GROUP;
		if (rccf_load32(rcc_i_base(b) + RCCF_H_BUCKETS))
			many_ahead(b, names + done, group, hash);
		for (size_t i = done; i < done + group; i++) {
			const char *name = (const char *)names[i].data;

			results[i] = !name ? RCC_EINVAL
			           : !many_fits(names[i]) ? RCC_ENOENT
			           : rcc_i_by_table(b, name, names[i].size, out + i, hash[i - done]);
			all += !results[i];
		}
	}
	return all;
}
