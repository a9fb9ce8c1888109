/* SPDX-License-Identifier: MIT */
/* Slices, the builder, numbers and near misses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../rcc/str.h"

static void compares_as_memcmp_and_shorter_first(void **state)
{
	static const char *const sorted[] = {"", "A", "B", "a", "a-b", "a/b", "ab", "\x7f", "\x80", "\xff"};
	enum { N = sizeof sorted / sizeof *sorted };

	(void)state;
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++) {
			int c = str_cmp(str_of(sorted[i]), str_of(sorted[j]));

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
			assert_int_equal(str_eq(str_of(sorted[i]), str_of(sorted[j])), i == j);
		}
	assert_true(str_eq((struct str){0}, STR("")));
	assert_true(str_cmp((struct str){"a\0b", 3}, (struct str){"a\0c", 3}) < 0);
}

static void starts(void **state)
{
	(void)state;
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_true(str_starts(STR("abc"), STR("")));
	assert_true(str_starts((struct str){0}, (struct str){0}));
	assert_false(str_starts(STR("ab"), STR("abc")));
	assert_false(str_starts(STR("abc"), STR("b")));
}

static void sizes(void **state)
{
	static const struct { const char *text; bool ok; unsigned long long v; } t[] = {
		{"0", true, 0}, {"17", true, 17}, {"4K", true, 4096}, {"4k", true, 4096}, {"4KiB", true, 4096},
		{"4KB", true, 4096}, {"3M", true, 3u << 20}, {"2G", true, 2ull << 30}, {"1T", true, 1ull << 40},
		{"16777215T", true, 16777215ull << 40}, {"16777216T", false, 0}, {"", false, 0}, {"K", false, 0},
		{"-1", false, 0}, {"+1", false, 0}, {"4X", false, 0}, {"4 K", false, 0}, {"4KiBs", false, 0},
		{"0x10", false, 0}, {"99999999999999999999", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		unsigned long long v = 1234;

		assert_int_equal(str_to_size(str_of(t[i].text), &v), t[i].ok);
		assert_int_equal(v, t[i].ok ? t[i].v : 1234);
	}
}

static void numbers(void **state)
{
	static const struct { const char *text; bool ok; long v; } t[] = {
		{"0", true, 0}, {"22", true, 22}, {"-5", true, -5}, {"+5", true, 5}, {"-0", true, 0},
		{"", false, 0}, {"-", false, 0}, {"+-1", false, 0}, {"1 ", false, 0}, {" 1", false, 0}, {"1a", false, 0},
		{"9999999999999999999999", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		long v = 1234;

		assert_int_equal(str_to_long(str_of(t[i].text), &v), t[i].ok);
		assert_int_equal(v, t[i].ok ? t[i].v : 1234);
	}
}

static void says_sizes(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(str_size(buf, 0), "0 B");
	assert_string_equal(str_size(buf, 1023), "1023 B");
	assert_string_equal(str_size(buf, 1536), "1.5 KiB");
	assert_string_equal(str_size(buf, 5ull << 30), "5.0 GiB");
	assert_string_equal(str_size(buf, UINT64_MAX), "16.0 EiB");
}

static void suggests_what_is_near(void **state)
{
	static const char *const v[] = {"output", "order", "prefix", "x"};

	(void)state;
	assert_string_equal(str_nearest(STR("ouptut"), v, 4), "output");
	assert_string_equal(str_nearest(STR("ordr"), v, 4), "order");
	assert_string_equal(str_nearest(STR("prefix"), v, 4), "prefix");
	assert_null(str_nearest(STR("banana"), v, 4));
	assert_null(str_nearest(STR(""), v, 4));
	assert_null(str_nearest(STR("y"), v, 4)); /* one letter is never a typo of another */
	assert_null(str_nearest(STR("output"), v, 0));
}

static void escapes(void **state)
{
	struct sb b = {0};

	(void)state;
	sb_escaped(&b, (struct str){"a\nb\tc\\d\x1b\x7f\0e\xff", 12});
	assert_string_equal(b.p, "a\\nb\\tc\\\\d\\033\\177\\000e\xff");
	sb_done(&b);
	assert_null(b.p);
}

static void builds(void **state)
{
	struct sb b = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		sb_fmt(&b, "%d,", i);
	assert_int_equal(b.n, 3890);
	assert_memory_equal(b.p, "0,1,2,", 6);
	assert_string_equal(b.p + b.n - 4, "999,");
	b.n = 0;
	sb_add(&b, "x\0y", 3);
	assert_int_equal(b.n, 3);
	assert_memory_equal(b.p, "x\0y", 4);
	sb_done(&b);
}

static void copies_into_the_arena(void **state)
{
	struct arena a = {0};
	struct str s = str_copy(&a, (struct str){"ab\0cd", 5}), none = str_copy(&a, (struct str){0});

	(void)state;
	assert_int_equal(s.n, 5);
	assert_memory_equal(s.p, "ab\0cd", 6);
	assert_int_equal(none.n, 0);
	assert_int_equal(*none.p, 0);
	arena_done(&a);
}

static void arrays_in_the_arena_grow_by_doubling(void **state)
{
	struct arena a = {0};
	size_t *v = NULL, moves = 0;
	(void)state;

	for (size_t i = 0; i < 1000; i++) {
		size_t *before = v;

		v = one_more(&a, size_t, v, i);
		v[i] = i;
		moves += v != before;
	}
	assert_int_equal(moves, 11);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(v[i], i);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_as_memcmp_and_shorter_first),
		cmocka_unit_test(starts),
		cmocka_unit_test(sizes),
		cmocka_unit_test(numbers),
		cmocka_unit_test(says_sizes),
		cmocka_unit_test(suggests_what_is_near),
		cmocka_unit_test(escapes),
		cmocka_unit_test(builds),
		cmocka_unit_test(copies_into_the_arena),
		cmocka_unit_test(arrays_in_the_arena_grow_by_doubling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
