/* SPDX-License-Identifier: MIT */
/* See pack_item.h. The workers' part of pack. */
#include "pack_item.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../runtime-stub/core/core.h"
#include "encode.h"
#include "fetch.h"
#include "filter.h"
#include "io.h"
#include "xxh3.h"

enum { PIECE = 256 << 10 }; /* which is hashed while the processor's cache has it */

int pack_item_open(const struct tree *t, const struct item *it)
{
	const struct asset *a = it->asset;

	return io_openat(t->root[a->root].fd, a->name.p + a->skip, PACK_OPEN_FLAGS, 0);
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

void pack_state_done(struct pack_state *s)
{
	for (int codec = 0; codec < PACK_CODECS; codec++)
		sb_done(&s->frame[codec]);
	codec_free(s->codec);
	fetcher_free(s->fetcher);
	sb_done(&s->contents);
	sb_done(&s->bytes);
	XXH3_freeState(s->hash);
	free(s->window.p);
}

/* The n bytes of fd to p by one call in most cases; how many came, or -1 with errno. One more is asked for, to see a file that
 * grew; where just that is missing, the file has ended, and nothing is asked again. */
static ssize_t read_at_once(int fd, char *p, size_t n)
{
	ssize_t got = read(fd, p, n + 1), more = 0;

	if (got < 0 ? errno == EINTR : got && (size_t)got < n) {
		got = got < 0 ? 0 : got;
		more = io_read(fd, p + got, n + 1 - (size_t)got);
	}
	return got < 0 || more < 0 ? -1 : got + more;
}

/* The same by pieces, hashed as they come. */
static ssize_t read_pieces(struct pack_state *s, int fd, char *p, size_t n, uint64_t *hash)
{
	size_t done = 0;
	ssize_t got;

	if (!s->hash && !(s->hash = XXH3_createState()))
		die("out of memory");
	XXH3_64bits_reset(s->hash);
	do {
		got = io_read(fd, p + done, n - done < PIECE ? n - done : PIECE);
		if (got < 0)
			return -1;
		XXH3_64bits_update(s->hash, p + done, (size_t)got);
		done += (size_t)got;
	} while (got && done < n);
	if (done == n)
		got = io_read(fd, p + done, 1);
	*hash = XXH3_64bits_digest(s->hash);
	return got < 0 ? -1 : (ssize_t)done + (done == n ? got : 0);
}

/* The whole file appended to b; r->hashed: its hash is r->seen.hash64. */
static enum pack_fault read_whole(struct pack_state *s, int fd, const struct stat *before, struct sb *b, struct pack_result *r)
{
	size_t size = (size_t)before->st_size;
	char *p = pack_item_room(b, size + 1);
	struct stat after;
	ssize_t got;

	r->hashed = size > PIECE;
	got = r->hashed ? read_pieces(s, fd, p, size, &r->seen.hash64) : read_at_once(fd, p, size);
	if (got < 0 || fstat(fd, &after))
		return PACK_READ;
	if ((size_t)got != size || !pack_item_same(before, &after))
		return PACK_CHANGED;
	b->n += size;
	return PACK_FINE;
}

static bool add_bytes(void *bytes, const void *p, size_t n)
{
	struct sb *b = bytes;

	memcpy(pack_item_room(b, n), p, n);
	b->n += n;
	return true;
}

/* Makes the frame by one codec. Its size. */
static size_t make_frame(struct pack_state *s, const struct item *it, const struct dict *dict, int codec, const char *p,
                         size_t n)
{
	struct sb *out = &s->frame[codec];

	out->n = 0;
	if (codec == RCC_CODEC_ZSTD_CHUNKS) {
		codec_begin_chunks(s->codec, it->how->level, n, it->how->chunk);
		codec_put(s->codec, p, n, true, add_bytes, out);
		return out->n;
	}
	pack_item_room(out, codec_bound(n));
	return codec == RCC_CODEC_ZSTD ? codec_frame(s->codec, it->how->level, p, n, out->p)
	                               : codec_frame_dict(s->codec, dict->ready, it->how->level, p, n, out->p);
}

/* The frame that an entry of the cache speaks of, whole in s->frame. Its size. 0: the cache has it no longer, or never had
 * more than its size. */
static size_t fetch_frame(struct pack_state *s, const struct pack_cache *c, int codec, const struct cache_entry *e)
{
	struct sb *out = &s->frame[codec];

	out->n = 0;
	return cache_fetch(c->frames, &s->window, e, pack_item_room(out, (size_t)e->stored)) ? (size_t)e->stored : 0;
}

/* Where the item's contents are read to: what is not compressed, to where it is stored. */
static struct sb *contents_of(struct pack_state *s, const struct item *it, struct sb *b)
{
	return it->how->codec == PLAN_STORE ? b : &s->contents;
}

/* The n bytes at p in s->contents become what shall be stored, in b. */
static void encode(struct pack_state *s, struct item *it, const char *p, size_t n, struct sb *b, const struct pack_cache *c,
                   struct pack_result *r)
{
	bool cached = c->frames && n <= PACK_HELD_ENCODE; /* larger ones are streamed into other frames, but for a filter's */
	const struct cache_entry *e[PACK_CODECS] = {NULL};
	uint64_t size[PACK_CODECS] = {0};
	int k;

	if (cached) {
		rcc_i_hash128(p, n, r->seen.hash);
		r->seen.flags |= CACHE_HASHED;
	}
	for (int codec = 0; codec < PACK_CODECS; codec++) {
		if (!pack_codec_tries(it, c->dict, n, codec))
			continue;
		e[codec] = cached ? pack_cache_find(c, it, codec, r->seen.hash) : NULL;
		size[codec] = e[codec] ? e[codec]->stored : make_frame(s, it, c->dict, codec, p, n);
		r->made[codec] = cached && !e[codec] ? size[codec] : 0;
	}
	it->stored_codec = pack_codec_pick(it, n, size);
	k = it->stored_codec;
	if (k != RCC_CODEC_STORE) {
		if (e[k] && !fetch_frame(s, c, k, e[k]))
			r->made[k] = size[k] = make_frame(s, it, c->dict, k, p, n);
		p = s->frame[k].p;
		it->stored = size[k];
	}
	r->at = b->n;
	add_bytes(b, p, (size_t)it->stored);
}

/* The n bytes of contents at r->at, where contents_of says, become what shall be stored at r->at in b. */
static void store(struct pack_state *s, struct item *it, struct sb *b, size_t n, const struct pack_cache *c,
                  struct pack_result *r)
{
	const char *p = n ? contents_of(s, it, b)->p + r->at : "";

	it->size = it->stored = n;
	if (!r->hashed)
		r->seen.hash64 = XXH3_64bits(p, n);
	it->hash = r->seen.hash64;
	it->stored_codec = RCC_CODEC_STORE;
	if (it->how->codec != PLAN_STORE && n)
		encode(s, it, p, n, b, c, r);
}

/* Too large to be held; its place depends on how large it seems to be. */
static enum pack_fault leave_large(struct item *it, uint64_t size)
{
	it->size = size;
	return PACK_LARGE;
}

/* Can the item do without being read? PACK_LARGE: it will be asked again in its turn. PACK_CACHE: no. */
static enum pack_fault recall(struct pack_state *s, const struct pack_cache *c, struct item *it, struct sb *b,
                              struct pack_result *r)
{
	const struct cache_seen *seen;
	const struct cache_entry *e;
	int codec;

	if (!c->frames || it->how->codec == PLAN_STORE || it->how->run.p || !(seen = pack_cache_known(c, it)) ||
	    !pack_cache_pick(c, it, seen, &codec, &e) || !e)
		return PACK_CACHE;
	if (seen->st.size > PACK_HELD_ENCODE)
		return leave_large(it, seen->st.size);
	if (!cache_fetch(c->frames, &s->window, e, pack_item_room(b, (size_t)e->stored)))
		return PACK_CACHE;
	b->n += (size_t)e->stored;
	pack_cache_take(it, seen, codec, e);
	r->seen = *seen;
	return PACK_FINE;
}

static enum pack_fault filter(const struct item *it, int fd, struct sb *b, struct pack_result *r)
{
	char words[FILTER_WORDS];

	if (filter_run(it->how->run, fd, b, words))
		return PACK_FINE;
	r->words = strdup(words);
	return PACK_FILTER;
}

static size_t most_held(const struct item *it)
{
	return it->how->codec == PLAN_STORE ? PACK_HELD_STORE : PACK_HELD_ENCODE;
}

/* The item's contents, appended to b. */
static enum pack_fault read_item(struct pack_state *s, const struct pack_cache *c, struct item *it, struct sb *b,
                                 struct pack_result *r)
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
	else if (it->how->run.p)
		fault = filter(it, fd, b, r);
	else if ((uint64_t)st.st_size > most_held(it))
		fault = leave_large(it, (uint64_t)st.st_size);
	else
		fault = read_whole(s, fd, &st, b, r);
	r->error = errno;
	close(fd);
	if (fault == PACK_FINE && !it->how->run.p) {
		r->seen.st = cache_stat_of(&st);
		r->seen.flags = CACHE_READ;
	}
	return fault;
}

