/* SPDX-License-Identifier: MIT */
/* Every single-bit flip and every truncation of a small bundle, through verify, look-up and read. Each damaged
 * image lies in a block of its own exact size, so that the sanitizers see a read one byte too far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "../walk_all.h"

static const char *const names[] = {"hello.txt", "css/site.css", "empty", "data.json", "nothing", ""};
enum { NAMES = sizeof names / sizeof *names };

static unsigned char *image;
static size_t size;

static int load(void **state)
{
	FILE *f = fopen(FIXTURES "/small.rcb", "rb");

	(void)state;
	image = malloc(1 << 16);
	size = f && image ? fread(image, 1, 1 << 16, f) : 0;
	if (f)
		fclose(f);
	return size && size < 1 << 16 ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static void test_sound(void **state)
{
	const rcc_bundle *b;

	(void)state;
	assert_int_equal(rcc_open_memory(image, size, &b), 0);
	assert_int_equal(rcc_verify(b), 0);
	assert_int_equal(rcc_count(b), 10);
	assert_int_not_equal(walk_all(image, size, names, NAMES), 0);
}

/* No flip may go unseen: the two checksums and the magic cover every bit. */
static void test_every_bit(void **state)
{
	unsigned char *copy = malloc(size);

	(void)state;
	assert_non_null(copy);
	for (size_t bit = 0; bit < size * 8; bit++) {
		const rcc_bundle *b;

		memcpy(copy, image, size);
		copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
		walk_all(copy, size, names, NAMES);
		if (!rcc_open_memory(copy, size, &b) && !rcc_verify(b))
			fail_msg("bit %zu flipped: not seen", bit);
	}
	free(copy);
}

static void test_every_truncation(void **state)
{
	(void)state;
	for (size_t n = 0; n < size; n++) {
		unsigned char *copy = malloc(n ? n : 1);
		const rcc_bundle *b;

		assert_non_null(copy);
		memcpy(copy, image, n);
		walk_all(copy, n, names, NAMES);
		assert_int_equal(rcc_open_memory(copy, n, &b), RCC_ECORRUPT);
		free(copy);
	}
}

/* What the checksums would hide, the checks at each access must hold by themselves: two bytes of the index are set
 * at a time, and nothing but memory safety is asked for. */
static void test_bytes_of_the_index(void **state)
{
	static const unsigned char value[] = {0x00, 0x7f, 0x80, 0xff};
	unsigned char *copy = malloc(size);
	size_t index = image[64] | (size_t)image[65] << 8;

	(void)state;
	assert_non_null(copy);
	for (size_t at = 0; at + 1 < index; at++) {
		for (size_t v = 0; v < sizeof value; v++) {
			memcpy(copy, image, size);
			copy[at] = copy[at + 1] = value[v];
			walk_all(copy, size, names, NAMES);
		}
	}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_bytes_of_the_index),
	};

	return cmocka_run_group_tests_name("damage", tests, load, unload);
}
