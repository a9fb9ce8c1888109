/* SPDX-License-Identifier: MIT */
/* rcc_open_bundle and rcc_close_bundle: both modes, alignment, what is not a bundle, what changes while it
 * is open. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "image.h"

static const struct image_file files[] = {{"file", "contents", 8, RCC_CODEC_STORE, NULL}};
static const int modes[] = {RCC_MAPPED, RCC_GUARDED};

static char dir[] = "/tmp/rcc-test-file.XXXXXX";
static char path[64];
static unsigned char image[IMAGE_MAX];
static size_t image_size;

static void write_file(const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/bundle.rcb", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static int fresh(void **state)
{
	(void)state;
	unlink(path);
	image_size = image_write(image, "file", files, 1, 4);
	write_file(image, image_size);
	return 0;
}

static int opens(int mode)
{
	const rcc_bundle *b = NULL;
	int e = rcc_open_bundle(path, mode, &b);

	assert_int_equal(!e, !!b);
	rcc_close_bundle(b);
	return e;
}

static void opens_reads_closes(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const rcc_bundle *b, *again;
		rcc_memfile f;

		assert_int_equal(rcc_open_bundle(path, modes[i], &b), 0);
		assert_int_equal(rcc_open_bundle(path, modes[i], &again), 0);
		assert_ptr_not_equal(b, again);
		assert_int_equal(rcc_load(b, "file", &f), 0);
		assert_string_equal((const char *)f.data, "contents");
		assert_int_equal(rcc_verify(b), 0);
		assert_int_equal(rcc_close_bundle(b), 0);
		assert_int_equal(rcc_verify(again), 0);
		assert_int_equal(rcc_close_bundle(again), 0);
	}
}

static void lies_on_its_alignment(void **state)
{
	(void)state;
	for (unsigned align = 4; align <= 18; align += 7) /* 16, 2 Ki, 256 Ki bytes */
		for (int i = 0; i < 2; i++) {
			const rcc_bundle *b;
			rcc_entry e;

			image_size = image_write(image, "file", files, 1, align);
			write_file(image, image_size);
			assert_int_equal(rcc_open_bundle(path, modes[i], &b), 0);
			assert_int_equal(rcc_lookup(b, "file", 4, &e), 0);
			assert_int_equal((uintptr_t)e.data & ((1u << align) - 1), 0);
			assert_int_equal(rcc_verify(b), 0);
			assert_int_equal(rcc_close_bundle(b), 0);
		}
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < image_size; n++) {
		write_file(image, n);
		assert_int_equal(opens(RCC_MAPPED), RCC_ECORRUPT);
		assert_int_equal(opens(RCC_GUARDED), RCC_ECORRUPT);
	}
}

/* Every flip of a bit in the header is either refused, or told by rcc_verify. */
static void every_flip_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < RCCF_HEADER_SIZE * 8; i++) {
		const rcc_bundle *b;

		image[i / 8] ^= (unsigned char)(1 << i % 8);
		write_file(image, image_size);
		for (int m = 0; m < 2; m++)
			if (!rcc_open_bundle(path, modes[m], &b)) {
				assert_int_equal(rcc_verify(b), RCC_ECORRUPT);
				rcc_close_bundle(b);
			}
		image[i / 8] ^= (unsigned char)(1 << i % 8);
	}
}

static void gives(int error)
{
	write_file(image, image_size);
	assert_int_equal(opens(RCC_MAPPED), error);
	assert_int_equal(opens(RCC_GUARDED), error);
}

static void numbers_that_cannot_be(void **state)
{
	(void)state;
	for (uint64_t size = 0; size < RCCF_HEADER_SIZE; size++) {
		rccf_store64(image + RCCF_H_SIZE, size);
		gives(RCC_ECORRUPT);
	}
	rccf_store64(image + RCCF_H_SIZE, UINT64_MAX);
	gives(RCC_ECORRUPT);
	rccf_store16(image + RCCF_H_VERSION, 2); /* whose size may mean something else */
	gives(RCC_EVERSION);
	image_write(image, "file", files, 1, 4);
	for (int align = RCCF_ALIGN_MAX + 1; align < 256; align++) {
		image[RCCF_H_ALIGN] = (unsigned char)align;
		gives(RCC_ECORRUPT);
	}
}

