/* SPDX-License-Identifier: MIT */
/* What an overlay knows of each name on disk: a table in the order of names. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "overlay.h"

#ifdef __linux__
#include <stdlib.h>
#include <time.h>

enum { OVERLAY_OLD_NS = 2000000000 }; /* a file this old when the overlay is opened is nobody's half */

static int64_t overlay_clock(clockid_t clock)
{
	struct timespec t = {0, 0};

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void *rcc_i_overlay_grow(void *v, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 16;
	void *p;

	if (n < *room)
		return v;
	if (more > PTRDIFF_MAX / size)
		return NULL;
	p = realloc(v, more * size);
	if (p)
		*room = more;
	return p;
}

struct overlay_file *rcc_i_overlay_file(rcc_overlay *o, const char *name, int add)
{
	size_t lo = 0, hi = o->n, len = strlen(name);
	struct overlay_file *f, **grown;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(o->files[mid]->name, name);

		if (!c)
			return o->files[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!add)
		return NULL;
	grown = rcc_i_overlay_grow(o->files, o->n, &o->room, sizeof *o->files);
	f = grown ? calloc(1, sizeof *f + len + 1) : NULL;
	if (grown)
		o->files = grown;
	if (!f)
		return NULL;
	memcpy(f->name, name, len + 1);
	memmove(o->files + lo + 1, o->files + lo, (o->n - lo) * sizeof *o->files);
	o->files[lo] = f;
	o->n++;
	return f;
}

char *rcc_i_overlay_join(const char *dir, const char *part)
{
	size_t n = strlen(dir), k = strlen(part) + 1;
	char *p = malloc(n + 1 + k);

	if (!p)
		return NULL;
	memcpy(p, dir, n);
	if (n)
		p[n++] = '/';
	memcpy(p + n, part, k);
	return p;
}

int rcc_i_overlay_is_whiteout(const struct overlay_file *f)
{
	const char *slash = strrchr(f->name, '/');

	return !strncmp(slash ? slash + 1 : f->name, ".wh.", 4);
}

void rcc_i_overlay_free_file(struct overlay_file *f)
{
	free(f->good);
	free(f);
}

void rcc_i_overlay_see(const rcc_overlay *o, struct overlay_file *f, const struct overlay_stamp *now)
{
	if (rcc_i_disk_same(&f->seen, now))
		return;
	f->since = o->opening && overlay_clock(CLOCK_REALTIME) - now->ctime >= OVERLAY_OLD_NS ? 0 : overlay_clock(CLOCK_MONOTONIC);
	f->seen = *now;
}

int rcc_i_overlay_is_settled(const struct overlay_file *f)
{
	return !f->since || overlay_clock(CLOCK_MONOTONIC) - f->since >= RCCI_SETTLED_NS;
}
#endif
