/* SPDX-License-Identifier: MIT */
/* rcc_overlay_load, where, each: what shadows, what hides, what is refused, and that a half is never given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "overlay.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static const struct image_file files[] = {
	{"a.txt", "bundled a", 9, RCC_CODEC_STORE, "text/plain"},
	{"css", "a file", 6, RCC_CODEC_STORE, NULL},
	{"d/one", "bundled one", 11, RCC_CODEC_ZSTD, NULL},
	{"d/sub/two", "bundled two", 11, RCC_CODEC_STORE, NULL},
	{"e.bin", "bundled e", 9, RCC_CODEC_STORE, NULL},
};

static int setup(void **state)
{
	(void)state;
	return overlay_begin(files, sizeof files / sizeof *files);
}

static void the_disk_comes_first(void **state)
{
	rcc_overlay *o;
	rcc_memfile f;

	(void)state;
	put("a.txt", "disk");
	put("empty", "");
	dir("new");
	put("new/deep", "only here");
	o = opened(0);
	assert_int_equal(rcc_overlay_load(o, "a.txt", &f), 0);
	assert_string_equal((const char *)f.data, "disk");
	assert_int_equal(f.size, 4);
	assert_int_equal(f.stored, 4);
	assert_int_equal(f.hash, XXH3_64bits("disk", 4));
	assert_string_equal(f.mime, "text/plain");
	assert_string_equal(f.name, "a.txt");
	assert_int_equal(f.name_len, 5);
	assert_int_equal(f.codec, RCC_CODEC_STORE);
	assert_non_null(f.heap);
	put("a.txt", "other"); /* the copy is the caller's */
	assert_string_equal((const char *)f.data, "disk");
	rcc_release(&f);
	soon(o, "a.txt", "other");
	soon(o, "empty", "");
	soon(o, "new/deep", "only here");
	assert_string_equal(text_of(o, "d/one"), "bundled one");
	assert_int_equal(rcc_overlay_where(o, "a.txt"), RCC_ON_DISK);
	assert_int_equal(rcc_overlay_where(o, "new/deep"), RCC_ON_DISK);
	assert_int_equal(rcc_overlay_where(o, "d/one"), RCC_IN_BUNDLE);
	assert_int_equal(rcc_overlay_where(o, "nosuch"), RCC_ENOENT);
	assert_int_equal(rcc_overlay_load(o, "new/deep", &f), 0);
	assert_null(f.mime);
	assert_string_equal(f.name, "new/deep");
	rcc_overlay_close(o);
	assert_string_equal((const char *)f.data, "only here"); /* nor is it gone with the overlay */
	rcc_release(&f);
	o = opened(0);
	unlink(at("a.txt"));
	assert_string_equal(text_of(o, "a.txt"), "bundled a");
	rcc_overlay_close(o);
}

static void without_a_bundle(void **state)
{
	rcc_overlay *o;

	(void)state;
	put("x", "x");
	assert_int_equal(rcc_overlay_open(NULL, overlay_dir, 0, &o), 0);
	soon(o, "x", "x");
	assert_int_equal(rcc_overlay_where(o, "a.txt"), RCC_ENOENT);
	assert_int_equal(rcc_overlay_attach(o), RCC_EINVAL);
	rcc_overlay_close(o);
}

static int list(const char *name, int place, void *arg)
{
	char *text = arg;

	sprintf(text + strlen(text), "%s%c ", name, place == RCC_ON_DISK ? '!' : '.');
	return strcmp(name, "stop") ? 0 : 7;
}

static void whiteouts_hide(void **state)
{
	rcc_overlay *o = opened(0);
	char text[256] = "";

	(void)state;
	put(".wh.a.txt", "");
	dir("d");
	put("d/.wh.one", "");
	assert_string_equal(text_of(o, "a.txt"), "-1");
	assert_string_equal(text_of(o, "d/one"), "-1");
	assert_string_equal(text_of(o, "d/sub/two"), "bundled two");
	assert_int_equal(rcc_overlay_each(o, list, text), 0);
	assert_string_equal(text, "css. d/sub/two. e.bin. ");
	/* A directory with all below it; what the disk has itself is there. */
	put(".wh.d", "");
	put("d/three", "3");
	assert_string_equal(text_of(o, "d/sub/two"), "-1");
	assert_int_equal(rcc_overlay_where(o, "d/sub/two"), RCC_ENOENT);
	soon(o, "d/three", "3");
	put("a.txt", "own");
	soon(o, "a.txt", "own");
	*text = 0;
	assert_int_equal(rcc_overlay_each(o, list, text), 0);
	assert_string_equal(text, "a.txt! css. d/three! e.bin. ");
	put("stop", "");
	assert_int_equal(rcc_overlay_each(o, list, text), 7);
	/* A whiteout is no file itself. */
	assert_string_equal(text_of(o, ".wh.a.txt"), "-1");
	rcc_overlay_close(o);
}