/* An encoding that was made before. */
static enum pack_fault take_encoded(struct item *it, struct sb *b)
{
	const struct encoded *made = it->how->encoded;

	add_bytes(b, made->p, made->n);
	it->size = it->stored = made->n;
	it->hash = XXH3_64bits(made->p, made->n);
	it->stored_codec = RCC_CODEC_STORE;
	return PACK_FINE;
}

/* Nothing but its file's contents will do. */
static bool is_read(const struct pack_cache *c, const struct item *it)
{
	return !it->how->encoded && !it->how->run.p && (it->how->codec == PLAN_STORE || !c->frames);
}

/* Those of n items that are stored, or those that are not. */
static void fetch_items(struct pack_state *s, const struct pack_cache *c, const struct plan *p, size_t first, size_t n, bool stored,
                        struct sb *to, struct pack_result *r)
{
	struct fetch file[FETCH_MAX];
	size_t of[FETCH_MAX];

	for (size_t i = 0; i < n;) {
		size_t k = 0;

		for (; i < n && k < FETCH_MAX; i++) {
			const struct item *it = &p->v[p->order[first + i]];
			const struct asset *a = it->asset;

			if (!is_read(c, it) || (it->how->codec == PLAN_STORE) != stored)
				continue;
			file[k] = (struct fetch){.dirfd = c->tree->root[a->root].fd, .path = a->name.p + a->skip,
			                         .most = stored ? PACK_HELD_STORE : PIECE};
			of[k++] = i;
		}
		if (!k)
			break;
		fetch_all(s->fetcher, file, k, to);
		while (k--)
			if (file[k].done) {
				r[of[k]].ahead = true;
				r[of[k]].at = file[k].at;
				r[of[k]].seen = (struct cache_seen){.st = cache_stat_of(&file[k].st), .flags = CACHE_READ};
			}
	}
}

