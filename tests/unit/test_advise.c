/* SPDX-License-Identifier: MIT */
/* rcc_advise, rcc_advise_readonly and rcc_preheat: which ranges reach the kernel, and what its answers become. madvise, mlock and munlock are
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

static void readonly_is_two_advices(void **state)
{
	(void)state;
	assert_int_equal(rcc_advise_readonly(mapped), 0);
	assert_int_equal(ncalls, 2);
	assert_int_equal(calls[0].advice, MADV_NOHUGEPAGE);
	assert_int_equal(calls[1].advice, MADV_DONTFORK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(calls[i].at, (uintptr_t)mapped);
	ncalls = 0;
	answer = EINVAL;
	assert_int_equal(rcc_advise_readonly(mapped), RCC_ENOTSUP);
	assert_int_equal(ncalls, 2);
	ncalls = 0;
	answer = ENOMEM;
	assert_int_equal(rcc_advise_readonly(mapped), RCC_ENOMEM);
	assert_int_equal(ncalls, 1);
	assert_int_equal(rcc_advise_readonly(NULL), RCC_EINVAL);
}

static rcc_ssize preheat(const char *list)
{
	ncalls = 0;
	return rcc_preheat(mapped, list, strlen(list));
}

/* The call is for [from, to) of the bundle, outward to pages. */
static void asked_for(int i, int advice, const unsigned char *from, const unsigned char *to)
{
	assert_int_equal(calls[i].advice, advice);
	assert_int_equal(calls[i].at, (uintptr_t)from / page * page);
	assert_int_equal(calls[i].at + calls[i].n, ((uintptr_t)to + page - 1) / page * page);
}

static void preheating_goes_outward_and_joins_neighbours(void **state)
{
	rcc_entry big, small;

	(void)state;
	assert_int_equal(rcc_lookup(mapped, "big", 3, &big), 0);
	assert_int_equal(rcc_lookup(mapped, "small", 5, &small), 0);
	assert_int_equal(preheat("small"), 1);
	assert_int_equal(ncalls, 2);
	asked_for(0, MADV_WILLNEED, small.data, small.data + 5);
	asked_for(1, MADV_POPULATE_READ, small.data, small.data + 5);

	assert_int_equal(preheat("big\nabsent\n\nsmall\n"), 2);
	assert_int_equal(ncalls, 2);
	asked_for(0, MADV_WILLNEED, big.data, small.data + 5);
	asked_for(1, MADV_POPULATE_READ, big.data, small.data + 5);

	assert_int_equal(preheat("small\nbig\nbig"), 3); /* what comes before is a range of its own */
	assert_int_equal(ncalls, 4);
	asked_for(3, MADV_POPULATE_READ, big.data, big.data + BIG);
}

static void preheating_lists(void **state)
{
	(void)state;
	assert_int_equal(preheat(""), 0);
	assert_int_equal(preheat("\n\n"), 0);
	assert_int_equal(preheat("absent\nbig\r\n/\n../big\n"), 0);
	assert_int_equal(ncalls, 0);
	assert_int_equal(rcc_preheat(mapped, "big\0", 4), 0);
	assert_int_equal(rcc_preheat(mapped, "bigger", 3), 1);
	assert_int_equal(rcc_preheat(NULL, "big", 3), RCC_EINVAL);
	assert_int_equal(rcc_preheat(mapped, NULL, 1), RCC_EINVAL);
	assert_int_equal(rcc_preheat(mapped, NULL, 0), 0);
	answer = EIO; /* reading ahead is only a wish */
	assert_int_equal(preheat("big"), RCC_EIO);
	assert_int_equal(ncalls, 2);
	assert_int_equal(calls[1].advice, MADV_POPULATE_READ);
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
		cmocka_unit_test_setup(readonly_is_two_advices, fresh),
		cmocka_unit_test_setup(preheating_goes_outward_and_joins_neighbours, fresh),
		cmocka_unit_test_setup(preheating_lists, fresh),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
