/* SPDX-License-Identifier: MIT */
/* See cache_tree.h. A record lists the tree's files in the order of their names, so that it is joined with the next run's
 * by going through both once. */
#include "cache_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache_file.h"
#include "jobs.h"

enum { PART = 512 }; /* files that one worker asks for at a time */

#define SECOND 1000000000
#define TICK (2 * (int64_t)SECOND)

/* Behind it: n of struct cache_seen, then the names, one behind the other. */
struct head {
	struct cache_made made;
	int64_t moment;
	uint64_t n;
};

_Static_assert(sizeof(struct cache_seen) == 72 && sizeof(struct head) == 192, "no padding: they lie on disk");

struct cache_tree {
	struct cache *c;
	const struct tree *t;
	char name[CACHE_NAME];
	int64_t moment;                 /* when this run began */
	struct cache_file file;
	struct head head;               /* of the file; n 0 when there is none */
	const struct cache_seen *old;
	const struct cache_seen **of;   /* for each asset what is known of it; NULL: nothing, or it has changed */
	struct cache_seen *now;         /* for each asset what this run saw; flags 0: nothing */
	bool same_names;
};

/* A time that does not fit is one that is not to be relied on: the far future. */
static int64_t nanoseconds(struct timespec t)
{
	int64_t ns;

	return __builtin_mul_overflow((int64_t)t.tv_sec, SECOND, &ns) || __builtin_add_overflow(ns, t.tv_nsec, &ns) ? INT64_MAX
	                                                                                                              : ns;
}

struct cache_stat cache_stat_of(const struct stat *st)
{
	return (struct cache_stat){st->st_dev, st->st_ino, (uint64_t)st->st_size, nanoseconds(st->st_mtim),
	                           nanoseconds(st->st_ctim)};
}

int64_t cache_now(void)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return nanoseconds(t);
}

bool cache_stat_settled(const struct cache_stat *st, int64_t moment)
{
	return moment > INT64_MIN + TICK && st->mtime < moment - TICK && st->ctime < moment - TICK;
}

/* Joins the record's names with the tree's. False: the names are damaged. */
static bool join(struct cache_tree *k, const char *names, size_t left)
{
	size_t i = 0, same = 0;

	for (size_t o = 0; o < k->head.n; o++) {
		struct str name = {names, k->old[o].name_len};
		int cmp = -1;

		if (name.n > left)
			return false;
		while (i < k->t->n && (cmp = str_cmp(k->t->v[i].name, name)) < 0)
			i++;
		if (i < k->t->n && !cmp) {
			k->of[i++] = &k->old[o];
			same++;
		}
		names += name.n;
		left -= name.n;
	}
	k->same_names = same == k->head.n && same == k->t->n;
	return !left;
}

static bool parse(struct cache_tree *k)
{
	const struct cache_file *f = &k->file;
	size_t rest;

	if (f->n < sizeof k->head)
		return false;
	memcpy(&k->head, f->p, sizeof k->head);
	rest = f->n - sizeof k->head;
	if (k->head.n > rest / sizeof *k->old)
		return false;
	k->old = (const struct cache_seen *)(const void *)(f->p + sizeof k->head);
	rest -= (size_t)k->head.n * sizeof *k->old;
	return join(k, (const char *)(k->old + k->head.n), rest);
}

struct cache_tree *cache_tree_load(struct cache *c, uint64_t place, const struct tree *t)
{
	struct cache_tree *k = calloc(1, sizeof *k);

	if (!k || !(k->of = calloc(t->n + 1, sizeof *k->of)))
		die("out of memory");
	k->c = c;
	k->t = t;
	k->moment = cache_now();
	snprintf(k->name, sizeof k->name, "tree-%016llx", (unsigned long long)place);
	if (cache_file_get(&k->file, cache_dir(c), k->name, CACHE_KIND_TREE) && !parse(k)) {
		memset(k->of, 0, t->n * sizeof *k->of);
		k->head = (struct head){0};
		k->same_names = false;
	}
	return k;
}

