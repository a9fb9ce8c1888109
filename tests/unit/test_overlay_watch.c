/* SPDX-License-Identifier: MIT */
/* rcc_overlay_update, fd, generation, watch, attach: what is told of changes, whatever way they are made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "overlay.h"

#include <semaphore.h>
#include <sys/resource.h>
#include <time.h>

static const struct image_file files[] = {
	{"a.txt", "bundled a", 9, RCC_CODEC_STORE, "text/plain"},
	{"d/one", "bundled one", 11, RCC_CODEC_ZSTD, NULL},
};

static int setup(void **state)
{
	(void)state;
	return overlay_begin(files, sizeof files / sizeof *files);
}

/* What was told, each name once. */
static char *told[64];
static size_t ntold;

static void hear(const char *name, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < ntold; i++)
		if (!strcmp(told[i], name))
			return;
	assert_true(ntold < 64);
	told[ntold++] = strdup(name);
}

static void forget(void)
{
	while (ntold)
		free(told[--ntold]);
}

/* Waits by the descriptor until as many names as these, parted by blanks, have been told, and sees that they are these. */
static void tells(rcc_overlay *o, const char *names)
{
	struct pollfd p = {rcc_overlay_fd(o), POLLIN, 0};
	uint64_t before = rcc_overlay_generation(o);
	char copy[1024], *save, *word;
	size_t want = 1;
	int n;

	for (const char *c = names; *c; c++)
		want += *c == ' ';
	do {
		n = rcc_overlay_update(o, hear, NULL);
		assert_true(n >= 0);
		before += n > 0;
		assert_int_equal(rcc_overlay_generation(o), before);
	} while (ntold < want && poll(&p, 1, SOON_MS) == 1);
	strcpy(copy, names);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		n = 0;
		for (size_t i = 0; i < ntold; i++)
			n |= !strcmp(told[i], word);
		if (!n)
			fail_msg("not told: %s", word);
	}
	assert_int_equal(ntold, want);
	forget();
}

static void tells_nothing(rcc_overlay *o)
{
	assert_int_equal(rcc_overlay_update(o, hear, NULL), 0);
}

/* A link changes a time of what it leads to, which only reading the directories through notices: polling does so always,
 * else it is done when one of them comes or goes. */
static void each_way_to_change(rcc_overlay *o, int polls)
{
	char names[80];

	assert_int_equal(rcc_overlay_generation(o), 1);
	tells_nothing(o);
	put("a.txt", "1");
	tells(o, "a.txt");
	assert_string_equal(text_of(o, "a.txt"), "1");
	put_by_rename("a.txt", "two");
	tells(o, "a.txt");
	assert_string_equal(text_of(o, "a.txt"), "two");
	dir("d");
	dir("d/deep");
	dir("d/deep/er");
	put("d/deep/er/x", "x");
	put("d/one", "1");
	tells(o, "d/deep/er/x d/one");
	put("d/deep/er/x", "new");
	tells(o, "d/deep/er/x");
	assert_int_equal(rename(at("d/deep"), at("d/moved")), 0);
	tells(o, "d/deep/er/x d/moved/er/x");
	put("d/moved/er/x", "newer");
	tells(o, "d/moved/er/x");
	assert_int_equal(link(at("d/one"), at("linked")), 0);
	assert_int_equal(symlink("d/one", at("symlinked")), 0);
	put("d/.wh.moved", "");
	snprintf(names, sizeof names, "linked d/moved%s%s", polls ? " d/one" : "",
	         rcc_overlay_where(o, "symlinked") == RCC_ON_DISK ? " symlinked" : ""); /* without openat2 it is not */
	tells(o, names);
	unlink(at("a.txt"));
	unlink(at("d/.wh.moved"));
	tells(o, "a.txt d/moved");
	assert_string_equal(text_of(o, "a.txt"), "bundled a");
	overlay_clear(at("d/moved"));
	tells(o, polls ? "d/moved/er/x" : "d/moved/er/x d/one");
	tells_nothing(o);
}

static void by_inotify(void **state)
{
	rcc_overlay *o = opened(0);

	(void)state;
	each_way_to_change(o, 0);
	rcc_overlay_close(o);
}

static void by_polling(void **state)
{
	rcc_overlay *o = opened(RCC_OVERLAY_POLL);

	(void)state;
	each_way_to_change(o, 1);
	rcc_overlay_close(o);
}

/* Where inotify has no room, here: where the kernel has none. */
static void by_polling_for_want_of_inotify(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		rcc_overlay *o;

		if (!lose_syscalls(SYS_inotify_init1, SYS_inotify_add_watch))
			_exit(9);
		o = opened(0);
		put("a.txt", "1");
		tells(o, "a.txt");
		rcc_overlay_close(o);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void not_before_it_is_whole(void **state)
{
	rcc_overlay *o = opened(0);
	int fd = open(at("a.txt"), O_WRONLY | O_CREAT, 0666);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write(fd, "x", 1), 1);
		tells_nothing(o);
		assert_string_equal(text_of(o, "a.txt"), "bundled a");
	}
	close(fd);
	tells(o, "a.txt");
	assert_string_equal(text_of(o, "a.txt"), "xxx");
	/* What comes and goes in between was nothing. */
	put("new", "");
	unlink(at("new"));
	put("d~", "");
	put(".d.swp", "");
	tells_nothing(o);
	rcc_overlay_close(o);
}

