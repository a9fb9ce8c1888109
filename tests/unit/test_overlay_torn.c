/* SPDX-License-Identifier: MIT */
/* An overlay whose file is written while threads load it: each sees one letter, as often as it was written, however it was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "overlay.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct image_file files[] = {{"a.txt", "bundled a", 9, RCC_CODEC_STORE, "text/plain"}};

static int setup(void **state)
{
	(void)state;
	return overlay_begin(files, sizeof files / sizeof *files);
}

enum { WRITES = 300, LETTERS = 20000 };
static atomic_int writing;

static void *write_again_and_again(void *arg)
{
	static char text[LETTERS + 1];
	int fd;

	for (int i = 0; i < WRITES; i++) {
		memset(text, 'a' + i % 26, LETTERS);
		if (i % 3 == 0) {
			put_by_rename("a.txt", text);
			continue;
		}
		fd = open(at("a.txt"), i % 3 == 1 ? O_WRONLY | O_TRUNC : O_WRONLY);
		for (size_t done = 0; done < LETTERS; done += LETTERS / 4)
			assert_int_equal(write(fd, text + done, LETTERS / 4), LETTERS / 4);
		close(fd);
		if (i % 50 == 49)
			unlink(at("a.txt"));
		if (i % 50 == 49)
			put_by_rename("a.txt", text);
	}
	atomic_store(&writing, 0);
	return arg;
}

static void *load_again_and_again(void *arg)
{
	intptr_t bad = 0;
	rcc_memfile f;

	while (atomic_load(&writing)) {
		int error = rcc_overlay_load(arg, "a.txt", &f);

		if (error || (f.size == 9 && !memcmp(f.data, "bundled a", 9))) { /* it was deleted */
			bad += error != 0;
		} else {
			bad += f.size != LETTERS;
			for (size_t i = 0; i < f.size; i++)
				bad += f.data[i] != f.data[0];
		}
		rcc_release(&f);
	}
	return (void *)bad;
}

static void nobody_sees_a_half(void **state)
{
	rcc_overlay *o = opened(0);
	pthread_t writer, readers[3];
	void *bad;

	(void)state;
	put_by_rename("a.txt", "");
	truncate(at("a.txt"), 0);
	unlink(at("a.txt"));
	atomic_store(&writing, 1);
	pthread_create(&writer, NULL, write_again_and_again, NULL);
	for (int i = 0; i < 3; i++)
		pthread_create(&readers[i], NULL, load_again_and_again, o);
	while (atomic_load(&writing))
		assert_true(rcc_overlay_update(o, NULL, NULL) >= 0);
	pthread_join(writer, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_join(readers[i], &bad);
		assert_null(bad);
	}
	rcc_overlay_close(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_sees_a_half),
	};

	return cmocka_run_group_tests(tests, setup, overlay_end);
}
