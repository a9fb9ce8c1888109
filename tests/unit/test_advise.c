/* SPDX-License-Identifier: MIT */
/* rcc_advise: which ranges reach the kernel, and what its answers become. madvise, mlock and munlock are
 * ours: they note what is asked and answer as told. That the kernel means the same is tested with the real
 * ones, by tests/integration/find.bats. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "image.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

enum { MIB = 1 << 20, LOCKED = 1000, UNLOCKED = 1001, BIG = 600000 };

static struct call {
	uintptr_t at;
	size_t n;
	int advice;
} calls[16];
static int ncalls, answer; /* an errno, or 0 */
static int recording;

static int record(const void *p, size_t n, int advice)
{
	if (!recording)
		return 0;
	if (ncalls < 16)
		calls[ncalls++] = (struct call){(uintptr_t)p, n, advice};
	errno = answer;
	return answer ? -1 : 0;
}

int madvise(void *p, size_t n, int advice)
{
	return record(p, n, advice);
}

int mlock(const void *p, size_t n)
{
	return record(p, n, LOCKED);
}

int munlock(const void *p, size_t n)
{
	return record(p, n, UNLOCKED);
}

static char contents[BIG];
static const struct image_file files[] = {
	{"big", contents, BIG, RCC_CODEC_STORE, NULL},
	{"small", "small", 5, RCC_CODEC_STORE, NULL},
};
static char path[] = "/tmp/rcc-test-advise.XXXXXX";
static unsigned char image[IMAGE_MAX];
static unsigned char initialized[IMAGE_MAX] = {1}; /* in the program's file, and yet not what is in the file */
static const rcc_bundle *mapped, *guarded, *memory, *data;
static size_t page;

static int setup(void **state)
{
	size_t size = image_write(image, "advise", files, 2, 4);
	int fd = mkstemp(path);

	(void)state;
	page = (size_t)sysconf(_SC_PAGESIZE);
	if (fd < 0 || write(fd, image, size) != (ssize_t)size || close(fd))
		return -1;
	if (rcc_open_bundle(path, RCC_MAPPED, &mapped) || rcc_open_bundle(path, RCC_GUARDED, &guarded) ||
	    rcc_open_memory(image, size, &memory) ||
	    rcc_open_memory(memcpy(initialized, image, size), size, &data))
		return -1;
	recording = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	recording = 0;
	rcc_close_bundle(mapped);
	rcc_close_bundle(guarded);
	return unlink(path);
}

static int fresh(void **state)
{
	(void)state;
	ncalls = answer = 0;
	return 0;
}

static void inward_to_pages(void **state)
{
	rcc_entry e;

	(void)state;
	assert_int_equal(rcc_lookup(mapped, "big", 3, &e), 0);
	assert_int_not_equal((uintptr_t)e.data % page, 0);
	assert_int_equal(rcc_advise(mapped, "big", RCC_ADV_DONTNEED), 0);
	assert_int_equal(ncalls, 1);
	assert_int_equal(calls[0].advice, MADV_DONTNEED);
	assert_int_equal(calls[0].at, ((uintptr_t)e.data + page - 1) / page * page);
	assert_int_equal(calls[0].at + calls[0].n, ((uintptr_t)e.data + BIG) / page * page);

	assert_int_equal(rcc_advise(mapped, NULL, RCC_ADV_DONTNEED), 0);
	assert_int_equal(ncalls, 2);
	assert_int_equal(calls[1].at, (uintptr_t)mapped);
	assert_int_equal(calls[1].n % page, 0);
}

static void nothing_left_is_success(void **state)
{
	(void)state;
	for (int advice = RCC_ADV_WILLNEED; advice <= RCC_ADV_UNLOCK; advice++)
		assert_int_equal(rcc_advise(mapped, "small", advice), 0);
	assert_int_equal(ncalls, 0);
}

