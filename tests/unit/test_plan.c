/* SPDX-License-Identifier: MIT */
/* What is decided for each file, and what is said of clashes and lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../rcc/emit.h"
#include "../../rcc/plan.h"
#include "capture.h"

/* A plan of assets that no disk has seen: those whose name begins with '@' lie under the second root, of prefix
 * "@/". */
struct fixture {
	struct arena a;
	struct diag d;
	struct root root[2];
	struct tree t;
	struct rules r;
	struct select s;
	struct plan_options o;
	struct plan p;
	struct capture c;
};

static void set_up(struct fixture *f, const char *const *names, const char *rules)
{
	size_t n = 0;

	*f = (struct fixture){.root = {{"one", {"", 0}, -1}, {"two", {"@/", 2}, -1}}, .o = {.level = 9}};
	while (names[n])
		n++;
	f->t = (struct tree){.root = f->root, .nroots = 2, .v = new(&f->a, struct asset, n), .n = n};
	for (size_t i = 0; i < n; i++)
		f->t.v[i] = (struct asset){str_of(names[i]), names[i][0] == '@', names[i][0] == '@' ? 2 : 0};
	rules_parse(&f->r, &f->a, &f->d, "r", str_of(rules));
	assert_int_equal(f->d.errors, 0);
}

static const char *make(struct fixture *f)
{
	capture_begin(&f->c, STDERR_FILENO);
	plan_make(&f->p, &f->a, &f->d, &f->t, &f->r, &f->s, &f->o);
	return capture_end(&f->c);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void rules_and_options_decide_the_codec(void **state)
{
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("a", "b", "c", "d"), "b store\nc zstd\nd zstd=19 align=64 mime=a/b\n");
	assert_string_equal(make(&f), "");
	assert_int_equal(f.p.v[0].how->codec, PLAN_STORE);
	assert_int_equal(f.p.v[1].how->codec, PLAN_STORE);
	assert_int_equal(f.p.v[2].how->codec, PLAN_ZSTD);
	assert_int_equal(f.p.v[2].how->level, 9);
	assert_int_equal(f.p.v[3].how->level, 19);
	assert_int_equal(f.p.v[3].how->align_log2, 6);
	assert_true(f.p.v[3].how->align_said);
	assert_false(f.p.v[0].how->align_said);
	assert_true(str_eq(f.p.v[3].how->mime, STR("a/b")));
	f.o = (struct plan_options){.compress = true, .level = -3};
	make(&f);
	assert_int_equal(f.p.v[0].how->codec, PLAN_ZSTD_GAINS);
	assert_int_equal(f.p.v[0].how->level, -3);
	assert_int_equal(f.p.v[1].how->codec, PLAN_STORE);
	assert_int_equal(f.p.v[2].how->codec, PLAN_ZSTD);
	assert_int_equal(f.p.v[2].how->level, -3);
	arena_done(&f.a);
}

static void renamed_items_are_sorted_again(void **state)
{
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("a", "b", "c"), "a name=z\nc name=a\n");
	assert_string_equal(make(&f), "");
	assert_int_equal(f.p.n, 3);
	assert_string_equal(f.p.v[0].name.p, "a");
	assert_ptr_equal(f.p.v[0].asset, &f.t.v[2]);
	assert_string_equal(f.p.v[1].name.p, "b");
	assert_string_equal(f.p.v[2].name.p, "z");
	assert_ptr_equal(f.p.v[2].asset, &f.t.v[0]);
	arena_done(&f.a);
}

static void clashes_show_both_paths_and_the_rule(void **state)
{
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("a", "b", "c"), "# here\nc name=a\n");
	make(&f);
	assert_int_equal(f.d.errors, 1);
	assert_non_null(strstr(f.c.text, "rcc: error: two inputs with one name, 'a': 'one/a' and 'one/c';"));
	assert_non_null(strstr(f.c.text, "rcc: r:2: note: this rule names 'one/c' so\n  c name=a\n    ^~~~~~\n"));
	arena_done(&f.a);
	set_up(&f, NAMES("@/x", "@/x"), "");
	f.t.v[0].root = f.t.v[0].skip = 0;
	make(&f);
	assert_non_null(strstr(f.c.text, "two inputs with one name, '@/x': 'one/@/x' and 'two/x'"));
	arena_done(&f.a);
}

static size_t occurrences(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		n++;
		text++;
	}
	return n;
}

