/* SPDX-License-Identifier: MIT */
/* Patterns against names, as gitignore has them, and what is wrong with patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime-stub/core/core.h"

static int matches(const char *pattern, const char *name)
{
	return rcc_i_match(pattern, strlen(pattern), name, strlen(name));
}

struct row {
	const char *pattern;
	const char *names[8]; /* up to a NULL */
};

static void all_match(void **state)
{
	static const struct row rows[] = {
		{"*.js", {"x.js", "a/b/x.js", ".js", "x.js/below"}},
		{"x", {"x", "a/x", "x/a", "a/x/b"}},
		{"/x", {"x", "x/a/b"}},
		{"/*.c", {"a.c", "d.c/x"}},
		{"a/b", {"a/b", "a/b/c"}},
		{"a/*", {"a/b", "a/b/c"}},
		{"a/", {"a/x", "b/a/x"}},
		{"/a/", {"a/x"}},
		{"a/b/", {"a/b/c"}},
		{"**/x", {"x", "a/x", "a/b/x", "a/x/y"}},
		{"a/**", {"a/x", "a/b/x"}},
		{"a/**/b", {"a/b", "a/x/b", "a/x/y/b", "a/x/b/c"}},
		{"**/a/**/b/**", {"a/b/x", "q/a/r/s/b/t/u"}},
		{"a/**/b/*.c", {"a/b/x/b/y.c"}},
		{"**", {"x", "a/b"}},
		{"a**b", {"ab", "axxb", "d/axb"}},
		{"?", {"a", "\xff", "b/aa"}},
		{"[a-c]x", {"ax", "bx", "cx"}},
		{"[!a-c]x", {"dx", "-x", "\xffx"}},
		{"[^a]", {"b"}},
		{"[]-]", {"]", "-"}},
		{"[a-]", {"a", "-"}},
		{"[\\]]", {"]"}},
		{"[\x80-\xff]", {"\x80", "\xe9"}},
		{"[[:digit:]_]*", {"7x", "_"}},
		{"\\*", {"*"}},
		{"\\!x", {"!x"}},
		{"\\#", {"#"}},
		{"a b\nc", {"a b\nc"}},
		{"*a*b*c*", {"abc", "xaxbxcx", "aabbcc"}},
		{"foo]", {"foo]"}},
	};
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (const char *const *n = rows[i].names; *n; n++)
			if (!matches(rows[i].pattern, *n))
				fail_msg("'%s' does not match '%s'", rows[i].pattern, *n);
}

static void none_match(void **state)
{
	static const struct row rows[] = {
		{"*.js", {"x.jso", "js", "x.js.c"}},
		{"x", {"xx", "ax", "X"}},
		{"/x", {"a/x"}},
		{"/*.c", {"a/b.c"}},
		{"a/b", {"x/a/b", "a/bc", "a"}},
		{"a/*", {"a", "x/a/b"}},
		{"a/", {"a", "b/a", "ab/x"}},
		{"/a/", {"a", "b/a/x"}},
		{"a/b/", {"a/b"}},
		{"a/**", {"a", "ab/x"}},
		{"a/**/", {"a/x"}},
		{"a/**/b", {"a", "ab", "x/a/b"}},
		{"*/x", {"x", "a/b/x"}},
		{"a?b", {"a/b", "ab"}},
		{"a*b/c", {"a/b/c"}},
		{"[a-c]x", {"dx", "x", "Ax"}},
		{"[!a]", {"a", "/"}},
		{"[[:digit:]]", {"x", ":"}},
		{"\\*", {"x", "\\*"}},
		{"", {"x"}},
		{"/", {"x"}},
		/* Faulty ones match nothing. */
		{"[a", {"a", "[a"}},
		{"x\\", {"x", "x\\"}},
		{"a//b", {"a/b", "a/x/b"}},
		{"[[:nothing:]]", {"n", "["}},
	};
	(void)state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (const char *const *n = rows[i].names; *n; n++)
			if (matches(rows[i].pattern, *n))
				fail_msg("'%s' matches '%s'", rows[i].pattern, *n);
}

static void faults_are_told(void **state)
{
	static const char *const fine[] = {"a", "/a", "a/", "/a/b/", "**", "[a]", "[]]", "[!]]", "\\!", "a!", "[[:space:]]",
	                                   "\\[", "..a", "a..", "[a\\]]"};
	static const struct {
		const char *pattern, *word;
	} bad[] = {
		{"", "empty"}, {"/", "empty"}, {"//", "empty"}, {"a//b", "empty part"}, {"//a", "empty part"}, {"[a", "closed"},
		{"[]", "closed"}, {"[!]", "closed"}, {"x/[a/b]", "closed"}, {"[a\\", "closed"}, {"[[:alfa:]]", "unknown"},
		{"a\\", "backslash"}, {"a\\/b", "backslash"}, {"!a", "keep"}, {"./a", "'.'"}, {"a/../b", "'..'"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		if (rcc_i_match_fault(fine[i], strlen(fine[i])))
			fail_msg("'%s' is fine, not: %s", fine[i], rcc_i_match_fault(fine[i], strlen(fine[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *fault = rcc_i_match_fault(bad[i].pattern, strlen(bad[i].pattern));

		if (!fault || !strstr(fault, bad[i].word))
			fail_msg("'%s': %s", bad[i].pattern, fault ? fault : "no fault");
	}
}

/* Such patterns take exponential time in a matcher that recurses at each star: this test would not end. */
static void hostile_patterns_end(void **state)
{
	static char name[20000], parts[20000], deep[64];
	(void)state;

	memset(name, 'a', sizeof name - 1);
	for (size_t i = 0; i + 1 < sizeof parts; i++)
		parts[i] = i % 2 ? '/' : 'a';
	for (size_t i = 0; i + 1 < sizeof deep; i++)
		deep[i] = "**/a/"[i % 5];
	deep[60] = 'b';
	deep[61] = 0;
	assert_false(matches("*a*a*a*a*a*a*a*a*[b]", name));
	assert_false(matches("*a*a*a*a*b*", name));
	assert_false(matches("**/a/**/a/**/a/**/a/**/[b]", parts));
	assert_false(matches(deep, parts));
	assert_true(matches("*a*a*a*a*a*a*a*a*[a]", name));
	assert_true(matches("**/a/**/a/**/a/**/a/**/[a]", parts));
}

/* Every short string over the bytes that mean something, in a buffer with nothing behind it for the sanitizers to
 * see. */
static void no_pattern_reads_too_far(void **state)
{
	static const char alphabet[] = "a*?/[]!\\-:";
	enum { LEN = 4, N = sizeof alphabet - 1 };
	unsigned total = 1;
	(void)state;

	for (int i = 0; i < LEN; i++)
		total *= N;
	for (unsigned v = 0; v < total; v++) {
		char *p = malloc(LEN), *name = malloc(3);
		unsigned rest = v;

		assert_non_null(p);
		assert_non_null(name);
		memcpy(name, "a/a", 3);
		for (int i = 0; i < LEN; i++, rest /= N)
			p[i] = alphabet[rest % N];
		rcc_i_match(p, LEN, name, 3);
		rcc_i_match_fault(p, LEN);
		free(p);
		free(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_match),
		cmocka_unit_test(none_match),
		cmocka_unit_test(faults_are_told),
		cmocka_unit_test(hostile_patterns_end),
		cmocka_unit_test(no_pattern_reads_too_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
