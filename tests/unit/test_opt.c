/* SPDX-License-Identifier: MIT */
/* Command lines: what is set, what is left, what is said about mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "../../rcc/opt.h"
#include "capture.h"

static char dir[] = "/tmp/rcc-test-XXXXXX";
static struct sb seen;  /* "o=FILE" and the like, for each option set */
static struct sb files; /* the @FILEs that were read, each behind an '@'; "-" when standard input was */

static const struct opt table[] = {
	{'o', "output", OPT_VALUE, "FILE", "the output"},
	{'z', "compress", OPT_MAY_VALUE, "LEVEL", "compress\nmore or less"},
	{0, "json", OPT_FLAG, NULL, "as JSON"},
	{'l', NULL, OPT_FLAG, NULL, "long"},
	{0, "a-very-long-option-name", OPT_VALUE, "SOMETHING", "beyond the column"},
};

static bool set(void *ctx, size_t i, const char *value)
{
	(void)ctx;
	sb_fmt(&seen, "%zu%s%s ", i, value ? "=" : "", value ? value : "");
	return !value || strcmp(value, "bad") != 0;
}

static const struct opt_spec spec = {"pack", "[options] DIR...", "Packs.", table, sizeof table / sizeof *table, set};

static int setup(void **state)
{
	(void)state;
	return !mkdtemp(dir) || chdir(dir);
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	sb_done(&seen);
	sb_done(&files);
	return chdir("/") || system(command);
}

static void put(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fwrite(text, 1, n, f);
	fclose(f);
}

/* Parses words, up to a NULL; the operands are joined by '|' behind the options in seen. */
static enum opt_result parse(struct diag *d, char **words)
{
	struct arena a = {0};
	struct opt_args rest = {0};
	enum opt_result r;
	int n = 0;

	while (words[n])
		n++;
	seen.n = 0;
	sb_str(&seen, "");
	r = opt_parse(&spec, d, &a, n, words, NULL, &rest);
	for (size_t i = 0; i < rest.n; i++)
		sb_fmt(&seen, "|%s", rest.v[i]);
	files.n = 0;
	sb_str(&files, rest.stdin_used ? "-" : "");
	for (size_t i = 0; i < rest.nfiles; i++)
		sb_fmt(&files, "@%s", rest.files[i]);
	if (r == OPT_OK)
		assert_null(rest.v[rest.n]);
	arena_done(&a);
	return r;
}

#define PARSE(d, ...) parse(d, (char *[]){"pack", __VA_ARGS__, NULL})
#define GOOD(want, ...)                                                                                                \
	do {                                                                                                           \
		struct diag d_ = {0};                                                                                  \
		assert_int_equal(PARSE(&d_, __VA_ARGS__), OPT_OK);                                                     \
		assert_string_equal(seen.p, want);                                                                     \
	} while (0)
#define BAD(want, ...)                                                                                                 \
	do {                                                                                                           \
		struct diag d_ = {0};                                                                                  \
		struct capture c_;                                                                                     \
		enum opt_result r_;                                                                                    \
		capture_begin(&c_, 2);                                                                                 \
		r_ = PARSE(&d_, __VA_ARGS__);                                                                          \
		assert_string_equal(capture_end(&c_), "rcc: error: " want " try 'rcc pack --help'\n");                 \
		assert_int_equal(r_, OPT_BAD);                                                                         \
		assert_int_equal(d_.errors, 1);                                                                        \
	} while (0)

static void values(void **state)
{
	(void)state;
	GOOD("0=f ", "-o", "f");
	GOOD("0=f ", "-of");
	GOOD("0=f ", "--output", "f");
	GOOD("0=f ", "--output=f");
	GOOD("0= ", "--output=");
	GOOD("0=-l ", "-o", "-l");
	GOOD("0=-- |x", "-o", "--", "x");
	GOOD("0=@f ", "-o", "@f");
	GOOD("0=a=b ", "--output=a=b");
	GOOD("1 |9", "-z", "9");
	GOOD("1=9 ", "-z9");
	GOOD("1=-5 ", "-z-5");
	GOOD("1=-5 ", "--compress=-5");
	GOOD("1 |-5", "--compress", "--", "-5");
	GOOD("3 3 0=f ", "-llof");
	GOOD("3 1=l ", "-lzl");
}

static void operands(void **state)
{
	(void)state;
	GOOD("2 |a|b|-|", "a", "--json", "b", "-", "");
	GOOD("|-l|--json|--|@x", "--", "-l", "--json", "--", "@x");
	GOOD("|@|./@x", "@", "./@x");
}

static void common_options(void **state)
{
	struct diag d = {0};

	(void)state;
	assert_int_equal(PARSE(&d, "-v"), OPT_OK);
	assert_int_equal(d.verbose, 1);
	assert_int_equal(PARSE(&d, "-v", "--verbose"), OPT_OK);
	assert_int_equal(d.verbose, 3);
	assert_int_equal(PARSE(&d, "-q"), OPT_OK);
	assert_int_equal(d.verbose, -1);
	assert_int_equal(PARSE(&d, "-lv"), OPT_OK);
	assert_int_equal(d.verbose, 1);
}

