/* SPDX-License-Identifier: MIT */
/* The end of a run: its frames join the index under the lock, and what the limit leaves no room for goes. The second and
 * last reader of a directory beside tree.c, whose rules for links and names have no say here. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "cache_index.h"
#include "io.h"

enum { LOCK_TRIES = 1000, LOCK_WAIT_NS = 2000000, TEMP_SECONDS = 3600 };

/* The index that is to be. */
struct merge {
	struct cache *c;
	struct cache_index now;  /* what is on disk; v: what is to be there */
	struct cache_entry *v;
	size_t n;
	int pack;                /* of now.generation; -1: none yet */
	bool own;                /* it is the run's own */
};

/* A file of the directory that is looked after. */
struct kept {
	char name[CACHE_NAME];
	uint64_t size;
	struct timespec used;
};

struct swept {
	struct kept *tree;
	size_t n;
	uint64_t trees, alone; /* bytes */
};

/* Two seconds at most: a process that was stopped while it had the lock must not stop the others. */
static int lock(const struct cache *c)
{
	int fd = cache_file_open(c->dir, "lock", O_RDWR | O_CREAT);

	for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB); i++) {
		if (i == LOCK_TRIES || (errno != EWOULDBLOCK && errno != EINTR)) {
			close(fd);
			return -1;
		}
		nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_NS}, NULL);
	}
	return fd;
}

static int open_pack(const struct merge *m, int flags)
{
	char name[CACHE_NAME];

	cache_pack_name(name, m->now.generation);
	return cache_file_open(m->c->dir, name, O_RDWR | O_APPEND | flags);
}

/* Is the pack that the run has open still the one of that name? */
static bool same_pack(const struct merge *m)
{
	struct stat a, b;
	int fd = open_pack(m, 0);
	bool same = fd >= 0 && m->c->pack >= 0 && !fstat(fd, &a) && !fstat(m->c->pack, &b) && a.st_dev == b.st_dev &&
	            a.st_ino == b.st_ino;

	if (fd >= 0)
		close(fd);
	return same;
}

/* Copies a frame from one pack to another: its new place, or CACHE_NONE. */
static uint64_t carry(int from, int to, const struct cache_entry *e)
{
	char *p = e->stored < SIZE_MAX ? malloc((size_t)e->stored + 1) : NULL;
	uint64_t at = CACHE_NONE;

	if (p && io_pread(from, p, (size_t)e->stored, e->off) == (ssize_t)e->stored)
		at = cache_append(to, p, (size_t)e->stored);
	free(p);
	return at;
}

static bool is_packed(const struct cache_entry *e)
{
	return e->off < CACHE_NONE;
}

/* The run's frames lie in a pack that is the index's no longer, or never was: they are copied. */
static void salvage(struct merge *m)
{
	struct cache *c = m->c;
	size_t n = 0;

	m->own = false;
	m->pack = open_pack(m, O_CREAT);
	for (size_t i = 0; i < c->nfresh; i++) {
		struct cache_entry e = c->fresh[i];

		if (is_packed(&e) && (e.off = m->pack < 0 ? CACHE_NONE : carry(c->pack, m->pack, &e)) == CACHE_NONE)
			continue;
		c->fresh[n++] = e;
	}
	c->nfresh = n;
}

/* What is on disk, with what this run used and found anew. Both are sorted; of two with one key the new one stays, for
 * it was made because the old one was of no use. */
static void join(struct merge *m)
{
	struct cache *c = m->c;
	size_t i = 0, k = 0, b = 0;

	if (c->nfresh)
		qsort(c->fresh, c->nfresh, sizeof *c->fresh, cache_key_cmp);
	m->v = malloc((m->now.n + c->nfresh + 1) * sizeof *m->v);
	if (!m->v)
		die("out of memory");
	arena_touch(m->v, m->now.n * sizeof *m->v);
	while (i < m->now.n || k < c->nfresh) {
		int cmp = i == m->now.n ? 1 : k == c->nfresh ? -1 : cache_key_cmp(&m->now.v[i], &c->fresh[k]);
		struct cache_entry e = cmp < 0 ? m->now.v[i] : c->fresh[k];

		while (b < c->base.n && cache_key_cmp(&c->base.v[b], &e) < 0)
			b++;
		if (cmp >= 0 || (b < c->base.n && c->used[b] && !cache_key_cmp(&c->base.v[b], &e)))
			e.used = m->now.clock;
		i += cmp <= 0;
		for (k += cmp >= 0; cmp >= 0 && k < c->nfresh && !cache_key_cmp(&c->fresh[k], &e); k++)
			; /* the same contents twice in one run */
		m->v[m->n++] = e;
	}
}