void pack_items_ahead(struct pack_state *s, const struct pack_cache *c, const struct plan *p, size_t first, size_t n,
                      struct sb *b, struct pack_result *r)
{
	if (!s->fetcher)
		return;
	fetch_items(s, c, p, first, n, true, b, r);
	fetch_items(s, c, p, first, n, false, &s->contents, r);
}

/* The item's contents, and what becomes of them, in b. */
static enum pack_fault read_and_store(struct pack_state *s, const struct pack_cache *c, struct item *it, struct sb *b,
                                      struct pack_result *r)
{
	struct sb *to = contents_of(s, it, b);
	size_t before = to->n;
	enum pack_fault fault;

	r->at = before;
	fault = read_item(s, c, it, to, r);
	if (fault == PACK_FINE)
		store(s, it, b, to->n - before, c, r);
	if (to != b)
		to->n = before;
	return fault;
}

enum pack_fault pack_item(struct pack_state *s, const struct pack_cache *c, struct item *it, struct sb *b,
                          struct pack_result *r)
{
	enum pack_fault fault = PACK_FINE;

	if (r->ahead) {
		store(s, it, b, (size_t)r->seen.st.size, c, r);
	} else {
		r->at = b->n;
		if (it->how->encoded)
			return take_encoded(it, b);
		fault = recall(s, c, it, b, r);
		if (fault == PACK_CACHE)
			fault = read_and_store(s, c, it, b, r);
	}
	if (fault == PACK_FINE && c->frames && !it->how->run.p)
		pack_cache_note(c, it, &r->seen);
	return fault;
}
