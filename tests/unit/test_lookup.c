/* SPDX-License-Identifier: MIT */
/* The look-up table: names of every length, one by one and many at once, what the writer makes of full buckets, and what
 * a hostile table gives. */
#include "names_image.h"

enum { N = 6000, LONGEST = 300 };

/* Each name once: letters that tell its number, and more of them up to a length that all names have in turn. */
static char text[N][LONGEST + 1];
static struct str names[N];
static struct image sound;

static int setup(void **state)
{
	(void)state;
	for (size_t k = 0; k < N; k++) {
		size_t len = 4 + k % (LONGEST - 3);

		memset(text[k], 'a' + (int)(k % 26), len);
		for (size_t i = 0, left = k; i < 4; i++, left /= 26)
			text[k][i] = (char)('A' + left % 26);
		names[k] = (struct str){text[k], len};
	}
	sound = image_of(names, N);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(sound.p);
	return 0;
}

static rcc_span span_of(struct str s)
{
	return (rcc_span){(const unsigned char *)s.p, s.n};
}

/* What rcc_lookup_many says of each is what rcc_lookup says. */
static void agree(const rcc_bundle *b, const rcc_span *q, size_t n, rcc_ssize want)
{
	rcc_entry *out = calloc(n + 1, sizeof *out);
	int *results = calloc(n + 1, sizeof *results);

	assert_non_null(out);
	assert_non_null(results);
	assert_int_equal(rcc_lookup_many(b, q, n, out, results), want);
	for (size_t i = 0; i < n; i++) {
		rcc_entry e = {0};

		assert_int_equal(rcc_lookup(b, (const char *)q[i].data, q[i].size, &e), results[i]);
		assert_memory_equal(&e, out + i, sizeof e);
	}
	free(out);
	free(results);
}

static void found(void **state)
{
	const rcc_bundle *b = opened(sound);
	rcc_span q[N];

	(void)state;
	assert_int_equal(rcc_verify(b), 0);
	for (size_t k = 0; k < N; k++) {
		rcc_entry e;

		assert_int_equal(rcc_lookup(b, names[k].p, names[k].n, &e), 0);
		assert_int_equal(e.name_len, names[k].n);
		assert_memory_equal(e.name, names[k].p, names[k].n);
		q[k] = span_of(names[k]);
	}
	/* Also what does not fill a group. */
	for (size_t n = 0; n < 40; n++)
		agree(b, q, n, (rcc_ssize)n);
	agree(b, q, N, N);
}

static void missed(void **state)
{
	const rcc_bundle *b = opened(sound);
	rcc_span q[] = {{(const unsigned char *)text[0], 0}, {(const unsigned char *)text[0], names[0].n - 1},
	                {(const unsigned char *)text[9], names[9].n}, {NULL, 0}, {NULL, 7}, {(const unsigned char *)text[0], SIZE_MAX}};
	rcc_span other[N];
	rcc_entry e;
	int r;

	(void)state;
	agree(b, q, sizeof q / sizeof *q - (SIZE_MAX == UINT32_MAX), 1);
	for (size_t k = 0; k < N; k++) {
		text[k][names[k].n - 1] ^= 0x60;
		other[k] = span_of(names[k]);
	}
	agree(b, other, N, 0);
	for (size_t k = 0; k < N; k++)
		text[k][names[k].n - 1] ^= 0x60;
	assert_int_equal(rcc_lookup_many(NULL, q, 1, &e, &r), RCC_EINVAL);
	assert_int_equal(rcc_lookup_many(b, NULL, 1, &e, &r), RCC_EINVAL);
	assert_int_equal(rcc_lookup_many(b, q, 1, NULL, &r), RCC_EINVAL);
	assert_int_equal(rcc_lookup_many(b, q, 1, &e, NULL), RCC_EINVAL);
	assert_int_equal(rcc_lookup_many(b, NULL, 0, NULL, NULL), 0);
}

/* A bundle that has no table. */
static void by_halves(void **state)
{
	struct image i = image_of(names, RCCF_TABLE_MIN - 1);
	rcc_span q[RCCF_TABLE_MIN];

	(void)state;
	assert_int_equal(rccf_load32(i.p + RCCF_H_BUCKETS), 0);
	for (size_t k = 0; k < RCCF_TABLE_MIN; k++)
		q[k] = span_of(names[k]);
	agree(opened(i), q, RCCF_TABLE_MIN, RCCF_TABLE_MIN - 1);
	free(i.p);
}