/* --- the directory ------------------------------------------------------------------------------ */

static int by_number(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

/* The names of frames of their own that the index knows, as numbers, sorted. */
static uint64_t *names_alone(const struct merge *m, size_t *n)
{
	uint64_t *v = malloc((m->n + 1) * sizeof *v);

	if (!v)
		die("out of memory");
	*n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].off == CACHE_ALONE)
			v[(*n)++] = cache_key_seed(&m->v[i].key);
	qsort(v, *n, sizeof *v, by_number);
	return v;
}

static bool begins(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

/* One file: counted, or removed when nothing leads to it. */
static void look_at(struct merge *m, const char *name, const uint64_t *alone, size_t nalone, struct swept *s)
{
	char pack[CACHE_NAME];
	struct stat st;
	uint64_t number;

	if (strlen(name) >= CACHE_NAME || fstatat(m->c->dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return;
	cache_pack_name(pack, m->now.generation);
	if (begins(name, "frames-") && strcmp(name, pack) != 0) {
		unlinkat(m->c->dir, name, 0);
	} else if (begins(name, "tmp-") && st.st_mtim.tv_sec + TEMP_SECONDS < time(NULL)) {
		unlinkat(m->c->dir, name, 0);
	} else if (begins(name, "frame-")) {
		number = strtoull(name + strlen("frame-"), NULL, 16);
		if (nalone && bsearch(&number, alone, nalone, sizeof number, by_number))
			s->alone += (uint64_t)st.st_size;
		else if (st.st_mtim.tv_sec + TEMP_SECONDS < time(NULL)) /* else a run that is under way may have put it there */
			unlinkat(m->c->dir, name, 0);
	} else if (begins(name, "tree-")) {
		if (!(s->n & (s->n + 1)) && !(s->tree = realloc(s->tree, (2 * s->n + 2) * sizeof *s->tree)))
			die("out of memory");
		s->tree[s->n] = (struct kept){.size = (uint64_t)st.st_size, .used = st.st_mtim};
		strcpy(s->tree[s->n++].name, name);
		s->trees += (uint64_t)st.st_size;
	}
}

static void sweep(struct merge *m, struct swept *s)
{
	size_t nalone;
	uint64_t *alone = names_alone(m, &nalone);
	int fd = openat(m->c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *e; dir && (e = readdir(dir));)
		look_at(m, e->d_name, alone, nalone, s);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	free(alone);
}

static int by_age(const void *x, const void *y)
{
	const struct timespec *a = &((const struct kept *)x)->used, *b = &((const struct kept *)y)->used;

	return a->tv_sec != b->tv_sec ? (a->tv_sec > b->tv_sec) - (a->tv_sec < b->tv_sec)
	                              : (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

/* What runs saw may take a quarter of the room; the oldest go. */
static void limit_trees(const struct merge *m, struct swept *s)
{
	if (s->n)
		qsort(s->tree, s->n, sizeof *s->tree, by_age);
	for (size_t i = 0; i < s->n && s->trees > m->c->limit / 4; i++)
		if (!unlinkat(m->c->dir, s->tree[i].name, 0))
			s->trees -= s->tree[i].size;
}

/* --- the limit ---------------------------------------------------------------------------------- */

static int by_use(const void *x, const void *y, void *entries)
{
	const struct cache_entry *v = entries, *a = &v[*(const size_t *)x], *b = &v[*(const size_t *)y];

	return a->used != b->used ? (a->used < b->used) - (a->used > b->used) : cache_key_cmp(a, b);
}

static uint64_t room_of(const struct cache_entry *e)
{
	return sizeof *e + (e->off == CACHE_NONE ? 0 : e->stored);
}

/* Marks those to stay: the last used, as many as fit. */
static bool *choose(const struct merge *m, uint64_t room)
{
	size_t *order = malloc((m->n + 1) * sizeof *order);
	bool *stay = calloc(m->n + 1, sizeof *stay);

	if (!order || !stay)
		die("out of memory");
	for (size_t i = 0; i < m->n; i++)
		order[i] = i;
	qsort_r(order, m->n, sizeof *order, by_use, m->v);
	for (size_t i = 0; i < m->n && room_of(&m->v[order[i]]) <= room; i++) {
		stay[order[i]] = true;
		room -= room_of(&m->v[order[i]]);
	}
	free(order);
	return stay;
}

/* A new pack with those that stay. The old one is gone for all who have not opened it. Half of the room is left empty, so
 * that this is not done at every run. */
static void shrink(struct merge *m, uint64_t room)
{
	bool *stay = choose(m, room / 2);
	int from = m->own ? m->c->pack : m->pack, to;
	uint64_t old = m->now.generation;
	char name[CACHE_NAME];
	size_t n = 0;

	if (from < 0)
		from = m->pack = open_pack(m, 0);
	m->now.generation = cache_random();
	to = open_pack(m, O_CREAT | O_EXCL);
	for (size_t i = 0; i < m->n; i++) {
		struct cache_entry e = m->v[i];

		if (is_packed(&e) && stay[i] && (e.off = to < 0 ? CACHE_NONE : carry(from, to, &e)) == CACHE_NONE)
			stay[i] = false;
		if (stay[i]) {
			m->v[n++] = e;
		} else if (e.off == CACHE_ALONE) {
			cache_alone_name(name, &e.key);
			unlinkat(m->c->dir, name, 0);
		}
	}
	m->n = n;
	cache_pack_name(name, old);
	unlinkat(m->c->dir, name, 0);
	if (to >= 0)
		close(to);
	free(stay);
}

static void keep_within(struct merge *m)
{
	struct swept s = {0};
	char name[CACHE_NAME];
	struct stat st = {0};
	uint64_t room;

	sweep(m, &s);
	limit_trees(m, &s);
	cache_pack_name(name, m->now.generation);
	if (fstatat(m->c->dir, name, &st, AT_SYMLINK_NOFOLLOW))
		st.st_size = 0;
	room = m->c->limit > s.trees ? m->c->limit - s.trees : 0;
	if ((uint64_t)st.st_size + s.alone + m->n * sizeof *m->v + 128 > room)
		shrink(m, room > 128 ? room - 128 : 0);
	free(s.tree);
}

static void save(struct cache *c)
{
	struct merge m = {.c = c, .pack = -1};

	bool same = cache_index_same(&c->base, c->dir);

	if (same) /* nobody wrote one meanwhile */
		m.now = c->base;
	m.own = (same || cache_index_load(&m.now, c->dir)) && m.now.generation == c->base.generation;
	if (!m.now.n && !m.own && c->pack >= 0) {
		/* Nobody has an index: the run's own pack may become the cache's. */
		m.now.generation = c->base.generation;
		m.own = true;
	}
	if (!m.own || (c->nfresh && c->pack >= 0 && !same_pack(&m)))
		salvage(&m);
	m.now.clock++;
	join(&m);
	keep_within(&m);
	m.now.v = m.v;
	m.now.n = m.n;
	if (!cache_index_save(&m.now, c->dir))
		diag_verbose(c->d, "%s: the cache's index cannot be written: %s", c->path, strerror(errno));
	if (m.pack >= 0)
		close(m.pack);
	free(m.v);
	if (!same)
		cache_index_done(&m.now);
}

void cache_save(struct cache *c)
{
	int fd = lock(c);

	if (fd < 0) {
		diag_verbose(c->d, "%s: the cache is locked or cannot be written; nothing is remembered of this run", c->path);
		return;
	}
	save(c);
	close(fd);
}
