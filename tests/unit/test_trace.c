/* SPDX-License-Identifier: MIT */
/* rcc_trace_*: each name once, in the order of first use; what becomes of a file that cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image.h"
#include "../../runtime-stub/rcc_traced.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAMES = 900 };

static char names[NAMES][16];
static struct image_file files[NAMES];
static const struct image_file others[] = {{"n000", "other", 5, RCC_CODEC_STORE, NULL}, {"two\nlines", "x", 1, RCC_CODEC_STORE, NULL}};
static unsigned char *image, *other_image;
static const rcc_bundle *bundle, *other;
static char path[] = "/tmp/rcc-trace-XXXXXX";

static int setup(void **state)
{
	size_t size, other_size;

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		snprintf(names[i], sizeof names[i], "n%03d", i);
		files[i] = (struct image_file){names[i], "text", 4, i % 2 ? RCC_CODEC_ZSTD : RCC_CODEC_STORE, NULL};
	}
	image = image_new("many", files, NAMES, 4, &size);
	other_image = image_new("other", others, 2, 4, &other_size);
	close(mkstemp(path));
	return rcc_open_memory(image, size, &bundle) || rcc_open_memory(other_image, other_size, &other);
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	free(image);
	free(other_image);
	return 0;
}

/* Loads these names, parted by blanks. */
static void use(const rcc_bundle *b, const char *wanted)
{
	char copy[256], *save, *word;
	rcc_memfile f;

	strcpy(copy, wanted);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		rcc_load(b, word, &f);
		rcc_release(&f);
	}
}

/* What the file holds, which is emptied. */
static const char *traced(void)
{
	static char text[8 * NAMES];
	int fd = open(path, O_RDWR);
	ssize_t n = read(fd, text, sizeof text - 1);

	assert_true(n >= 0);
	text[n] = 0;
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	return text;
}

static void first_uses_in_order(void **state)
{
	rcc_entry e;
	rcc_span s;
	char buf[4];
	FILE *f;

	(void)state;
	use(bundle, "n001");
	assert_int_equal(rcc_trace_start(path, NULL), 0);
	assert_int_equal(rcc_trace_start(path, NULL), RCC_EBUSY);
	use(bundle, "n007 n003 n007 nosuch n001 n003");
	assert_string_equal(traced(), "n007\nn003\nn001\n"); /* at once */
	f = rcc_fopen(bundle, "n100");
	fclose(f);
	use(bundle, "n007");
	use(other, "n000"); /* another bundle's is another name */
	use(bundle, "n000");
	assert_string_equal(traced(), "n100\nn000\nn000\n");
	/* By rcc_traced.h. */
	assert_int_equal(rcc_lookup(bundle, "n200", 4, &e), 0);
	assert_int_equal(rcc_lookup(bundle, "n20", 3, &e), RCC_ENOENT);
	assert_int_equal(rcc_at(bundle, 300, &e), 0); /* is not yet a use, but this is */
	assert_int_equal(rcc_view(&e, &s), 0);
	assert_int_equal(rcc_at(bundle, 301, &e), 0);
	assert_int_equal(rcc_view_encoded(&e, &s), 0);
	assert_int_equal(rcc_at(bundle, 302, &e), 0);
	assert_int_equal(rcc_read(&e, buf, 4, NULL), 4);
	assert_int_equal(rcc_at(bundle, 303, &e), 0);
	assert_int_equal(rcc_pread(&e, buf, 4, 0, NULL), 4);
	assert_int_equal(rcc_at(bundle, 304, &e), 0);
	rcc_trace_note(&e);
	rcc_trace_note(NULL);
	assert_int_equal(rcc_at(other, 1, &e), 0);
	rcc_trace_note(&e); /* which cannot be said in a line */
	assert_string_equal(traced(), "n200\nn300\nn301\nn302\nn303\nn304\n");
	assert_int_equal(rcc_trace_stop(), 0);
	assert_int_equal(rcc_trace_stop(), 0);
	use(bundle, "n500");
	assert_string_equal(traced(), "");
	/* One begins anew, and appends. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rcc_trace_start(path, NULL), 0);
		use(bundle, "n500");
		assert_int_equal(rcc_trace_stop(), 0);
	}
	assert_string_equal(traced(), "n500\nn500\n");
}

static void what_is_read_in_other_ways(void **state)
{
	const rcc_span spans[] = {{(const unsigned char *)"n010", 4}, {(const unsigned char *)"absent", 6}, {(const unsigned char *)"n012", 4}};
	rcc_entry found[3], e;
	int results[3];
	rcc_cursor *c;
	struct iovec v[1];

	(void)state;
	assert_int_equal(rcc_trace_start(path, NULL), 0);
	assert_int_equal(rcc_lookup_many(bundle, spans, 3, found, results), 2);
	assert_int_equal(rcc_at(bundle, 20, &e), 0);
	assert_int_equal(rcc_cursor_open(&e, &c), 0);
	rcc_cursor_close(c);
	assert_int_equal(rcc_at(bundle, 22, &e), 0);
	assert_int_equal(rcc_iov(&e, 0, 4, v), 0);
	close(rcc_memfd(bundle, "n031"));
	assert_int_equal(rcc_memfd(bundle, "absent"), RCC_ENOENT);
	assert_int_equal(rcc_trace_stop(), 0);
	assert_string_equal(traced(), "n010\nn012\nn020\nn022\nn031\n");
}

static void of_one_bundle(void **state)
{
	(void)state;
	assert_int_equal(rcc_trace_start(path, "other"), 0);
	use(bundle, "n001 n000");
	use(other, "n000");
	assert_int_equal(rcc_trace_stop(), 0);
	assert_string_equal(traced(), "n000\n");
	setenv("RCC_TRACE_BUNDLE", "many", 1);
	assert_int_equal(rcc_trace_from_env(), RCC_ENOENT);
	setenv("RCC_TRACE", path, 1);
	assert_int_equal(rcc_trace_from_env(), 0);
	use(other, "n000");
	use(bundle, "n001");
	assert_int_equal(rcc_trace_stop(), 0);
	unsetenv("RCC_TRACE");
	unsetenv("RCC_TRACE_BUNDLE");
	assert_string_equal(traced(), "n001\n");
}

static size_t called;

static void call(const rcc_bundle *b, const char *name, size_t len, void *arg)
{
	assert_ptr_equal(b, bundle);
	assert_int_equal(strlen(name), len);
	assert_ptr_equal(arg, &called);
	called++;
	use(b, "n002"); /* reading more is fine, and counts */
}

