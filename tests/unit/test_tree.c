/* SPDX-License-Identifier: MIT */
/* Walks through real directories: what is found, which links are followed, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "../../rcc/io.h"
#include "../../rcc/tree.h"
#include "capture.h"

/* A directory of its own, which is the working directory during the test. */
struct fixture {
	char dir[64];
	struct arena a;
	struct diag d;
	struct tree t;
	struct tree_options o;
	struct capture c;
	const char *unwanted;    /* a name that want refuses, as file and directory */
	char asked[2048];        /* every name that want was asked for */
};

static bool want(void *ctx, struct str name, bool dir)
{
	struct fixture *f = ctx;
	size_t n = strlen(f->asked);

	(void)dir;
	assert_int_equal(strlen(name.p), name.n);
	snprintf(f->asked + n, sizeof f->asked - n, "%s\n", name.p);
	return !f->unwanted || strcmp(f->unwanted, name.p);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/rcc-test-XXXXXX");
	if (!mkdtemp(f->dir) || chdir(f->dir))
		return -1;
	f->o = (struct tree_options){.want = want, .ctx = f};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[256];
	int status;

	tree_done(&f->t);
	arena_done(&f->a);
	snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", f->dir, f->dir);
	status = chdir("/") || system(command);
	free(f);
	return status;
}

/* Files, directories ("a/") and links ("a -> b"), each with what is above it. */
static void lay_out(const char *const *paths)
{
	for (; *paths; paths++) {
		char path[256], *arrow, *slash = path;

		snprintf(path, sizeof path, "%s", *paths);
		arrow = strstr(path, " -> ");
		if (arrow)
			*arrow = 0;
		while ((slash = strchr(slash, '/'))) {
			*slash = 0;
			assert_true(!mkdir(path, 0777) || errno == EEXIST);
			*slash++ = '/';
		}
		if (arrow)
			assert_int_equal(symlink(arrow + 4, path), 0);
		else if (path[strlen(path) - 1] != '/')
			close(creat(path, 0666));
	}
}

#define LAY_OUT(...) lay_out((const char *const[]){__VA_ARGS__, NULL})

/* Scans, and gives the names found, one a line. */
static const char *scan(struct fixture *f, const char *operand)
{
	static char names[4096];

	tree_done(&f->t);
	f->d.errors = 0;
	f->asked[0] = names[0] = 0;
	capture_begin(&f->c, STDERR_FILENO);
	if (tree_add_root(&f->t, &f->a, &f->d, operand, (struct str){0}))
		tree_scan(&f->t, &f->a, &f->d, &f->o);
	capture_end(&f->c);
	for (size_t i = 0; i < f->t.n; i++)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s\n", f->t.v[i].name.p);
	return names;
}

static const char *take(struct fixture *f, struct str list, bool nul)
{
	static char names[4096];

	tree_done(&f->t);
	f->d.errors = 0;
	f->asked[0] = names[0] = 0;
	capture_begin(&f->c, STDERR_FILENO);
	assert_true(tree_add_root(&f->t, &f->a, &f->d, "in", (struct str){0}));
	tree_take(&f->t, &f->a, &f->d, &f->o, "list", list, nul);
	capture_end(&f->c);
	for (size_t i = 0; i < f->t.n; i++)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s\n", f->t.v[i].name.p);
	return names;
}

#define assert_said(f, words)                                                                                          \
	do {                                                                                                           \
		if (!strstr((f)->c.text, words))                                                                       \
			fail_msg("not said: %s\n%s", words, (f)->c.text);                                              \
	} while (0)