static void more_events_than_the_kernel_keeps(void **state)
{
	rcc_overlay *o = opened(0);
	int most = 16384;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

	(void)state;
	if (f && fscanf(f, "%d", &most) != 1)
		most = 16384;
	if (f)
		fclose(f);
	if (most > 1 << 17) {
		print_message("the kernel keeps %d events, too many to make\n", most);
		skip();
	}
	put("a.txt", "before");
	for (int i = 0; i < most / 3 + 2; i++) { /* each is created, closed, deleted */
		put(i % 2 ? "x" : "y", "");
		unlink(at(i % 2 ? "x" : "y"));
	}
	put("late", "");
	put("a.txt", "after");
	tells(o, "a.txt late");
	put("later", "");
	tells(o, "later");
	rcc_overlay_close(o);
}

/* No event has a link's name when something happens to what it leads to. */
static void what_a_link_leads_to(void **state)
{
	rcc_overlay *o;

	(void)state;
	put("target", "one");
	assert_int_equal(symlink("target", at("link")), 0);
	o = opened(0);
	put("target", "two");
	if (rcc_overlay_where(o, "link") != RCC_ON_DISK) { /* no openat2, and without it no links */
		tells(o, "target");
		rcc_overlay_close(o);
		return;
	}
	tells(o, "target link");
	assert_string_equal(text_of(o, "link"), "two");
	unlink(at("target"));
	tells(o, "target link");
	assert_string_equal(text_of(o, "link"), text_of(o, "nosuch"));
	put("target", "three");
	tells(o, "target link");
	rcc_overlay_close(o);
}

/* What was loaded by such a name is not met by reading the directories through, and so not told of; it does not go by that either. */
static void behind_a_link_to_a_directory(void **state)
{
	rcc_overlay *o;

	(void)state;
	dir("real");
	put("real/x", "x");
	assert_int_equal(symlink("real", at("alias")), 0);
	o = opened(RCC_OVERLAY_POLL);
	if (rcc_overlay_where(o, "alias/x") != RCC_ON_DISK) { /* no openat2 */
		assert_string_equal(text_of(o, "alias/x"), text_of(o, "nosuch"));
		rcc_overlay_close(o);
		return;
	}
	soon(o, "alias/x", "x");
	tells_nothing(o);
	assert_string_equal(text_of(o, "alias/x"), "x"); /* at once: that it is whole is still known */
	unlink(at("real/x"));
	assert_string_equal(text_of(o, "alias/x"), text_of(o, "nosuch"));
	rcc_overlay_close(o);
}

static int update_without_descriptors(rcc_overlay *o)
{
	struct rlimit were, none;
	int n;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &were), 0);
	none = were;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	n = rcc_overlay_update(o, hear, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &were), 0);
	return n;
}

/* What cannot be opened for want of a descriptor is not gone. */
static void no_descriptor_is_no_deletion(void **state)
{
	static const unsigned flags[] = {0, RCC_OVERLAY_POLL};

	(void)state;
	for (int i = 0; i < 2; i++) {
		rcc_overlay *o;

		put("a.txt", "one");
		o = opened(flags[i]);
		put("a.txt", "two");
		assert_int_equal(update_without_descriptors(o), RCC_EIO);
		assert_int_equal(errno, EMFILE);
		assert_int_equal(ntold, 0);
		tells(o, "a.txt");
		assert_string_equal(text_of(o, "a.txt"), "two");
		rcc_overlay_close(o);
	}
}

static void a_directory_made_again(void **state)
{
	char away[80];
	rcc_overlay *o;

	(void)state;
	put("a.txt", "old");
	put("gone", "");
	o = opened(0);
	overlay_clear(overlay_dir);
	tells(o, "a.txt gone");
	assert_string_equal(text_of(o, "a.txt"), "bundled a");
	assert_int_equal(mkdir(overlay_dir, 0777), 0);
	put("a.txt", "new");
	soon(o, "a.txt", "new");
	tells(o, "a.txt");
	/* Another in its place, as builds do that make all anew. */
	snprintf(away, sizeof away, "%s-away", overlay_dir);
	assert_int_equal(rename(overlay_dir, away), 0);
	assert_int_equal(mkdir(overlay_dir, 0777), 0);
	put("b", "b");
	tells(o, "a.txt b");
	assert_string_equal(text_of(o, "b"), "b");
	overlay_clear(away);
	tells_nothing(o);
	put("c", "c");
	tells(o, "c");
	rcc_overlay_close(o);
}

static sem_t heard;
static int calls;

static void hear_in_thread(const char *name, void *arg)
{
	const char *text = text_of(arg, name); /* loading is fine here */

	calls += !strcmp(name, "a.txt") && !strcmp(text, "seen");
	sem_post(&heard);
}