static void each_advice(void **state)
{
	static const int want[] = {MADV_WILLNEED, MADV_POPULATE_READ, MADV_DONTNEED,  MADV_DONTFORK, MADV_DOFORK,
	                           MADV_NOHUGEPAGE, MADV_HUGEPAGE,    LOCKED,         UNLOCKED};

	(void)state;
	for (int advice = RCC_ADV_WILLNEED; advice <= RCC_ADV_UNLOCK; advice++) {
		ncalls = 0;
		assert_int_equal(rcc_advise(mapped, "big", advice), 0);
		assert_int_equal(ncalls, 1);
		assert_int_equal(calls[0].advice, want[advice - RCC_ADV_WILLNEED]);
	}
	assert_int_equal(rcc_advise(mapped, "big", 0), RCC_EINVAL);
	assert_int_equal(rcc_advise(mapped, "big", RCC_ADV_UNLOCK + 1), RCC_EINVAL);
	assert_int_equal(rcc_advise(NULL, "big", RCC_ADV_LOCK), RCC_EINVAL);
	assert_int_equal(rcc_advise(mapped, "absent", RCC_ADV_LOCK), RCC_ENOENT);
}

static void willneed_in_pieces(void **state)
{
	/* Nothing is read, so an image of 5 MiB is a header that says so over memory that is there. */
	static _Alignas(65536) unsigned char large[6 * MIB];
	const rcc_bundle *b;
	uintptr_t at = (uintptr_t)large;

	(void)state;
	memcpy(large, image, IMAGE_MAX);
	rccf_store64(large + RCCF_H_SIZE, 5 * MIB);
	assert_int_equal(rcc_open_memory(large, sizeof large, &b), 0);
	assert_int_equal(rcc_advise(b, NULL, RCC_ADV_WILLNEED), 0);
	assert_int_equal(ncalls, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(calls[i].at, at);
		assert_int_equal(calls[i].n, i < 2 ? 2 * MIB : MIB);
		at += calls[i].n;
	}
	ncalls = 0;
	answer = EIO;
	assert_int_equal(rcc_advise(b, NULL, RCC_ADV_WILLNEED), RCC_EIO);
	assert_int_equal(ncalls, 1);
}

static void populate_does_without_the_kernel(void **state)
{
	(void)state;
	answer = EINVAL;
	assert_int_equal(rcc_advise(mapped, "big", RCC_ADV_POPULATE), 0);
	assert_int_equal(ncalls, 1);
	answer = EFAULT;
	assert_int_equal(rcc_advise(mapped, "big", RCC_ADV_POPULATE), RCC_EIO);
}

static void dontneed_only_where_a_file_stands_behind(void **state)
{
	(void)state;
	assert_int_equal(rcc_advise(guarded, NULL, RCC_ADV_DONTNEED), RCC_ENOTSUP);
	assert_int_equal(rcc_advise(guarded, "big", RCC_ADV_DONTNEED), RCC_ENOTSUP);
	assert_int_equal(rcc_advise(guarded, "small", RCC_ADV_DONTNEED), RCC_ENOTSUP);
	/* Memory of the program's own, even in its data segment, does not come back either. */
	assert_int_equal(rcc_advise(memory, NULL, RCC_ADV_DONTNEED), RCC_ENOTSUP);
	assert_int_equal(rcc_advise(data, NULL, RCC_ADV_DONTNEED), RCC_ENOTSUP);
	assert_int_equal(ncalls, 0);
	assert_int_equal(rcc_advise(guarded, NULL, RCC_ADV_WILLNEED), 0);
	assert_int_equal(ncalls, 1);
}

static void what_the_kernel_says(void **state)
{
	static const int table[][2] = {
		{EINVAL, RCC_ENOTSUP}, {ENOSYS, RCC_ENOTSUP}, {EBADF, RCC_ENOTSUP}, {ENOMEM, RCC_ENOMEM},
		{EAGAIN, RCC_ENOMEM},  {EPERM, RCC_EPERM},    {EIO, RCC_EIO},       {EFAULT, RCC_EIO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		answer = table[i][0];
		assert_int_equal(rcc_advise(mapped, NULL, RCC_ADV_HUGEPAGE), table[i][1]);
		assert_int_equal(rcc_advise(mapped, NULL, RCC_ADV_LOCK), table[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(inward_to_pages, fresh),
		cmocka_unit_test_setup(nothing_left_is_success, fresh),
		cmocka_unit_test_setup(each_advice, fresh),
		cmocka_unit_test_setup(willneed_in_pieces, fresh),
		cmocka_unit_test_setup(populate_does_without_the_kernel, fresh),
		cmocka_unit_test_setup(dontneed_only_where_a_file_stands_behind, fresh),
		cmocka_unit_test_setup(what_the_kernel_says, fresh),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
