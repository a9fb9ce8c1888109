/* SPDX-License-Identifier: MIT */
/* The HTTP helper's ranges: one, several, too many; of stored files, frames, and what must be decoded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_ask.h"

enum { LONG = 20000 };

static char noise[LONG];
static struct image_file files[] = {
	{"chunks", noise, LONG, RCC_CODEC_ZSTD_CHUNKS, "text/x"},
	{"empty", "", 0, RCC_CODEC_STORE, NULL},
	{"frame", noise, LONG, RCC_CODEC_ZSTD, "text/x"},
	{"ten", "0123456789", 10, RCC_CODEC_STORE, "text/x;charset=y"},
	{"whole", noise, LONG, RCC_CODEC_STORE, "text/x"},
};

static int setup(void **state)
{
	uint32_t r = 1;

	(void)state;
	for (int i = 0; i < LONG; i++)
		noise[i] = (char)('a' + ((r = r * 1103515245 + 12345) >> 16) % 26);
	return ask_begin(files, sizeof files / sizeof *files);
}

static int ask_range(const char *target, const char *range, const char *more)
{
	char fields[2048];

	snprintf(fields, sizeof fields, "Range: %s\n%s", range, more);
	return ask("GET", target, fields);
}

static void one_range(void **state)
{
	static const struct {
		const char *range;
		int status;
		const char *body, *content_range;
	} t[] = {
		{"bytes=0-0", 206, "0", "bytes 0-0/10"}, {"bytes=2-4", 206, "234", "bytes 2-4/10"},
		{"bytes=7-", 206, "789", "bytes 7-9/10"}, {"bytes=-3", 206, "789", "bytes 7-9/10"},
		{"bytes=-30", 206, "0123456789", "bytes 0-9/10"}, {"bytes=8-99", 206, "89", "bytes 8-9/10"},
		{"BYTES= 1-1 ", 206, "1", "bytes 1-1/10"}, {"bytes=,1-1,", 206, "1", "bytes 1-1/10"},
		{"bytes=9-99999999999999999999999999", 206, "9", "bytes 9-9/10"},
		{"bytes=-99999999999999999999999999", 206, "0123456789", "bytes 0-9/10"},
		{"bytes=1-1,20-30", 206, "1", "bytes 1-1/10"},
		{"bytes=10-", 416, NULL, "bytes */10"}, {"bytes=10-20,30-", 416, NULL, "bytes */10"},
		{"bytes=-0", 416, NULL, "bytes */10"}, {"bytes=18446744073709551616-", 416, NULL, "bytes */10"},
		/* What is none, or none of bytes, is ignored. */
		{"bytes=4-2", 200, "0123456789", ""}, {"bytes=", 200, "0123456789", ""}, {"bytes=,", 200, "0123456789", ""},
		{"bytes", 200, "0123456789", ""}, {"bytes 0-1", 200, "0123456789", ""}, {"lines=0-1", 200, "0123456789", ""},
		{"bytes=-", 200, "0123456789", ""}, {"bytes=a-b", 200, "0123456789", ""}, {"bytes=1", 200, "0123456789", ""},
		{"bytes=1-2,x", 200, "0123456789", ""}, {"bytes=0x1-2", 200, "0123456789", ""}, {"", 200, "0123456789", ""},
		{"bytes=--1", 200, "0123456789", ""}, {"bytes=1-2-3", 200, "0123456789", ""}, {"bytes=+1-2", 200, "0123456789", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (ask_range("/ten", t[i].range, "") != t[i].status)
			fail_msg("%s: %d, not %d", t[i].range, asked.status, t[i].status);
		assert_string_equal(ask_field("Content-Range"), t[i].content_range);
		if (t[i].body)
			assert_string_equal(ask_body(), t[i].body);
	}
	assert_int_equal(ask("GET", "/ten", "Range: bytes=0-0\nRange: bytes=1-1"), 200);
	assert_int_equal(ask_range("/empty", "bytes=0-", ""), 416);
	assert_string_equal(ask_field("Content-Range"), "bytes */0");
	assert_int_equal(ask_range("/empty", "bytes=-5", ""), 416);
	assert_int_equal(ask_range("/absent", "bytes=0-", ""), 404);
}

static void several_ranges(void **state)
{
	char expected[512], boundary[64];

	(void)state;
	assert_int_equal(ask_range("/ten", "bytes=0-1, 8-, 4-4", ""), 206);
	snprintf(boundary, sizeof boundary, "rcc-part-%llx", (unsigned long long)XXH3_64bits("0123456789", 10));
	snprintf(expected, sizeof expected, "multipart/byteranges; boundary=%s", boundary);
	assert_string_equal(ask_field("Content-Type"), expected);
	snprintf(expected, sizeof expected,
	         "\r\n--%s\r\nContent-Type: text/x;charset=y\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
	         "\r\n--%s\r\nContent-Type: text/x;charset=y\r\nContent-Range: bytes 8-9/10\r\n\r\n89"
	         "\r\n--%s\r\nContent-Type: text/x;charset=y\r\nContent-Range: bytes 4-4/10\r\n\r\n4"
	         "\r\n--%s--\r\n", boundary, boundary, boundary, boundary);
	assert_string_equal(ask_body(), expected);
	assert_string_equal(ask_field("Content-Range"), "");
	snprintf(boundary, sizeof boundary, "%zu", strlen(expected));
	assert_string_equal(ask_field("Content-Length"), boundary);
}