static void a_thread_that_waits(void **state)
{
	rcc_overlay *o = opened(0);
	struct timespec until;

	(void)state;
	sem_init(&heard, 0, 0);
	assert_int_equal(rcc_overlay_watch(o, hear_in_thread, o), 0);
	assert_int_equal(rcc_overlay_watch(o, hear_in_thread, o), RCC_EBUSY);
	put("a.txt", "seen");
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SOON_MS / 1000;
	assert_int_equal(sem_timedwait(&heard, &until), 0);
	rcc_overlay_close(o); /* which waits for the thread */
	assert_int_equal(calls, 1);
	sem_destroy(&heard);
}

static void attached(void **state)
{
	rcc_overlay *o = opened(0), *other = opened(0);
	rcc_memfile f;
	rcc_entry e;
	rcc_span s;
	char line[32];
	FILE *stream;

	(void)state;
	put("a.txt", "disk");
	put("only", "disk only");
	soon(o, "a.txt", "disk");
	assert_int_equal(rcc_register_bundle(overlay_bundle), 0);
	assert_int_equal(rcc_overlay_attach(o), 0);
	assert_int_equal(rcc_overlay_attach(other), RCC_EBUSY);
	assert_int_equal(rcc_overlay_attach(NULL), RCC_EINVAL);
	assert_int_equal(rcc_load(overlay_bundle, "a.txt", &f), 0);
	assert_string_equal((const char *)f.data, "disk");
	rcc_release(&f);
	assert_int_equal(rcc_read_memfile("over", "only", &f), 0);
	assert_string_equal((const char *)f.data, "disk only");
	rcc_release(&f);
	assert_int_equal(rcc_load(overlay_bundle, "d/one", &f), 0);
	assert_string_equal((const char *)f.data, "bundled one");
	rcc_release(&f);
	assert_int_equal(rcc_load(overlay_bundle, NULL, &f), RCC_EINVAL);
	assert_int_equal(rcc_load(overlay_bundle, "nosuch", &f), RCC_ENOENT);
	stream = rcc_fopen(overlay_bundle, "a.txt");
	assert_string_equal(fgets(line, sizeof line, stream), "disk");
	fclose(stream);
	/* The core knows the bundle alone. */
	assert_int_equal(rcc_lookup(overlay_bundle, "a.txt", 5, &e), 0);
	assert_int_equal(rcc_view(&e, &s), 0);
	assert_memory_equal(s.data, "bundled a", 9);
	assert_int_equal(rcc_lookup(overlay_bundle, "only", 4, &e), RCC_ENOENT);
	rcc_overlay_close(o);
	assert_int_equal(rcc_load(overlay_bundle, "a.txt", &f), 0);
	assert_string_equal((const char *)f.data, "bundled a");
	rcc_release(&f);
	assert_int_equal(rcc_overlay_attach(other), 0);
	rcc_overlay_close(other);
	assert_int_equal(rcc_unregister_bundle(overlay_bundle), 0);
}

static void by_the_environment(void **state)
{
	rcc_overlay *o;

	(void)state;
	unsetenv("RCC_OVERLAY");
	assert_int_equal(rcc_overlay_from_env(overlay_bundle, 0, &o), RCC_ENOENT);
	setenv("RCC_OVERLAY", "", 1);
	assert_int_equal(rcc_overlay_from_env(overlay_bundle, 0, &o), RCC_ENOENT);
	setenv("RCC_OVERLAY", overlay_dir, 1);
	assert_int_equal(rcc_overlay_from_env(overlay_bundle, 0, &o), 0);
	put("a.txt", "disk");
	soon(o, "a.txt", "disk");
	rcc_overlay_close(o);
	setenv("RCC_OVERLAY", at("nosuch"), 1);
	assert_int_equal(rcc_overlay_from_env(overlay_bundle, 0, &o), RCC_EIO);
	unsetenv("RCC_OVERLAY");
}

static int fresh(void **state)
{
	(void)state;
	forget();
	overlay_clear(overlay_dir);
	return mkdir(overlay_dir, 0777);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(by_inotify, fresh),
		cmocka_unit_test_setup(by_polling, fresh),
		cmocka_unit_test_setup(by_polling_for_want_of_inotify, fresh),
		cmocka_unit_test_setup(not_before_it_is_whole, fresh),
		cmocka_unit_test_setup(more_events_than_the_kernel_keeps, fresh),
		cmocka_unit_test_setup(what_a_link_leads_to, fresh),
		cmocka_unit_test_setup(behind_a_link_to_a_directory, fresh),
		cmocka_unit_test_setup(no_descriptor_is_no_deletion, fresh),
		cmocka_unit_test_setup(a_directory_made_again, fresh),
		cmocka_unit_test_setup(a_thread_that_waits, fresh),
		cmocka_unit_test_setup(attached, fresh),
		cmocka_unit_test_setup(by_the_environment, fresh),
	};

	return cmocka_run_group_tests(tests, setup, overlay_end);
}
