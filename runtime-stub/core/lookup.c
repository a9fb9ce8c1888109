/* SPDX-License-Identifier: MIT */
/* Name to entry, number to entry. doc/format.md, sections 2 and 4. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "record.h"

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

/* Which slots of the bucket have that tag? A bit each. */
static inline unsigned lanes(const unsigned char *bucket, unsigned tag)
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
static inline unsigned lowest(unsigned bits)
{
#ifdef __GNUC__
	return (unsigned)__builtin_ctz(bits);
#else
	unsigned i = 0;

	for (; !(bits & 1); bits >>= 1)
		i++;
	return i;
#endif
}

#ifdef __SSE2__
static inline int is_equal16(const unsigned char *a, const char *b)
{
	const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)a), y = _mm_loadu_si128((const __m128i *)(const void *)b);

	return _mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) == 0xffff;
}
#endif

/* Are n bytes equal? Most names have more than 16, and a call of memcmp costs as much as they do. */
static inline int is_equal(const unsigned char *a, const char *b, size_t n)
{
#ifdef __SSE2__
	if (n >= 16) {
		/* The last 16 first: names differ at their ends. */
		if (!is_equal16(a + n - 16, b + n - 16))
			return 0;
		for (size_t at = 0; at + 16 < n; at += 16)
			if (!is_equal16(a + at, b + at))
				return 0;
		return 1;
	}
#endif
	return !memcmp(a, b, n);
}

/* By the look-up table. */
static int by_table(const rcc_bundle *b, uint64_t buckets, const char *name, size_t len, rcc_entry *out)
{
	const unsigned char *h = rcc_i_base(b), *table = h + rcc_i_header64(b, RCCF_H_TABLE);
	uint64_t index = rcc_i_header64(b, RCCF_H_INDEX_SIZE), hash = rcc_i_hash64(name, len), k = rccf_bucket(hash, buckets);
	unsigned tag = rccf_tag(hash);

	for (uint64_t left = buckets; left; left--) {
		const unsigned char *bucket = table + k * RCCF_BUCKET_SIZE;

		for (unsigned found = lanes(bucket, tag); found; found &= found - 1) {
			uint64_t off = (uint64_t)rccf_load32(bucket + RCCF_BUCKET_RECS + 4 * lowest(found)) * 8;

			if (off + RCCF_R_NAME + len < index && rccf_load32(h + off + RCCF_R_NAME_LEN) == len &&
			    is_equal(h + off + RCCF_R_NAME, name, len))
				return rcc_i_fill(b, off, len, index, rcc_i_header64(b, RCCF_H_SIZE), out);
		}
		if (!bucket[RCCF_BUCKET_SLOTS - 1])
			break;
		k = k + 1 < buckets ? k + 1 : 0;
	}
	return RCC_ENOENT;
}

static int by_search(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	const rcc_span wanted = {(const unsigned char *)name, len};
	uint64_t count = rcc_i_count(b), i;
	rcc_span s;
	int error = rcc_i_search(b, 0, count, is_less, &wanted, &i);

	if (error)
		return error;
	if (i == count || rcc_i_record_name(b, rcc_i_ref(b, i), &s) || rcc_i_compare(s, name, len))
		return RCC_ENOENT;
	return rcc_i_entry(b, i, out);
}

int rcc_lookup(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	uint64_t buckets;

	if (!b || !name || !out)
		return RCC_EINVAL;
	if (len > UINT32_MAX)
		return RCC_ENOENT;
	buckets = rccf_load32(rcc_i_base(b) + RCCF_H_BUCKETS);
	return buckets ? by_table(b, buckets, name, len, out) : by_search(b, name, len, out);
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
