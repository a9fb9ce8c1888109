/* SPDX-License-Identifier: MIT */
/* Identifiers from names: their form, that they are distinct, and that they stay when others come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../rcc/ident.h"

static void identifiers_are_told(void **state)
{
	(void)state;
	assert_true(ident_ok(STR("web")));
	assert_true(ident_ok(STR("_9aZ")));
	assert_false(ident_ok(STR("")));
	assert_false(ident_ok(STR("9a")));
	assert_false(ident_ok(STR("a-b")));
	assert_false(ident_ok(STR("\xc3\xa9")));
}

static void bundles_are_named_after_directories(void **state)
{
	static const char *const rows[][2] = {
		{"web", "web"}, {"my-site.d", "my_site_d"}, {"a/b/c", "c"}, {"a/b//", "b"}, {"/", "bundle"}, {"", "bundle"},
		{"3d", "_3d"}, {"\xc3\xa9", "__"},
	};
	struct arena a = {0};
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct str got = ident_bundle(&a, str_of(rows[i][0]));

		assert_string_equal(got.p, rows[i][1]);
		assert_true(ident_ok(got));
		assert_int_equal(got.n, strlen(rows[i][1]));
	}
	arena_done(&a);
}

static void only_clashing_names_carry_a_hash(void **state)
{
	const struct str names[] = {STR("a.b"), STR("a/b"), STR("a_c"), STR("9"), STR("\xff\n")};
	struct arena a = {0};
	struct str *all = ident_all(&a, names, 5), *fewer = ident_all(&a, names + 1, 4);
	(void)state;

	assert_int_equal(all[0].n, 3 + 2 + 8);
	assert_memory_equal(all[0].p, "a_b_x", 5);
	assert_memory_equal(all[1].p, "a_b_x", 5);
	assert_false(str_eq(all[0], all[1]));
	assert_string_equal(all[2].p, "a_c");
	assert_string_equal(all[3].p, "9");
	assert_string_equal(all[4].p, "__");
	assert_string_equal(fewer[0].p, "a_b");
	arena_done(&a);
}

/* A name that spells another's hashed identifier moves on, and so does that other: again and again if need be. */
static void hostile_names_stay_distinct(void **state)
{
	struct str names[8] = {STR("a.b"), STR("a/b")};
	struct arena a = {0};
	size_t n = 2;
	(void)state;

	for (; n < 8; n++) {
		struct str *id = ident_all(&a, names, n);

		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < i; j++)
				assert_false(str_eq(id[i], id[j]));
		names[n] = id[0];
	}
	arena_done(&a);
}

static void many_are_distinct(void **state)
{
	enum { N = 3000 };
	static struct str names[N];
	struct arena a = {0};
	struct str *id;
	(void)state;

	/* Groups of three share an identifier. */
	for (size_t i = 0; i < N; i++) {
		char text[32];

		snprintf(text, sizeof text, "f%zu%cx", i / 3, "./-"[i % 3]);
		names[i] = str_copy(&a, str_of(text));
	}
	id = ident_all(&a, names, N);
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(str_eq(id[i], id[j]));
	assert_non_null(ident_all(&a, names, 1));
	ident_all(&a, names, 0);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identifiers_are_told),
		cmocka_unit_test(bundles_are_named_after_directories),
		cmocka_unit_test(only_clashing_names_carry_a_hash),
		cmocka_unit_test(hostile_names_stay_distinct),
		cmocka_unit_test(many_are_distinct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