static void names_are_sorted_by_their_bytes(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/a/b", "in/a.x", "in/a-", "in/b/c/d", "in/empty/", "in/\xff", "in/new\nline", "in/B");
	assert_string_equal(scan(f, "in"), "B\na-\na.x\na/b\nb/c/d\nnew\nline\n\xff\n");
	assert_int_equal(f->d.errors, 0);
	assert_int_equal(f->t.ndirs, 5);
	assert_string_equal(f->t.dir[0].p, "in");
	assert_string_equal(f->t.dir[1].p, "in/a");
	assert_string_equal(f->t.dir[4].p, "in/empty");
	assert_string_equal(tree_path(&f->t, &f->a, &f->t.v[4]), "in/b/c/d");
	scan(f, "in/");
	assert_string_equal(tree_path(&f->t, &f->a, &f->t.v[0]), "in/B");
	assert_int_equal(chdir("in"), 0);
	assert_string_equal(scan(f, "."), "B\na-\na.x\na/b\nb/c/d\nnew\nline\n\xff\n");
	assert_string_equal(tree_path(&f->t, &f->a, &f->t.v[0]), "./B");
}

static void prefixes_stand_in_front(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/x", "with:colon/y", "in/d/z");
	assert_string_equal(scan(f, "in:p/q"), "p/q/d/z\np/q/x\n");
	assert_string_equal(tree_path(&f->t, &f->a, &f->t.v[0]), "in/d/z");
	assert_string_equal(scan(f, "in:p/"), "p/d/z\np/x\n");
	assert_string_equal(scan(f, "with:colon"), "y\n");
	assert_string_equal(scan(f, "with:colon:p"), "p/y\n");
	tree_done(&f->t);
	assert_true(tree_add_root(&f->t, &f->a, &f->d, "in:b", STR("a")));
	assert_true(tree_add_root(&f->t, &f->a, &f->d, "in", STR("a")));
	tree_scan(&f->t, &f->a, &f->d, &f->o);
	assert_int_equal(f->t.n, 4);
	assert_string_equal(f->t.v[0].name.p, "a/b/d/z");
	assert_string_equal(f->t.v[3].name.p, "a/x");
	assert_string_equal(tree_path(&f->t, &f->a, &f->t.v[0]), "in/d/z");
	assert_int_equal(f->t.ndirs, 2);
}

static void bad_roots_are_told(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/x", "file");
	scan(f, "nothing");
	assert_said(f, "rcc: nothing: error: no such directory\n");
	scan(f, "file");
	assert_said(f, "rcc: file: error: is not a directory; give the directory that holds the files\n");
	scan(f, "nothing:p");
	assert_said(f, "rcc: nothing: error: no such directory\n");
	scan(f, "");
	assert_said(f, "error: no such directory\n");
	scan(f, "in:../x");
	assert_said(f, "'../x' cannot be a prefix");
	scan(f, "in:");
	assert_said(f, "'' cannot be a prefix");
	assert_int_equal(f->t.nroots, 0);
}

static void dotfiles_are_left_out_and_counted(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/.a", "in/.d/x", "in/.d/y", "in/b/.c", "in/b/c.d");
	assert_string_equal(scan(f, "in"), "b/c.d\n");
	assert_int_equal(f->t.dotfiles, 3);
	f->o.dotfiles = true;
	assert_string_equal(scan(f, "in"), ".a\n.d/x\n.d/y\nb/.c\nb/c.d\n");
	assert_int_equal(f->t.dotfiles, 0);
}

static void links_inside_are_read_as_what_they_point_at(void **state)
{
	struct fixture *f = *state;
	char absolute[128];

	snprintf(absolute, sizeof absolute, "in/abs -> %s/in/d/x", f->dir);
	LAY_OUT("in/d/x", "in/file -> d/x", "in/dir -> d", "in/e/up -> ../d/../d", "in/twice -> file", absolute);
	assert_string_equal(scan(f, "in"), "abs\nd/x\ndir/x\ne/up/x\nfile\ntwice\n");
	assert_int_equal(f->d.errors, 0);
	f->o.links = LINKS_SKIP;
	assert_string_equal(scan(f, "in"), "d/x\n");
	assert_int_equal(f->t.links, 5);
	f->o.links = LINKS_ERROR;
	scan(f, "in");
	assert_int_equal(f->d.errors, 5);
	assert_said(f, "rcc: in/dir: error: is a symbolic link, to 'd'; use --links follow or --links skip\n");
}