static void what_lies_behind_is_not_taken(void **state)
{
	static unsigned char more[IMAGE_MAX];
	const rcc_bundle *b;
	rcc_info info;

	(void)state;
	memset(more, 'x', sizeof more);
	memcpy(more, image, image_size);
	write_file(more, sizeof more);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rcc_open_bundle(path, modes[i], &b), 0);
		assert_int_equal(rcc_get_info(b, &info), 0);
		assert_int_equal(info.size, image_size);
		rcc_close_bundle(b);
	}
}

static void no_regular_file(void **state)
{
	const rcc_bundle *b;

	(void)state;
	unlink(path);
	for (int i = 0; i < 2; i++) {
		errno = 0;
		assert_int_equal(opens(modes[i]), RCC_EIO);
		assert_int_equal(errno, ENOENT);
		assert_int_equal(rcc_open_bundle(dir, modes[i], &b), RCC_EINVAL);
		assert_int_equal(rcc_open_bundle("/dev/null", modes[i], &b), RCC_EINVAL);
	}
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(opens(RCC_MAPPED), RCC_EINVAL); /* and does not wait for a writer */
}

static void arguments(void **state)
{
	const rcc_bundle *b;

	(void)state;
	assert_int_equal(rcc_open_bundle(NULL, RCC_MAPPED, &b), RCC_EINVAL);
	assert_int_equal(rcc_open_bundle(path, 0, &b), RCC_EINVAL);
	assert_int_equal(rcc_open_bundle(path, 3, &b), RCC_EINVAL);
	assert_int_equal(rcc_open_bundle(path, RCC_MAPPED, NULL), RCC_EINVAL);
}

/* The kernel writes no byte where the program could not. */
static void nobody_can_write_into_it(void **state)
{
	int zero = open("/dev/zero", O_RDONLY);

	(void)state;
	for (int i = 0; i < 2; i++) {
		const rcc_bundle *b;

		assert_int_equal(rcc_open_bundle(path, modes[i], &b), 0);
		assert_int_equal(read(zero, (void *)(uintptr_t)b, 1), -1);
		assert_int_equal(errno, EFAULT);
		rcc_close_bundle(b);
	}
	close(zero);
}

static void a_copy_outlives_its_file(void **state)
{
	const rcc_bundle *b;

	(void)state;
	assert_int_equal(rcc_open_bundle(path, RCC_GUARDED, &b), 0);
	write_file("", 0);
	assert_int_equal(rcc_verify(b), 0);
	assert_int_equal(rcc_close_bundle(b), 0);
}

static void a_mapping_outlives_a_rename_over_it(void **state)
{
	const rcc_bundle *b;
	char other[70];

	(void)state;
	assert_int_equal(rcc_open_bundle(path, RCC_MAPPED, &b), 0);
	snprintf(other, sizeof other, "%s.new", path);
	assert_int_equal(rename(path, other), 0);
	write_file("new", 3);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(rcc_verify(b), 0);
	assert_int_equal(rcc_close_bundle(b), 0);
	unlink(other);
}

static void closing_what_was_not_opened(void **state)
{
	const rcc_bundle *b;

	(void)state;
	assert_int_equal(rcc_close_bundle(NULL), 0);
	assert_int_equal(rcc_open_memory(image, image_size, &b), 0);
	assert_int_equal(rcc_close_bundle(b), 0);
	assert_int_equal(rcc_verify(b), 0);
	assert_int_equal(rcc_register_bundle(b), 0);
	assert_int_equal(rcc_close_bundle(b), 0);
	assert_ptr_equal(rcc_find_bundle("file"), b); /* nothing happened to it */
	assert_int_equal(rcc_unregister_bundle(b), 0);
}

static void closing_unregisters(void **state)
{
	const rcc_bundle *b;

	(void)state;
	assert_int_equal(rcc_open_bundle(path, RCC_MAPPED, &b), 0);
	assert_int_equal(rcc_register_bundle(b), 0);
	assert_ptr_equal(rcc_find_bundle("file"), b);
	assert_int_equal(rcc_close_bundle(b), 0);
	assert_null(rcc_find_bundle("file"));
}

enum { RUSH_THREADS = 2, RUSH_ROUNDS = 3000 };

static int rush_over;

/* Bundles that come and go; how often one of the calls failed. */
static void *open_and_close(void *arg)
{
	uintptr_t failures = 0;

	(void)arg;
	for (int i = 0; i < RUSH_ROUNDS; i++) {
		const rcc_bundle *b;

		if (rcc_open_bundle(path, modes[i % 2], &b)) {
			failures++;
			continue;
		}
		failures += rcc_register_bundle(b) != 0;
		failures += !rcc_find_bundle("file");
		failures += rcc_close_bundle(b) != 0;
	}
	return (void *)failures;
}

