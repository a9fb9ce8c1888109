/* SPDX-License-Identifier: MIT */
/* Depfiles: their text, what they refuse, and that make finds every file by them. Ninja's reading:
 * tests/integration/depfile.bats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../rcc/emit.h"
#include "capture.h"

/* A plan of every file of one root, and the depfile made of it. */
struct fixture {
	struct arena a;
	struct diag d;
	struct tree t;
	struct plan p;
	struct sb text;
	struct capture c;
};

static bool emit(struct fixture *f, const char *target, const char *root, const char *const *names, const char *extra)
{
	struct str more = extra ? str_of(extra) : (struct str){0};
	bool ok;

	*f = (struct fixture){.t = {.nroots = 1, .ndirs = 1}};
	f->t.root = new(&f->a, struct root, 1);
	f->t.root->path = root;
	f->t.dir = new(&f->a, struct str, 1);
	f->t.dir[0] = str_of(root);
	while (names[f->p.n])
		f->p.n++;
	f->t.v = new(&f->a, struct asset, f->p.n);
	f->p.v = new(&f->a, struct item, f->p.n);
	for (size_t i = 0; i < f->p.n; i++) {
		f->t.v[i].name = str_of(names[i]);
		f->p.v[i].asset = &f->t.v[i];
	}
	capture_begin(&f->c, STDERR_FILENO);
	ok = emit_depfile(&f->text, &f->a, &f->d, target, &f->t, &f->p, &more, extra != NULL);
	capture_end(&f->c);
	return ok;
}

static void drop(struct fixture *f)
{
	sb_done(&f->text);
	arena_done(&f->a);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void each_thing_read_is_there_once(void **state)
{
	struct fixture f;
	(void)state;

	assert_true(emit(&f, "out/web.o", "in", NAMES("b", "a c", "b"), "x.rules"));
	assert_string_equal(f.text.p, "out/web.o: in \\\n in/a\\ c \\\n in/b \\\n x.rules\nin:\nin/a\\ c:\nin/b:\nx.rules:\n");
	drop(&f);
	assert_true(emit(&f, "o", "in", NAMES(NULL), NULL));
	assert_string_equal(f.text.p, "o: in\nin:\n");
	drop(&f);
}

static void bytes_are_escaped(void **state)
{
	struct fixture f;
	(void)state;

	assert_true(emit(&f, "o $#:x", "r", NAMES("a#b$c:d", "b\\\\ c\\d"), NULL));
	assert_string_equal(f.text.p, "o\\ $$\\#\\:x: r \\\n r/a\\#b$$c\\:d \\\n r/b\\\\\\\\\\ c\\d\n"
	                              "r:\nr/a\\#b$$c\\:d:\nr/b\\\\\\\\\\ c\\d:\n");
	drop(&f);
}

static void no_line_is_an_assignment_or_a_pattern(void **state)
{
	struct fixture f;
	(void)state;

	assert_true(emit(&f, "o", "a=b", NAMES("x%"), "z"));
	assert_string_equal(f.text.p, "o: z \\\n a=b \\\n a=b/x%\nz:\n");
	drop(&f);
	assert_true(emit(&f, "o", "define", NAMES("x&", "y"), NULL));
	assert_string_equal(f.text.p, "o: define/x& \\\n define \\\n define/y\ndefine:\ndefine/y:\n");
	assert_string_equal(f.c.text, "rcc: define/x&: warning: ninja before 1.13 cannot read & ' \" ? in a depfile and would "
	                              "rebuild each time; 1 paths have them\n");
	drop(&f);
	assert_false(emit(&f, "o", "a=b", NAMES("x"), NULL));
	assert_non_null(strstr(f.c.text, "rcc: a=b: error: a depfile cannot say a path with = in it before all others"));
	drop(&f);
}

static void what_cannot_be_said_is_refused(void **state)
{
	static const char *const bad[] = {"a\nb", "a\rb", "a\tb", "a\x7f", "a;b", "a|b", "a*b", "a<b", "a>b", "a^b", "a`b",
	                                  "a\\", "a:", "a ", "copy (2)", "a\\#b", "a\\$b", "a\\:b"};
	static const char *const bad_target[] = {"a%", "a=b", "a&", "a?", "a\n"};
	struct fixture f;
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (emit(&f, "o", "in", NAMES(bad[i]), NULL) || f.d.errors != 1 ||
		    !strstr(f.c.text, "error: a depfile cannot say a path with "))
			fail_msg("'%s' is not refused: %s", bad[i], f.c.text);
		assert_int_equal(f.text.n, 0);
		drop(&f);
	}
	for (size_t i = 0; i < sizeof bad_target / sizeof *bad_target; i++) {
		if (emit(&f, bad_target[i], "in", NAMES("a"), NULL))
			fail_msg("target '%s' is not refused", bad_target[i]);
		drop(&f);
	}
	/* A directory has another name that ends well. */
	assert_true(emit(&f, "o", "copy (2)", NAMES("a"), NULL));
	assert_string_equal(f.text.p, "o: copy\\ (2)/. \\\n copy\\ (2)/a\ncopy\\ (2)/.:\ncopy\\ (2)/a:\n");
	drop(&f);
}

