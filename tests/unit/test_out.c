/* SPDX-License-Identifier: MIT */
/* Outputs: whole or not at all, whatever lies in their place, and however the program ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../rcc/io.h"
#include "../../rcc/out.h"
#include "capture.h"

static char dir[] = "/tmp/rcc-test-XXXXXX";
static struct diag quiet;
static bool no_proc;

/* out.c asks this before it makes a file without a name. "No" brings out the other way, temporary names. */
int access(const char *path, int mode)
{
	if (no_proc && !strncmp(path, "/proc/", 6)) {
		errno = ENOENT;
		return -1;
	}
	return faccessat(AT_FDCWD, path, mode, 0);
}

static int setup(void **state)
{
	(void)state;
	umask(022);
	return !mkdtemp(dir) || chdir(dir);
}

static int unnamed(void **state)
{
	(void)state;
	no_proc = false;
	return 0;
}

static int named(void **state)
{
	(void)state;
	no_proc = true;
	return 0;
}

/* Each test begins with an empty directory. */
static int clean(void **state)
{
	(void)state;
	return system("find . -mindepth 1 -delete");
}

static int teardown(void **state)
{
	(void)state;
	return chdir("/") || rmdir(dir);
}

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void holds(const char *path, const char *text)
{
	struct sb b = {0};

	sb_str(&b, "");
	assert_int_equal(io_read_file(path, &b), 0);
	assert_string_equal(b.p, text);
	sb_done(&b);
}

