/* SPDX-License-Identifier: MIT */
/* See cache.h, and cache_index.h for what lies in the directory. Here: a run's own frames, in and out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache_index.h"
#include "io.h"

enum { WINDOW_FRAME = CACHE_PIECE / 8 }; /* larger frames are read alone */

struct cache *cache_open(struct diag *d, const char *dir, uint64_t limit)
{
	struct cache *c;
	int fd;

	if (mkdir(dir, 0777) && errno != EEXIST) {
		diag_error(d, AT_FILE(dir), "cannot make the cache's directory:");
		return NULL;
	}
	fd = io_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 && errno != EACCES) {
		diag_error(d, AT_FILE(dir), "cannot open the cache's directory:");
		return NULL;
	}
	c = calloc(1, sizeof *c);
	if (!c)
		die("out of memory");
	*c = (struct cache){.d = d, .path = dir, .dir = fd, .pack = -1, .from = -1, .limit = limit, .alone.fd = -1};
	if (fd < 0)
		diag_verbose(d, "%s: the cache cannot be read: %s", dir, strerror(errno));
	return c;
}

int cache_dir(const struct cache *c)
{
	return c->dir;
}

void cache_load(struct cache *c)
{
	char name[CACHE_NAME];

	c->loaded = true;
	if (!cache_index_load(&c->base, c->dir) && errno != ENOENT)
		diag_verbose(c->d, "%s: the cache's index is of no use (%s); a new one is made", c->path,
		             errno ? strerror(errno) : "damaged");
	cache_pack_name(name, c->base.generation);
	if (c->base.n)
		c->pack = cache_file_open(c->dir, name, O_RDWR | O_APPEND);
	if (c->base.n && c->pack < 0)
		c->pack = cache_file_open(c->dir, name, O_RDONLY);
	c->from = c->pack;
	c->used = calloc(c->base.n + 1, 1);
	c->alone.hash = XXH3_createState();
	if (!c->used || !c->alone.hash)
		die("out of memory");
}

/* --- out ---------------------------------------------------------------------------------------- */

const struct cache_entry *cache_find(struct cache *c, const struct cache_key *key)
{
	const struct cache_entry *e = cache_index_find(&c->base, key);

	if (e)
		__atomic_store_n(&c->used[e - c->base.v], 1, __ATOMIC_RELAXED);
	return e;
}

/* Does the frame follow what was read last so closely that it and what comes behind are to be read together? */
static bool follows(const struct cache_window *w, const struct cache_entry *e)
{
	return e->stored <= WINDOW_FRAME && e->off >= w->next && e->off - w->next <= CACHE_PIECE / 2;
}

static bool is_within(const struct cache_window *w, const struct cache_entry *e)
{
	return e->off >= w->off && e->off - w->off <= w->n && e->stored <= w->n - (e->off - w->off);
}

/* A frame of the pack, unchecked. Each thread goes through the pack as the plan goes through the files. */
static bool from_pack(const struct cache *c, struct cache_window *w, const struct cache_entry *e, void *buf)
{
	ssize_t got;

	if (w && !is_within(w, e) && follows(w, e)) {
		if (!w->p && !(w->p = malloc(CACHE_PIECE)))
			die("out of memory");
		got = io_pread(c->from, w->p, CACHE_PIECE, e->off);
		w->off = e->off;
		w->n = got < 0 ? 0 : (size_t)got;
	}
	if (w)
		w->next = e->off + e->stored;
	if (w && is_within(w, e)) {
		memcpy(buf, w->p + (e->off - w->off), (size_t)e->stored);
		return true;
	}
	return io_pread(c->from, buf, (size_t)e->stored, e->off) == (ssize_t)e->stored;
}

static bool from_alone(const struct cache *c, const struct cache_entry *e, void *buf)
{
	char name[CACHE_NAME];
	bool ok;
	int fd;

	cache_alone_name(name, &e->key);
	fd = cache_file_open(c->dir, name, O_RDONLY);
	ok = fd >= 0 && io_pread(fd, buf, (size_t)e->stored, 0) == (ssize_t)e->stored;
	if (fd >= 0)
		close(fd);
	return ok;
}

bool cache_fetch(struct cache *c, struct cache_window *w, const struct cache_entry *e, void *buf)
{
	bool ok = false;

	if (e->off == CACHE_ALONE)
		ok = from_alone(c, e, buf);
	else if (e->off != CACHE_NONE && c->from >= 0)
		ok = from_pack(c, w, e, buf);
	return ok && XXH3_64bits_withSeed(buf, (size_t)e->stored, cache_key_seed(&e->key)) == e->check;
}

/* The pieces of fd at off to sink, where that is not NULL. CACHE_MISS: it is not the frame that was put. */
static enum cache_streamed pieces(int fd, const struct cache_entry *e, bool (*sink)(void *ctx, const void *p, size_t n),
                                  void *ctx)
{
	char *piece = malloc(CACHE_PIECE);
	XXH3_state_t *hash = XXH3_createState();
	enum cache_streamed r = CACHE_STREAMED;
	uint64_t at = e->off == CACHE_ALONE ? 0 : e->off;

	if (!piece || !hash)
		die("out of memory");
	XXH3_64bits_reset_withSeed(hash, cache_key_seed(&e->key));
	for (uint64_t left = e->stored; left && r == CACHE_STREAMED;) {
		size_t n = left < CACHE_PIECE ? (size_t)left : CACHE_PIECE;

		if (io_pread(fd, piece, n, at) != (ssize_t)n) {
			r = CACHE_MISS;
			break;
		}
		XXH3_64bits_update(hash, piece, n);
		if (sink && !sink(ctx, piece, n))
			r = CACHE_STOPPED;
		at += n;
		left -= n;
	}
	if (r == CACHE_STREAMED && XXH3_64bits_digest(hash) != e->check)
		r = CACHE_MISS;
	XXH3_freeState(hash);
	free(piece);
	return r;
}