static void many_faults_are_counted(void **state)
{
	enum { N = 40 };
	static char text[N][8];
	const char *names[N + 1] = {0};
	struct fixture f;
	(void)state;

	for (size_t i = 0; i < N; i++) {
		snprintf(text[i], sizeof text[i], "%c%02zu", "Aa"[i >= N / 2], i % (N / 2));
		names[i] = text[i];
	}
	set_up(&f, names, "");
	make(&f);
	assert_int_equal(f.d.errors, 0);
	assert_int_equal(occurrences(f.c.text, "names that differ by case only: 'A"), 10);
	assert_non_null(strstr(f.c.text, "rcc: warning: and 10 more names that differ by case only\n"));
	arena_done(&f.a);
	set_up(&f, names, "* name=x\n");
	make(&f);
	assert_int_equal(f.d.errors, 11);
	assert_non_null(strstr(f.c.text, "and 29 more inputs whose names clash"));
	arena_done(&f.a);
}

static void names_that_differ_by_case_are_told(void **state)
{
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("A/\xc3\x89", "Readme", "a/\xc3\xa9", "b", "readme"), "");
	make(&f);
	assert_string_equal(f.c.text, "rcc: warning: names that differ by case only: 'Readme' and 'readme'; "
	                              "some file systems cannot hold both\n");
	arena_done(&f.a);
}

static void keep_takes_final_names_and_tells_the_missing(void **state)
{
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("a", "b"), "a name=x\n");
	f.d.verbose = 1;
	f.s.keeping = true;
	name_list_parse(&f.s.keep, &f.a, &f.d, "k", STR("x\nzz\nc\n"));
	make(&f);
	assert_int_equal(f.p.n, 1);
	assert_string_equal(f.p.v[0].name.p, "x");
	assert_non_null(strstr(f.c.text, "rcc: left out b: not in the keep list\n"));
	assert_non_null(strstr(f.c.text, "rcc: warning: --keep lists 'zz', which is not there\n"
	                                 "rcc: warning: --keep lists 'c', which is not there\n"));
	assert_int_equal(f.d.errors, 0);
	arena_done(&f.a);
}

static void a_new_name_keeps_its_prefix(void **state)
{
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("@/a", "b"), "a name=x/y\nb name=z\n");
	make(&f);
	assert_string_equal(f.p.v[0].name.p, "@/x/y");
	assert_string_equal(f.p.v[1].name.p, "z");
	arena_done(&f.a);
}

static void order_comes_first(void **state)
{
	static const uint32_t expected[] = {2, 0, 1, 3};
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("a", "b", "c", "d"), "");
	name_list_parse(&f.s.order, &f.a, &f.d, "o", STR("c\nq\na\n"));
	make(&f);
	assert_memory_equal(f.p.order, expected, sizeof expected);
	assert_string_equal(f.c.text, "rcc: warning: --order lists 'q', which is not there\n");
	arena_done(&f.a);
}

static void nothing_left_is_a_warning(void **state)
{
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("a"), "");
	f.t.n = 0;
	make(&f);
	assert_int_equal(f.p.n, 0);
	assert_int_equal(f.d.errors, 0);
	assert_string_equal(f.c.text, "rcc: warning: no files: the bundle is empty\n");
	arena_done(&f.a);
}

static void the_header_has_a_constant_a_name(void **state)
{
	struct sb text = {0};
	struct fixture f;
	(void)state;

	set_up(&f, NAMES("a b.c", "q\"\?\?=\\\n\xff" "1"), "");
	make(&f);
	f.p.bundle = STR("web");
	emit_header(&text, &f.a, &f.p, false);
	assert_non_null(strstr(text.p, "#ifndef RCC_BUNDLE_web_H\n#define RCC_BUNDLE_web_H\n\n#include <rcc.h>\n\n"
	                               "RCC_DECLARE_BUNDLE(web);\n"));
	assert_non_null(strstr(text.p, "#define RCC_NAME_web__a_b_c \"a b.c\"\n"));
	assert_non_null(strstr(text.p, "#define RCC_NAME_web__q_______1 \"q\\042\\077\\077=\\134\\012\\3771\"\n"));
	sb_done(&text);
	arena_done(&f.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_and_options_decide_the_codec),
		cmocka_unit_test(renamed_items_are_sorted_again),
		cmocka_unit_test(clashes_show_both_paths_and_the_rule),
		cmocka_unit_test(many_faults_are_counted),
		cmocka_unit_test(names_that_differ_by_case_are_told),
		cmocka_unit_test(keep_takes_final_names_and_tells_the_missing),
		cmocka_unit_test(a_new_name_keeps_its_prefix),
		cmocka_unit_test(order_comes_first),
		cmocka_unit_test(nothing_left_is_a_warning),
		cmocka_unit_test(the_header_has_a_constant_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
