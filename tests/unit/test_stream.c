/* SPDX-License-Identifier: MIT */
/* rcc_fopen: reading, seeking, the end, what it refuses. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image.h"

enum { LONG = 100000, HUGE = 3 << 20 };

static char pattern[LONG], huge[HUGE];
static struct image_file files[] = {
	{"chunks", pattern, LONG, RCC_CODEC_ZSTD_CHUNKS, NULL},
	{"huge", huge, HUGE, RCC_CODEC_ZSTD, NULL},
	{"long", pattern, LONG, RCC_CODEC_STORE, NULL},
	{"odd", "odd", 3, 7, NULL},
	{"packed", pattern, LONG, RCC_CODEC_ZSTD, NULL},
};
static unsigned char *image;
static const rcc_bundle *bundle;

static int setup(void **state)
{
	size_t size;

	(void)state;
	for (int i = 0; i < LONG; i++)
		pattern[i] = (char)(i * 7 / 3);
	for (int i = 0; i < HUGE; i++)
		huge[i] = (char)(i / 1000);
	image = image_new("stream", files, 5, 4, &size);
	return rcc_open_memory(image, size, &bundle);
}

static int teardown(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static void reads_all_of(const char *name)
{
	static char got[LONG + 1];
	FILE *f = rcc_fopen(bundle, name);

	assert_non_null(f);
	assert_int_equal(fread(got, 1, sizeof got, f), LONG);
	assert_memory_equal(got, pattern, LONG);
	assert_true(feof(f));
	assert_false(ferror(f));
	assert_int_equal(fclose(f), 0);
}

static void reads_stored_and_compressed(void **state)
{
	(void)state;
	reads_all_of("long");
	reads_all_of("packed");
	reads_all_of("chunks");
}

/* A frame too large to be decoded at once, and chunks, of which one is not sound. */
static void seeks_in_what_is_decoded_as_it_is_read(void **state)
{
	unsigned char *copy = aligned_alloc(4096, IMAGE_MAX);
	const rcc_bundle *b;
	rcc_entry e;
	FILE *f;

	(void)state;
	f = rcc_fopen(bundle, "huge");
	assert_non_null(f);
	for (long at = 0; at < HUGE; at += 100001) {
		assert_int_equal(fseek(f, at, SEEK_SET), 0);
		assert_int_equal(fgetc(f), (unsigned char)huge[at]);
	}
	assert_int_equal(fseek(f, -5, SEEK_END), 0);
	assert_int_equal(fgetc(f), (unsigned char)huge[HUGE - 5]);
	rewind(f);
	for (long at = 0; at < HUGE; at++)
		assert_int_equal(fgetc(f), (unsigned char)huge[at]);
	assert_int_equal(fgetc(f), EOF);
	assert_false(ferror(f));
	fclose(f);

	memcpy(copy, image, IMAGE_MAX);
	assert_int_equal(rcc_open_memory(copy, IMAGE_MAX, &b), 0);
	assert_int_equal(rcc_lookup(b, "chunks", 6, &e), 0);
	copy[e.data - copy] ^= 1; /* the magic of the first */
	f = rcc_fopen(b, "chunks");
	assert_non_null(f);
	errno = 0;
	assert_int_equal(fgetc(f), EOF);
	assert_true(ferror(f));
	assert_int_equal(errno, EIO);
	clearerr(f);
	assert_int_equal(fseek(f, 60000, SEEK_SET), 0);
	assert_int_equal(fgetc(f), (unsigned char)pattern[60000]);
	fclose(f);
	copy[e.data - copy] ^= 1;
	copy[e.data + e.stored - 1 - copy] ^= 1; /* the table's mark */
	errno = 0;
	assert_null(rcc_fopen(b, "chunks"));
	assert_int_equal(errno, EIO);
	free(copy);
}

static void seeks(void **state)
{
	FILE *f = rcc_fopen(bundle, "long");

	(void)state;
	assert_non_null(f);
	assert_int_equal(fseek(f, 54321, SEEK_SET), 0);
	assert_int_equal(fgetc(f), (unsigned char)pattern[54321]);
	assert_int_equal(ftell(f), 54322);
	assert_int_equal(fseek(f, -22, SEEK_CUR), 0);
	assert_int_equal(fgetc(f), (unsigned char)pattern[54300]);
	assert_int_equal(fseek(f, -1, SEEK_END), 0);
	assert_int_equal(fgetc(f), (unsigned char)pattern[LONG - 1]);
	assert_int_equal(fgetc(f), EOF);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	assert_int_equal(ftell(f), LONG);
	rewind(f);
	assert_int_equal(fgetc(f), (unsigned char)pattern[0]);
	fclose(f);
}

static void seeks_no_further_than_sense(void **state)
{
	FILE *f = rcc_fopen(bundle, "long");

	(void)state;
	assert_non_null(f);
	assert_int_equal(fseek(f, 10, SEEK_SET), 0);
	assert_int_equal(fseek(f, -1, SEEK_SET), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(fseek(f, -LONG - 1, SEEK_END), -1);
	assert_int_equal(fseek(f, LONG_MAX, SEEK_END), -1);
	assert_int_equal(fseek(f, LONG_MIN, SEEK_END), -1);
	assert_int_equal(fgetc(f), (unsigned char)pattern[10]);
	assert_int_equal(fseek(f, 5, SEEK_END), 0); /* behind the end there is nothing */
	assert_int_equal(fgetc(f), EOF);
	assert_int_equal(fseek(f, -LONG, SEEK_END), 0);
	assert_int_equal(fgetc(f), (unsigned char)pattern[0]);
	fclose(f);
}

static void takes_no_writing(void **state)
{
	FILE *f = rcc_fopen(bundle, "long");

	(void)state;
	assert_non_null(f);
	assert_int_equal(fputc('x', f), EOF);
	fclose(f);
}

static void says_why_not(void **state)
{
	(void)state;
	errno = 0;
	assert_null(rcc_fopen(bundle, "absent"));
	assert_int_equal(errno, ENOENT);
	assert_null(rcc_fopen(bundle, "odd"));
	assert_int_equal(errno, EIO);
	assert_null(rcc_fopen(NULL, "long"));
	assert_int_equal(errno, EINVAL);
	assert_null(rcc_fopen(bundle, NULL));
	assert_int_equal(errno, EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_stored_and_compressed),
		cmocka_unit_test(seeks_in_what_is_decoded_as_it_is_read),
		cmocka_unit_test(seeks),
		cmocka_unit_test(seeks_no_further_than_sense),
		cmocka_unit_test(takes_no_writing),
		cmocka_unit_test(says_why_not),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