/* One byte of every so many, n times. */
static const char *many(size_t n, size_t step)
{
	static char range[1024];
	size_t at = (size_t)sprintf(range, "bytes=0-0");

	for (size_t i = 1; i < n; i++)
		at += (size_t)sprintf(range + at, ",%zu-%zu", i * step, i * step);
	return range;
}

static void too_many_or_too_much_is_the_whole(void **state)
{
	(void)state;
	assert_int_equal(ask_range("/whole", many(RCC_HTTP_RANGES_MAX, 3), ""), 206);
	assert_int_equal(asked.nbody, RCC_HTTP_PARTS_MAX);
	ask_body();
	assert_int_equal(ask_range("/whole", many(RCC_HTTP_RANGES_MAX + 1, 3), ""), 200);
	assert_int_equal(ask_range("/whole", many(RCC_HTTP_RANGES_MAX + 1, LONG), ""), 200);
	assert_int_equal(ask_range("/whole", "bytes=0-,0-", ""), 200);
	assert_int_equal(ask_range("/whole", "bytes=0-,0-,0-,0-,0-,0-", ""), 200);
	assert_int_equal(ask_range("/whole", "bytes=0-9999,0-9999", ""), 206);
	assert_int_equal(ask_range("/whole", "bytes=0-9999,0-9999,1-1", ""), 200);
}

/* The bytes from off on stand somewhere in the body. */
static void holds(size_t off, size_t n)
{
	char part[64];

	memcpy(part, noise + off, n);
	part[n] = 0;
	assert_non_null(strstr(ask_body(), part));
}

static void of_what_must_be_decoded(void **state)
{
	static const char *const target[] = {"/frame", "/chunks", "/whole"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ask_range(target[i], "bytes=4090-4109", ""), 206);
		assert_int_equal(asked.length, 20);
		assert_memory_equal(ask_body(), noise + 4090, 20);
		assert_string_equal(ask_field("Content-Range"), "bytes 4090-4109/20000");
		assert_int_equal(ask_range(target[i], "bytes=4090-4109,-30,8200-8220,0-40", ""), 206);
		holds(4090, 20);
		holds(LONG - 30, 30);
		holds(8200, 21);
		holds(0, 41);
	}
	/* Several parts of one frame are decoded in one go, those of chunks one by one. */
	asking.decode_max = LONG - 1;
	assert_int_equal(ask_range("/frame", "bytes=0-0,2-2", ""), 406);
	assert_int_equal(ask_range("/chunks", "bytes=0-0,2-2", ""), 206);
	asking.decode_max = 0;
}

static void of_the_frame_itself(void **state)
{
	rcc_entry e;
	rcc_span frame;
	char expected[64];

	(void)state;
	assert_int_equal(rcc_lookup(ask_bundle, "frame", 5, &e), 0);
	assert_int_equal(rcc_view_encoded(&e, &frame), 0);
	assert_int_equal(ask_range("/frame", "bytes=100-199", "Accept-Encoding: zstd"), 206);
	assert_string_equal(ask_field("Content-Encoding"), "zstd");
	assert_ptr_equal(asked.body[0].data, frame.data + 100);
	assert_int_equal(asked.length, 100);
	assert_null(asked.heap);
	snprintf(expected, sizeof expected, "bytes 100-199/%zu", frame.size);
	assert_string_equal(ask_field("Content-Range"), expected);
	snprintf(expected, sizeof expected, "bytes=%zu-", frame.size);
	assert_int_equal(ask_range("/frame", expected, "Accept-Encoding: zstd"), 416);
	assert_int_equal(ask_range("/frame", expected, ""), 206);
	assert_int_equal(ask_range("/frame", "bytes=0-9,20-29", "Accept-Encoding: zstd"), 206);
	assert_ptr_equal(asked.body[2].data, frame.data);
	assert_ptr_equal(asked.body[5].data, frame.data + 20);
}

static void if_range(void **state)
{
	char tag[64], more[128];

	(void)state;
	ask("GET", "/frame", "Accept-Encoding: zstd");
	strcpy(tag, ask_field("ETag"));
	snprintf(more, sizeof more, "Accept-Encoding: zstd\nIf-Range: %s ", tag);
	assert_int_equal(ask_range("/frame", "bytes=0-9", more), 206);
	snprintf(more, sizeof more, "If-Range: %s", tag);
	assert_int_equal(ask_range("/frame", "bytes=0-9", more), 200); /* the other coding's */
	snprintf(more, sizeof more, "Accept-Encoding: zstd\nIf-Range: W/%s", tag);
	assert_int_equal(ask_range("/frame", "bytes=0-9", more), 200);
	snprintf(more, sizeof more, "Accept-Encoding: zstd\nIf-Range: %s", tag);
	more[strlen(more) - 2] ^= 1;
	assert_int_equal(ask_range("/frame", "bytes=0-9", more), 200);
	assert_int_equal(ask_range("/frame", "bytes=0-9", "If-Range: Thu, 01 Jan 1970 00:00:00 GMT"), 200);
	/* A condition comes before the range. */
	snprintf(more, sizeof more, "Accept-Encoding: zstd\nIf-None-Match: %s", tag);
	assert_int_equal(ask_range("/frame", "bytes=99999999-", more), 304);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_range),
		cmocka_unit_test(several_ranges),
		cmocka_unit_test(too_many_or_too_much_is_the_whole),
		cmocka_unit_test(of_what_must_be_decoded),
		cmocka_unit_test(of_the_frame_itself),
		cmocka_unit_test(if_range),
	};

	return cmocka_run_group_tests(tests, setup, ask_end);
}
