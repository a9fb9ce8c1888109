/* SPDX-License-Identifier: MIT */
/* cache: frames come back by their key alone, changed ones never; two writers; whose times are to be relied on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../rcc/cache_index.h"
#include "../../rcc/cache_tree.h"

#define SECOND 1000000000ll

static char dir[] = "/tmp/rcc-test-XXXXXX";
static struct diag quiet;

static int setup(void **state)
{
	(void)state;
	return !mkdtemp(dir) || chdir(dir);
}

static int clean(void **state)
{
	(void)state;
	return system("rm -rf C tree");
}

static int teardown(void **state)
{
	(void)state;
	return chdir("/") || rmdir(dir);
}

static struct cache *open_cache(uint64_t limit)
{
	struct cache *c = cache_open(&quiet, "C", limit);

	assert_non_null(c);
	cache_load(c);
	return c;
}

static struct cache_key key_of(uint64_t n)
{
	return (struct cache_key){.hash = {n, ~n}, .level = 9, .codec = 1};
}

/* The frame of number n: bytes that tell it from others. */
static void frame_of(uint64_t n, char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (char)(n * 31 + i * 7);
}

static void add(struct cache *c, uint64_t n, size_t size)
{
	struct cache_key key = key_of(n);
	char frame[1000];

	frame_of(n, frame, size);
	cache_add(c, &key, frame, size);
}

static bool has(struct cache *c, uint64_t n, size_t size)
{
	struct cache_key key = key_of(n);
	const struct cache_entry *e = cache_find(c, &key);
	char want[1000], got[1000];

	frame_of(n, want, size);
	return e && e->stored == size && cache_fetch(c, NULL, e, got) && !memcmp(want, got, size);
}

static void frames_come_back(void **state)
{
	struct cache *c = open_cache(1 << 20);
	struct cache_key key;

	(void)state;
	for (uint64_t n = 0; n < 100; n++)
		add(c, n, 100 + n);
	key = key_of(1000);
	cache_add(c, &key, NULL, 77);
	cache_close(c);
	c = open_cache(1 << 20);
	for (uint64_t n = 0; n < 100; n++)
		assert_true(has(c, n, 100 + n));
	assert_false(has(c, 100, 200));
	assert_int_equal(cache_find(c, &key)->stored, 77);
	assert_false(cache_fetch(c, NULL, cache_find(c, &key), dir));
	cache_close(c);
}

/* By one window in any order, whatever it holds from before: each frame, and not the one that was damaged. */
static void frames_come_back_together(void **state)
{
	static const size_t size[] = {1000, 1, 400, 999};
	struct cache_window w = {0};
	struct cache_entry bad;
	struct cache *c = open_cache(1 << 20);
	char got[1000], want[1000];

	(void)state;
	for (uint64_t n = 0; n < 600; n++)
		add(c, n, size[n % 4]);
	cache_close(c);
	c = open_cache(1 << 20);
	for (uint64_t i = 0; i < 3000; i++) {
		uint64_t n = i < 600 ? i : i < 1200 ? 1199 - i : i * 7919 % 600;
		struct cache_key key = key_of(n);
		const struct cache_entry *e = cache_find(c, &key);

		assert_non_null(e);
		frame_of(n, want, size[n % 4]);
		memset(got, 0, sizeof got);
		assert_true(cache_fetch(c, &w, e, got) && !memcmp(got, want, e->stored));
		bad = *e;
		bad.check ^= 1;
		assert_false(cache_fetch(c, &w, &bad, got));
		bad = *e;
		bad.off += 1 << 20; /* behind the pack's end */
		assert_false(cache_fetch(c, &w, &bad, got));
	}
	free(w.p);
	cache_close(c);
}

