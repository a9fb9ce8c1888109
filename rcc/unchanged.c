/* SPDX-License-Identifier: MIT */
/* See unchanged.h. */
#include "unchanged.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "../runtime-stub/core/core.h"
#include "codec.h"
#include "encode.h"

enum { TICK_TRIES = 20, TICK_WAIT_NS = 1000000 };

static void say(struct sb *b, const void *p, size_t n)
{
	uint64_t len = n;

	sb_add(b, &len, sizeof len);
	if (n)
		sb_add(b, p, n);
}

static void say_str(struct sb *b, struct str s)
{
	say(b, s.p, s.n);
}

/* A new rcc may make other outputs, also one under development that has the old version. */
static void say_rcc(struct sb *b)
{
	uint32_t codec = codec_version();
	uint64_t encode = encode_version();
	struct cache_stat self;
	struct stat st;

	say_str(b, STR(RCC_VERSION));
	say(b, &codec, sizeof codec);
	say(b, &encode, sizeof encode);
	if (stat("/proc/self/exe", &st))
		return;
	self = cache_stat_of(&st);
	say(b, &self, sizeof self);
}

static void say_like(struct sb *b, const struct like *l)
{
	say_str(b, str_of(l->target.name));
	say(b, &l->target.flags, sizeof l->target.flags);
	say(b, &l->osabi, sizeof l->osabi);
	say(b, &l->abi_version, sizeof l->abi_version);
	for (size_t i = 0; i < l->n; i++) {
		const struct like_section *s = &l->section[i];
		uint64_t v[] = {s->type, s->flags, s->align, s->entsize};

		say_str(b, str_of(s->name));
		say(b, v, sizeof v);
		say(b, s->p, s->n);
	}
}

/* Where the run reads and writes. */
static void say_places(struct sb *b, const struct unchanged_from *f)
{
	char *cwd = getcwd(NULL, 0);

	say_str(b, str_of(cwd ? cwd : ""));
	free(cwd);
	for (size_t i = 0; i < f->tree->nroots; i++) {
		say_str(b, str_of(f->tree->root[i].path));
		say_str(b, f->tree->root[i].prefix);
	}
	for (size_t i = 0; i < f->n; i++)
		say_str(b, str_of(f->path[i] ? f->path[i] : ""));
}

/* Everything but the files. */
static void say_all(struct sb *b, const struct unchanged_from *f, bool quiet)
{
	say_rcc(b);
	say(b, &quiet, sizeof quiet); /* whose warnings nobody misses: see unchanged_remember */
	say_places(b, f);
	say(b, f->o->said.p, f->o->said.n);
	say_str(b, f->o->name);
	for (size_t i = 0; i < f->ntexts; i++)
		say_str(b, f->text[i]);
	if (f->o->like)
		say_like(b, f->like);
	for (size_t i = 0; i < f->tree->nroots; i++) {
		struct stat st = {0};
		uint64_t v[2];

		fstat(f->tree->root[i].fd, &st);
		v[0] = st.st_dev;
		v[1] = st.st_ino;
		say(b, v, sizeof v);
	}
	for (size_t i = 0; i < f->tree->ndirs; i++)
		say_str(b, f->tree->dir[i]);
}

/* Is the output at path the file that was made? */
static bool same_output(const char *path, const struct cache_stat *made)
{
	struct cache_stat now;
	struct stat st;

	if (!path)
		return !made->ino;
	if (!made->ino || stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	now = cache_stat_of(&st);
	return !memcmp(&now, made, sizeof now);
}

bool unchanged_open(struct unchanged *u, struct diag *d, const struct compile_options *o)
{
	u->d = d;
	u->cache = cache_open(d, o->cache, o->cache_size);
	return u->cache;
}

bool unchanged_look(struct unchanged *u, const struct unchanged_from *f)
{
	const struct cache_made *made;
	XXH128_hash_t from;
	struct sb b = {0};
	bool same;

	say_places(&b, f);
	u->seen = cache_tree_load(u->cache, XXH3_64bits(b.p, b.n), f->tree);
	b.n = 0;
	say_all(&b, f, u->d && u->d->verbose < 0);
	from = XXH3_128bits(b.p, b.n);
	sb_done(&b);
	u->made = (struct cache_made){.from = {from.low64, from.high64 | 1}}; /* never zeros */
	made = cache_tree_made(u->seen);
	same = made && made->from[0] == u->made.from[0] && made->from[1] == u->made.from[1];
	for (size_t i = 0; same && i < CACHE_OUTPUTS; i++)
		same = same_output(i < f->n ? f->path[i] : NULL, &made->out[i]);
	if (!cache_tree_look(u->seen, f->o->workers) || !same) {
		cache_tree_begin(u->seen);
		cache_load(u->cache);
		return false;
	}
	cache_tree_touch(u->seen);
	diag_verbose(u->d, "%s: nothing has changed since it was made", f->o->output);
	return true;
}

void unchanged_made(struct unchanged *u, size_t i, int fd)
{
	struct stat st;

	if (u->seen && !fstat(fd, &st))
		u->made.out[i] = cache_stat_of(&st);
}

/* Waits until a change of the file would show in its times: some milliseconds, for it was written just now. Where times
 * are whole seconds it is not waited for. */
static bool settle(const struct cache_stat *st)
{
	for (int i = 0; i < TICK_TRIES && st->ctime % 1000000000; i++) {
		int64_t now = cache_now();

		if (now > st->ctime && now > st->mtime)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = TICK_WAIT_NS}, NULL);
	}
	return false;
}

static bool look(const char *path, struct cache_stat *now)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	*now = cache_stat_of(&st);
	return true;
}

/* Is what lies at path what the run put there, whose values were *made before that changed its ctime, or what it left
 * there, for it had the same bytes? And not what another run put there meanwhile. *made: as it is now. */
static bool took_place(const char *path, const struct stat *old, struct cache_stat *made)
{
	struct cache_stat now, then, before = cache_stat_of(old);

	if (!look(path, &then) || !settle(&then) || !look(path, &now) || memcmp(&now, &then, sizeof now) != 0)
		return false;
	made->ctime = now.ctime;
	if (memcmp(&now, made, sizeof now) != 0 && (!old->st_nlink || memcmp(&now, &before, sizeof now) != 0))
		return false;
	*made = now;
	return true;
}

/* What a command made of a file may depend on anything. */
static bool runs_commands(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].how->run.p)
			return true;
	return false;
}

void unchanged_remember(struct unchanged *u, const struct unchanged_from *f, const struct plan *p)
{
	bool sure = !u->d || !u->d->warnings || u->d->verbose < 0; /* what was warned of must be said again */

	if (!u->seen)
		return;
	sure = sure && !runs_commands(p);
	for (size_t i = 0; sure && i < f->n; i++)
		sure = !f->path[i] || took_place(f->path[i], &f->old[i], &u->made.out[i]);
	if (!sure)
		u->made = (struct cache_made){0};
	cache_tree_save(u->seen, &u->made);
}

void unchanged_done(struct unchanged *u)
{
	cache_tree_done(u->seen);
	cache_close(u->cache);
	*u = (struct unchanged){0};
}