static void many_refusals_are_counted(void **state)
{
	static char text[25][8];
	const char *names[26] = {0};
	struct fixture f;
	(void)state;

	for (size_t i = 0; i < 25; i++) {
		snprintf(text[i], sizeof text[i], "%02zu|", i);
		names[i] = text[i];
	}
	assert_false(emit(&f, "o", "in", names, NULL));
	assert_int_equal(f.d.errors, 11);
	assert_non_null(strstr(f.c.text, "rcc: error: and 15 more paths that a depfile cannot say\n"));
	drop(&f);
}

static int run(const char *command)
{
	int status = system(command);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void date(const char *path, time_t seconds)
{
	const struct timespec at[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

	assert_int_equal(utimensat(AT_FDCWD, path, at, 0), 0);
}

/* The real make: up to date as it is, not when any one of the files is newer. Then it still builds when one is
 * gone. */
static void make_finds_every_file(void **state)
{
	const char *const *names = NAMES("plain", "a b", "a  b", " a", "a#b", "a$b", "$(x)y", "a:b", "a:b:c", "a\\b", "a\\ b", "a\\\\ b",
	                                 "a%b", "%", "a=b", "a?b", "[1]", "a]", "a'b", "a\"b", "a&", "a,b", "~x", "-x", "a(1).png",
	                                 "copy (2).png", "(x", "\xc3\xa9\xff", "a!b", "{a}", "@", "a+b", "ifdef", "define");
	char dir[] = "/tmp/rcc-test-XXXXXX", path[256];
	struct fixture f;
	FILE *out;
	(void)state;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("in", 0777), 0);
	for (const char *const *n = names; *n; n++) {
		snprintf(path, sizeof path, "in/%s", *n);
		assert_int_equal(close(creat(path, 0666)), 0);
		date(path, 1000);
	}
	date("in", 1000);
	assert_true(emit(&f, "o ut", "in", names, NULL));
	out = fopen("Makefile", "w");
	assert_non_null(out);
	fprintf(out, "o\\ ut:\n\t@touch 'o ut'\n%s", f.text.p);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(close(creat("o ut", 0666)), 0);
	date("o ut", 2000);
	assert_int_equal(run("make -q 'o ut'"), 0);
	for (const char *const *n = names; *n; n++) {
		snprintf(path, sizeof path, "in/%s", *n);
		date(path, 3000);
		if (run("make -q 'o ut'") != 1)
			fail_msg("make does not see that '%s' is newer", *n);
		date(path, 1000);
	}
	date("in", 3000);
	assert_int_equal(run("make -q 'o ut'"), 1);
	assert_int_equal(unlink("in/copy (2).png"), 0);
	assert_int_equal(run("make -s 'o ut'"), 0);
	drop(&f);
	assert_int_equal(chdir("/"), 0);
	snprintf(path, sizeof path, "rm -rf %s", dir);
	assert_int_equal(run(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thing_read_is_there_once),
		cmocka_unit_test(bytes_are_escaped),
		cmocka_unit_test(no_line_is_an_assignment_or_a_pattern),
		cmocka_unit_test(what_cannot_be_said_is_refused),
		cmocka_unit_test(many_refusals_are_counted),
		cmocka_unit_test(make_finds_every_file),
	};

	unsetenv("MAKEFLAGS"); /* the make that runs the tests is none of this test's business */
	unsetenv("MAKELEVEL");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
