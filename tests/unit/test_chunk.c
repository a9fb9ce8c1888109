/* SPDX-License-Identifier: MIT */
/* Files in chunks: every range, from the chunks it overlaps alone; tables that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "../walk_all.h"
#include "image.h"

enum { CHUNK = 4096, SIZE = 9 * CHUNK + 1000, COUNT = 10 };

static char contents[SIZE];
static unsigned char *image;
static size_t size;

static rcc_entry entry_of(const unsigned char *from, size_t n, const char *name)
{
	const rcc_bundle *b;
	rcc_entry e;

	assert_int_equal(rcc_open_memory(from, n, &b), 0);
	assert_int_equal(rcc_lookup(b, name, strlen(name), &e), 0);
	return e;
}

static int make(void **state)
{
	static const char short_text[] = "less than a chunk, less than a chunk";
	const struct image_file files[] = {
		{"many", contents, SIZE, RCC_CODEC_ZSTD_CHUNKS, NULL},
		{"one", short_text, sizeof short_text - 1, RCC_CODEC_ZSTD_CHUNKS, NULL},
		{"plain", contents, SIZE, RCC_CODEC_ZSTD, NULL},
	};

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		contents[i] = (char)('a' + (i * i >> 9) % 23 + i / CHUNK);
	image_chunk = CHUNK;
	image = image_new("chunked", files, 3, 0, &size);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static void whole(void **state)
{
	rcc_entry e = entry_of(image, size, "many"), one = entry_of(image, size, "one");
	static char buf[SIZE];
	rcc_memfile f;
	rcc_span s;

	(void)state;
	assert_int_equal(rcc_view(&e, &s), RCC_EENCODED);
	assert_int_equal(rcc_read(&e, buf, SIZE, NULL), SIZE);
	assert_memory_equal(buf, contents, SIZE);
	assert_int_equal(rcc_read(&e, buf, SIZE - 1, NULL), RCC_EBUFFER);
	assert_int_equal(rcc_load(e.bundle, "one", &f), 0);
	assert_string_equal((const char *)f.data, "less than a chunk, less than a chunk");
	assert_int_equal(f.codec, RCC_CODEC_ZSTD_CHUNKS);
	rcc_release(&f);
	assert_int_equal(rcc_pread(&one, buf, 4, 12, NULL), 4);
	assert_memory_equal(buf, "chun", 4);
	assert_int_equal(rcc_verify(e.bundle), 0);
}

/* Of anyone's zstd, which steps over the table. */
static void stored_bytes_are_zstd(void **state)
{
	rcc_entry e = entry_of(image, size, "many");
	static char buf[SIZE];
	rcc_span s;

	(void)state;
	assert_int_equal(rcc_view_encoded(&e, &s), 0);
	assert_int_equal(ZSTD_decompress(buf, SIZE, s.data, s.size), SIZE);
	assert_memory_equal(buf, contents, SIZE);
}

static void every_kind_of_range(void **state)
{
	static const size_t at[] = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 7, 8 * CHUNK,
	                            9 * CHUNK - 1, 9 * CHUNK, 9 * CHUNK + 1, SIZE - 1, SIZE, SIZE + 1};
	static const size_t length[] = {0, 1, 2, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 3, SIZE, SIZE + 5};
	rcc_entry e = entry_of(image, size, "many"), plain = entry_of(image, size, "plain");
	rcc_dctx *ctx = rcc_dctx_new();
	static char buf[SIZE + 8], other[SIZE + 8];

	(void)state;
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		for (size_t k = 0; k < sizeof length / sizeof *length; k++)
			for (int with = 0; with < 2; with++) {
				size_t left = at[i] < SIZE ? SIZE - at[i] : 0, want = length[k] < left ? length[k] : left;

				memset(buf, 0x55, sizeof buf);
				assert_int_equal(rcc_pread(&e, buf, length[k], at[i], with ? ctx : NULL), want);
				assert_memory_equal(buf, contents + (want ? at[i] : 0), want);
				assert_int_equal(buf[want], 0x55);
				/* one decoder, turn by turn for both kinds */
				assert_int_equal(rcc_pread(&plain, other, length[k], at[i], with ? ctx : NULL), want);
				assert_memory_equal(buf, other, want);
			}
	rcc_dctx_free(ctx);
}

/* A chunk that is damaged, and what can be read around it. */
static void only_what_overlaps_is_touched(void **state)
{
	unsigned char *copy = malloc(size);
	rcc_entry e = entry_of(image, size, "many");
	const unsigned char *ends = e.data + e.stored - 24 - 8 * COUNT;
	uint64_t third = rccf_load64(ends + 8 * 2);
	static char buf[SIZE];

	(void)state;
	memcpy(copy, image, size);
	copy[e.data - image + (ptrdiff_t)third] ^= 1; /* the magic of chunk 3's frame */
	e = entry_of(copy, size, "many");
	for (size_t k = 0; k < COUNT; k++) {
		size_t n = k < 9 ? CHUNK : SIZE - 9 * CHUNK;

		assert_int_equal(rcc_pread(&e, buf, n, k * CHUNK, NULL), k == 3 ? RCC_ECORRUPT : (int)n);
		assert_int_equal(rcc_pread(&e, buf, 10, k * CHUNK + 5, NULL), k == 3 ? RCC_ECORRUPT : 10);
		if (k != 3)
			assert_memory_equal(buf, contents + k * CHUNK + 5, 10);
	}
	assert_int_equal(rcc_pread(&e, buf, 2, 3 * CHUNK - 1, NULL), RCC_ECORRUPT);
	assert_int_equal(rcc_pread(&e, buf, 3 * CHUNK, 0, NULL), 3 * CHUNK);
	assert_int_equal(rcc_pread(&e, buf, SIZE, 4 * CHUNK, NULL), SIZE - 4 * CHUNK);
	assert_int_equal(rcc_read(&e, buf, SIZE, NULL), RCC_ECORRUPT);
	assert_int_equal(rcc_verify(e.bundle), RCC_ECORRUPT);
	free(copy);
}

