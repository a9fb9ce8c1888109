/* SPDX-License-Identifier: MIT */
/* See pack.h. Small files go to the workers in batches; large ones are streamed by the caller when their turn has
 * come, so that memory is bounded by the workers and not by the tree. */
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../runtime-stub/core/core.h"
#include "fetch.h"
#include "io.h"
#include "jobs.h"
#include "pack_cache.h"
#include "pack_item.h"
#include "xxh3.h"

enum {
	BATCH = 128,             /* files a job at most */
	BATCH_BYTES = 256 << 10, /* of files that are compressed so many bytes: then the work is worth being shared out */
	READ_WEIGHT = 8 << 10,   /* what one counts that is only read, for it may be large: 32 of them are a job */
	MANY = 512,              /* files: fewer are not worth an io_uring's beginning */
	PIECE = 256 << 10,      /* of a streamed file */
	AHEAD = 2,              /* batches under way beside one a worker */
	HEAVY = 1 << 20,        /* the weight of a batch that takes its worker long; so that the others need not wait for it, there */
	AHEAD_HEAVY = 64,       /* are so many under way while it is, */
	AHEAD_BYTES = 16 << 20, /* of such a weight for each worker */
	KEPT = 1 << 20,         /* a batch's buffer that grew beyond it is given back, as are all of more batches than usual */
	FAULTS_TOLD = 20        /* in a row, before giving up */
};

struct batch {
	struct pack *k;
	struct batch *below;   /* of those that are free */
	size_t first, n, next; /* places in the plan's data order; next: to be handed out */
	uint64_t weight;
	struct pack_result result[BATCH];
	struct sb bytes;
};

struct pack {
	struct diag *d;
	struct plan *plan;
	const struct tree *tree;
	struct pack_cache cache;
	unsigned workers;
	struct jobs *jobs;
	struct batch *batch, *free; /* all; of those with nothing to do the one whose buffer was used last */
	size_t nbatches;
	size_t planned;             /* items in the batches submitted */
	size_t under_way, heavy;    /* batches that were not handed out whole yet; those of them that are HEAVY */
	uint64_t weight;            /* of all of them */
	struct batch *now;
	struct pack_state self;     /* the caller's own, for large files */
	struct arena paths;         /* for messages */
};

static const char *path_of(struct pack *k, const struct item *it)
{
	return tree_path(k->tree, &k->paths, it->asset);
}

static void *begin(void *ctx)
{
	const struct pack *k = ctx;
	struct pack_state *s = calloc(1, sizeof *s);

	if (!s)
		die("out of memory");
	s->codec = codec_new();
	if (k->plan->n >= MANY)
		s->fetcher = fetcher_new(k->workers);
	return s;
}

static void end(void *state)
{
	struct pack_state *s = state;

	pack_state_done(s);
	free(s);
}

static void work(void *state, void *job)
{
	struct batch *b = job;
	struct plan *p = b->k->plan;
	struct pack_state *s = state;

	b->bytes.n = s->contents.n = 0;
	pack_items_ahead(s, &b->k->cache, p, b->first, b->n, &b->bytes, b->result);
	for (size_t i = 0; i < b->n; i++)
		b->result[i].fault = pack_item(s, &b->k->cache, &p->v[p->order[b->first + i]], &b->bytes, &b->result[i]);
}

/* What one more file adds to a batch of BATCH_BYTES: all where it is filtered, streamed or cannot be asked, its size where it
 * is compressed, its frame's where that seems to be in the cache. */
static uint64_t weight(const struct pack *k, const struct item *it)
{
	const struct asset *a = it->asset;
	const struct cache_seen *seen;
	const struct cache_entry *e;
	struct stat st;
	int codec;

	if (it->how->codec == PLAN_STORE && !it->how->run.p)
		return READ_WEIGHT;
	if (k->cache.frames && !it->how->run.p && (seen = pack_cache_known(&k->cache, it)))
		return !pack_cache_pick(&k->cache, it, seen, &codec, &e) ? seen->st.size : e ? e->stored : READ_WEIGHT;
	if (it->how->run.p || fstatat(k->tree->root[a->root].fd, a->name.p + a->skip, &st, 0) || st.st_size > PACK_HELD_ENCODE)
		return BATCH_BYTES;
	return (uint64_t)st.st_size;
}