/* Found by their first bits, also where all have the same. */
static void keys_that_begin_alike(void **state)
{
	struct cache *c = open_cache(1 << 20);
	struct cache_key key = {.level = 9, .codec = 1};

	(void)state;
	for (uint64_t n = 0; n < 300; n++) {
		key.hash[0] = n << 32 | (n % 3 ? 0xffffff : 0);
		cache_add(c, &key, NULL, n + 1);
	}
	cache_close(c);
	c = open_cache(1 << 20);
	for (uint64_t n = 0; n < 300; n++) {
		key.hash[0] = n << 32 | (n % 3 ? 0xffffff : 0);
		assert_int_equal(cache_find(c, &key)->stored, n + 1);
		key.hash[0] ^= 0xffffff;
		assert_null(cache_find(c, &key));
	}
	cache_close(c);
}

/* Each part of the key tells frames apart. */
static void keys_are_whole(void **state)
{
	struct cache *c = open_cache(1 << 20);
	struct cache_key key = key_of(5), other[5];

	(void)state;
	add(c, 5, 50);
	cache_close(c);
	c = open_cache(1 << 20);
	for (int i = 0; i < 5; i++)
		other[i] = key;
	other[0].hash[0]++;
	other[1].hash[1]++;
	other[2].dict++;
	other[3].level++;
	other[4].codec++;
	for (int i = 0; i < 5; i++)
		assert_null(cache_find(c, &other[i]));
	assert_non_null(cache_find(c, &key));
	cache_close(c);
}

/* A frame that lies where another should: its bytes are sound, but not its own. */
static void frames_are_bound_to_keys(void **state)
{
	struct cache *c = open_cache(1 << 20);
	struct cache_key key = key_of(2);
	struct cache_entry e;
	char got[1000];

	(void)state;
	add(c, 1, 60);
	add(c, 2, 60);
	cache_close(c);
	c = open_cache(1 << 20);
	e = *cache_find(c, &key);
	assert_true(cache_fetch(c, NULL, &e, got));
	e.key = key_of(1);
	assert_false(cache_fetch(c, NULL, &e, got));
	cache_close(c);
}

/* Both begin before either has an index; both have another pack, and all frames are there in the end. */
static void two_writers(void **state)
{
	struct cache *a = open_cache(1 << 20), *b = open_cache(1 << 20);

	(void)state;
	for (uint64_t n = 0; n < 10; n++) {
		add(a, n, 100);
		add(b, n + 5, 100);
	}
	cache_close(a);
	cache_close(b);
	a = open_cache(1 << 20);
	b = open_cache(1 << 20);
	for (uint64_t n = 0; n < 15; n++)
		assert_true(has(a, n, 100));
	add(a, 20, 100);
	add(b, 21, 100);
	cache_close(b);
	cache_close(a);
	a = open_cache(1 << 20);
	assert_true(has(a, 20, 100) && has(a, 21, 100) && has(a, 3, 100));
	cache_close(a);
}

/* One makes room while another has the old pack open: that one reads on, and what it adds is not lost. */
static void room_is_made_under_a_reader(void **state)
{
	struct cache *a = open_cache(1 << 20), *b;

	(void)state;
	for (uint64_t n = 0; n < 40; n++)
		add(a, n, 500);
	cache_close(a);
	a = open_cache(1 << 20);
	b = open_cache(16000);
	assert_true(has(b, 39, 500));
	add(b, 50, 500);
	cache_close(b);
	for (uint64_t n = 0; n < 40; n++)
		assert_true(has(a, n, 500));
	add(a, 51, 500);
	cache_close(a);
	a = open_cache(1 << 20);
	assert_true(has(a, 50, 500) && has(a, 51, 500) && has(a, 39, 500));
	cache_close(a);
}

/* The one that was not used for longest is the first to go. */
static void least_recently_used_goes(void **state)
{
	struct cache *c;

	(void)state;
	for (uint64_t n = 0; n < 30; n++) {
		c = open_cache(12000);
		if (n)
			assert_true(has(c, 0, 500)); /* of use in every run */
		add(c, n, 500);
		cache_close(c);
	}
	c = open_cache(12000);
	assert_true(has(c, 0, 500) && has(c, 29, 500));
	assert_false(has(c, 1, 500));
	cache_close(c);
}

