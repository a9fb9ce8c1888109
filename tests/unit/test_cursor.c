/* SPDX-License-Identifier: MIT */
/* Cursors over every codec: any order of reads and seeks gives the contents; what is decoded again and what is not touched;
 * when the hash is checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "image.h"
#include <zdict.h>

enum { CHUNK = 16 << 10, LONG = 20 * CHUNK + 777, SHORT = 3000, DICT_MOST = 4096 };

static char contents[LONG], text[SHORT], dict[DICT_MOST];
static struct image_file files[] = {
	{"chunks", contents, LONG, RCC_CODEC_ZSTD_CHUNKS, NULL},
	{"dict", text, SHORT, RCC_CODEC_ZSTD_DICT, NULL},
	{"empty", contents, 0, RCC_CODEC_STORE, NULL},
	{"frame", contents, LONG, RCC_CODEC_ZSTD, NULL},
	{"odd", contents, 3, 7, NULL},
	{"store", contents, LONG, RCC_CODEC_STORE, NULL},
};
enum { FILES = sizeof files / sizeof *files };
static unsigned char *image;
static size_t size;

static rcc_entry entry_of(const unsigned char *from, const char *name)
{
	const rcc_bundle *b;
	rcc_entry e;

	assert_int_equal(rcc_open_memory(from, size, &b), 0);
	assert_int_equal(rcc_lookup(b, name, strlen(name), &e), 0);
	return e;
}

static rcc_cursor *cursor_of(const unsigned char *from, const char *name)
{
	rcc_entry e = entry_of(from, name);
	rcc_cursor *c;

	assert_int_equal(rcc_cursor_open(&e, &c), 0);
	return c;
}

static int make(void **state)
{
	ZDICT_params_t p = {.compressionLevel = 3};
	size_t sizes[8], n;

	(void)state;
	for (size_t i = 0; i < LONG; i++)
		contents[i] = (char)('a' + (i * i >> 9) % 23 + i / CHUNK);
	for (size_t i = 0; i < SHORT; i++)
		text[i] = (char)('a' + i * i % 29 + i / 100);
	for (size_t i = 0; i < 8; i++)
		sizes[i] = SHORT / 8;
	n = ZDICT_finalizeDictionary(dict, DICT_MOST, text, 1000, text, sizes, 8, p);
	if (ZDICT_isError(n))
		return -1;
	image_dict = (rcc_span){(unsigned char *)dict, n};
	image_chunk = CHUNK;
	image = image_new("cursor", files, FILES, 4, &size);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static void reads_to_the_end_in_any_pieces(void **state)
{
	static const size_t pieces[] = {1, 7, 4096, CHUNK, CHUNK + 1, 3 * CHUNK, LONG, LONG + 1};
	static char buf[LONG + 1];

	(void)state;
	for (size_t i = 0; i < FILES; i++)
		for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
			rcc_cursor *c;
			size_t at = 0;
			rcc_ssize n;

			if (files[i].codec == 7)
				continue;
			c = cursor_of(image, files[i].name);
			memset(buf, 0x55, sizeof buf);
			while ((n = rcc_cursor_read(c, buf + at, pieces[k] < sizeof buf - at ? pieces[k] : sizeof buf - at)) > 0) {
				at += (size_t)n;
				assert_int_equal(rcc_cursor_tell(c), at);
			}
			assert_int_equal(n, 0);
			assert_int_equal(at, files[i].size);
			assert_memory_equal(buf, files[i].data, at);
			assert_int_equal(buf[at], 0x55);
			rcc_cursor_close(c);
		}
}

/* Against the plain bytes. The same numbers every time. */
static void any_order_of_reads_and_seeks(void **state)
{
	static char buf[LONG];
	unsigned long long r = 1;

	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		uint64_t at = 0;
		rcc_cursor *c;

		if (files[i].codec == 7)
			continue;
		c = cursor_of(image, files[i].name);
		for (int k = 0; k < 400; k++) {
			size_t n, want;

			r = r * 6364136223846793005ull + 1442695040888963407ull;
			n = (size_t)(r >> 40) % (k % 8 ? 5000 : 3 * CHUNK);
			if (r >> 33 & 1) {
				at = (r >> 36) % (files[i].size + 10);
				assert_int_equal(rcc_cursor_seek(c, at), 0);
			}
			want = at < files[i].size ? files[i].size - (size_t)at : 0;
			want = n < want ? n : want;
			assert_int_equal(rcc_cursor_read(c, buf, n), want);
			assert_memory_equal(buf, files[i].data + (want ? at : 0), want);
			at += want;
			assert_int_equal(rcc_cursor_tell(c), at);
		}
		rcc_cursor_close(c);
	}
}

