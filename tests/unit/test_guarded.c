/* SPDX-License-Identifier: MIT */
/* RCC_GUARDED against files that change, end or fail while they are copied, and after that. pread is ours here: it does to the
 * file what a test wants, and then reads it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "image.h"

enum { LONG = 300000 };

static char contents[LONG];
static const struct image_file files[] = {
	{"long", contents, LONG, RCC_CODEC_STORE, NULL},
	{"packed", contents, LONG, RCC_CODEC_ZSTD, NULL},
};
static char path[] = "/tmp/rcc-test-guarded.XXXXXX";
static unsigned char image[IMAGE_MAX];
static size_t image_size;

/* What comes between: at which call from now on, and what. The first reads the header. */
static int calls, at_call;
static int (*comes_between)(void); /* an errno, or 0: read on */
static size_t most = SIZE_MAX; /* bytes a call reads */

ssize_t pread(int fd, void *buf, size_t n, off_t off)
{
	int error = comes_between && calls++ == at_call ? comes_between() : 0;

	if (error) {
		errno = error;
		return -1;
	}
	return lseek(fd, off, SEEK_SET) == off ? read(fd, buf, n < most ? n : most) : -1;
}

static void write_file(void)
{
	static const struct timespec long_ago[2] = {{1000000000, 0}, {1000000000, 0}};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, image, image_size), image_size);
	assert_int_equal(futimens(fd, long_ago), 0); /* so that any change of it shows, however soon */
	close(fd);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	for (int i = 0; i < LONG; i++)
		contents[i] = (char)('a' + i * 7 / 5 % 20);
	image_size = image_write(image, "guarded", files, 2, 4);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static int fresh(void **state)
{
	(void)state;
	comes_between = NULL;
	most = SIZE_MAX;
	write_file();
	return 0;
}

/* What opening gives when that comes between, at call k. */
static int opens(int k, int (*fn)(void))
{
	const rcc_bundle *b = NULL;
	int error;

	calls = 0;
	at_call = k;
	comes_between = fn;
	errno = 0;
	error = rcc_open_bundle(path, RCC_GUARDED, &b);
	comes_between = NULL;
	assert_int_equal(!error, !!b);
	if (b)
		assert_int_equal(rcc_verify(b), 0);
	rcc_close_bundle(b);
	return error;
}

static int fails(void)
{
	return EIO;
}

static int is_interrupted(void)
{
	return EINTR;
}

static int cut_to;

static int is_cut(void)
{
	return truncate(path, cut_to) ? errno : 0;
}

static int is_written_to(void)
{
	int fd = open(path, O_WRONLY);

	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	return 0;
}

static int grows(void)
{
	return truncate(path, (off_t)image_size + 1) ? errno : 0;
}

static void a_failing_disk(void **state)
{
	(void)state;
	most = 100000; /* so that there are several calls */
	for (int k = 0; k < 4; k++) {
		assert_int_equal(opens(k, fails), RCC_EIO);
		assert_int_equal(errno, EIO);
	}
	assert_int_equal(opens(100, fails), 0);
	assert_true(calls > 4);
	for (int k = 0; k < 4; k++)
		assert_int_equal(opens(k, is_interrupted), 0);
	most = 1000;
	assert_int_equal(opens(0, NULL), 0);
}

/* The kernel's own: a regular file of no size whose first byte nobody can read. */
static void a_file_that_cannot_be_read(void **state)
{
	const rcc_bundle *b;

	(void)state;
	if (access("/proc/self/mem", R_OK)) {
		print_message("no /proc/self/mem to read\n");
		skip();
	}
	errno = 0;
	assert_int_equal(rcc_open_bundle("/proc/self/mem", RCC_GUARDED, &b), RCC_EIO);
	assert_int_equal(errno, EIO);
}

static void cut_short_while_it_is_copied(void **state)
{
	(void)state;
	most = 100000;
	for (cut_to = 0; cut_to < (int)image_size; cut_to += cut_to < 200 ? 1 : 9999)
		for (int k = 0; k < 3; k++) {
			write_file();
			assert_int_equal(opens(k, is_cut), RCC_EIO);
			assert_int_equal(errno, EIO);
		}
	/* That it was too short from the beginning is another matter. */
	for (cut_to = 0; cut_to < (int)image_size; cut_to += cut_to < 200 ? 1 : 9999) {
		write_file();
		is_cut();
		assert_int_equal(opens(0, NULL), RCC_ECORRUPT);
	}
}

static void written_to_while_it_is_copied(void **state)
{
	(void)state;
	most = 100000;
	for (int k = 1; k < 4; k++) { /* what is written before the first read is the file */
		write_file();
		assert_int_equal(opens(k, is_written_to), RCC_EIO);
		write_file();
		assert_int_equal(opens(k, grows), RCC_EIO);
	}
	write_file();
	assert_int_equal(opens(0, NULL), 0);
}

static void whatever_happens_afterwards(void **state)
{
	static char got[LONG];
	const rcc_bundle *b;
	rcc_memfile f;
	rcc_entry e;
	rcc_span s;
	int fd;

	(void)state;
	assert_int_equal(rcc_open_bundle(path, RCC_GUARDED, &b), 0);
	assert_int_equal(truncate(path, 0), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rcc_lookup(b, files[i].name, strlen(files[i].name), &e), 0);
		assert_int_equal(rcc_read(&e, got, sizeof got, NULL), LONG);
		assert_memory_equal(got, contents, LONG);
		assert_int_equal(rcc_pread(&e, got, 100, LONG - 50, NULL), 50);
		assert_int_equal(rcc_load(b, files[i].name, &f), 0);
		assert_memory_equal(f.data, contents, LONG);
		rcc_release(&f);
	}
	fd = open(path, O_WRONLY);
	for (size_t n = 0; n < image_size; n += 16)
		assert_int_equal(write(fd, "what else may be", 16), 16);
	close(fd);
	assert_int_equal(rcc_verify(b), 0);
	assert_int_equal(unlink(path), 0);
	write_file();
	assert_int_equal(rcc_lookup(b, "long", 4, &e), 0);
	assert_int_equal(rcc_view(&e, &s), 0);
	assert_memory_equal(s.data, contents, LONG);
	assert_int_equal(rcc_advise(b, NULL, RCC_ADV_DONTNEED), RCC_ENOTSUP);
	assert_int_equal(rcc_verify(b), 0);
	rcc_close_bundle(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_failing_disk, fresh),
		cmocka_unit_test_setup(a_file_that_cannot_be_read, fresh),
		cmocka_unit_test_setup(cut_short_while_it_is_copied, fresh),
		cmocka_unit_test_setup(written_to_while_it_is_copied, fresh),
		cmocka_unit_test_setup(whatever_happens_afterwards, fresh),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
