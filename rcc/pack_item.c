/* SPDX-License-Identifier: MIT */
/* See pack_item.h. The workers' part of pack. */
#include "pack_item.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../runtime-stub/core/core.h"
#include "filter.h"
#include "io.h"

/* O_NONBLOCK: a FIFO that took a file's place since the walk must not hang. */
int pack_item_open(const struct tree *t, const struct item *it)
{
	const struct asset *a = it->asset;

	return io_openat(t->root[a->root].fd, a->name.p + a->skip, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
}

bool pack_item_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

char *pack_item_room(struct sb *b, size_t n)
{
	if (n >= SIZE_MAX / 4 - b->n)
		die("out of memory");
	if (b->cap < b->n + n) {
		b->cap = b->n + n + (b->n + n) / 8;
		b->p = realloc(b->p, b->cap);
		if (!b->p)
			die("out of memory");
	}
	return b->p + b->n;
}

/* The whole file appended to b; one byte more is asked for, to see a file that grew. */
static enum pack_fault read_whole(int fd, const struct stat *before, struct sb *b)
{
	size_t size = (size_t)before->st_size;
	ssize_t got = io_read(fd, pack_item_room(b, size + 1), size + 1);
	struct stat after;

	if (got < 0 || fstat(fd, &after))
		return PACK_READ;
	if ((size_t)got != size || !pack_item_same(before, &after))
		return PACK_CHANGED;
	b->n += size;
	return PACK_FINE;
}

/* The item's frame in s->bytes, its size returned: the cache's, or made. 0: it is known not to gain. */
static size_t frame_of(struct pack_state *s, const struct item *it, const char *p, size_t n, const struct pack_cache *c,
                       struct pack_result *r)
{
	bool cached = c->frames && n <= PACK_HELD_ENCODE; /* larger ones are streamed into other frames, but for a filter's */
	const struct cache_entry *e = NULL;

	if (cached) {
		rcc_i_hash128(p, n, r->seen.hash);
		r->seen.flags |= CACHE_HASHED;
		e = pack_cache_find(c, it, r->seen.hash);
	}
	if (e && !codec_gains(n, e->stored, it->codec == PLAN_ZSTD))
		return 0;
	pack_item_room(&s->bytes, codec_bound(n));
	if (e && cache_fetch(c->frames, e, s->bytes.p))
		return (size_t)e->stored;
	n = codec_frame(s->codec, it->level, p, n, s->bytes.p);
	r->frame = cached ? n : 0;
	return n;
}

/* The contents, in b from `from` on, become what shall be stored, in the same place. */
static void store(struct pack_state *s, struct item *it, struct sb *b, const struct pack_cache *c, struct pack_result *r)
{
	size_t from = r->at, n = b->n - from, frame;
	const char *p = n ? b->p + from : "";

	it->size = it->stored = n;
	it->hash = r->seen.hash64 = rcc_i_hash64(p, n);
	it->stored_codec = RCC_CODEC_STORE;
	if (it->codec == PLAN_STORE || !n)
		return;
	frame = frame_of(s, it, p, n, c, r);
	if (!frame || !codec_gains(n, frame, it->codec == PLAN_ZSTD))
		return;
	it->stored_codec = RCC_CODEC_ZSTD;
	it->stored = frame;
	memcpy(b->p + from, s->bytes.p, frame);
	b->n = from + frame;
}

/* Can the item do without being read? PACK_LARGE: it will be asked again in its turn. PACK_CACHE: no. */
static enum pack_fault recall(const struct pack_cache *c, struct item *it, struct sb *b, struct pack_result *r)
{
	const struct cache_entry *e;
	const struct cache_seen *seen;

	if (!c->frames || it->codec == PLAN_STORE || it->run.p || !(seen = pack_cache_known(c, it)))
		return PACK_CACHE;
	e = pack_cache_find(c, it, seen->hash);
	if (!e || !codec_gains(seen->st.size, e->stored, it->codec == PLAN_ZSTD))
		return PACK_CACHE;
	if (seen->st.size > PACK_HELD_ENCODE)
		return PACK_LARGE;
	if (!cache_fetch(c->frames, e, pack_item_room(b, (size_t)e->stored)))
		return PACK_CACHE;
	b->n += (size_t)e->stored;
	pack_cache_take(it, seen, e);
	r->seen = *seen;
	return PACK_FINE;
}

static enum pack_fault filter(const struct item *it, int fd, struct sb *b, struct pack_result *r)
{
	char words[FILTER_WORDS];

	if (filter_run(it->run, fd, b, words))
		return PACK_FINE;
	r->words = strdup(words);
	return PACK_FILTER;
}

static enum pack_fault read_item(const struct pack_cache *c, struct item *it, struct sb *b, struct pack_result *r)
{
	int fd = pack_item_open(c->tree, it);
	enum pack_fault fault;
	struct stat st;

	if (fd < 0) {
		r->error = errno;
		return PACK_OPEN;
	}
	if (fstat(fd, &st))
		fault = PACK_READ;
	else if (!S_ISREG(st.st_mode))
		fault = PACK_KIND;
	else if (it->run.p)
		fault = filter(it, fd, b, r);
	else if (st.st_size > (it->codec == PLAN_STORE ? PACK_HELD_STORE : PACK_HELD_ENCODE))
		fault = PACK_LARGE;
	else
		fault = read_whole(fd, &st, b);
	r->error = errno;
	close(fd);
	if (fault == PACK_FINE && !it->run.p)
		r->seen = (struct cache_seen){.st = cache_stat_of(&st), .flags = CACHE_READ};
	return fault;
}

enum pack_fault pack_item(struct pack_state *s, const struct pack_cache *c, struct item *it, struct sb *b,
                          struct pack_result *r)
{
	enum pack_fault fault;

	r->at = b->n;
	fault = recall(c, it, b, r);
	if (fault == PACK_CACHE) {
		fault = read_item(c, it, b, r);
		if (fault == PACK_FINE)
			store(s, it, b, c, r);
	}
	if (fault == PACK_FINE && c->frames && !it->run.p)
		pack_cache_note(c, it, &r->seen);
	return fault;
}