static void refuses(void **state)
{
	rcc_entry odd = entry_of(image, "odd"), chunks = entry_of(image, "chunks"), store = entry_of(image, "store");
	rcc_cursor *c = NULL;
	uint64_t n;
	char x;

	(void)state;
	assert_int_equal(rcc_cursor_open(NULL, &c), RCC_EINVAL);
	assert_int_equal(rcc_cursor_open(&store, NULL), RCC_EINVAL);
	assert_int_equal(rcc_cursor_open(&odd, &c), RCC_ENOTSUP);
	chunks.stored--;
	assert_int_equal(rcc_cursor_open(&chunks, &c), RCC_ECORRUPT);
	store.data--; /* no NUL behind it then */
	assert_int_equal(rcc_cursor_open(&store, &c), RCC_ECORRUPT);
	assert_null(c);
	assert_int_equal(rcc_cursor_read(NULL, &x, 1), RCC_EINVAL);
	assert_int_equal(rcc_cursor_seek(NULL, 1), RCC_EINVAL);
	assert_int_equal(rcc_cursor_tell(NULL), 0);
	rcc_cursor_close(NULL);
	c = cursor_of(image, "frame");
	assert_int_equal(rcc_cursor_read(c, NULL, 1), RCC_EINVAL);
	assert_int_equal(rcc_cursor_read(c, NULL, 0), 0);
	assert_int_equal(rcc_cursor_seek(c, UINT64_MAX), 0);
	assert_int_equal(rcc_cursor_read(c, &x, 1), 0);
	assert_int_equal(rcc_cursor_seek(c, LONG - 1), 0);
	assert_int_equal(rcc_cursor_read(c, &x, 1), 1);
	assert_int_equal(x, contents[LONG - 1]);
	rcc_cursor_close(c);
	assert_int_equal(rcc_chunk_size(NULL, &n), RCC_EINVAL);
	assert_int_equal(rcc_chunk_size(&odd, NULL), RCC_EINVAL);
	assert_int_equal(rcc_chunk_size(&odd, &n), RCC_ENOTSUP);
	assert_int_equal(rcc_chunk_size(&chunks, &n), RCC_ECORRUPT);
}

static void chunk_sizes(void **state)
{
	static const struct {
		const char *name;
		uint64_t want;
	} all[] = {{"chunks", CHUNK}, {"dict", SHORT}, {"frame", LONG}, {"store", 1}};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		rcc_entry e = entry_of(image, all[i].name);
		uint64_t n;

		assert_int_equal(rcc_chunk_size(&e, &n), 0);
		assert_int_equal(n, all[i].want);
	}
}

/* What has been read of a frame may go: to read on does not begin again, to seek back does. */
static void goes_along(void **state)
{
	unsigned char *copy = malloc(IMAGE_MAX);
	rcc_entry e = entry_of(image, "frame");
	static char buf[LONG];
	rcc_cursor *c;

	(void)state;
	memcpy(copy, image, IMAGE_MAX);
	c = cursor_of(copy, "frame");
	assert_int_equal(rcc_cursor_read(c, buf, 2000), 2000);
	memset(copy + (e.data - image), 0, 8);
	assert_int_equal(rcc_cursor_read(c, buf, 2000), 2000);
	assert_memory_equal(buf, contents + 2000, 2000);
	rcc_cursor_seek(c, LONG / 2);
	assert_int_equal(rcc_cursor_read(c, buf, LONG), LONG - LONG / 2);
	assert_memory_equal(buf, contents + LONG / 2, LONG - LONG / 2);
	rcc_cursor_seek(c, LONG / 2);
	assert_int_equal(rcc_cursor_read(c, buf, 1), RCC_ECORRUPT);
	rcc_cursor_close(c);
	free(copy);
}