/* Hash and length agree, and each byte of the name is looked at. */
static void every_byte(void **state)
{
	struct image i = image_like(sound);
	const rcc_bundle *b = opened(i);
	rcc_entry e;

	(void)state;
	for (size_t k = 0; k < LONGEST - 3; k++) {
		assert_int_equal(rcc_lookup(b, names[k].p, names[k].n, &e), 0);
		for (size_t at = 0; at < names[k].n; at++) {
			char *byte = (char *)i.p + (e.name - (char *)i.p) + at;
			rcc_entry none;

			*byte ^= 1;
			assert_int_equal(rcc_lookup(b, names[k].p, names[k].n, &none), RCC_ENOENT);
			*byte ^= 1;
		}
	}
	free(i.p);
}

static size_t missing(const rcc_bundle *b)
{
	size_t n = 0;
	rcc_entry e;

	for (size_t k = 0; k < N; k++)
		n += rcc_lookup(b, names[k].p, names[k].n, &e) == RCC_ENOENT;
	return n;
}

/* `more` stands in full buckets alone; what lies further on is found by it, and not without. */
static void full_buckets(void **state)
{
	struct image i = image_like(sound);
	const rcc_bundle *b = opened(i);
	unsigned char *table = i.p + rccf_load64(i.p + RCCF_H_TABLE);
	size_t buckets = rccf_load32(i.p + RCCF_H_BUCKETS), more = 0, some = 0, part = buckets;
	rcc_entry e;

	(void)state;
	for (size_t k = 0; k < buckets; k++) {
		unsigned char *bucket = table + k * RCCF_BUCKET_SIZE;

		if (bucket[RCCF_BUCKET_MORE]) {
			assert_int_equal(bucket[RCCF_BUCKET_MORE], 1);
			assert_int_not_equal(bucket[RCCF_BUCKET_SLOTS - 1], 0);
			bucket[RCCF_BUCKET_MORE] = 0;
			some = k;
			more++;
		} else if (!bucket[RCCF_BUCKET_SLOTS - 1]) {
			part = k;
		}
	}
	assert_in_range(more, 3, buckets / 5);
	assert_true(missing(b) >= more);
	rehash(i);
	assert_int_equal(rcc_verify(b), RCC_ECORRUPT);

	memcpy(i.p, sound.p, i.size);
	table[some * RCCF_BUCKET_SIZE + RCCF_BUCKET_MORE] = 2;
	rehash(i);
	assert_int_equal(rcc_verify(b), RCC_ECORRUPT);

	memcpy(i.p, sound.p, i.size);
	assert_true(part < buckets);
	table[part * RCCF_BUCKET_SIZE + RCCF_BUCKET_MORE] = 1;
	rehash(i);
	assert_int_equal(rcc_verify(b), RCC_ECORRUPT);

	/* No end to what it says there is. */
	for (size_t k = 0; k < buckets; k++)
		table[k * RCCF_BUCKET_SIZE + RCCF_BUCKET_MORE] = 1;
	assert_int_equal(missing(b), 0);
	assert_int_equal(rcc_lookup(b, "a name that is not there", 24, &e), RCC_ENOENT);
	free(i.p);
}

/* A slot for the hash of nothing, and a record whose name is that. */
static void no_name(void **state)
{
	struct image i = image_like(sound);
	const rcc_bundle *b = opened(i);
	uint64_t hash = XXH3_64bits("", 0), record = rcc_i_ref(b, 0);
	unsigned char *bucket = i.p + rccf_load64(i.p + RCCF_H_TABLE) + rccf_bucket(hash, rccf_load32(i.p + RCCF_H_BUCKETS)) * RCCF_BUCKET_SIZE;
	rcc_span nothing = {(const unsigned char *)"", 0};

	(void)state;
	bucket[0] = (unsigned char)rccf_tag(hash);
	rccf_store32(bucket + RCCF_BUCKET_RECS, (uint32_t)(record / 8));
	rccf_store32(i.p + record + RCCF_R_NAME_LEN, 0);
	i.p[record + RCCF_R_NAME] = 0;
	agree(b, &nothing, 1, 0);
	free(i.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(missed),
		cmocka_unit_test(by_halves),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(full_buckets),
		cmocka_unit_test(no_name),
	};

	return cmocka_run_group_tests_name("lookup", tests, setup, teardown);
}