/* All that must be refused, with openat2 and without; links within the directory are followed with it only. */
static void refused(rcc_overlay *o, int has_openat2)
{
	static const char *const names[] = {"", "/", "..", "../x", "a/../../x", "/etc/passwd", "./a.txt", "a.txt/", "d//one", "d/./one"};
	static char longest[5000];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_string_equal(text_of(o, names[i]), "-1");
	memset(longest, 'x', sizeof longest - 1);
	assert_string_equal(text_of(o, longest), "-1");
	assert_string_equal(text_of(o, "out"), "-12");
	assert_string_equal(text_of(o, "relative"), "-12");
	assert_string_equal(text_of(o, "etc/passwd"), "-12");
	assert_string_equal(text_of(o, "magic"), "-12");
	assert_string_equal(text_of(o, "magic/etc/passwd"), "-12");
	assert_string_equal(text_of(o, "loop"), "-12");
	assert_string_equal(text_of(o, "a.txt"), "-12"); /* though the bundle has it */
	assert_int_equal(rcc_overlay_where(o, "out"), RCC_EPERM);
	assert_string_equal(text_of(o, "within"), has_openat2 ? "kept" : "-12");
	assert_string_equal(text_of(o, "dir-within/file"), has_openat2 ? "kept" : "-12");
	assert_string_equal(text_of(o, "kept/file"), "kept");
	assert_string_equal(text_of(o, "fifo"), "-3");
	assert_string_equal(text_of(o, "socket"), "-3");
	assert_string_equal(text_of(o, "css"), "-3"); /* a directory in a file's place */
	assert_string_equal(text_of(o, "kept"), "-1"); /* a directory */
	assert_string_equal(text_of(o, "d/one"), "-1"); /* a file in a directory's place */
}

static void nothing_outside_is_reached(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM, 0), status;
	char outside[80];
	rcc_overlay *o;
	pid_t pid;

	(void)state;
	dir("kept");
	put("kept/file", "kept");
	dir("css");
	put("d", "file");
	snprintf(outside, sizeof outside, "%s-outside", overlay_dir);
	close(open(outside, O_WRONLY | O_CREAT, 0666));
	assert_int_equal(symlink(outside, at("out")), 0);
	snprintf(outside, sizeof outside, "../%s-outside", strrchr(overlay_dir, '/') + 1);
	assert_int_equal(symlink(outside, at("relative")), 0);
	assert_int_equal(symlink("/etc", at("etc")), 0);
	assert_int_equal(symlink("/proc/self/root", at("magic")), 0);
	assert_int_equal(symlink("loop", at("loop")), 0);
	assert_int_equal(symlink("/etc/passwd", at("a.txt")), 0);
	assert_int_equal(symlink("kept/file", at("within")), 0);
	assert_int_equal(symlink("kept/../kept", at("dir-within")), 0);
	assert_int_equal(mkfifo(at("fifo"), 0666), 0);
	snprintf(name.sun_path, sizeof name.sun_path, "%s", at("socket"));
	assert_int_equal(bind(s, (struct sockaddr *)&name, sizeof name), 0);
	close(s);
	if (!mknod(at("null"), S_IFCHR | 0666, makedev(1, 3))) { /* as root */
		o = opened(0);
		assert_string_equal(text_of(o, "null"), "-3");
		rcc_overlay_close(o);
	}
	o = opened(0);
	soon(o, "kept/file", "kept");
	if (syscall(SYS_openat2, -1, "", NULL, 0) < 0 && errno != ENOSYS) /* valgrind has none */
		refused(o, 1);
	pid = fork();
	if (!pid) {
		if (!lose_syscalls(SYS_openat2, SYS_openat2))
			_exit(9);
		refused(o, 0);
		rcc_overlay_close(o);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	rcc_overlay_close(o);
	snprintf(outside, sizeof outside, "%s-outside", overlay_dir);
	unlink(outside);
}

static void what_may_not_be_read(void **state)
{
	rcc_overlay *o;

	(void)state;
	put("a.txt", "secret");
	chmod(at("a.txt"), 0);
	chmod(overlay_dir, 0755);
	if (!getuid()) /* who may read all */
		assert_int_equal(seteuid(65534), 0);
	o = opened(0);
	assert_string_equal(text_of(o, "a.txt"), "-12");
	rcc_overlay_close(o);
	assert_int_equal(seteuid(getuid()), 0);
}