static int entries(void)
{
	DIR *d = opendir(".");
	int n = -2;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static enum out_result write_out(int dirfd, const char *path, const char *text, bool check)
{
	struct out o;

	if (!out_open(&o, &quiet, dirfd, path))
		return OUT_FAILED;
	assert_int_equal(io_write(o.fd, text, strlen(text)), 0);
	return out_commit(&o, &quiet, check);
}

/* As write_out, and it fails with that message. */
static void fails(int dirfd, const char *path, const char *message)
{
	struct capture c;
	enum out_result r;

	capture_begin(&c, 2);
	r = write_out(dirfd, path, "x", false);
	assert_string_equal(capture_end(&c), message);
	assert_int_equal(r, OUT_FAILED);
}

static void a_new_file(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(write_out(AT_FDCWD, "a", "text", false), OUT_WRITTEN);
	holds("a", "text");
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(entries(), 1);
}

static void an_old_file_keeps_its_mode(void **state)
{
	struct stat st;

	(void)state;
	put("a", "old", 0751);
	assert_int_equal(write_out(AT_FDCWD, "./a", "new", false), OUT_WRITTEN);
	holds("a", "new");
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_int_equal(entries(), 1);
}

static void the_same_bytes_leave_it_alone(void **state)
{
	static const struct timespec old[2] = {{1000, 0}, {1000, 5}};
	struct stat before, after;

	(void)state;
	put("a", "text", 0600);
	assert_int_equal(utimensat(AT_FDCWD, "a", old, 0), 0);
	assert_int_equal(stat("a", &before), 0);
	assert_int_equal(write_out(AT_FDCWD, "a", "text", false), OUT_SAME);
	assert_int_equal(stat("a", &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mtim.tv_sec, 1000);
	assert_int_equal(after.st_mtim.tv_nsec, 5);
	assert_int_equal(write_out(AT_FDCWD, "a", "texts", false), OUT_WRITTEN);
	assert_int_equal(write_out(AT_FDCWD, "a", "textz", false), OUT_WRITTEN);
	holds("a", "textz");
}

/* Longer than one buffer, and different in the last byte only. */
static void long_files_are_compared_to_the_end(void **state)
{
	enum { N = (2 << 20) + 1 };
	char *text = malloc(N + 1);

	(void)state;
	memset(text, 'x', N);
	text[N] = 0;
	put("a", text, 0600);
	assert_int_equal(write_out(AT_FDCWD, "a", text, false), OUT_SAME);
	text[N - 1] = 'y';
	assert_int_equal(write_out(AT_FDCWD, "a", text, true), OUT_DIFFERS);
	assert_int_equal(write_out(AT_FDCWD, "a", text, false), OUT_WRITTEN);
	holds("a", text);
	free(text);
}

static void checking_writes_nothing(void **state)
{
	(void)state;
	assert_int_equal(write_out(AT_FDCWD, "a", "text", true), OUT_DIFFERS);
	assert_int_equal(entries(), 0);
	put("a", "text", 0600);
	assert_int_equal(write_out(AT_FDCWD, "a", "text", true), OUT_SAME);
	assert_int_equal(write_out(AT_FDCWD, "a", "other", true), OUT_DIFFERS);
	holds("a", "text");
	assert_int_equal(entries(), 1);
}

static void links_are_written_through(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	put("sub/real", "old", 0600);
	assert_int_equal(symlink("real", "sub/one"), 0);
	assert_int_equal(symlink("sub/one", "two"), 0);
	assert_int_equal(write_out(AT_FDCWD, "two", "new", false), OUT_WRITTEN);
	holds("sub/real", "new");
	assert_int_equal(lstat("two", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	/* One that leads to nothing yet. */
	assert_int_equal(symlink("sub/later", "three"), 0);
	assert_int_equal(write_out(AT_FDCWD, "three", "made", false), OUT_WRITTEN);
	holds("sub/later", "made");
	assert_int_equal(lstat("three", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void dropped_ones_leave_nothing(void **state)
{
	struct out o = {0}, zero = {0};

	(void)state;
	put("a", "old", 0600);
	assert_true(out_open(&o, &quiet, AT_FDCWD, "a"));
	assert_int_equal(io_write(o.fd, "new", 3), 0);
	out_discard(&o);
	out_discard(&o);
	out_discard(&zero);
	assert_true(fcntl(0, F_GETFD) >= 0);
	holds("a", "old");
	assert_int_equal(entries(), 1);
}

static void streams_get_the_bytes(void **state)
{
	char buf[8] = "";
	struct capture c;
	int fifo;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	fifo = open("fifo", O_RDONLY | O_NONBLOCK);
	assert_int_equal(write_out(AT_FDCWD, "fifo", "text", false), OUT_WRITTEN);
	assert_int_equal(io_read(fifo, buf, 8), 4);
	assert_string_equal(buf, "text");
	close(fifo);
	assert_int_equal(write_out(AT_FDCWD, "/dev/null", "text", false), OUT_WRITTEN);
	capture_begin(&c, 1);
	assert_int_equal(write_out(AT_FDCWD, "-", "text", false), OUT_WRITTEN);
	assert_int_equal(write_out(AT_FDCWD, "/dev/stdout", "TEXT", false), OUT_WRITTEN);
	assert_string_equal(capture_end(&c), "TEXT");
	assert_int_equal(entries(), 1);
}

/* Only what lies below a process's fd/ is an open file; its other links lead to places like any other's. */
static void places_below_proc(void **state)
{
	char path[64];
	struct capture c;

	(void)state;
	assert_int_equal(write_out(AT_FDCWD, "/proc/self/cwd/a", "new", false), OUT_WRITTEN);
	holds("a", "new");
	assert_int_equal(mkdir("fd", 0700), 0);
	assert_int_equal(write_out(AT_FDCWD, "/proc/self/cwd/fd/b", "new", false), OUT_WRITTEN);
	holds("fd/b", "new");
	snprintf(path, sizeof path, "/proc/self/fd/%d/c", open("fd", O_PATH | O_DIRECTORY));
	assert_int_equal(write_out(AT_FDCWD, path, "new", false), OUT_WRITTEN);
	holds("fd/c", "new");
	capture_begin(&c, 1);
	assert_int_equal(write_out(AT_FDCWD, "/proc/thread-self/fd/1", "one", false), OUT_WRITTEN);
	snprintf(path, sizeof path, "/proc/self/task/%d/fd/1", (int)getpid());
	assert_string_equal(capture_end(&c), "one");
	capture_begin(&c, 1);
	assert_int_equal(write_out(AT_FDCWD, path, "two", false), OUT_WRITTEN);
	assert_string_equal(capture_end(&c), "two");
	assert_int_equal(entries(), 2);
}

static void what_cannot_be_written(void **state)
{
	int here = open(".", O_PATH | O_DIRECTORY);

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(symlink("x", "link"), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
	put("file", "old", 0600);
	fails(AT_FDCWD, "d", "rcc: d: error: cannot write: Is a directory; name a file in it\n");
	fails(AT_FDCWD, "no/a", "rcc: no/a: error: cannot write: No such file or directory; make its directory first\n");
	fails(AT_FDCWD, "no/", "rcc: no/: error: cannot write: No such file or directory; make its directory first\n");
	fails(AT_FDCWD, "file/a", "rcc: file/a: error: cannot write: Not a directory\n");
	fails(AT_FDCWD, "", "rcc: : error: cannot write: No such file or directory; make its directory first\n");
	fails(AT_FDCWD, "loop", "rcc: loop: error: cannot write: Too many levels of symbolic links\n");
	fails(AT_FDCWD, "/dev/full", "rcc: /dev/full: error: cannot write: No space left on device; make room there, or write elsewhere\n");
	fails(here, "at/link", "rcc: at/link: error: a symbolic link is in the way; remove it first\n");
	fails(here, "at/d", "rcc: at/d: error: a directory is in the way; remove it first\n");
	holds("file", "old");
	assert_int_equal(entries(), 4);
	close(here);
}

static void below_a_directory(void **state)
{
	int d;

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	d = open("d", O_PATH | O_DIRECTORY);
	assert_int_equal(write_out(d, "out/d/name", "text", false), OUT_WRITTEN);
	assert_int_equal(write_out(d, "out/d/name", "text", false), OUT_SAME);
	holds("d/name", "text");
	assert_true(fcntl(d, F_GETFD) >= 0); /* still the caller's */
	close(d);
}

/* A child that has an output under way ends in that way; its status. */
static int child_ends(void (*end)(struct out *o))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct out o;

		out_catch_signals();
		if (!out_open(&o, &quiet, AT_FDCWD, "a") || io_write(o.fd, "new", 3) || entries() != (no_proc ? 2 : 1))
			_exit(99);
		end(&o);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void by_term(struct out *o)
{
	(void)o;
	raise(SIGTERM);
}

/* A mapped file is shorter than its mapping: the message, the status, and nothing left behind. */
static void by_bus_error(struct out *o)
{
	int fd = memfd_create("mapped", 0);
	volatile char *p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);

	(void)o;
	out_on_bus_error("it was cut\n", 7);
	if (fd < 0 || p == MAP_FAILED)
		_exit(96);
	_exit(p[4096]);
}

static void by_exit(struct out *o)
{
	(void)o;
	exit(3);
}

/* Between fork and exec a child of a filter may be killed: the files are its parent's. */
static void by_child(struct out *o)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		raise(SIGINT);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || out_commit(o, &quiet, false) != OUT_WRITTEN)
		_exit(97);
	exit(4);
}

static void a_childs_end_leaves_it(void **state)
{
	int status;

	(void)state;
	put("a", "old", 0600);
	status = child_ends(by_child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 4);
	holds("a", "new");
	assert_int_equal(entries(), 1);
}

static void a_cut_file_is_told(void **state)
{
	struct capture c;
	int status;

	(void)state;
	put("a", "old", 0600);
	capture_begin(&c, 2);
	status = child_ends(by_bus_error);
	assert_string_equal(capture_end(&c), "it was cut\n");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	holds("a", "old");
	assert_int_equal(entries(), 1);
}

static void ends_leave_the_old_file(void **state)
{
	int status;

	(void)state;
	put("a", "old", 0600);
	status = child_ends(by_term);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	status = child_ends(by_exit);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	holds("a", "old");
	assert_int_equal(entries(), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, unnamed, clean), cmocka_unit_test_setup_teardown(f, named, clean)
	const struct CMUnitTest tests[] = {
		TEST(a_new_file),
		TEST(an_old_file_keeps_its_mode),
		TEST(the_same_bytes_leave_it_alone),
		TEST(long_files_are_compared_to_the_end),
		TEST(checking_writes_nothing),
		TEST(links_are_written_through),
		TEST(dropped_ones_leave_nothing),
		TEST(streams_get_the_bytes),
		TEST(places_below_proc),
		TEST(what_cannot_be_written),
		TEST(below_a_directory),
		TEST(ends_leave_the_old_file),
		TEST(a_childs_end_leaves_it),
		TEST(a_cut_file_is_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
