/* SPDX-License-Identifier: MIT */
/* Rules: what a name gets, and what is said of faulty lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../rcc/rules.h"
#include "capture.h"

struct fixture {
	struct arena a;
	struct diag d;
	struct rules r;
	struct str tag[2];
	struct capture c;
};

/* Parses text, with the tags t1 and t2 on; what was said is in c.text. */
static void parse(struct fixture *f, struct str text, bool allow_run)
{
	*f = (struct fixture){.tag = {STR("t1"), STR("t2")}};
	f->r.tags = f->tag;
	f->r.ntags = 2;
	f->r.allow_run = allow_run;
	capture_begin(&f->c, STDERR_FILENO);
	rules_parse(&f->r, &f->a, &f->d, "r", text);
	capture_end(&f->c);
}

static struct attrs match(const struct fixture *f, const char *name)
{
	return rules_match(&f->r, str_of(name));
}

static bool drops(const struct fixture *f, const char *name)
{
	struct at by;

	return rules_drop(&f->r, str_of(name), &by);
}

static void each_attribute_is_read(void **state)
{
	struct fixture f;
	struct attrs at;
	struct at by;
	(void)state;

	parse(&f, STR("*.a zstd=19 align=4K name=n/x mime=text/html;charset=utf-8 run=cat\n"
	              "*.b\tstore\talign=1\n*.c zstd\n*.d zstd=-7 drop\n*.e align=1G\n"), true);
	assert_int_equal(f.d.errors, 0);
	at = match(&f, "d/x.a");
	assert_int_equal(at.codec, CODEC_ZSTD);
	assert_int_equal(at.level, 19);
	assert_int_equal(at.align, 4096);
	assert_true(str_eq(at.name, STR("n/x")));
	assert_int_equal(at.name_at.line, 1);
	assert_int_equal(at.name_at.col, 22);
	assert_true(str_eq(at.mime, STR("text/html;charset=utf-8")));
	assert_true(str_eq(at.run, STR("cat")));
	assert_false(drops(&f, "d/x.a"));
	at = match(&f, "x.b");
	assert_int_equal(at.codec, CODEC_STORE);
	assert_int_equal(at.align, 1);
	assert_null(at.name.p);
	assert_null(at.mime.p);
	assert_null(at.run.p);
	assert_int_equal(match(&f, "x.c").codec, CODEC_ZSTD);
	assert_int_equal(match(&f, "x.c").level, 0);
	assert_int_equal(match(&f, "x.d").level, -7);
	assert_true(drops(&f, "x.d"));
	assert_true(rules_drop(&f.r, str_of("x.d"), &by));
	assert_int_equal(by.line, 4);
	assert_int_equal(match(&f, "x.e").align, 1 << 30);
	assert_int_equal(match(&f, "x").codec, CODEC_UNSAID);
	arena_done(&f.a);
}

static void the_last_line_wins_for_each_attribute(void **state)
{
	struct fixture f;
	(void)state;

	parse(&f, STR("* zstd=3 drop align=16\n*.x store\nk.* keep\n*.x align=32\n*.y align=8 align=64\n"), false);
	assert_int_equal(match(&f, "k.x").codec, CODEC_STORE);
	assert_int_equal(match(&f, "k.x").align, 32);
	assert_false(drops(&f, "k.x"));
	assert_int_equal(match(&f, "k.y").codec, CODEC_ZSTD);
	assert_int_equal(match(&f, "k.y").align, 64);
	assert_true(drops(&f, "a.x"));
	/* A later file goes on where the first ended. */
	rules_parse(&f.r, &f.a, &f.d, "second", STR("a.* keep zstd=-1"));
	assert_false(drops(&f, "a.x"));
	assert_int_equal(match(&f, "a.x").level, -1);
	assert_int_equal(match(&f, "a.x").align, 32);
	arena_done(&f.a);
}

static void conditions_decide_whether_a_line_counts(void **state)
{
	struct fixture f;
	(void)state;

	parse(&f, STR("a drop when=t1\nb drop when=no\nc drop unless=no\nd drop unless=t2\n"
	              "e drop when=t1 when=t2 unless=no\nf drop when=t1 when=no\ng run=rm when=no\n"), false);
	assert_int_equal(f.d.errors, 0);
	assert_true(drops(&f, "a"));
	assert_false(drops(&f, "b"));
	assert_true(drops(&f, "c"));
	assert_false(drops(&f, "d"));
	assert_true(drops(&f, "e"));
	assert_false(drops(&f, "f"));
	assert_null(match(&f, "g").run.p);
	arena_done(&f.a);
}