static void mistakes(void **state)
{
	(void)state;
	BAD("unknown option '--outptu'; did you mean '--output'?", "--outptu=x");
	BAD("unknown option '--banana';", "--banana");
	BAD("unknown option '-json'; did you mean '--json'?", "-json");
	BAD("unknown option '-y';", "-y");
	BAD("unknown option '-y';", "-ly");
	BAD("unknown option '--';", "--=x");
	BAD("option '-o' needs a value, FILE;", "-o");
	BAD("option '-o' needs a value, FILE;", "-lo");
	BAD("option '--output' needs a value, FILE;", "--output");
	BAD("option '--json' takes no value;", "--json=1");
	BAD("option '--help' takes no value;", "--help=1");
}

#undef BAD
#define BAD_WITH(want, ...)                                                                                            \
	do {                                                                                                           \
		struct diag d_ = {0};                                                                                  \
		struct capture c_;                                                                                     \
		enum opt_result r_;                                                                                    \
		capture_begin(&c_, 2);                                                                                 \
		r_ = PARSE(&d_, __VA_ARGS__);                                                                          \
		assert_non_null(strstr(capture_end(&c_), want));                                                       \
		assert_int_equal(r_, OPT_BAD);                                                                         \
	} while (0)

static void a_refused_value_ends_it(void **state)
{
	struct diag d = {0};

	(void)state;
	assert_int_equal(PARSE(&d, "-o", "bad", "--json"), OPT_BAD);
	assert_string_equal(seen.p, "0=bad ");
}

static void words_from_files(void **state)
{
	(void)state;
	put("list", "--json 'a b'\n\tc\\ d \"e'f\" g\"\"h '' \r\n", 35);
	GOOD("2 |x|a b|c d|e'f|gh||y", "x", "@list", "y");
	put("empty", " \n", 2);
	GOOD("|x|y", "x", "@empty", "y");
	put("half", "-o", 2);
	GOOD("0=f |y", "@half", "f", "y");
	put("outer", "1 @inner 4", 10);
	put("inner", "2 3", 3);
	GOOD("|0|1|2|3|4|5", "0", "@outer", "5");
	put("ends", "--", 2);
	GOOD("|-x", "@ends", "-x");
}

static void files_that_were_read(void **state)
{
	int old = dup(0), fd;

	(void)state;
	put("outer", "1 @inner", 8);
	put("inner", "-o @outer", 9);
	GOOD("|x", "x");
	assert_string_equal(files.p, "");
	GOOD("0=@outer |1|@x", "@outer", "--", "@x");
	assert_string_equal(files.p, "@outer@inner");
	put("in", "a b", 3);
	fd = open("in", O_RDONLY);
	assert_true(old >= 0 && fd >= 0 && dup2(fd, 0) == 0);
	GOOD("|a|b|1|x", "@-", "1", "x");
	assert_string_equal(files.p, "-");
	assert_true(dup2(old, 0) == 0);
	close(fd);
	close(old);
}

static void bad_word_files(void **state)
{
	(void)state;
	BAD_WITH("cannot read the arguments that '@missing' stands for from 'missing' (No such file or directory); "
	         "a path that begins with '@' is written './@missing', any other word goes behind '--'; try ",
	         "@missing");
	put("self", "a @self", 7);
	BAD_WITH("'@self' is nested more than 16 deep", "@self");
	put("nul", "a\0b", 3);
	BAD_WITH("'@nul' holds a NUL byte", "@nul");
	put("open", "a 'b c", 6);
	BAD_WITH("'@open' ends within a quoted word", "@open");
	BAD_WITH("from '.' (Is a directory)", "@.");
}

static void nested_sixteen_deep(void **state)
{
	char name[16], text[16];

	(void)state;
	for (int i = 1; i <= 16; i++) {
		snprintf(name, sizeof name, "n%d", i);
		snprintf(text, sizeof text, i < 16 ? "@n%d" : "end", i + 1);
		put(name, text, strlen(text));
	}
	GOOD("|end", "@n1");
	put("n16", "@n17", 4);
	put("n17", "end", 3);
	BAD_WITH("'@n17' is nested more than 16 deep", "@n1");
}

static void help(void **state)
{
	struct diag d = {0};
	struct capture c;
	enum opt_result r;

	(void)state;
	capture_begin(&c, 1);
	r = PARSE(&d, "--json", "-h", "--nonsense");
	assert_string_equal(capture_end(&c),
	                    "usage: rcc pack [options] DIR...\n\nPacks.\n\noptions:\n"
	                    "  -o, --output FILE       the output\n"
	                    "  -z, --compress[=LEVEL]  compress\n"
	                    "                          more or less\n"
	                    "      --json              as JSON\n"
	                    "  -l                      long\n"
	                    "      --a-very-long-option-name SOMETHING\n"
	                    "                          beyond the column\n"
	                    "  -v, --verbose           say more\n"
	                    "  -q, --quiet             no warnings, no notes\n"
	                    "  -h, --help              this help\n");
	assert_int_equal(r, OPT_HELPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(operands),
		cmocka_unit_test(common_options),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(a_refused_value_ends_it),
		cmocka_unit_test(words_from_files),
		cmocka_unit_test(files_that_were_read),
		cmocka_unit_test(bad_word_files),
		cmocka_unit_test(nested_sixteen_deep),
		cmocka_unit_test(help),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