/* The next batch: files up to a number and a weight; the first that makes it too heavy is its last. */
static void fill(struct pack *k, struct batch *b)
{
	*b = (struct batch){.k = k, .first = k->planned, .bytes = b->bytes};
	while (b->n < BATCH && k->planned < k->plan->n && b->weight < BATCH_BYTES) {
		b->weight += weight(k, &k->plan->v[k->plan->order[k->planned++]]);
		b->n++;
	}
}

static void release(struct pack *k, struct batch *b)
{
	k->under_way--;
	k->heavy -= b->weight >= HEAVY;
	k->weight -= b->weight;
	if (b->bytes.cap > KEPT || k->under_way >= k->workers + AHEAD)
		sb_done(&b->bytes);
	b->below = k->free;
	k->free = b;
}

/* Gives the workers all they may have. */
static void submit(struct pack *k)
{
	while (k->planned < k->plan->n && jobs_room(k->jobs) &&
	       (k->under_way < k->workers + AHEAD || (k->heavy && k->weight < (uint64_t)AHEAD_BYTES * k->workers))) {
		struct batch *b = k->free;

		k->free = b->below;
		fill(k, b);
		k->under_way++;
		k->heavy += b->weight >= HEAVY;
		k->weight += b->weight;
		jobs_submit(k->jobs, b);
	}
}

struct pack *pack_start(struct diag *d, struct plan *p, const struct tree *t, unsigned workers, struct cache *frames,
                        struct cache_tree *seen)
{
	struct pack *k = calloc(1, sizeof *k);
	size_t depth = workers > 1 ? workers + AHEAD_HEAVY : 1;

	if (!k || !(k->batch = calloc(depth + 1, sizeof *k->batch)))
		die("out of memory");
	k->d = d;
	k->plan = p;
	k->tree = t;
	k->workers = workers;
	k->cache = (struct pack_cache){frames, seen, t, p->dict};
	k->nbatches = depth + 1; /* one more than the workers have: the one being handed out */
	for (size_t i = k->nbatches; i-- > 0; k->free = &k->batch[i])
		k->batch[i].below = k->free;
	k->self.codec = codec_new();
	k->self.hash = XXH3_createState();
	if (!k->self.hash)
		die("out of memory");
	k->jobs = jobs_start(workers, depth, begin, work, end, k);
	return k;
}

static void report(struct pack *k, const struct item *it, enum pack_fault fault, int error, char *words)
{
	const char *path = path_of(k, it);

	errno = error;
	switch (fault) {
	case PACK_OPEN: diag_error(k->d, AT_FILE(path), "cannot open:"); break;
	case PACK_KIND: diag_error(k->d, AT_FILE(path), "is no regular file any more; run rcc again"); break;
	case PACK_READ: diag_error(k->d, AT_FILE(path), "cannot read:"); break;
	case PACK_CHANGED:
		diag_error(k->d, AT_FILE(path), "changed while it was read; run rcc again when nothing writes to it");
		break;
	case PACK_CACHE:
		diag_error(k->d, AT_FILE(path), "its frame in the cache changed while it was read; run rcc again");
		break;
	case PACK_FILTER:
		diag_error(k->d, AT_FILE(path), "run=%.*s %s", (int)it->how->run.n, it->how->run.p, words ? words : "failed");
		free(words);
		break;
	case PACK_FINE:
	case PACK_LARGE: break;
	}
}

/* The next result and its item; NULL at the end. */
static struct pack_result *advance(struct pack *k, struct item **it)
{
	while (!k->now || k->now->next == k->now->n) {
		if (k->now)
			release(k, k->now);
		submit(k);
		k->now = jobs_next(k->jobs);
		if (!k->now)
			return NULL;
		submit(k);
	}
	*it = &k->plan->v[k->plan->order[k->now->first + k->now->next]];
	return &k->now->result[k->now->next++];
}

/* The frames that a worker made, to the cache: the one that is stored, and the others' sizes. */
static void keep_frames(struct pack *k, const struct pack_result *r, const struct packed *p)
{
	for (int codec = 0; codec < PACK_CODECS; codec++)
		if (r->made[codec])
			pack_cache_add(&k->cache, p->item, codec, r->seen.hash, p->item->stored_codec == codec ? p->data : NULL,
			               r->made[codec]);
}

bool pack_next(struct pack *k, struct packed *out)
{
	for (unsigned faults = 0; faults < FAULTS_TOLD; faults++) {
		struct pack_result *r = advance(k, &out->item);

		if (!r)
			return false;
		if (r->fault == PACK_FINE || r->fault == PACK_LARGE) {
			out->data = r->fault == PACK_LARGE ? NULL : k->now->bytes.p ? k->now->bytes.p + r->at : "";
			keep_frames(k, r, out);
			return true;
		}
		report(k, out->item, r->fault, r->error, r->words);
	}
	diag_error(k->d, AT_NONE, "too many errors");
	return false;
}