static void call_nothing(const rcc_bundle *b, const char *name, size_t len, void *arg)
{
	(void)b;
	(void)name;
	(void)len;
	(void)arg;
}

static void to_a_function(void **state)
{
	(void)state;
	assert_int_equal(rcc_trace_call(NULL, NULL), RCC_EINVAL);
	assert_int_equal(rcc_trace_call(call, &called), 0);
	use(bundle, "n001 n001 n003");
	assert_int_equal(rcc_trace_stop(), 0);
	assert_int_equal(called, 3);
}

static void what_cannot_be_written(void **state)
{
	char fifo[sizeof path + 5];
	int fd;

	(void)state;
	assert_int_equal(rcc_trace_start(NULL, NULL), RCC_EINVAL);
	assert_int_equal(rcc_trace_start("/nosuch/dir/file", NULL), RCC_EIO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(rcc_trace_start("/tmp", NULL), RCC_EIO);
	assert_int_equal(errno, EISDIR);
	snprintf(fifo, sizeof fifo, "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(rcc_trace_start(fifo, NULL), RCC_EIO); /* nobody reads it: no waiting */
	fd = open(fifo, O_RDONLY | O_NONBLOCK);
	assert_int_equal(rcc_trace_start(fifo, NULL), RCC_EINVAL);
	close(fd);
	unlink(fifo);
	/* The program goes on, and is told at the end. */
	assert_int_equal(rcc_trace_start("/dev/full", NULL), 0);
	errno = 5;
	use(bundle, "n001 n002");
	assert_int_equal(errno, 5);
	assert_int_equal(rcc_trace_stop(), RCC_EIO);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(rcc_trace_stop(), 0);
	assert_int_equal(rcc_trace_start(path, NULL), 0);
	assert_int_equal(rcc_trace_stop(), 0);
}

enum { CHILDREN = 40, CHILD_SECONDS = 30 };

static void *start_and_stop(void *arg)
{
	while (!atomic_load((atomic_int *)arg)) {
		assert_int_equal(rcc_trace_call(call_nothing, NULL), 0);
		assert_int_equal(rcc_trace_stop(), 0);
	}
	return NULL;
}

/* A child must not wait for a thread that it does not have. */
static void children_of_a_busy_parent(void **state)
{
	atomic_int enough = 0;
	pthread_t thread;
	int status;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, start_and_stop, &enough), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(CHILD_SECONDS);
			_exit(rcc_trace_stop());
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	atomic_store(&enough, 1);
	pthread_join(thread, NULL);
}

static void *use_all(void *arg)
{
	rcc_memfile f;

	for (int i = 0; i < NAMES; i++) {
		assert_int_equal(rcc_load(bundle, names[(i * 7) % NAMES], &f), 0);
		rcc_release(&f);
	}
	return arg;
}

static void by_many_threads(void **state)
{
	pthread_t threads[4];
	const char *text;
	size_t lines = 0;

	(void)state;
	traced();
	assert_int_equal(rcc_trace_start(path, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, use_all, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(rcc_trace_stop(), 0);
	text = traced();
	for (int i = 0; i < NAMES; i++) {
		char line[16];

		snprintf(line, sizeof line, "n%03d\n", i);
		assert_non_null(strstr(text, line));
	}
	for (; *text; text++)
		lines += *text == '\n';
	assert_int_equal(lines, NAMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_uses_in_order),
		cmocka_unit_test(what_is_read_in_other_ways),
		cmocka_unit_test(of_one_bundle),
		cmocka_unit_test(to_a_function),
		cmocka_unit_test(what_cannot_be_written),
		cmocka_unit_test(children_of_a_busy_parent),
		cmocka_unit_test(by_many_threads),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
