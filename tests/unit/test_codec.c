/* SPDX-License-Identifier: MIT */
/* codec: frames come back, are the same each time, say their size and keep their window small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "../../rcc/codec.h"
#include "../../rcc/str.h"

static bool collect(void *ctx, const void *p, size_t n)
{
	sb_add(ctx, p, n);
	return true;
}

static char *text(size_t n)
{
	char *p = malloc(n);
	uint32_t x = 1;

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		x = x * 1103515245u + 12345u;
		p[i] = (char)(x >> 16 & 15);
	}
	return p;
}

static void check_frame(const void *frame, size_t n, const char *contents, size_t size)
{
	ZSTD_frameHeader h;
	char *back = malloc(size + 1);

	assert_non_null(back);
	assert_int_equal(ZSTD_getFrameHeader(&h, frame, n), 0);
	assert_int_equal(h.frameContentSize, size);
	assert_int_equal(h.checksumFlag, 0);
	assert_true(h.windowSize <= 8 << 20);
	assert_int_equal(ZSTD_decompress(back, size, frame, n), size);
	assert_memory_equal(back, contents, size);
	free(back);
}

static void test_levels(void **state)
{
	static const int level[] = {-7, 1, 9, 19, 22};
	size_t size = 100000;
	char *contents = text(size), *a = malloc(codec_bound(size)), *b = malloc(codec_bound(size));
	struct codec *c = codec_new();

	(void)state;
	for (size_t i = 0; i < sizeof level / sizeof *level; i++) {
		size_t n = codec_frame(c, level[i], contents, size, a);

		check_frame(a, n, contents, size);
		codec_frame(c, 5, contents, 10, b); /* what a compressor did before must not show */
		assert_int_equal(codec_frame(c, level[i], contents, size, b), n);
		assert_memory_equal(a, b, n);
	}
	codec_free(c);
	free(contents);
	free(a);
	free(b);
}

/* Above 8 MiB the highest levels would take larger windows if they were let. */
static void test_pieces_and_window(void **state)
{
	size_t size = 20 << 20;
	char *contents = text(size);
	struct codec *c = codec_new();
	struct sb frame = {0};

	(void)state;
	codec_begin(c, 20, size, 1);
	assert_true(codec_put(c, contents, 1000, false, collect, &frame));
	assert_true(codec_put(c, contents + 1000, size - 1000, true, collect, &frame));
	check_frame(frame.p, frame.n, contents, size);
	sb_done(&frame);
	codec_free(c);
	free(contents);
}

/* Whatever the level asks for, a frame in pieces is the same for any number of threads, and for any pieces. */
static void test_workers(void **state)
{
	static const int level[] = {1, 9, 10};
	size_t size = 9 << 20;
	char *contents = text(size);
	struct codec *c = codec_new();

	(void)state;
	for (size_t i = 0; i < sizeof level / sizeof *level; i++) {
		struct sb one = {0}, many = {0};

		codec_begin(c, level[i], size, 1);
		assert_true(codec_put(c, contents, size, true, collect, &one));
		codec_begin(c, level[i], size, 3);
		for (size_t at = 0; at < size; at += 1 << 20)
			assert_true(codec_put(c, contents + at, 1 << 20, at + (1 << 20) == size, collect, &many));
		check_frame(one.p, one.n, contents, size);
		assert_int_equal(one.n, many.n);
		assert_memory_equal(one.p, many.p, one.n);
		sb_done(&one);
		sb_done(&many);
	}
	codec_free(c);
	free(contents);
}

static void test_gains(void **state)
{
	(void)state;
	assert_true(codec_gains(100, 95, false));
	assert_false(codec_gains(100, 96, false));
	assert_true(codec_gains(100, 99, true));
	assert_false(codec_gains(100, 100, true));
	assert_false(codec_gains(10, 10, false));
	assert_true(codec_gains(10, 9, false));
	assert_false(codec_gains(0, 9, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_pieces_and_window),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_gains),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
