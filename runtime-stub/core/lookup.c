/* SPDX-License-Identifier: MIT */
/* Name to entry, number to entry. doc/format.md, sections 2 and 4. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "hash.h"
#include "record.h"
#include "table.h"

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

/* Where there is no look-up table. */
static RCC_I_RARE int by_search(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	const rcc_span wanted = {(const unsigned char *)name, len};
	uint64_t count = rcc_i_count(b), i;
	rcc_span s;
	int error = rcc_i_search(b, 0, count, is_less, &wanted, &i);

	if (error)
		return error;
	if (i == count || rcc_i_name(b, i, &s) || s.size != len || memcmp(s.data, name, len))
		return RCC_ENOENT;
	return rcc_i_entry(b, i, out);
}

#ifdef __SSE2__
/* Sixteen bytes of each: -1 where they are equal. */
static inline __m128i equal16(const unsigned char *a, const char *b)
{
	return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)a), _mm_loadu_si128((const __m128i *)(const void *)b));
}
#endif

/* Are n bytes equal? Most names have more than 16, and a call of memcmp costs as much as they do. */
static inline int is_equal(const unsigned char *a, const char *b, size_t n)
{
#ifdef __SSE2__
	__m128i same;

	if (!RCC_I_OFTEN(n >= 16)) {
		while (n && a[n - 1] == (unsigned char)b[n - 1])
			n--;
		return !n;
	}
	/* All of it at once, the last parts overlapping others. */
	same = _mm_and_si128(equal16(a, b), equal16(a + n - 16, b + n - 16));
	if (n > 32)
		same = _mm_and_si128(same, _mm_and_si128(equal16(a + 16, b + 16), equal16(a + n - 32, b + n - 32)));
	for (size_t at = 32; !RCC_I_OFTEN(at + 32 >= n); at += 16)
		same = _mm_and_si128(same, equal16(a + at, b + at));
	return _mm_movemask_epi8(same) == 0xffff;
#else
	return !memcmp(a, b, n);
#endif
}

RCC_I_RARE int rcc_i_by_table(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out, uint64_t hash)
{
	const unsigned char *h = rcc_i_base(b), *table = h + rcc_i_header64(b, RCCF_H_TABLE);
	uint64_t index = rcc_i_header64(b, RCCF_H_INDEX_SIZE), buckets = rccf_load32(h + RCCF_H_BUCKETS);
	uint64_t k = rccf_bucket(hash, buckets), left = buckets;
	unsigned tag = rccf_tag(hash);

	if (!RCC_I_OFTEN(buckets))
		return by_search(b, name, len, out);
	do {
		const unsigned char *bucket = table + k * RCCF_BUCKET_SIZE;

		for (unsigned found = rcc_i_lanes(bucket, tag); found; found &= found - 1) {
			uint64_t off = (uint64_t)rccf_load32(bucket + RCCF_BUCKET_RECS + 4 * rcc_i_lowest(found)) * 8;

			if (RCC_I_OFTEN(off + RCCF_R_NAME + len < index && rccf_load32(h + off + RCCF_R_NAME_LEN) == (uint32_t)len &&
			                is_equal(h + off + RCCF_R_NAME, name, len)))
				return rcc_i_fill(b, off, len, index, rcc_i_header64(b, RCCF_H_SIZE), out);
		}
		if (RCC_I_OFTEN(!bucket[RCCF_BUCKET_MORE]))
			break;
		k = k + 1 < buckets ? k + 1 : 0;
	} while (--left);
	return RCC_ENOENT;
}

/* A name whose hash is worth a call. */
static RCC_I_RARE int by_call(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	return !len || len > UINT32_MAX ? RCC_ENOENT : rcc_i_by_table(b, name, len, out, rcc_i_hash64(name, len));
}

#ifdef __GNUC__
__attribute__((flatten)) /* also where hash.c stands in the same file, and XXH3_64bits is called twice */
#endif
int rcc_lookup(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	if (!b || !name || !out)
		return RCC_EINVAL;
	/* Most names are of this length, which hashes by a few instructions. */
	if (!RCC_I_OFTEN(len > 16 && len <= 64))
		return by_call(b, name, len, out);
	return rcc_i_by_table(b, name, len, out, XXH3_64bits(name, len));
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