static int count_bundle(const rcc_bundle *b, void *arg)
{
	*(int *)arg += !!b;
	return 0;
}

/* A bundle that is unmapped must not be read any more: this thread would die of it. */
static void *find_and_walk(void *arg)
{
	int n = 0;

	while (!__atomic_load_n(&rush_over, __ATOMIC_RELAXED)) {
		rcc_find_bundle("file");
		rcc_find_bundle("absent");
		rcc_each_bundle(count_bundle, &n);
	}
	return arg;
}

static void finding_while_others_open_and_close(void **state)
{
	pthread_t opens_closes[RUSH_THREADS], finds[RUSH_THREADS];
	void *failures;

	(void)state;
	rush_over = 0;
	for (int i = 0; i < RUSH_THREADS; i++) {
		assert_int_equal(pthread_create(&finds[i], NULL, find_and_walk, NULL), 0);
		assert_int_equal(pthread_create(&opens_closes[i], NULL, open_and_close, NULL), 0);
	}
	for (int i = 0; i < RUSH_THREADS; i++) {
		assert_int_equal(pthread_join(opens_closes[i], &failures), 0);
		assert_null(failures);
	}
	__atomic_store_n(&rush_over, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < RUSH_THREADS; i++)
		assert_int_equal(pthread_join(finds[i], NULL), 0);
	assert_null(rcc_find_bundle("file"));
}

static int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Pages of address space, mapped or reserved. */
static long address_space(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long pages = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &pages), 1);
	fclose(f);
	return pages;
}

static void nothing_is_left_behind(void **state)
{
	long pages;
	int fds;

	(void)state;
	image_size = image_write(image, "file", files, 1, 18); /* a quarter of a MiB or more is reserved around it */
	write_file(image, image_size);
	opens(RCC_MAPPED), opens(RCC_GUARDED);
	fds = descriptors();
	pages = address_space();
	for (int i = 0; i < 20; i++) {
		opens(modes[i % 2]);
		image[RCCF_H_REFS]++; /* fails once the file is mapped */
		write_file(image, image_size);
		assert_int_equal(opens(modes[i % 2]), RCC_ECORRUPT);
		image[RCCF_H_REFS]--;
		write_file(image, image_size);
	}
	assert_int_equal(descriptors(), fds);
	assert_in_range(address_space(), 0, pages + 256); /* the C library may take a little */
}

/* What is reserved to find an aligned place is given back at once, before the image and behind it. */
static void no_more_than_the_image_is_held(void **state)
{
	enum { OPEN = 20 };
	const rcc_bundle *b[OPEN];
	long pages, page = sysconf(_SC_PAGESIZE), each;

	(void)state;
	image_size = image_write(image, "file", files, 1, 18);
	write_file(image, image_size);
	each = ((long)image_size + page - 1) / page;
	pages = address_space();
	for (int i = 0; i < OPEN; i++)
		assert_int_equal(rcc_open_bundle(path, modes[i % 2], &b[i]), 0);
	assert_in_range(address_space(), pages + OPEN * each, pages + OPEN * each + 256);
	for (int i = 0; i < OPEN; i++)
		rcc_close_bundle(b[i]);
	assert_in_range(address_space(), 0, pages + 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(opens_reads_closes, fresh),
		cmocka_unit_test_setup(lies_on_its_alignment, fresh),
		cmocka_unit_test_setup(every_truncation_is_refused, fresh),
		cmocka_unit_test_setup(every_flip_is_noticed, fresh),
		cmocka_unit_test_setup(numbers_that_cannot_be, fresh),
		cmocka_unit_test_setup(what_lies_behind_is_not_taken, fresh),
		cmocka_unit_test_setup(no_regular_file, fresh),
		cmocka_unit_test_setup(arguments, fresh),
		cmocka_unit_test_setup(nobody_can_write_into_it, fresh),
		cmocka_unit_test_setup(a_copy_outlives_its_file, fresh),
		cmocka_unit_test_setup(a_mapping_outlives_a_rename_over_it, fresh),
		cmocka_unit_test_setup(closing_what_was_not_opened, fresh),
		cmocka_unit_test_setup(closing_unregisters, fresh),
		cmocka_unit_test_setup(finding_while_others_open_and_close, fresh),
		cmocka_unit_test_setup(nothing_is_left_behind, fresh),
		cmocka_unit_test_setup(no_more_than_the_image_is_held, fresh),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
