/* SPDX-License-Identifier: MIT */
/* -x and -i, and the lists of --keep and --order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../rcc/select.h"
#include "capture.h"

/* Patterns as "-x *.map -i a.map": the sign is the first byte of each. */
static struct select selecting(struct arena *a, const char *const *globs)
{
	struct select s = {0};

	for (; *globs; globs++)
		assert_true(select_add(&s, a, *globs + 1, (*globs)[0] == '+'));
	return s;
}

static void the_last_match_wins(void **state)
{
	static const struct {
		const char *globs[5];
		const char *taken[4], *left[4];
	} rows[] = {
		{{NULL}, {"x", "a/b"}, {NULL}},
		{{"-*.map"}, {"x", "map"}, {"x.map", "a/b.map"}},
		{{"+*.js"}, {"x.js", "a/b.js"}, {"x", "a/c.css"}},
		{{"+*.js", "-t.js"}, {"x.js"}, {"t.js", "a/t.js", "x"}},
		{{"-*.js", "+t.js"}, {"t.js", "x"}, {"x.js"}},
		{{"-*", "+a/"}, {"a/x", "b/a/y"}, {"x", "a"}},
		{{"-a", "+a", "-a/b"}, {"a/c", "x"}, {"a/b"}},
	};
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena a = {0};
		struct select s = selecting(&a, rows[i].globs);

		for (const char *const *n = rows[i].taken; *n; n++)
			if (!select_name(&s, str_of(*n)))
				fail_msg("row %zu: %s is left out", i, *n);
		for (const char *const *n = rows[i].left; *n; n++)
			if (select_name(&s, str_of(*n)))
				fail_msg("row %zu: %s is taken", i, *n);
		arena_done(&a);
	}
}

static void excluded_directories_are_not_entered(void **state)
{
	static const struct {
		const char *globs[5];
		const char *enter[4], *skip[4];
	} rows[] = {
		{{NULL}, {"a"}, {NULL}},
		{{"-a"}, {"b", "b/ab"}, {"a", "b/a", "a/b"}},
		{{"-a/"}, {"b"}, {"a", "b/a"}},
		{{"-/a/"}, {"b/a"}, {"a", "a/b"}},
		{{"-a", "+x"}, {"a"}, {NULL}},
		{{"+x", "-a"}, {"b"}, {"a"}},
		{{"+x"}, {"a"}, {NULL}},
		{{"-*.c"}, {"src"}, {"x.c"}},
		{{"-node_modules/**"}, {"node_modules"}, {"node_modules/x"}},
	};
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena a = {0};
		struct select s = selecting(&a, rows[i].globs);

		for (const char *const *n = rows[i].enter; *n; n++)
			if (!select_may_descend(&s, str_of(*n)))
				fail_msg("row %zu: %s is not entered", i, *n);
		for (const char *const *n = rows[i].skip; *n; n++)
			if (select_may_descend(&s, str_of(*n)))
				fail_msg("row %zu: %s is entered", i, *n);
		arena_done(&a);
	}
}

static void bad_patterns_are_refused(void **state)
{
	struct arena a = {0};
	struct select s = {0};
	(void)state;

	assert_false(select_add(&s, &a, "[a", false));
	assert_false(select_add(&s, &a, "", true));
	assert_int_equal(s.nglobs, 0);
	for (int i = 0; i < 100; i++)
		assert_true(select_add(&s, &a, i < 99 ? "x" : "y", i < 99));
	assert_int_equal(s.nglobs, 100);
	assert_true(select_name(&s, STR("x")));
	assert_false(select_name(&s, STR("y")));
	arena_done(&a);
}

static void lists_are_sorted_and_ranked(void **state)
{
	struct arena a = {0};
	struct diag d = {0};
	struct name_list l;
	(void)state;

	name_list_parse(&l, &a, &d, "list", STR("b\n\na x\nb\nc\r\na"));
	assert_int_equal(d.errors, 0);
	assert_int_equal(l.n, 4);
	assert_string_equal(l.v[0].name.p, "a");
	assert_string_equal(l.v[3].name.p, "c\r");
	assert_int_equal(name_list_find(&l, STR("b"))->rank, 1);
	assert_true(name_list_find(&l, STR("a x"))->rank < name_list_find(&l, STR("a"))->rank);
	assert_null(name_list_find(&l, STR("bb")));
	assert_null(name_list_find(&l, STR("")));
	name_list_parse(&l, &a, &d, "list", STR(""));
	assert_int_equal(l.n, 0);
	assert_null(name_list_find(&l, STR("b")));
	arena_done(&a);
}

static void lists_report_what_is_no_name(void **state)
{
	struct arena a = {0};
	struct diag d = {0};
	struct name_list l;
	struct capture c;
	(void)state;

	capture_begin(&c, STDERR_FILENO);
	name_list_parse(&l, &a, &d, "list", STR("x\n/a\ny\n../b\n"));
	capture_end(&c);
	assert_int_equal(d.errors, 2);
	assert_non_null(strstr(c.text, "rcc: list:2: error: '/a' cannot be a name"));
	assert_non_null(strstr(c.text, "rcc: list:4: error: '../b' cannot be a name"));
	assert_int_equal(l.n, 2);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_match_wins),
		cmocka_unit_test(excluded_directories_are_not_entered),
		cmocka_unit_test(bad_patterns_are_refused),
		cmocka_unit_test(lists_are_sorted_and_ranked),
		cmocka_unit_test(lists_report_what_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
