/* SPDX-License-Identifier: MIT */
/* A bundle replaced in service: threads read it all the time, while new files are renamed over the old one and opened. Each look is at
 * one bundle from beginning to end, nobody waits, and the old bytes go with the last who looked at them.
 *   cc -D_GNU_SOURCE -Iruntime-stub -pthread -o build/upgrade examples/upgrade/upgrade.c build/librcc.a -lzstd
 *   build/upgrade mapped|guarded LIVE.rcb NEW.rcb...
 * Each bundle has the files "version" and "page", which say the same; each NEW.rcb is renamed to LIVE.rcb. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "rcc.h"

enum { READERS = 4 };

static _Atomic(const rcc_bundle *) current;
static atomic_int over;
static atomic_ulong looks;

/* The recipe: a bundle that stays until rcc_drop, whatever becomes of current. */
static const rcc_bundle *hold_current(void)
{
	for (;;) {
		const rcc_bundle *b = atomic_load(&current);

		if (rcc_hold(b))
			continue; /* closed since: there is a newer one */
		if (b == atomic_load(&current))
			return b;
		rcc_drop(b);
	}
}

/* The other half of it. */
static int upgrade(const char *path, int mode)
{
	const rcc_bundle *b, *old;
	int error = rcc_open_bundle(path, mode, &b);

	if (error)
		return error; /* and the old one serves on */
	error = rcc_verify(b);
	if (error) {
		rcc_close_bundle(b);
		return error;
	}
	old = atomic_exchange(&current, b);
	return rcc_close_bundle(old); /* NULL at first; it goes when its last reader has gone */
}

static int look_once(void)
{
	const rcc_bundle *b = hold_current();
	rcc_memfile version, page;
	int same = 0;

	if (!rcc_load(b, "version", &version)) {
		same = !rcc_load(b, "page", &page); /* zeroed where it fails */
		rcc_drop(b); /* the memfiles hold it on */
		same = same && version.size == page.size && !memcmp(version.data, page.data, page.size);
		rcc_release(&page);
		rcc_release(&version);
	} else {
		rcc_drop(b);
	}
	atomic_fetch_add(&looks, 1);
	return same;
}

static void *serve(void *arg)
{
	uintptr_t torn = 0;

	while (!atomic_load(&over))
		torn += !look_once();
	(void)arg;
	return (void *)torn;
}

/* How often the file is mapped here. */
static int mappings(const char *path)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[4096];
	int n = 0;

	while (f && fgets(line, sizeof line, f))
		n += strstr(line, path) != NULL;
	if (f)
		fclose(f);
	return n;
}

static int say(const char *path, int error)
{
	fprintf(stderr, "upgrade: %s: %s\n", path, rcc_strerror(error));
	return 1;
}

int main(int argc, char **argv)
{
	int mode = argc > 1 && !strcmp(argv[1], "guarded") ? RCC_GUARDED : RCC_MAPPED, error;
	unsigned long before;
	pthread_t t[READERS];
	uintptr_t torn = 0;

	if (argc < 3 || (error = upgrade(argv[2], mode)) != 0)
		return say(argc < 3 ? "mapped|guarded LIVE.rcb NEW.rcb..." : argv[2], argc < 3 ? RCC_EINVAL : error);
	for (int i = 0; i < READERS; i++)
		if (pthread_create(&t[i], NULL, serve, NULL))
			return say("threads", RCC_ENOMEM);
	for (int i = 3; i < argc; i++) {
		if (mode == RCC_GUARDED && truncate(argv[2], 1)) /* what one should not do to a file in use */
			return say(argv[2], RCC_EIO);
		if (rename(argv[i], argv[2]))
			return say(argv[i], RCC_EIO);
		error = upgrade(argv[2], mode);
		if (error)
			say(argv[i], error); /* no reason to stop */
		before = atomic_load(&looks);
		while (atomic_load(&looks) < before + 100)
			sched_yield();
	}
	atomic_store(&over, 1);
	for (int i = 0; i < READERS; i++) {
		void *mine;

		pthread_join(t[i], &mine);
		torn += (uintptr_t)mine;
	}
	rcc_close_bundle(atomic_load(&current));
	printf("%lu looks at %d bundles, %lu torn, %d left mapped\n", atomic_load(&looks), argc - 2, (unsigned long)torn, mappings(argv[2]));
	return torn != 0 || mappings(argv[2]) != 0;
}