static void links_out_of_the_tree_are_told(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("out/x", "in/a", "in/file -> ../out/x", "in/dir -> ../out", "in/back -> ../in/a", "in/far -> file");
	assert_string_equal(scan(f, "in"), "a\nback\n");
	assert_int_equal(f->d.errors, 3);
	assert_said(f, "rcc: in/dir: error: is a symbolic link out of the tree, to '../out'; use --links skip, "
	               "or --links follow-anywhere\n");
	assert_said(f, "rcc: in/file: error: is a symbolic link out of the tree, to '../out/x'");
	assert_said(f, "rcc: in/far: error: is a symbolic link out of the tree, to 'file'");
	f->o.links = LINKS_ANYWHERE;
	assert_string_equal(scan(f, "in"), "a\nback\ndir/x\nfar\nfile\n");
	assert_int_equal(f->d.errors, 0);
}

static void loops_and_dangling_links_are_told(void **state)
{
	static const enum tree_links follows[] = {LINKS_FOLLOW, LINKS_ANYWHERE};
	struct fixture *f = *state;

	LAY_OUT("in/a/b/x", "in/a/b/up -> ../../a", "in/top -> .", "in/p -> q", "in/q -> p", "in/gone -> nowhere");
	for (size_t i = 0; i < 2; i++) {
		f->o.links = follows[i];
		assert_string_equal(scan(f, "in"), "a/b/x\n");
		assert_int_equal(f->d.errors, 5);
		assert_said(f, "rcc: in/a/b/up: error: loop of symbolic links: '../../a' is a directory above it");
		assert_said(f, "rcc: in/top: error: loop of symbolic links: '.' is a directory above it");
		assert_said(f, "rcc: in/p: error: is in a loop of symbolic links, to 'q'");
		assert_said(f, "rcc: in/gone: error: is a symbolic link to 'nowhere', which does not exist");
	}
	f->o.links = LINKS_SKIP;
	assert_string_equal(scan(f, "in"), "a/b/x\n");
	assert_int_equal(f->d.errors, 0);
	assert_int_equal(f->t.links, 5);
}

static void what_is_no_file_is_told(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "in/sock"};
	struct fixture *f = *state;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	LAY_OUT("in/a", "in/dev -> /dev/null");
	assert_int_equal(mkfifo("in/pipe", 0666), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	close(fd);
	f->o.links = LINKS_ANYWHERE;
	assert_string_equal(scan(f, "in"), "a\n");
	assert_int_equal(f->d.errors, 3);
	assert_said(f, "rcc: in/pipe: error: is a FIFO, not a file; exclude it with -x\n");
	assert_said(f, "rcc: in/sock: error: is a socket, not a file; exclude it with -x\n");
	assert_said(f, "rcc: in/dev: error: is a character device, not a file; exclude it with -x\n");
}

static void what_is_not_wanted_is_not_judged(void **state)
{
	static const struct {
		const char *name, *path;
	} rows[] = {{"gone", "in/gone -> nowhere"}, {"out", "in/out -> /"}, {"loop", "in/loop -> ."}, {"pipe", NULL}};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[32];

		snprintf(path, sizeof path, "in/%s", rows[i].name);
		LAY_OUT("in/a", rows[i].path ? rows[i].path : "in/a");
		assert_true(rows[i].path || !mkfifo(path, 0666));
		f->unwanted = NULL;
		scan(f, "in");
		assert_int_equal(f->d.errors, 1);
		f->unwanted = rows[i].name;
		assert_string_equal(scan(f, "in"), "a\n");
		assert_int_equal(f->d.errors, 0);
		assert_int_equal(unlink(path), 0);
	}
	LAY_OUT("in/d/x");
	f->unwanted = "d";
	assert_string_equal(scan(f, "in"), "a\n");
	assert_string_equal(f->asked, "a\nd\n");
	assert_int_equal(f->t.ndirs, 1);
}

