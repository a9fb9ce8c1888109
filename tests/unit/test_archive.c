/* SPDX-License-Identifier: MIT */
/* archive: what ar would write, for numbers of both widths, and what no archive can hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../rcc/archive.h"
#include "../../rcc/io.h"

static struct diag quiet = {.verbose = -1};

/* The text of a header, with its spaces. */
#define HEADER(name, mode, size) name "0           0     0     " mode size "`\n"

static void assert_bytes(int fd, uint64_t off, const char *bytes, size_t n)
{
	char got[512];

	assert_true(n <= sizeof got);
	assert_int_equal(io_pread(fd, got, n, off), n);
	assert_memory_equal(got, bytes, n);
}

static uint64_t file_size(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

/* Two members of the given sizes, of which only the first three bytes are written; three symbols. */
static bool make(int fd, uint64_t first, uint64_t second, uint64_t foretold)
{
	struct archive a;
	bool ok;

	archive_start(&a, fd, &quiet, "archive", 3, sizeof "x_one" + sizeof "x_two" + sizeof "y", foretold);
	assert_int_equal(io_pwrite(fd, "abc", 3, archive_member(&a)), 0);
	archive_symbol(&a, "x_", STR("one"));
	archive_symbol(&a, "x_", STR("two"));
	ok = archive_member_end(&a, "first.o/", first);
	if (ok) {
		assert_int_equal(io_pwrite(fd, "def", 3, archive_member(&a)), 0);
		archive_symbol(&a, "", STR("y"));
		ok = archive_member_end(&a, "second.o/", second) && archive_finish(&a);
	}
	archive_done(&a);
	return ok;
}

static void small(void **state)
{
	static const char expected[] =
		"!<arch>\n" HEADER("/               ", "0       ", "30        ")
		"\0\0\0\3" "\0\0\0\x62" "\0\0\0\x62" "\0\0\0\xa2" "x_one\0x_two\0y\0"
		HEADER("first.o/        ", "644     ", "3         ") "abc\n"
		HEADER("second.o/       ", "644     ", "4         ") "def";
	int fd = memfd_create("archive", MFD_CLOEXEC);

	(void)state;
	/* What lay there before is cut off. */
	assert_int_equal(io_pwrite(fd, "left", 4, 5000), 0);
	assert_true(make(fd, 3, 4, 1000));
	assert_bytes(fd, 0, expected, sizeof expected - 1);
	assert_int_equal(file_size(fd), sizeof expected);
	close(fd);
}

/* The space between is a hole that takes no memory. */
static void wide(void **state)
{
	static const char expected[] =
		"!<arch>\n" HEADER("/SYM64/         ", "0       ", "46        ")
		"\0\0\0\0\0\0\0\3" "\0\0\0\0\0\0\0\x72" "\0\0\0\0\0\0\0\x72" "\0\0\0\1\x2a\5\xf2\xae" "x_one\0x_two\0y\0"
		HEADER("first.o/        ", "644     ", "5000000000") "abc";
	uint64_t second = 8 + 60 + 46 + 60 + 5000000000;
	int fd = memfd_create("archive", MFD_CLOEXEC);

	(void)state;
	assert_true(make(fd, 5000000000, 3, 6000000000));
	assert_bytes(fd, 0, expected, sizeof expected - 1);
	assert_bytes(fd, second, HEADER("second.o/       ", "644     ", "3         ") "def\n", 64);
	assert_int_equal(file_size(fd), second + 64);
	close(fd);
}

static void too_large(void **state)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);

	(void)state;
	assert_false(make(fd, 10000000000, 3, 20000000000));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small),
		cmocka_unit_test(wide),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