const struct cache_made *cache_tree_made(const struct cache_tree *k)
{
	return k->same_names && (k->head.made.from[0] || k->head.made.from[1]) ? &k->head.made : NULL;
}

const struct cache_seen *cache_tree_find(const struct cache_tree *k, size_t i)
{
	return k->of[i] && k->of[i]->flags & CACHE_READ ? k->of[i] : NULL;
}

/* Is the asset as it was? Not asked of one that was not read, for the plan left it out. */
static bool same_now(const struct cache_tree *k, size_t i)
{
	const struct asset *a = &k->t->v[i];
	struct cache_stat now;
	struct stat st;

	if (!(k->of[i]->flags & CACHE_READ))
		return true;
	if (fstatat(k->t->root[a->root].fd, a->name.p + a->skip, &st, 0) || !S_ISREG(st.st_mode))
		return false;
	now = cache_stat_of(&st);
	return !memcmp(&k->of[i]->st, &now, sizeof now) && cache_stat_settled(&now, k->head.moment);
}

/* A part of the tree to be asked for by one worker. */
struct part {
	struct cache_tree *k;
	size_t first, n;
	bool same;
};

static void *no_state(void *ctx)
{
	return ctx;
}

static void end_no_state(void *state)
{
	(void)state;
}

static void ask(void *state, void *job)
{
	struct part *p = job;

	(void)state;
	p->same = true;
	for (size_t i = p->first; i < p->first + p->n; i++)
		if (p->k->of[i] && !same_now(p->k, i)) {
			p->k->of[i] = NULL;
			p->same = false;
		}
}

bool cache_tree_look(struct cache_tree *k, unsigned workers)
{
	size_t n = k->t->n, parts = (n + PART - 1) / PART;
	bool same = k->same_names;
	struct part *v, *p;
	struct jobs *j;

	if (!k->head.n || !n)
		return same;
	v = calloc(parts, sizeof *v);
	if (!v)
		die("out of memory");
	j = jobs_start(parts < workers ? (unsigned)parts : workers, parts, no_state, ask, end_no_state, NULL);
	for (size_t i = 0; i < parts; i++) {
		v[i] = (struct part){k, i * PART, i + 1 < parts ? PART : n - i * PART, false};
		jobs_submit(j, &v[i]);
	}
	while ((p = jobs_next(j)))
		same = same && p->same;
	jobs_stop(j);
	free(v);
	return same;
}

void cache_tree_touch(const struct cache_tree *k)
{
	utimensat(cache_dir(k->c), k->name, NULL, AT_SYMLINK_NOFOLLOW);
}

void cache_tree_note(struct cache_tree *k, size_t i, const struct cache_seen *seen)
{
	k->now[i] = *seen;
}

void cache_tree_begin(struct cache_tree *k)
{
	k->now = calloc(k->t->n + 1, sizeof *k->now);
	if (!k->now)
		die("out of memory");
}

void cache_tree_save(struct cache_tree *k, const struct cache_made *made)
{
	struct head h = {.made = *made, .moment = k->moment, .n = k->t->n};
	struct sb names = {0};
	struct str part[3];

	for (size_t i = 0; i < k->t->n; i++) {
		k->now[i].name_len = (uint32_t)k->t->v[i].name.n;
		sb_add(&names, k->t->v[i].name.p, k->t->v[i].name.n);
	}
	part[0] = (struct str){(const char *)&h, sizeof h};
	part[1] = (struct str){(const char *)k->now, k->t->n * sizeof *k->now};
	part[2] = (struct str){names.p, names.n};
	cache_file_put(cache_dir(k->c), k->name, CACHE_KIND_TREE, part, 3); /* a fault shows as a miss */
	sb_done(&names);
}

void cache_tree_done(struct cache_tree *k)
{
	if (!k)
		return;
	cache_file_done(&k->file);
	free(k->of);
	free(k->now);
	free(k);
}