/* A frame that is not sound among others. */
static void an_error_moves_nothing(void **state)
{
	unsigned char *copy = malloc(IMAGE_MAX);
	rcc_entry e = entry_of(image, "chunks");
	const unsigned char *ends = e.data + e.stored - 24 - 8 * 21;
	static char buf[LONG];
	rcc_cursor *c;

	(void)state;
	memcpy(copy, image, IMAGE_MAX);
	copy[e.data - image + (ptrdiff_t)rccf_load64(ends + 8 * 2)] ^= 1; /* the magic of chunk 3's frame */
	c = cursor_of(copy, "chunks");
	assert_int_equal(rcc_cursor_read(c, buf, 2 * CHUNK + 100), 2 * CHUNK + 100);
	assert_int_equal(rcc_cursor_read(c, buf, CHUNK), RCC_ECORRUPT);
	assert_int_equal(rcc_cursor_tell(c), 2 * CHUNK + 100);
	assert_int_equal(rcc_cursor_read(c, buf, CHUNK - 100), CHUNK - 100);
	assert_memory_equal(buf, contents + 2 * CHUNK + 100, CHUNK - 100);
	assert_int_equal(rcc_cursor_read(c, buf, 1), RCC_ECORRUPT);
	assert_int_equal(rcc_cursor_seek(c, 4 * CHUNK), 0);
	assert_int_equal(rcc_cursor_read(c, buf, LONG), LONG - 4 * CHUNK);
	assert_memory_equal(buf, contents + 4 * CHUNK, LONG - 4 * CHUNK);
	rcc_cursor_close(c);
	rccf_store64(copy + (ends - image) + 8 * 3, 0); /* of chunk 3, after half of another was read */
	c = cursor_of(copy, "chunks");
	rcc_cursor_seek(c, 6 * CHUNK);
	assert_int_equal(rcc_cursor_read(c, buf, CHUNK / 2), CHUNK / 2);
	rcc_cursor_seek(c, 3 * CHUNK);
	assert_int_equal(rcc_cursor_read(c, buf, 5), RCC_ECORRUPT);
	assert_int_equal(rcc_cursor_read(c, buf, 5), RCC_ECORRUPT);
	rcc_cursor_close(c);
	free(copy);
}

/* A record whose hash is another's, over frames that are sound. */
static void the_hash_is_checked_with_the_last_byte(void **state)
{
	static const char *const names[] = {"chunks", "dict", "frame"};
	static char buf[LONG];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		rcc_entry e = entry_of(image, names[i]);
		size_t n = (size_t)e.size;
		rcc_cursor *c;

		e.hash ^= 1;
		assert_int_equal(rcc_cursor_open(&e, &c), 0);
		assert_int_equal(rcc_cursor_read(c, buf, n - 1), n - 1);
		assert_int_equal(rcc_cursor_read(c, buf, 5), RCC_ECORRUPT);
		assert_int_equal(rcc_cursor_tell(c), n - 1);
		assert_int_equal(rcc_cursor_seek(c, 0), 0);
		assert_int_equal(rcc_cursor_read(c, buf, 5), RCC_ECORRUPT); /* from then on */
		rcc_cursor_close(c);

		assert_int_equal(rcc_cursor_open(&e, &c), 0); /* a gap that is filled late, with bytes read twice */
		assert_int_equal(rcc_cursor_read(c, buf, 500), 500);
		assert_int_equal(rcc_cursor_seek(c, 600), 0);
		assert_int_equal(rcc_cursor_read(c, buf, n), n - 600);
		assert_int_equal(rcc_cursor_seek(c, 100), 0);
		assert_int_equal(rcc_cursor_read(c, buf, 600), 600);
		assert_int_equal(rcc_cursor_seek(c, n), 0);
		assert_int_equal(rcc_cursor_read(c, buf, 1), 0);
		assert_int_equal(rcc_cursor_seek(c, 699), 0);
		assert_int_equal(rcc_cursor_read(c, buf, n), RCC_ECORRUPT);
		rcc_cursor_close(c);

		e.hash ^= 1; /* and the same with the right one */
		assert_int_equal(rcc_cursor_open(&e, &c), 0);
		assert_int_equal(rcc_cursor_read(c, buf, 500), 500);
		assert_int_equal(rcc_cursor_seek(c, 100), 0);
		assert_int_equal(rcc_cursor_read(c, buf, 600), 600);
		assert_int_equal(rcc_cursor_read(c, buf, n), n - 700);
		assert_int_equal(rcc_cursor_read(c, buf, n), 0);
		rcc_cursor_close(c);
	}
}

/* The bundle may be closed before its cursors are. */
static void closes_after_its_bundle(void **state)
{
	unsigned char *copy = malloc(IMAGE_MAX);
	rcc_cursor *c[3];
	char buf[100];

	(void)state;
	memcpy(copy, image, IMAGE_MAX);
	c[0] = cursor_of(copy, "frame");
	c[1] = cursor_of(copy, "dict");
	c[2] = cursor_of(copy, "store");
	for (int i = 0; i < 3; i++)
		assert_int_equal(rcc_cursor_read(c[i], buf, sizeof buf), sizeof buf);
	free(copy);
	for (int i = 0; i < 3; i++)
		rcc_cursor_close(c[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_to_the_end_in_any_pieces),
		cmocka_unit_test(any_order_of_reads_and_seeks),
		cmocka_unit_test(refuses),
		cmocka_unit_test(chunk_sizes),
		cmocka_unit_test(goes_along),
		cmocka_unit_test(an_error_moves_nothing),
		cmocka_unit_test(the_hash_is_checked_with_the_last_byte),
		cmocka_unit_test(closes_after_its_bundle),
	};

	return cmocka_run_group_tests_name("cursor", tests, make, drop);
}
