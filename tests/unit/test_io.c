/* SPDX-License-Identifier: MIT */
/* Whole reads and writes, checked sums, paths of any length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../rcc/io.h"

static char dir[] = "/tmp/rcc-test-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return !mkdtemp(dir) || chdir(dir);
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return chdir("/") || system(command);
}

static void sizes_are_rounded_up(void **state)
{
	(void)state;
	assert_true(align_up(0, 16) == 0);
	assert_true(align_up(1, 16) == 16);
	assert_true(align_up(16, 16) == 16);
	assert_true(align_up(4097, 4096) == 8192);
}

static void reads_and_writes_at_places(void **state)
{
	int fd = open("places", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char buf[16] = "";

	(void)state;
	assert_int_equal(io_pwrite(fd, "world", 5, 6), 0);
	assert_int_equal(io_pwrite(fd, "hello ", 6, 0), 0);
	assert_int_equal(io_pread(fd, buf, 11, 0), 11);
	assert_string_equal(buf, "hello world");
	assert_int_equal(io_pread(fd, buf, 16, 8), 3); /* fewer at the end only */
	assert_int_equal(io_pread(fd, buf, 16, 99), 0);
	assert_int_equal(io_read(fd, buf, 16), 11);
	assert_int_equal(close(fd), 0);
	assert_int_equal(io_read(fd, buf, 1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(io_write(fd, buf, 1), -1);
}

/* A pipe gives what it has; io_read goes on until all is there. */
static void reads_on_after_short_counts(void **state)
{
	int p[2], status;
	char buf[8] = "";
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (!pid) {
		for (int i = 0; i < 6; i++)
			if (write(p[1], &"abcdef"[i], 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(p[1]);
	assert_int_equal(io_read(p[0], buf, 8), 6);
	assert_string_equal(buf, "abcdef");
	close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_full_device_is_an_error(void **state)
{
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_equal(io_write(fd, "x", 1), -1);
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

static void reads_whole_files(void **state)
{
	struct sb b = {0};
	int fd = open("whole", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *big = calloc(1, 200000);

	(void)state;
	big[0] = 'a';
	big[199999] = 'z';
	assert_int_equal(io_write(fd, big, 200000), 0);
	close(fd);
	sb_str(&b, "before");
	assert_int_equal(io_read_file("whole", &b), 0);
	assert_int_equal(b.n, 200006);
	assert_memory_equal(b.p, "beforea", 8);
	assert_int_equal(b.p[b.n - 1], 'z');
	assert_int_equal(io_read_file("missing", &b), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(io_read_file(".", &b), -1);
	assert_int_equal(errno, EISDIR);
	sb_done(&b);
	free(big);
}

static void opens_paths_beyond_path_max(void **state)
{
	struct sb path = {0};
	char part[201];
	int at = open(".", O_PATH | O_DIRECTORY), fd;

	(void)state;
	memset(part, 'd', 200);
	part[200] = 0;
	for (int i = 0; i < 60; i++) {
		int next;

		assert_int_equal(mkdirat(at, part, 0700), 0);
		next = openat(at, part, O_PATH | O_DIRECTORY);
		assert_true(next >= 0);
		close(at);
		at = next;
		sb_fmt(&path, "%s/", part);
	}
	close(at);
	sb_str(&path, "deep");
	assert_true(path.n > 12000);
	fd = io_openat(AT_FDCWD, path.p, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	fd = io_openat(AT_FDCWD, path.p, O_RDONLY, 0);
	assert_true(fd >= 0);
	close(fd);
	sb_str(&path, "er");
	assert_int_equal(io_openat(AT_FDCWD, path.p, O_RDONLY, 0), -1);
	assert_int_equal(errno, ENOENT);
	/* No part may be as long as that. */
	memset(path.p, 'x', path.n);
	assert_int_equal(io_openat(AT_FDCWD, path.p, O_RDONLY, 0), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	sb_done(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_rounded_up),
		cmocka_unit_test(reads_and_writes_at_places),
		cmocka_unit_test(reads_on_after_short_counts),
		cmocka_unit_test(a_full_device_is_an_error),
		cmocka_unit_test(reads_whole_files),
		cmocka_unit_test(opens_paths_beyond_path_max),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
