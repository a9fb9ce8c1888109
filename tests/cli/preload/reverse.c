/* SPDX-License-Identifier: MIT */
/* To be preloaded into rcc: directories are read backwards, and say of no entry what it is, as some file systems do. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* The directory in hand; rcc reads one at a time, each to its end. */
static struct {
	DIR *dir;
	void **entry;
	size_t n;
} now;

/* The entries are copied, for each is gone when the next is read. */
static void load(DIR *dir, void *(*next)(DIR *))
{
	struct dirent *e;

	now.dir = dir;
	while ((e = next(dir))) {
		void **more = realloc(now.entry, (now.n + 1) * sizeof *more), *copy = malloc(e->d_reclen);

		if (!more || !copy)
			abort();
		e->d_type = DT_UNKNOWN;
		now.entry = more;
		now.entry[now.n++] = memcpy(copy, e, e->d_reclen);
	}
}

static void *last(DIR *dir, const char *real)
{
	static void *given;

	free(given);
	given = NULL;
	if (now.dir != dir)
		load(dir, (void *(*)(DIR *))dlsym(RTLD_NEXT, real));
	if (now.n)
		given = now.entry[--now.n];
	else
		now.dir = NULL;
	return given;
}

struct dirent *readdir(DIR *dir)
{
	return last(dir, "readdir");
}

#ifdef __GLIBC__
struct dirent64 *readdir64(DIR *dir)
{
	return last(dir, "readdir64");
}
#endif
