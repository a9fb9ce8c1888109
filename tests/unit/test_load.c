/* SPDX-License-Identifier: MIT */
/* rcc_load, rcc_read_memfile, rcc_release: what is in place, what is on the heap, what damage gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image.h"

#define TEXT "text text text text text text text text text text text text text text"

static const struct image_file files[] = {
	{"dir/plain.txt", "plain", 5, RCC_CODEC_STORE, "text/plain"},
	{"empty", "", 0, RCC_CODEC_STORE, NULL},
	{"odd", "odd", 3, 7, NULL},
	{"packed", TEXT, sizeof TEXT - 1, RCC_CODEC_ZSTD, NULL},
	{"void", "", 0, RCC_CODEC_ZSTD, NULL},
};

static unsigned char *image;
static const rcc_bundle *bundle;

static int setup(void **state)
{
	size_t size;

	(void)state;
	image = image_new("load", files, 5, 4, &size);
	return rcc_open_memory(image, size, &bundle);
}

static int teardown(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static void stored_files_lie_in_place(void **state)
{
	rcc_memfile f;
	rcc_entry e;

	(void)state;
	assert_int_equal(rcc_load(bundle, "dir/plain.txt", &f), 0);
	assert_int_equal(rcc_lookup(bundle, "dir/plain.txt", 13, &e), 0);
	assert_ptr_equal(f.data, e.data);
	assert_null(f.heap);
	assert_int_equal(f.size, 5);
	assert_string_equal((const char *)f.data, "plain");
	assert_string_equal(f.name, "dir/plain.txt");
	assert_int_equal(f.name_len, 13);
	assert_string_equal(f.mime, "text/plain");
	assert_int_equal(f.hash, XXH3_64bits("plain", 5));
	assert_int_equal(f.stored, 5);
	assert_int_equal(f.align, 16);
	assert_int_equal(f.codec, RCC_CODEC_STORE);
	rcc_release(&f);
	assert_null(f.data);
	assert_int_equal(f.size, 0);

	assert_int_equal(rcc_load(bundle, "empty", &f), 0);
	assert_int_equal(f.size, 0);
	assert_string_equal((const char *)f.data, "");
	rcc_release(&f);
}

static void compressed_files_come_on_the_heap(void **state)
{
	rcc_memfile f;

	(void)state;
	assert_int_equal(rcc_load(bundle, "packed", &f), 0);
	assert_non_null(f.heap);
	assert_int_equal(f.size, sizeof TEXT - 1);
	assert_string_equal((const char *)f.data, TEXT);
	assert_true(f.stored < f.size);
	assert_int_equal(f.codec, RCC_CODEC_ZSTD);
	rcc_release(&f);
	assert_null(f.heap);

	assert_int_equal(rcc_load(bundle, "void", &f), 0);
	assert_int_equal(f.size, 0);
	assert_string_equal((const char *)f.data, "");
	rcc_release(&f);
}

static void release_may_come_again(void **state)
{
	rcc_memfile f, zero = {0};

	(void)state;
	assert_int_equal(rcc_load(bundle, "packed", &f), 0);
	rcc_release(&f);
	rcc_release(&f);
	rcc_release(&zero);
	rcc_release(NULL);
}

static void what_cannot_be_loaded(void **state)
{
	rcc_memfile f;

	(void)state;
	assert_int_equal(rcc_load(bundle, "dir", &f), RCC_ENOENT);
	assert_int_equal(rcc_load(bundle, "", &f), RCC_ENOENT);
	assert_int_equal(rcc_load(bundle, "odd", &f), RCC_ENOTSUP);
	assert_int_equal(rcc_load(NULL, "empty", &f), RCC_EINVAL);
	assert_int_equal(rcc_load(bundle, NULL, &f), RCC_EINVAL);
	assert_int_equal(rcc_load(bundle, "empty", NULL), RCC_EINVAL);
}

static void damaged_frames_are_refused(void **state)
{
	rcc_memfile f;
	unsigned char *record;
	rcc_entry e;

	(void)state;
	assert_int_equal(rcc_lookup(bundle, "packed", 6, &e), 0);
	image[e.data - image] ^= 1; /* the frame's magic */
	assert_int_equal(rcc_load(bundle, "packed", &f), RCC_ECORRUPT);
	image[e.data - image] ^= 1;

	/* A size that the frame does not have, and one that no memory has. */
	record = image + ((const unsigned char *)e.name - image) - RCCF_R_NAME;
	rccf_store64(record + RCCF_R_SIZE, e.size - 1);
	assert_int_equal(rcc_load(bundle, "packed", &f), RCC_ECORRUPT);
	rccf_store64(record + RCCF_R_SIZE, e.size + 1);
	assert_int_equal(rcc_load(bundle, "packed", &f), RCC_ECORRUPT);
	rccf_store64(record + RCCF_R_SIZE, UINT64_MAX);
	assert_int_equal(rcc_load(bundle, "packed", &f), RCC_ENOMEM);
	rccf_store64(record + RCCF_R_SIZE, (uint64_t)PTRDIFF_MAX);
	assert_int_equal(rcc_load(bundle, "packed", &f), RCC_ENOMEM);
	rccf_store64(record + RCCF_R_SIZE, e.size);
	assert_int_equal(rcc_load(bundle, "packed", &f), 0);
	rcc_release(&f);
}

static void by_bundle_and_name(void **state)
{
	rcc_memfile f;

	(void)state;
	assert_int_equal(rcc_read_memfile("load", "empty", &f), RCC_ENOBUNDLE);
	assert_int_equal(rcc_register_bundle(bundle), 0);
	assert_int_equal(rcc_read_memfile("load", "dir/plain.txt", &f), 0);
	assert_string_equal((const char *)f.data, "plain");
	rcc_release(&f);
	assert_int_equal(rcc_read_memfile("load", "absent", &f), RCC_ENOENT);
	assert_int_equal(rcc_read_memfile(NULL, "empty", &f), RCC_EINVAL);
	assert_int_equal(rcc_read_memfile("load", NULL, &f), RCC_EINVAL);
	assert_int_equal(rcc_unregister_bundle(bundle), 0);
}

static void a_failed_load_may_be_released(void **state)
{
	static const rcc_memfile zero;
	rcc_memfile f;

	(void)state;
	for (int i = 0; i < 4; i++) {
		memset(&f, 0xaa, sizeof f);
		assert_true((i == 0 ? rcc_load(bundle, "nosuch", &f) : i == 1 ? rcc_load(bundle, "odd", &f)
		             : i == 2 ? rcc_load(NULL, "odd", &f) : rcc_read_memfile("nosuch", "odd", &f)) < 0);
		assert_memory_equal(&f, &zero, sizeof f);
		rcc_release(&f);
		rcc_release(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_files_lie_in_place),
		cmocka_unit_test(compressed_files_come_on_the_heap),
		cmocka_unit_test(release_may_come_again),
		cmocka_unit_test(what_cannot_be_loaded),
		cmocka_unit_test(damaged_frames_are_refused),
		cmocka_unit_test(by_bundle_and_name),
		cmocka_unit_test(a_failed_load_may_be_released),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
