/* SPDX-License-Identifier: MIT */
/* fetch.c: what it reads, and what it leaves to others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Something happens at the nth fstat: files are looked at before they are read, and after. */
static void (*happens)(void);
static int calls_left;

static int look(int fd, struct stat *st)
{
	if (happens && !--calls_left)
		happens();
	return fstat(fd, st);
}

#define fstat(fd, st) look(fd, st)
#include "../../rcc/fetch.c"
#undef fstat

static char dir[] = "/tmp/rcc-test-fetch.XXXXXX";
static int top; /* that directory */
static struct fetcher *fetcher;

static void put(const char *name, const char *text)
{
	int fd = openat(top, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	top = mkdtemp(dir) ? open(dir, O_DIRECTORY) : -1;
	fetcher = fetcher_new(1);
	return top < 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"a", "b", "empty", "large", "fifo"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlinkat(top, names[i], 0);
	close(top);
	fetcher_free(fetcher);
	return rmdir(dir);
}

/* Without io_uring there is no fetcher, and nothing else to be seen here. */
static int is_here(void)
{
#ifdef RCC_URING
	struct io_uring ring;

	if (fetcher)
		return 1;
	assert_int_not_equal(io_uring_queue_init(FETCH_MAX, &ring, 0), 0);
#else
	assert_null(fetcher);
#endif
	print_message("there is no io_uring here\n");
	return 0;
}

static size_t lowest_descriptor(void)
{
	int fd = dup(top);

	close(fd);
	return (size_t)fd;
}

static void what_is_ordinary_is_read(void **state)
{
	char long_name[5000];
	struct fetch v[FETCH_MAX];
	struct sb b = {0};
	size_t before = lowest_descriptor(), at = 0;

	(void)state;
	if (!is_here())
		return;
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = 0;
	put("a", "alpha");
	put("b", "beta");
	put("empty", "");
	put("large", "0123456789");
	assert_int_equal(mkfifoat(top, "fifo", 0600), 0);
	for (int round = 0; round < 3; round++) {
		const char *const names[] = {"a", "absent", "b", "empty", "large", "fifo", ".", long_name};

		for (size_t i = 0; i < FETCH_MAX; i++)
			v[i] = (struct fetch){.dirfd = top, .path = names[i % 8], .most = 9};
		fetch_all(fetcher, v, FETCH_MAX, &b);
		for (size_t i = 0; i < FETCH_MAX; i++) {
			assert_int_equal(v[i].done, i % 8 == 0 || i % 8 == 2 || i % 8 == 3);
			if (!v[i].done)
				continue;
			assert_true(v[i].at >= at); /* behind all before */
			at = v[i].at + (size_t)v[i].st.st_size;
			assert_true(at <= b.n);
			assert_memory_equal(b.p + v[i].at, i % 8 == 0 ? "alpha" : "beta", (size_t)v[i].st.st_size);
		}
		fetch_all(fetcher, v, 0, &b);
		assert_int_equal(lowest_descriptor(), before); /* all are closed */
	}
	sb_done(&b);
}

static void grow(void)
{
	put("a", "alphabet");
}

static void shrink(void)
{
	put("a", "alp");
}

static void write_anew(void)
{
	put("a", "omega");
}

static void go(void)
{
	unlinkat(top, "a", 0);
}

/* What is not said to be done is read by others. */
static void what_changes_is_left(void **state)
{
	static void (*const changes[])(void) = {grow, shrink, write_anew};
	struct timespec old[2] = {{1000000000, 0}, {1000000000, 0}};

	(void)state;
	if (!is_here())
		return;
	for (size_t k = 0; k < sizeof changes / sizeof *changes; k++) {
		struct fetch f = {.dirfd = top, .path = "a", .most = 9};
		struct sb b = {0};

		put("a", "alpha");
		assert_int_equal(utimensat(top, "a", old, 0), 0);
		happens = changes[k];
		calls_left = 2;
		fetch_all(fetcher, &f, 1, &b);
		assert_false(f.done);
		sb_done(&b);
	}
	/* One that is open is whole, wherever its name went. */
	{
		struct fetch f = {.dirfd = top, .path = "a", .most = 9};
		struct sb b = {0};

		put("a", "alpha");
		happens = go;
		calls_left = 1;
		fetch_all(fetcher, &f, 1, &b);
		assert_true(f.done);
		assert_memory_equal(b.p + f.at, "alpha", 5);
		sb_done(&b);
	}
	happens = NULL;
}

static void descriptors_must_be_enough_for_all(void **state)
{
	struct rlimit were, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &were), 0);
	few = were;
	few.rlim_cur = 3 * FETCH_MAX;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_null(fetcher_new(3));
	fetcher_free(fetcher_new(1));
	fetcher_free(NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &were), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_ordinary_is_read),
		cmocka_unit_test(what_changes_is_left),
		cmocka_unit_test(descriptors_must_be_enough_for_all),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
