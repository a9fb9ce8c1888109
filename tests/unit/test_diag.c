/* SPDX-License-Identifier: MIT */
/* Messages: the source line under one must be fit for a terminal, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../rcc/diag.h"
#include "capture.h"

#define SHOWS(want, line, column, wide)                                                                                \
	do {                                                                                                           \
		struct diag d_ = {0};                                                                                  \
		struct capture c_;                                                                                     \
		capture_begin(&c_, 2);                                                                                 \
		diag_error(&d_, (struct at){"f", 3, line, column, wide}, "bad");                                       \
		assert_string_equal(capture_end(&c_), "rcc: f:3: error: bad\n" want);                                  \
	} while (0)

static void a_caret_under_the_fault(void **state)
{
	(void)state;
	SHOWS("  *.a zst\n      ^~~\n", STR("*.a zst"), 5, 3);
	SHOWS("  a\tzst\n   \t^~~\n", STR("a\tzst"), 3, 3);
	SHOWS("  a\n   ^\n", STR("a"), 2, 1);
	SHOWS("  \n  ^\n", STR(""), 1, 0);
}

static void control_bytes_do_not_reach_the_terminal(void **state)
{
	(void)state;
	SHOWS("  ?[2Ja??b?\n        ^\n", STR("\033[2Ja\r\177b\0"), 7, 1);
	/* A CSI of UTF-8 is one too; other letters of it are let through. */
	SHOWS("  ??1m\xc3\xa9\xc2\xa0 x\n           ^\n", STR("\xc2\x9b" "1m\xc3\xa9\xc2\xa0 x"), 10, 1);
	SHOWS("  a\xc2\n  ^\n", STR("a\xc2"), 1, 1);
}

static void long_lines_are_cut_around_the_fault(void **state)
{
	static char line[100000];
	struct diag d = {0};
	struct capture c;
	const char *text, *under;

	(void)state;
	memset(line, 'a', sizeof line);
	memcpy(line + 50000, "FAULT", 5);
	capture_begin(&c, 2);
	diag_error(&d, (struct at){"f", 1, {line, sizeof line}, 50001, 5}, "bad");
	text = capture_end(&c);
	assert_true(strlen(text) < 500);
	under = strstr(text, "\n     ");
	assert_non_null(under);
	assert_int_equal(strcspn(under + 1, "^"), strstr(text, "FAULT") - strstr(text, "\n  ...") - 1);
	assert_string_equal(strchr(text, '^'), "^~~~~\n");
	assert_non_null(strstr(text, "aaa...\n"));

	/* At both ends, and with a fault as long as the line; a letter is not cut. */
	for (size_t i = 0; i < sizeof line; i += 2)
		memcpy(line + i, "\xc3\xa9", 2);
	capture_begin(&c, 2);
	diag_error(&d, (struct at){"f", 1, {line, 301}, 1, 301}, "bad");
	diag_error(&d, (struct at){"f", 1, {line, 300}, 300, 1}, "bad");
	text = capture_end(&c);
	assert_true(strlen(text) < 2 * 500);
	assert_null(strstr(text, "\xc3..."));
	assert_null(strstr(text, "...\xa9"));

	memset(line, 0x80, sizeof line);
	capture_begin(&c, 2);
	diag_error(&d, (struct at){"f", 1, {line, sizeof line}, 50000, 1}, "bad");
	assert_true(strlen(capture_end(&c)) < 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_caret_under_the_fault),
		cmocka_unit_test(control_bytes_do_not_reach_the_terminal),
		cmocka_unit_test(long_lines_are_cut_around_the_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