static void words_may_be_quoted(void **state)
{
	struct fixture f;
	(void)state;

	parse(&f, STR("\"with space.txt\" store # said\n\"\\\"q\\\"\\t\\303\\251\\\\*\" drop\n"
	              "x run=\"sed \\\"s/a b/c/\\\"\"\tname=\"# no comment\"\n\\#y drop\n#z drop\n  \t# w drop\n"), true);
	assert_int_equal(f.d.errors, 0);
	assert_int_equal(match(&f, "with space.txt").codec, CODEC_STORE);
	assert_true(drops(&f, "\"q\"\t\xc3\xa9*"));
	assert_false(drops(&f, "\"q\"\t\xc3\xa9x"));
	assert_true(str_eq(match(&f, "x").run, STR("sed \"s/a b/c/\"")));
	assert_true(str_eq(match(&f, "x").name, STR("# no comment")));
	assert_true(drops(&f, "#y"));
	assert_false(drops(&f, "#z"));
	assert_false(drops(&f, "z"));
	assert_false(drops(&f, "w"));
	arena_done(&f.a);
}

static void line_ends_of_every_kind_are_read(void **state)
{
	struct fixture f;
	(void)state;

	parse(&f, STR("\xef\xbb\xbf" "a drop\r\n\r\n\nb name=x\r\nc drop"), false);
	assert_int_equal(f.d.errors, 0);
	assert_true(drops(&f, "a"));
	assert_true(str_eq(match(&f, "b").name, STR("x")));
	assert_int_equal(match(&f, "b").name_at.line, 4);
	assert_true(drops(&f, "c"));
	arena_done(&f.a);
	parse(&f, STR(""), false);
	assert_int_equal(f.d.errors, 0);
	arena_done(&f.a);
}