/* --- large files -------------------------------------------------------------------------------- */

/* Where the pieces of a large file go, counted; and into the cache, where that was begun. */
struct counted {
	const struct pack_sink *sink;
	uint64_t n;
	struct cache *keep;
};

static bool count_sink(void *ctx, const void *p, size_t n)
{
	struct counted *c = ctx;

	c->n += n;
	if (c->keep)
		cache_put(c->keep, p, n);
	return c->sink->put(c->sink->ctx, p, n);
}

/* The next piece of a file that has left bytes more: into the sink's own room, where it goes as it is. Its size;
 * 0: the file has shrunk, -1 with errno. */
static ssize_t read_piece(struct pack *k, int fd, uint64_t left, const struct pack_sink *direct, char **p)
{
	size_t n = left < PIECE ? (size_t)left : PIECE;
	ssize_t got;

	*p = direct && direct->room ? direct->room(direct->ctx, &n) : pack_item_room(&k->self.bytes, PIECE);
	got = io_read(fd, *p, n);
	return got < 0 || (size_t)got == n ? got : 0;
}

/* Was the file left alone for so long that any change from now on shows in its times? */
static bool is_at_rest(const struct stat *st)
{
	struct cache_stat seen = cache_stat_of(st);

	return cache_stat_settled(&seen, cache_now());
}

/* The pieces of fd, whose values are *before, through hash and codec. */
static enum pack_fault stream(struct pack *k, struct item *it, int fd, bool frame, struct stat *before,
                              struct counted *to, bool *stopped)
{
	struct stat after;
	uint64_t size = 0;
	int codec;

	if (fstat(fd, before))
		return PACK_READ;
	if (!S_ISREG(before->st_mode))
		return PACK_KIND;
	XXH3_64bits_reset(k->self.hash);
	codec = frame ? pack_codec_large(it, (uint64_t)before->st_size) : RCC_CODEC_STORE;
	if (codec == RCC_CODEC_ZSTD)
		codec_begin(k->self.codec, it->how->level, (uint64_t)before->st_size, k->workers);
	else if (codec == RCC_CODEC_ZSTD_CHUNKS)
		codec_begin_chunks(k->self.codec, it->how->level, (uint64_t)before->st_size, it->how->chunk);
	if (!codec && to->sink->share && is_at_rest(before))
		to->sink->share(to->sink->ctx, fd, (uint64_t)before->st_size);
	while (size < (uint64_t)before->st_size) {
		char *piece;
		ssize_t got = read_piece(k, fd, (uint64_t)before->st_size - size, codec ? NULL : to->sink, &piece);

		if (got <= 0)
			return got ? PACK_READ : PACK_CHANGED;
		size += (size_t)got;
		XXH3_64bits_update(k->self.hash, piece, (size_t)got);
		if (codec ? !codec_put(k->self.codec, piece, (size_t)got, size == (uint64_t)before->st_size, count_sink, to)
		          : !count_sink(to, piece, (size_t)got)) {
			*stopped = true;
			return PACK_FINE;
		}
	}
	if (fstat(fd, &after))
		return PACK_READ;
	if (!pack_item_same(before, &after))
		return PACK_CHANGED;
	it->size = size;
	it->stored = to->n;
	it->hash = XXH3_64bits_digest(k->self.hash);
	it->stored_codec = (uint8_t)codec;
	return PACK_FINE;
}

/* The item's file, read; the frame that is made of it goes to the cache too, where seen says what it should hold. */
static enum pack_fault from_file(struct pack *k, struct item *it, bool frame, const struct cache_seen *seen,
                                 struct counted *to, bool *stopped)
{
	int fd = pack_item_open(k->tree, it), error;
	enum pack_fault fault;
	struct stat before;
	bool same, gains;
	int codec = seen ? pack_codec_large(it, seen->st.size) : RCC_CODEC_STORE;

