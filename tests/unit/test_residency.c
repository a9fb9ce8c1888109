/* SPDX-License-Identifier: MIT */
/* rcc_residency and rcc_preheat with the real kernel: what was read is there, what was given back is not, whose it is. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "image.h"

enum { EACH = 200000 };

static char contents[4][EACH];
static const struct image_file files[] = {
	{"a", contents[0], EACH, RCC_CODEC_STORE, NULL},
	{"b", contents[1], EACH, RCC_CODEC_STORE, NULL},
	{"c", contents[2], EACH, RCC_CODEC_STORE, NULL},
	{"d", contents[3], EACH, RCC_CODEC_STORE, NULL},
};
static char path[] = "/tmp/rcc-test-residency.XXXXXX";
static unsigned char image[IMAGE_MAX];
static const rcc_bundle *mapped, *guarded, *memory;
static size_t page, image_size;

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	page = (size_t)sysconf(_SC_PAGESIZE);
	for (int i = 0; i < 4; i++)
		memset(contents[i], 'a' + i, EACH);
	image_size = image_write(image, "residency", files, 4, 4);
	/* Page by page, or the page cache may have it in large pieces, which come back whole when one byte is read. */
	for (size_t at = 0, n; fd >= 0 && at < image_size; at += n) {
		n = image_size - at < page ? image_size - at : page;
		if (write(fd, image + at, n) != (ssize_t)n)
			return -1;
	}
	if (fd < 0 || close(fd))
		return -1;
	return rcc_open_bundle(path, RCC_MAPPED, &mapped) || rcc_open_bundle(path, RCC_GUARDED, &guarded) ||
	       rcc_open_memory(image, image_size, &memory);
}

static int teardown(void **state)
{
	(void)state;
	rcc_close_bundle(mapped);
	rcc_close_bundle(guarded);
	return unlink(path);
}

static rcc_resident residency(const rcc_bundle *b, const char *name)
{
	rcc_resident r;

	assert_int_equal(rcc_residency(b, name, &r), 0);
	assert_int_equal(r.size % page, 0);
	assert_true(r.mapped <= r.size && r.cached <= r.size && r.huge <= r.size && r.private_dirty <= r.mapped);
	return r;
}

/* The pages that hold n bytes at p. */
static size_t around(const void *p, size_t n)
{
	return ((uintptr_t)p + n + page - 1) / page * page - (uintptr_t)p / page * page;
}

static void what_was_read_is_mapped(void **state)
{
	rcc_resident r;

	(void)state;
	assert_int_equal(rcc_verify(mapped), 0);
	r = residency(mapped, NULL);
	assert_int_equal(r.size, around(mapped, image_size));
	assert_int_equal(r.mapped, r.size);
	assert_int_equal(r.cached, r.size);
	assert_int_equal(r.private_dirty, 0);
	assert_true(r.evicted == 0 || r.evicted == RCC_UNKNOWN);
}

static void what_was_given_back_is_not(void **state)
{
	rcc_resident r;

	(void)state;
	assert_int_equal(rcc_verify(mapped), 0);
	assert_int_equal(rcc_advise(mapped, NULL, RCC_ADV_DONTNEED), 0);
	r = residency(mapped, NULL);
	assert_true(r.mapped <= r.size / 3); /* the header was read again, and pages around it came along */
	assert_int_equal(rcc_advise(mapped, "c", RCC_ADV_DONTNEED), 0);
	r = residency(mapped, "c");
	assert_true(r.mapped <= 2 * page);
}

static void one_file(void **state)
{
	rcc_resident r;
	rcc_entry e;

	(void)state;
	assert_int_equal(rcc_verify(mapped), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rcc_at(mapped, (size_t)i, &e), 0);
		r = residency(mapped, e.name);
		assert_int_equal(r.size, around(e.data, EACH));
		assert_int_equal(r.mapped, r.size);
		assert_int_equal(r.cached, r.size);
	}
}

static void a_copy_is_private(void **state)
{
	rcc_resident r = residency(guarded, NULL);

	(void)state;
	assert_int_equal(r.mapped, r.size);
	assert_int_equal(r.private_dirty, r.size);
	assert_int_equal(r.cached, r.size);
	r = residency(memory, "b");
	assert_int_equal(r.private_dirty, r.mapped);
}

static void preheated_is_mapped(void **state)
{
	rcc_resident r;

	(void)state;
	assert_int_equal(rcc_advise(mapped, NULL, RCC_ADV_DONTNEED), 0);
	assert_int_equal(rcc_preheat(mapped, "b\nabsent\nd\n", 11), 2);
	for (int i = 0; i < 2; i++) {
		r = residency(mapped, i ? "d" : "b");
		assert_int_equal(r.mapped, r.size);
		assert_int_equal(r.private_dirty, 0);
	}
	assert_int_equal(rcc_preheat(guarded, "b\nd", 3), 2);
}

static void arguments(void **state)
{
	rcc_resident r = {.size = 7};

	(void)state;
	assert_int_equal(rcc_residency(NULL, NULL, &r), RCC_EINVAL);
	assert_int_equal(rcc_residency(mapped, NULL, NULL), RCC_EINVAL);
	assert_int_equal(rcc_residency(mapped, "absent", &r), RCC_ENOENT);
	assert_int_equal(r.size, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_read_is_mapped),
		cmocka_unit_test(what_was_given_back_is_not),
		cmocka_unit_test(one_file),
		cmocka_unit_test(a_copy_is_private),
		cmocka_unit_test(preheated_is_mapped),
		cmocka_unit_test(arguments),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