static void faults_are_told_with_their_place(void **state)
{
	static const struct {
		const char *line, *said;
	} rows[] = {
		{"*.x zst=19", "rcc: r:1: error: unknown attribute 'zst'; did you mean 'zstd'?\n  *.x zst=19\n      ^~~\n"},
		{"\t*.x  dropp", "rcc: r:1: error: unknown attribute 'dropp'; did you mean 'drop'?\n  \t*.x  dropp\n  \t     ^~~~~\n"},
		{"a qqqqqqq", "unknown attribute 'qqqqqqq'; rcc-rules(5) lists them\n  a qqqqqqq\n    ^~~~~~~\n"},
		{"a =b", "unknown attribute ''"},
		{"[a drop", "is not closed, or an unknown [:class:] in it\n  [a drop\n  ^~\n"},
		{"!a drop", "a pattern cannot be negated"},
		{"\"\" drop", "the pattern is empty"},
		{"a", "a pattern without attributes"},
		{"a # drop", "a pattern without attributes"},
		{"a zstd=0", "bad level '0'; 1 to 22, or negative for fast\n  a zstd=0\n    ^~~~~~\n"},
		{"a zstd=23", "bad level '23'; 1 to 22, or negative for fast"},
		{"a zstd=9x", "bad level '9x'"},
		{"a zstd=", "zstd needs a value; write zstd=VALUE"},
		{"a zstd=-131073", "bad level '-131073'"},
		{"a align", "align needs a value; write align=VALUE"},
		{"a align=0", "bad alignment '0'; a power of two from 1 to 1G"},
		{"a align=24", "bad alignment '24'"},
		{"a align=2G", "bad alignment '2G'"},
		{"a store=1", "store takes no value"},
		{"a drop=", "drop takes no value"},
		{"a name=/b", "'/b' cannot be a name"},
		{"a name=b/../c", "'b/../c' cannot be a name"},
		{"a mime=text", "bad MIME type 'text'; write it as type/subtype"},
		{"a mime=/x", "bad MIME type"},
		{"a mime=x/", "bad MIME type"},
		{"a mime=\"a/b c\"", "bad MIME type 'a/b c'"},
		{"a mime=a/\xc3\xa9", "bad MIME type"},
		{"a when=", "when needs a value"},
		{"a unless", "unless needs a value"},
		{"a chunk", "chunk needs a value"},
		{"a chunk=2K", "bad chunk size '2K'; a power of two from 4K to 8M"},
		{"a chunk=16M", "bad chunk size '16M'"},
		{"a chunk=5000", "bad chunk size '5000'"},
		{"a dict=1M", "dict takes no value"},
		{"a -dict=1", "-dict takes no value"},
		{"a run=cat", "this rule runs a command; pass --allow-run if you trust it\n  a run=cat\n    ^~~~~~~\n"},
		{"\"a drop", "the quote is not closed\n  \"a drop\n  ^\n"},
		{"\"a\"b drop", "a blank must follow the closing quote\n  \"a\"b drop\n     ^\n"},
		{"\"\\q\" drop", "unknown escape"},
		{"\"\\08\" drop", "unknown escape"},
		{"\"\\000\" drop", "unknown escape"},
		{"\"\\777\" drop", "unknown escape"},
		{"\"a\\", "unknown escape"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture f;

		parse(&f, str_of(rows[i].line), false);
		if (f.d.errors != 1 || !strstr(f.c.text, rows[i].said))
			fail_msg("'%s': %u errors\n%s", rows[i].line, f.d.errors, f.c.text);
		assert_int_equal(f.r.n, 0);
		arena_done(&f.a);
	}
}

static void every_fault_of_a_file_is_told(void **state)
{
	struct fixture f;
	(void)state;

	parse(&f, STR("a stor align=3\nb drop\nd zstd=99\nc nul\0 x\n"), false);
	assert_int_equal(f.d.errors, 4);
	assert_non_null(strstr(f.c.text, "r:1: error: unknown attribute 'stor'; did you mean 'store'?"));
	assert_non_null(strstr(f.c.text, "r:1: error: bad alignment '3'"));
	assert_non_null(strstr(f.c.text, "r:4: error: a NUL byte"));
	assert_non_null(strstr(f.c.text, "r:3: error: bad level '99'"));
	assert_true(drops(&f, "b"));
	arena_done(&f.a);
}

static void dropped_directories_are_not_entered(void **state)
{
	static const struct {
		const char *text, *dir;
		bool enter;
	} rows[] = {
		{"", "a", true},          {"a drop", "a", false},           {"a/ drop", "x/a", false},
		{"a drop", "a/b", false}, {"a drop", "b", true},            {"a drop\nx keep", "a", true},
		{"x keep\na drop", "a", false}, {"a drop\n* store", "a", false}, {"a store", "a", true},
	};
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture f;

		parse(&f, str_of(rows[i].text), false);
		if (rules_may_descend(&f.r, str_of(rows[i].dir)) != rows[i].enter)
			fail_msg("'%s' with '%s'", rows[i].dir, rows[i].text);
		arena_done(&f.a);
	}
}

static void any_text_is_read_to_its_end(void **state)
{
	static const char alphabet[] = "a\"\\= \n#*[";
	enum { LEN = 5, N = sizeof alphabet - 1 };
	unsigned total = 1;
	(void)state;

	for (int i = 0; i < LEN; i++)
		total *= N;
	for (unsigned v = 0; v < total; v += 3) {
		char text[LEN];
		unsigned rest = v;
		struct rules r = {0};
		struct arena a = {0};
		struct diag d = {0};
		struct capture c;

		for (int i = 0; i < LEN; i++, rest /= N)
			text[i] = alphabet[rest % N];
		capture_begin(&c, STDERR_FILENO);
		rules_parse(&r, &a, &d, "r", (struct str){text, LEN});
		capture_end(&c);
		/* No attribute has so short a name, so a line is a comment, blank or a fault. */
		assert_int_equal(r.n, 0);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_attribute_is_read),
		cmocka_unit_test(the_last_line_wins_for_each_attribute),
		cmocka_unit_test(conditions_decide_whether_a_line_counts),
		cmocka_unit_test(words_may_be_quoted),
		cmocka_unit_test(line_ends_of_every_kind_are_read),
		cmocka_unit_test(faults_are_told_with_their_place),
		cmocka_unit_test(every_fault_of_a_file_is_told),
		cmocka_unit_test(dropped_directories_are_not_entered),
		cmocka_unit_test(any_text_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