static void a_half_is_never_given(void **state)
{
	(void)state;
	for (unsigned flags = 0; flags <= RCC_OVERLAY_POLL; flags++) {
		rcc_overlay *o;
		int fd;

		put("a.txt", "first whole text");
		put("e.bin", "never loaded before");
		o = opened(flags);
		soon(o, "a.txt", "first whole text");
		/* Begun anew. */
		fd = open(at("a.txt"), O_WRONLY | O_TRUNC);
		assert_string_equal(text_of(o, "a.txt"), "first whole text");
		assert_int_equal(write(fd, "second", 6), 6);
		assert_string_equal(text_of(o, "a.txt"), "first whole text");
		assert_int_equal(write(fd, " text", 5), 5);
		close(fd);
		soon(o, "a.txt", "second text");
		/* In place. */
		fd = open(at("a.txt"), O_RDWR);
		assert_int_equal(pwrite(fd, "THIRD", 5, 0), 5);
		assert_string_equal(text_of(o, "a.txt"), "second text");
		close(fd);
		soon(o, "a.txt", "THIRDd text");
		/* One that was not loaded yet: the bundle's. One that no bundle has: nothing yet. */
		fd = open(at("e.bin"), O_WRONLY | O_TRUNC);
		assert_string_equal(text_of(o, "e.bin"), "bundled e");
		assert_int_equal(write(fd, "e", 1), 1);
		close(fd);
		soon(o, "e.bin", "e");
		fd = open(at("new"), O_WRONLY | O_CREAT, 0666);
		assert_int_equal(write(fd, "n", 1), 1);
		assert_string_equal(text_of(o, "new"), "-11");
		close(fd);
		soon(o, "new", "n");
		rcc_overlay_close(o);
		unlink(at("new"));
	}
}

static void what_editors_leave_is_not_there(void **state)
{
	static const char *const fleeting[] = {".#a", "#a#", "a~", ".a.swp", ".a.swx", "4913", ".goutputstream-X1Y2Z3", ".~lock.a#",
	                                       ".nfs0001", ".fuse_hidden1", "a___jb_tmp___", "a.vsctmp", "a.tmp", "a.tmp-1",
	                                       "a.tmp.33", "a.tmpAb3dE9"};
	static const char *const real[] = {"page.tmpl", "a.tmpfile", "49133", ".swp", "swp", "#", "a#", ".hidden"};
	rcc_overlay *o;

	(void)state;
	for (size_t i = 0; i < sizeof fleeting / sizeof *fleeting; i++)
		put(fleeting[i], "x");
	for (size_t i = 0; i < sizeof real / sizeof *real; i++)
		put(real[i], "x");
	o = opened(0);
	for (size_t i = 0; i < sizeof fleeting / sizeof *fleeting; i++)
		assert_string_equal(text_of(o, fleeting[i]), "-1");
	for (size_t i = 0; i < sizeof real / sizeof *real; i++)
		soon(o, real[i], "x");
	rcc_overlay_close(o);
}

static void what_cannot_be_opened(void **state)
{
	rcc_overlay *o = (void *)"untouched";
	rcc_memfile f;

	(void)state;
	put("file", "");
	assert_int_equal(rcc_overlay_open(overlay_bundle, at("nosuch"), 0, &o), RCC_EIO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(rcc_overlay_open(overlay_bundle, at("file"), 0, &o), RCC_EIO);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(rcc_overlay_open(overlay_bundle, NULL, 0, &o), RCC_EINVAL);
	assert_int_equal(rcc_overlay_open(overlay_bundle, overlay_dir, 2, &o), RCC_EINVAL);
	assert_int_equal(rcc_overlay_open(overlay_bundle, overlay_dir, 0, NULL), RCC_EINVAL);
	assert_string_equal((const char *)o, "untouched");
	o = opened(0);
	assert_int_equal(rcc_overlay_load(NULL, "a", &f), RCC_EINVAL);
	assert_int_equal(rcc_overlay_load(o, NULL, &f), RCC_EINVAL);
	assert_int_equal(rcc_overlay_load(o, "a", NULL), RCC_EINVAL);
	assert_int_equal(rcc_overlay_where(o, NULL), RCC_EINVAL);
	assert_int_equal(rcc_overlay_each(o, NULL, NULL), RCC_EINVAL);
	assert_int_equal(rcc_overlay_update(NULL, NULL, NULL), RCC_EINVAL);
	assert_int_equal(rcc_overlay_watch(o, NULL, NULL), RCC_EINVAL);
	assert_int_equal(rcc_overlay_fd(NULL), RCC_EINVAL);
	assert_int_equal(rcc_overlay_generation(NULL), 0);
	rcc_overlay_close(o);
	rcc_overlay_close(NULL);
}

static int fresh(void **state)
{
	(void)state;
	overlay_clear(overlay_dir);
	return mkdir(overlay_dir, 0777);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_disk_comes_first, fresh),
		cmocka_unit_test_setup(without_a_bundle, fresh),
		cmocka_unit_test_setup(whiteouts_hide, fresh),
		cmocka_unit_test_setup(nothing_outside_is_reached, fresh),
		cmocka_unit_test_setup(what_may_not_be_read, fresh),
		cmocka_unit_test_setup(a_half_is_never_given, fresh),
		cmocka_unit_test_setup(what_editors_leave_is_not_there, fresh),
		cmocka_unit_test_setup(what_cannot_be_opened, fresh),
	};

	return cmocka_run_group_tests(tests, setup, overlay_end);
}