static void times_that_can_be_relied_on(void **state)
{
	const int64_t now = 1000 * SECOND;
	static const struct {
		int64_t mtime, ctime;
		bool settled;
	} table[] = {
		{900 * SECOND, 900 * SECOND, true},
		{998 * SECOND - 1, 998 * SECOND - 1, true},
		{998 * SECOND, 900 * SECOND, false},      /* two seconds: a tick of FAT */
		{900 * SECOND, 998 * SECOND, false},
		{900 * SECOND, 1000 * SECOND, false},     /* in the tick of the moment */
		{1000 * SECOND, 1000 * SECOND, false},
		{2000 * SECOND, 900 * SECOND, false},     /* in the future */
		{INT64_MAX, 900 * SECOND, false},
		{INT64_MIN, INT64_MIN, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(cache_stat_settled(&(struct cache_stat){.mtime = table[i].mtime, .ctime = table[i].ctime}, now),
		                 table[i].settled);
	assert_false(cache_stat_settled(&(struct cache_stat){.mtime = INT64_MIN, .ctime = INT64_MIN}, INT64_MIN));
}

/* The clock by which cache_tree.c tells the moment. */
static time_t ahead;

int clock_gettime(clockid_t id, struct timespec *t)
{
	(void)id;
	*t = (struct timespec){.tv_sec = time(NULL) + ahead};
	return 0;
}

/* What is known of tree/f after a run that saw it when the clock stood there. */
static bool known_after(time_t clock, const char *then)
{
	struct asset asset = {STR("f"), 0, 0};
	struct root root = {.path = "tree", .prefix = STR(""), .fd = open("tree", O_RDONLY | O_DIRECTORY)};
	struct tree t = {.root = &root, .nroots = 1, .v = &asset, .n = 1};
	struct cache *c = open_cache(1 << 20);
	struct cache_made made = {.from = {1, 1}};
	struct cache_seen seen = {.flags = CACHE_READ | CACHE_HASHED, .hash64 = 42};
	struct cache_tree *k;
	struct stat st;
	bool known;

	ahead = clock;
	k = cache_tree_load(c, 7, &t);
	cache_tree_begin(k);
	assert_int_equal(stat("tree/f", &st), 0);
	seen.st = cache_stat_of(&st);
	cache_tree_note(k, 0, &seen);
	cache_tree_save(k, &made);
	cache_tree_done(k);
	assert_int_equal(system(then), 0);
	k = cache_tree_load(c, 7, &t);
	known = cache_tree_look(k, 2);
	assert_int_equal(known, cache_tree_find(k, 0) != NULL);
	if (known)
		assert_int_equal(cache_tree_find(k, 0)->hash64, 42);
	assert_non_null(cache_tree_made(k));
	cache_tree_done(k);
	cache_close(c);
	close(root.fd);
	return known;
}

static void files_that_can_be_relied_on(void **state)
{
	(void)state;
	assert_int_equal(system("mkdir tree && echo alpha >tree/f"), 0);
	assert_true(known_after(60, ":"));
	assert_false(known_after(0, ":")); /* written in the moment of the run: racily clean */
	assert_false(known_after(-60, ":"));
	assert_false(known_after(60, "echo alph2 >tree/f"));
	assert_false(known_after(60, "touch -r tree/f tree/m && echo alph3 >tree/f && touch -r tree/m tree/f"));
	assert_false(known_after(60, "cp -p tree/f tree/g && mv tree/g tree/f"));
	assert_false(known_after(60, "rm tree/f && mkdir tree/f"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(frames_come_back, clean),
		cmocka_unit_test_teardown(frames_come_back_together, clean),
		cmocka_unit_test_teardown(keys_that_begin_alike, clean),
		cmocka_unit_test_teardown(keys_are_whole, clean),
		cmocka_unit_test_teardown(frames_are_bound_to_keys, clean),
		cmocka_unit_test_teardown(two_writers, clean),
		cmocka_unit_test_teardown(room_is_made_under_a_reader, clean),
		cmocka_unit_test_teardown(least_recently_used_goes, clean),
		cmocka_unit_test(times_that_can_be_relied_on),
		cmocka_unit_test_teardown(files_that_can_be_relied_on, clean),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