static void unreadable_directories_are_told(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/a", "in/d/x");
	assert_int_equal(chmod("in/d", 0), 0);
	if (!access("in/d", R_OK)) /* root may read it: then there is nothing to refuse */
		return;
	assert_string_equal(scan(f, "in"), "a\n");
	assert_said(f, "rcc: in/d: error: cannot read the directory: Permission denied\n");
}

/* Deeper than paths may be long and than descriptors may be open. */
static void depth_has_no_limit(void **state)
{
	enum { DEPTH = 300, LEN = 40 };
	struct fixture *f = *state;
	char part[LEN + 1];
	int fd;

	memset(part, 'd', LEN);
	part[LEN] = 0;
	LAY_OUT("in/");
	fd = open("in", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < DEPTH; i++) {
		int next;

		assert_int_equal(mkdirat(fd, part, 0777), 0);
		next = openat(fd, part, O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
	}
	close(openat(fd, "deep", O_CREAT | O_WRONLY, 0666));
	assert_int_equal(symlinkat("deep", fd, "link"), 0);
	assert_int_equal(symlinkat("../..", fd, "loop"), 0);
	close(fd);
	scan(f, "in");
	assert_int_equal(f->t.n, 2);
	assert_int_equal(f->t.v[0].name.n, DEPTH * (LEN + 1) + 4);
	assert_int_equal(f->t.ndirs, DEPTH + 1);
	assert_int_equal(f->d.errors, 1);
	fd = io_openat(f->t.root[0].fd, f->t.v[0].name.p, O_RDONLY, 0);
	assert_true(fd >= 0);
	close(fd);
}

static void listed_paths_are_taken(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/a", "in/b/c", "in/b/d/e", "in/.dot", "in/b/.hid", "in/link -> b", "in/sp ace");
	assert_string_equal(take(f, STR("b/c\na\nb/c\n\n./a\n"), false), "a\nb/c\n");
	assert_int_equal(f->d.errors, 0);
	assert_int_equal(f->t.ndirs, 0);
	assert_string_equal(take(f, STR(".dot\0sp ace\0b//d/"), true), ".dot\nb/d/e\nsp ace\n");
	assert_string_equal(take(f, STR("b\nb/d\nb/.hid\nb/c"), false), "b/.hid\nb/c\nb/d/e\n");
	assert_int_equal(f->t.ndirs, 2);
	assert_string_equal(take(f, STR(".\n"), false), "a\nb/c\nb/d/e\nlink/c\nlink/d/e\nsp ace\n");
	assert_string_equal(take(f, STR("link/c\nlink/d\n"), false), "link/c\nlink/d/e\n");
	f->o.links = LINKS_SKIP;
	assert_string_equal(take(f, STR("link/c\na\n"), false), "a\n");
	f->unwanted = "a";
	assert_string_equal(take(f, STR("a\nb/c\n"), false), "b/c\n");
	assert_int_equal(f->d.errors, 0);
}

static void bad_listed_paths_are_told(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/a", "out/x", "in/esc -> ../out");
	assert_string_equal(take(f, STR("/a\n../in/a\na\nnone\nno/ne\na/b\nesc/x\n"), false), "a\n");
	assert_int_equal(f->d.errors, 6);
	assert_said(f, "rcc: list:1: error: '/a' is no path below the directory; give it without a leading '/' or '..'\n");
	assert_said(f, "rcc: list:2: error: '../in/a' is no path below the directory");
	assert_said(f, "rcc: list:4: error: 'in/none' no such file or directory\n");
	assert_said(f, "rcc: list:5: error: 'in/no' no such file or directory\n");
	assert_said(f, "rcc: list:6: error: 'in/a' ");
	assert_said(f, "rcc: list:7: error: 'in/esc' is a symbolic link out of the tree");
}

static size_t times_asked(const struct fixture *f, const char *line)
{
	size_t n = 0;

	for (const char *p = f->asked; (p = strstr(p, line)); p++)
		n += p == f->asked || p[-1] == '\n';
	return n;
}

/* As `find .` lists a tree: every directory and all that is in it. */
static void nested_directories_are_read_once(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/a/b/c/f", "in/a/b/g", "in/a.b/h", "in/a/.dot/i", "in/a/.dot/d/j", "in/link -> a/b");
	assert_string_equal(take(f, STR(".\na\na/b\na/b/c\na.b\nlink\nlink/c\na/b"), false),
	                    "a.b/h\na/b/c/f\na/b/g\nlink/c/f\nlink/g\n");
	assert_int_equal(f->t.ndirs, 7);
	assert_int_equal(times_asked(f, "a/b/c/f\n"), 1);
	assert_int_equal(times_asked(f, "a.b/h\n"), 1);
	assert_int_equal(times_asked(f, "link/c/f\n"), 1);
	assert_string_equal(take(f, STR("a/.dot/d\na/b/c\na/.dot\na\n"), false),
	                    "a/.dot/d/j\na/.dot/i\na/b/c/f\na/b/g\n");
	assert_int_equal(times_asked(f, "a/.dot/d/j\n"), 1);
	f->o.dotfiles = true;
	assert_string_equal(take(f, STR("a/.dot/d\na\n"), false), "a/.dot/d/j\na/.dot/i\na/b/c/f\na/b/g\n");
	assert_int_equal(times_asked(f, "a/.dot/d/j\n"), 1);
	assert_int_equal(f->d.errors, 0);
}

/* Up, down and sideways; what failed on the way does not mislead the next. */
static void lists_need_no_order(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/a/b/c/f", "in/a/b/g", "in/ab/h", "in/i");
	assert_string_equal(take(f, STR("a/b/g\na/b/c/f\na/b/no/x\na/b/c/f/x\nab/h\na/b/g\ni"), false),
	                    "a/b/c/f\na/b/g\nab/h\ni\n");
	assert_int_equal(f->d.errors, 2);
	assert_said(f, "rcc: list:3: error: 'in/a/b/no' no such file or directory\n");
	assert_said(f, "rcc: list:4: error: 'in/a/b/c/f' cannot look at it: Not a directory\n");
}

/* Root may look into any directory; only then is there nothing to refuse. */
static void a_root_that_cannot_be_entered_is_told(void **state)
{
	struct fixture *f = *state;

	LAY_OUT("in/a");
	assert_int_equal(chmod("in", 0444), 0);
	if (!access("in/a", F_OK))
		return;
	assert_string_equal(take(f, STR("a\n"), false), "");
	assert_said(f, "rcc: list:1: error: 'in' cannot look at it: Permission denied\n");
}

static void roots_are_not_copied_for_each_one_more(void **state)
{
	struct fixture *f = *state;
	size_t moves = 0;

	LAY_OUT("in/");
	for (size_t i = 0; i < 300; i++) {
		const struct root *before = f->t.root;

		assert_true(tree_add_root(&f->t, &f->a, &f->d, "in", (struct str){0}));
		moves += f->t.root != before;
	}
	assert_in_range(moves, 1, 10);
	assert_string_equal(f->t.root[0].path, "in");
	assert_string_equal(f->t.root[299].path, "in");
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(names_are_sorted_by_their_bytes),
		TEST(prefixes_stand_in_front),
		TEST(bad_roots_are_told),
		TEST(dotfiles_are_left_out_and_counted),
		TEST(links_inside_are_read_as_what_they_point_at),
		TEST(links_out_of_the_tree_are_told),
		TEST(loops_and_dangling_links_are_told),
		TEST(what_is_no_file_is_told),
		TEST(what_is_not_wanted_is_not_judged),
		TEST(unreadable_directories_are_told),
		TEST(depth_has_no_limit),
		TEST(listed_paths_are_taken),
		TEST(bad_listed_paths_are_told),
		TEST(nested_directories_are_read_once),
		TEST(lists_need_no_order),
		TEST(a_root_that_cannot_be_entered_is_told),
		TEST(roots_are_not_copied_for_each_one_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