enum cache_streamed cache_stream(struct cache *c, const struct cache_entry *e,
                                 bool (*sink)(void *ctx, const void *p, size_t n), void *ctx)
{
	char name[CACHE_NAME];
	int fd = c->from;
	enum cache_streamed r = CACHE_MISS;

	if (e->off == CACHE_NONE)
		return CACHE_MISS;
	if (e->off == CACHE_ALONE) {
		cache_alone_name(name, &e->key);
		fd = cache_file_open(c->dir, name, O_RDONLY);
	}
	if (fd >= 0 && pieces(fd, e, NULL, NULL) == CACHE_STREAMED) {
		r = pieces(fd, e, sink, ctx);
		r = r == CACHE_MISS ? CACHE_CHANGED : r;
	}
	if (e->off == CACHE_ALONE && fd >= 0)
		close(fd);
	return r;
}

/* --- in ----------------------------------------------------------------------------------------- */

uint64_t cache_append(int fd, const void *p, size_t n)
{
	off_t end;

	/* In one write, or other processes' frames may come between. */
	if (write(fd, p, n) != (ssize_t)n)
		return CACHE_NONE;
	end = lseek(fd, 0, SEEK_CUR);
	return end < (off_t)n ? CACHE_NONE : (uint64_t)end - n;
}

/* Nothing more is taken; what waits is lost. */
static void give_up(struct cache *c, const char *why)
{
	if (!c->closed)
		diag_verbose(c->d, "%s: the cache takes no more: %s", c->path, why);
	c->closed = true;
	c->nfresh -= c->waiting;
	c->waiting = 0;
	c->held.n = 0;
}

void cache_flush(struct cache *c)
{
	char name[CACHE_NAME];
	uint64_t at;

	if (!c->held.n)
		return;
	if (c->pack < 0) {
		cache_pack_name(name, c->base.generation);
		c->pack = cache_file_open(c->dir, name, O_RDWR | O_APPEND | O_CREAT);
	}
	at = c->pack < 0 ? CACHE_NONE : cache_append(c->pack, c->held.p, c->held.n);
	if (at == CACHE_NONE) {
		give_up(c, strerror(errno));
		return;
	}
	for (size_t i = c->nfresh - c->waiting; i < c->nfresh; i++)
		if (c->fresh[i].off < CACHE_NONE)
			c->fresh[i].off += at;
	c->waiting = 0;
	c->held.n = 0;
}

static void add_entry(struct cache *c, const struct cache_entry *e)
{
	if (c->nfresh == c->room) {
		c->room = c->room ? 2 * c->room : 256;
		c->fresh = realloc(c->fresh, c->room * sizeof *c->fresh);
		if (!c->fresh)
			die("out of memory");
	}
	c->fresh[c->nfresh++] = *e;
	c->waiting++;
}

void cache_add(struct cache *c, const struct cache_key *key, const void *frame, uint64_t stored)
{
	struct cache_entry e = {.key = *key, .off = frame ? c->held.n : CACHE_NONE, .stored = stored};

	if (frame && c->added + stored > c->limit)
		give_up(c, "what is new is more than --cache-size");
	if (c->closed)
		return;
	if (frame) {
		e.check = XXH3_64bits_withSeed(frame, (size_t)stored, cache_key_seed(key));
		sb_add(&c->held, frame, (size_t)stored);
		c->added += stored;
	}
	add_entry(c, &e);
	if (c->held.n >= CACHE_HELD)
		cache_flush(c);
}

void cache_begin(struct cache *c, const struct cache_key *key)
{
	c->alone.e = (struct cache_entry){.key = *key, .off = CACHE_ALONE};
	XXH3_64bits_reset_withSeed(c->alone.hash, cache_key_seed(key));
	c->alone.fd = c->closed ? -1 : cache_file_temp(c->dir, c->alone.temp);
}

static void drop_alone(struct cache *c)
{
	if (c->alone.fd < 0)
		return;
	close(c->alone.fd);
	unlinkat(c->dir, c->alone.temp, 0);
	c->alone.fd = -1;
}

void cache_put(struct cache *c, const void *p, size_t n)
{
	c->alone.e.stored += n;
	if (c->alone.fd < 0)
		return;
	XXH3_64bits_update(c->alone.hash, p, n);
	if (c->added + c->alone.e.stored > c->limit || io_write(c->alone.fd, p, n))
		drop_alone(c);
}

void cache_end(struct cache *c, bool keep)
{
	char name[CACHE_NAME];

	if (!keep || c->alone.fd < 0) {
		drop_alone(c);
		return;
	}
	cache_alone_name(name, &c->alone.e.key);
	if (renameat(c->dir, c->alone.temp, c->dir, name)) {
		drop_alone(c);
		return;
	}
	close(c->alone.fd);
	c->alone.fd = -1;
	c->alone.e.check = XXH3_64bits_digest(c->alone.hash);
	c->added += c->alone.e.stored;
	add_entry(c, &c->alone.e);
}

void cache_close(struct cache *c)
{
	if (!c)
		return;
	drop_alone(c);
	if (c->loaded) {
		cache_flush(c);
		c->waiting = 0;
		if (c->dir >= 0)
			cache_save(c);
		cache_index_done(&c->base);
		XXH3_freeState(c->alone.hash);
	}
	if (c->pack >= 0)
		close(c->pack);
	if (c->dir >= 0)
		close(c->dir);
	free(c->used);
	free(c->fresh);
	sb_done(&c->held);
	free(c);
}