	if (fd < 0)
		return PACK_OPEN;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (seen) {
		to->keep = k->cache.frames;
		pack_cache_begin(&k->cache, it, codec, seen->hash);
	}
	fault = stream(k, it, fd, frame, &before, to, stopped);
	error = errno;
	close(fd);
	if (seen) {
		same = fault == PACK_FINE && !*stopped && it->hash == seen->hash64 && it->size == seen->st.size;
		gains = same && codec_gains(it->size, to->n, it->how->codec == PLAN_ZSTD);
		cache_end(k->cache.frames, gains);
		if (same && !gains)
			pack_cache_add(&k->cache, it, codec, seen->hash, NULL, to->n);
	} else if (fault == PACK_FINE && k->cache.frames && it->how->codec == PLAN_STORE) {
		pack_cache_note(&k->cache, it, &(struct cache_seen){.st = cache_stat_of(&before), .flags = CACHE_READ});
	}
	errno = error;
	return fault;
}

static bool hash_sink(void *state, const void *p, size_t n)
{
	XXH3_128bits_update(state, p, n);
	return true;
}

/* What the item's contents are, by reading them, which is little work beside compressing them. */
static enum pack_fault hash_file(struct pack *k, const struct item *it, struct cache_seen *seen)
{
	XXH3_state_t *state = XXH3_createState();
	struct pack_sink sink = {.put = hash_sink, .ctx = state};
	struct counted to = {.sink = &sink};
	struct item copy = *it;
	int fd = pack_item_open(k->tree, it), error;
	bool stopped = false;
	enum pack_fault fault;
	XXH128_hash_t hash;
	struct stat st;

	if (!state)
		die("out of memory");
	XXH3_128bits_reset(state);
	fault = fd < 0 ? PACK_OPEN : stream(k, &copy, fd, false, &st, &to, &stopped);
	error = errno;
	hash = XXH3_128bits_digest(state);
	XXH3_freeState(state);
	if (fd >= 0)
		close(fd);
	if (fault == PACK_FINE)
		*seen = (struct cache_seen){.st = cache_stat_of(&st), .hash64 = copy.hash, .hash = {hash.low64, hash.high64},
		                            .flags = CACHE_READ | CACHE_HASHED};
	errno = error;
	return fault;
}

/* The item's frame out of the cache; only its size where it is known not to gain, which the caller sees. PACK_LARGE: there
 * is none; *seen says then what it will be of. */
static enum pack_fault from_cache(struct pack *k, struct item *it, struct cache_seen *seen, struct counted *to,
                                  bool *stopped)
{
	const struct cache_seen *known = pack_cache_known(&k->cache, it);
	const struct cache_entry *e;
	enum pack_fault fault = PACK_FINE;
	int codec;

	if (known)
		*seen = *known;
	else
		fault = hash_file(k, it, seen);
	if (fault != PACK_FINE)
		return fault;
	pack_cache_note(&k->cache, it, seen);
	codec = pack_codec_large(it, seen->st.size);
	e = codec ? pack_cache_find(&k->cache, it, codec, seen->hash) : NULL;
	if (!e)
		return PACK_LARGE;
	if (codec_gains(seen->st.size, e->stored, it->how->codec == PLAN_ZSTD)) {
		switch (cache_stream(k->cache.frames, e, to->sink->put, to->sink->ctx)) {
		case CACHE_MISS: return PACK_LARGE;
		case CACHE_CHANGED: return PACK_CACHE;
		case CACHE_STOPPED: *stopped = true; break;
		case CACHE_STREAMED: break;
		}
	}
	pack_cache_take(it, seen, codec, e);
	return PACK_FINE;
}

bool pack_stream(struct pack *k, struct item *it, bool frame, const struct pack_sink *sink)
{
	struct counted to = {.sink = sink};
	enum pack_fault fault = PACK_LARGE;
	bool stopped = false, cached = frame && k->cache.frames;
	struct cache_seen seen;

	if (cached)
		fault = from_cache(k, it, &seen, &to, &stopped);
	cached = cached && fault == PACK_LARGE && pack_codec_large(it, seen.st.size);
	if (fault == PACK_LARGE)
		fault = from_file(k, it, frame, cached ? &seen : NULL, &to, &stopped);
	if (fault != PACK_FINE)
		report(k, it, fault, errno, NULL);
	return fault == PACK_FINE && !stopped;
}

unsigned pack_workers(const struct pack *k)
{
	return k->workers;
}

void pack_stop(struct pack *k)
{
	if (!k)
		return;
	jobs_stop(k->jobs);
	for (size_t i = 0; i < k->nbatches; i++)
		sb_done(&k->batch[i].bytes);
	free(k->batch);
	pack_state_done(&k->self);
	arena_done(&k->paths);
	free(k);
}