/* Each field of the table, with a value it must not have; the entry alone is judged, so no checksum helps. */
static void tables_that_lie(void **state)
{
	static const struct {
		size_t from_end, bytes;
		uint64_t value;
	} bad[] = {
		{8, 1, 0},                                                      /* mark */
		{16, 8, 2 * CHUNK}, {16, 8, 0}, {16, 8, CHUNK - 1}, {16, 8, CHUNK / 2}, {16, 8, 16u << 20}, {16, 8, UINT64_MAX},
		{24, 8, 0}, {24, 8, COUNT - 1}, {24, 8, COUNT + 1}, {24, 8, 1ull << 61}, {24, 8, (1ull << 61) + COUNT},
		{24 + 8, 8, 0}, {24 + 8, 8, 100000}, {24 + 8, 8, UINT64_MAX},   /* the last end */
		{24 + 16, 8, UINT64_MAX}, {24 + 80, 8, 0}, {24 + 80, 8, 1ull << 63},
		{24 + 80 + 4, 4, 24}, {24 + 80 + 8, 4, 0x184D2A50},             /* length and magic */
	};
	unsigned char *copy = malloc(size);
	rcc_entry e = entry_of(image, size, "many");
	static char buf[SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memcpy(copy, e.data, (size_t)e.stored);
		for (size_t k = 0; k < bad[i].bytes; k++)
			copy[e.stored - bad[i].from_end + k] = (unsigned char)(bad[i].value >> 8 * k);
		rcc_entry d = e;

		d.data = copy;
		if (rcc_read(&d, buf, SIZE, NULL) != RCC_ECORRUPT)
			fail_msg("case %zu was believed", i);
	}
	for (size_t n = 0; n < e.stored; n++) { /* cut short */
		rcc_entry d = e;

		d.stored = n;
		assert_int_equal(rcc_read(&d, buf, SIZE, NULL), RCC_ECORRUPT);
		assert_int_equal(rcc_pread(&d, buf, 1, 0, NULL), RCC_ECORRUPT);
	}
	for (int more = -1; more <= 1; more += 2) { /* a record that says another size */
		rcc_entry d = e;

		d.size += (uint64_t)more;
		assert_int_equal(rcc_read(&d, buf, SIZE + 1, NULL), RCC_ECORRUPT);
	}
	{ /* a size that a count beyond the stored bytes would fit */
		rcc_entry d = e;

		memcpy(copy, e.data, (size_t)e.stored);
		rccf_store64(copy + e.stored - 24, 1ull << 38);
		d.data = copy;
		d.size = 1ull << 50;
		assert_int_equal(rcc_pread(&d, buf, 1, 1ull << 49, NULL), RCC_ECORRUPT);
	}
	{ /* bytes between the last frame and the table, which no frame accounts for */
		rcc_entry d = e;
		size_t frames = (size_t)e.stored - 24 - 8 * COUNT - 8;

		memcpy(copy, e.data, frames);
		memset(copy + frames, 0, 16);
		memcpy(copy + frames + 16, e.data + frames, (size_t)e.stored - frames);
		d.data = copy;
		d.stored += 16;
		assert_int_equal(rcc_read(&d, buf, SIZE, NULL), RCC_ECORRUPT);
	}
	free(copy);
}

/* Two bytes at a time anywhere in the stored bytes; verification sees it, and no read goes astray. */
static void damage_anywhere(void **state)
{
	static const unsigned char value[] = {0x00, 0x01, 0x80, 0xff};
	static const char *const names[] = {"many"};
	unsigned char *copy = malloc(size);
	rcc_entry e = entry_of(image, size, "many");
	size_t at = (size_t)(e.data - image);

	(void)state;
	for (size_t i = 0; i + 1 < e.stored; i += i > e.stored - 140 ? 1 : 37)
		for (size_t v = 0; v < sizeof value; v++) {
			memcpy(copy, image, size);
			copy[at + i] = copy[at + i + 1] = value[v];
			walk_all(copy, size, names, 1);
		}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(stored_bytes_are_zstd),
		cmocka_unit_test(every_kind_of_range),
		cmocka_unit_test(only_what_overlaps_is_touched),
		cmocka_unit_test(tables_that_lie),
		cmocka_unit_test(damage_anywhere),
	};

	return cmocka_run_group_tests_name("chunk", tests, make, drop);
}
