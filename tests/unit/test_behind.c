/* SPDX-License-Identifier: MIT */
/* behind: what was handed over is in the file, in the order it came, threaded or not; a failure is told and stays. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../rcc/behind.h"

enum { TURNS = 64, PART = 70000 };

static int scratch(void)
{
	char path[] = "/tmp/rcc-test-behind.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

/* Each buffer overlaps half of the one before, so that the order shows. */
static void in_order(void **state)
{
	(void)state;
	for (int threaded = 0; threaded < 2; threaded++) {
		int fd = scratch();
		struct behind *b = behind_start(fd, threaded);
		char *all = malloc(PART * (TURNS + 1)), *got = malloc(PART * (TURNS + 1));

		for (int i = 0; i < TURNS; i++) {
			memset(behind_buffer(b), i + 1, 2 * PART);
			memset(all + i * PART, i + 1, 2 * PART);
			assert_true(behind_write(b, 2 * PART, (uint64_t)i * PART));
		}
		assert_true(behind_wait(b));
		assert_int_equal(pread(fd, got, PART * (TURNS + 1), 0), PART * (TURNS + 1));
		assert_memory_equal(got, all, PART * (TURNS + 1));
		behind_stop(b);
		free(all);
		free(got);
		close(fd);
	}
	behind_stop(NULL);
}

static void a_failure_stays(void **state)
{
	(void)state;
	for (int threaded = 0; threaded < 2; threaded++) {
		int fd = open("/dev/full", O_WRONLY);
		struct behind *b = behind_start(fd, threaded);
		bool ok = true;

		assert_true(fd >= 0);
		for (int i = 0; i < TURNS; i++) {
			memset(behind_buffer(b), 'x', BEHIND_SIZE);
			ok = behind_write(b, BEHIND_SIZE, (uint64_t)i * BEHIND_SIZE) && ok;
		}
		assert_false(ok);
		errno = 0;
		assert_false(behind_wait(b));
		assert_int_equal(errno, ENOSPC);
		behind_stop(b);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(a_failure_stays),
	};

	return cmocka_run_group_tests_name("behind", tests, NULL, NULL);
}
