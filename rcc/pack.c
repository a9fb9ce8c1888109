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
#include "filter.h"
#include "io.h"
#include "jobs.h"

enum {
	BATCH = 32,             /* files a job, where reading is all there is to do */
	BATCH_BYTES = 256 << 10, /* and where some are compressed, so many bytes: then the work is worth being shared out */
	HELD_STORE = 64 << 10,  /* larger files are streamed */
	HELD_ENCODE = 4 << 20,  /* unless they are to be compressed: then from this size on */
	PIECE = 256 << 10,      /* of a streamed file */
	FAULTS_TOLD = 20,       /* in a row, before giving up */
	KEPT = 1 << 20          /* a batch's buffer that grew beyond it is given back */
};

enum fault { FINE, LARGE, FAULT_OPEN, FAULT_KIND, FAULT_READ, FAULT_CHANGED, FAULT_FILTER };

struct result {
	enum fault fault;
	int error;          /* errno of the fault */
	char *words;        /* of FAULT_FILTER, on the heap */
	size_t at;          /* where the stored bytes lie in the batch's buffer */
};

struct batch {
	struct pack *k;
	size_t first, n, next; /* places in the plan's data order; next: to be handed out */
	struct result result[BATCH];
	struct sb bytes;
};

struct state {
	struct codec *codec;
	struct sb bytes; /* a frame, or a piece of a streamed file */
};

struct pack {
	struct diag *d;
	struct plan *plan;
	const struct tree *tree;
	struct jobs *jobs;
	struct batch *batch;
	size_t nbatches, submitted; /* batches in all; given to the workers */
	size_t planned;             /* items in the batches submitted */
	struct batch *now;
	struct state self;          /* the caller's own, for large files */
	struct arena paths;         /* for messages */
};

static const char *path_of(struct pack *k, const struct item *it)
{
	return tree_path(k->tree, &k->paths, it->asset);
}

/* O_NONBLOCK: a FIFO that took a file's place since the walk must not hang. */
static int open_item(const struct pack *k, const struct item *it)
{
	const struct asset *a = it->asset;

	return io_openat(k->tree->root[a->root].fd, a->name.p + a->skip, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Room for n more bytes at the end; returns where. Grows by little, for what is held is held once a batch. */
static char *room(struct sb *b, size_t n)
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
static enum fault read_whole(int fd, const struct stat *before, struct sb *b)
{
	size_t size = (size_t)before->st_size;
	ssize_t got = io_read(fd, room(b, size + 1), size + 1);
	struct stat after;

	if (got < 0 || fstat(fd, &after))
		return FAULT_READ;
	if ((size_t)got != size || !same_file(before, &after))
		return FAULT_CHANGED;
	b->n += size;
	return FINE;
}

/* The contents, in b from `from` on, become what shall be stored, in the same place. */
static void store(struct state *s, struct item *it, struct sb *b, size_t from)
{
	size_t n = b->n - from, frame;
	const char *p = n ? b->p + from : "";

	it->size = it->stored = n;
	it->hash = rcc_i_hash64(p, n);
	it->stored_codec = RCC_CODEC_STORE;
	if (it->codec == PLAN_STORE || !n)
		return;
	frame = codec_frame(s->codec, it->level, p, n, room(&s->bytes, codec_bound(n)));
	if (!codec_gains(n, frame, it->codec == PLAN_ZSTD))
		return;
	it->stored_codec = RCC_CODEC_ZSTD;
	it->stored = frame;
	memcpy(b->p + from, s->bytes.p, frame);
	b->n = from + frame;
}

static enum fault filter(const struct item *it, int fd, struct sb *b, struct result *r)
{
	char words[FILTER_WORDS];

	if (filter_run(it->run, fd, b, words))
		return FINE;
	r->words = strdup(words);
	return FAULT_FILTER;
}

static enum fault pack_item(struct state *s, struct item *it, struct batch *b, struct result *r)
{
	int fd = open_item(b->k, it);
	enum fault fault;
	struct stat st;

	r->at = b->bytes.n;
	if (fd < 0) {
		r->error = errno;
		return FAULT_OPEN;
	}
	if (fstat(fd, &st))
		fault = FAULT_READ;
	else if (!S_ISREG(st.st_mode))
		fault = FAULT_KIND;
	else if (it->run.p)
		fault = filter(it, fd, &b->bytes, r);
	else if (st.st_size > (it->codec == PLAN_STORE ? HELD_STORE : HELD_ENCODE))
		fault = LARGE;
	else
		fault = read_whole(fd, &st, &b->bytes);
	r->error = errno;
	close(fd);
	if (fault == FINE)
		store(s, it, &b->bytes, r->at);
	return fault;
}

static void *begin(void *ctx)
{
	struct state *s = calloc(1, sizeof *s);

	(void)ctx;
	if (!s)
		die("out of memory");
	s->codec = codec_new();
	return s;
}

static void end(void *state)
{
	struct state *s = state;

	codec_free(s->codec);
	sb_done(&s->bytes);
	free(s);
}

static void work(void *state, void *job)
{
	struct batch *b = job;
	struct plan *p = b->k->plan;

	b->bytes.n = 0;
	for (size_t i = 0; i < b->n; i++)
		b->result[i].fault = pack_item(state, &p->v[p->order[b->first + i]], b, &b->result[i]);
}

/* What one more file adds to a batch of BATCH_BYTES: nothing where it is only read, all where it is filtered or
 * cannot be asked, its size where it is compressed. */
static uint64_t weight(const struct pack *k, const struct item *it)
{
	const struct asset *a = it->asset;
	struct stat st;

	if (it->codec == PLAN_STORE && !it->run.p)
		return 0;
	if (it->run.p || fstatat(k->tree->root[a->root].fd, a->name.p + a->skip, &st, 0) || st.st_size > BATCH_BYTES)
		return BATCH_BYTES;
	return (uint64_t)st.st_size;
}

/* The next batch: files up to a number and a weight; the first that makes it too heavy is its last. */
static void fill(struct pack *k, struct batch *b)
{
	uint64_t heavy = 0;

	*b = (struct batch){.k = k, .first = k->planned, .bytes = b->bytes};
	while (b->n < BATCH && k->planned < k->plan->n && heavy < BATCH_BYTES) {
		heavy += weight(k, &k->plan->v[k->plan->order[k->planned++]]);
		b->n++;
	}
}

/* Gives the workers all they may have. */
static void submit(struct pack *k)
{
	while (k->planned < k->plan->n && jobs_room(k->jobs)) {
		struct batch *b = &k->batch[k->submitted++ % k->nbatches];

		fill(k, b);
		jobs_submit(k->jobs, b);
	}
}

struct pack *pack_start(struct diag *d, struct plan *p, const struct tree *t, unsigned workers)
{
	struct pack *k = calloc(1, sizeof *k);
	size_t depth = workers > 1 ? workers + 2 : 1;

	if (!k || !(k->batch = calloc(depth + 1, sizeof *k->batch)))
		die("out of memory");
	k->d = d;
	k->plan = p;
	k->tree = t;
	k->nbatches = depth + 1; /* one more than under way: the one being handed out */
	k->self.codec = codec_new();
	k->jobs = jobs_start(workers, depth, begin, work, end, k);
	return k;
}

static void report(struct pack *k, const struct item *it, enum fault fault, int error, char *words)
{
	const char *path = path_of(k, it);

	errno = error;
	switch (fault) {
	case FAULT_OPEN: diag_error(k->d, AT_FILE(path), "cannot open:"); break;
	case FAULT_KIND: diag_error(k->d, AT_FILE(path), "is no regular file any more; run rcc again"); break;
	case FAULT_READ: diag_error(k->d, AT_FILE(path), "cannot read:"); break;
	case FAULT_CHANGED:
		diag_error(k->d, AT_FILE(path), "changed while it was read; run rcc again when nothing writes to it");
		break;
	case FAULT_FILTER:
		diag_error(k->d, AT_FILE(path), "run=%.*s %s", (int)it->run.n, it->run.p, words ? words : "failed");
		free(words);
		break;
	case FINE:
	case LARGE: break;
	}
}

/* The next result and its item; NULL at the end. */
static struct result *advance(struct pack *k, struct item **it)
{
	while (!k->now || k->now->next == k->now->n) {
		if (k->now && k->now->bytes.cap > KEPT)
			sb_done(&k->now->bytes);
		submit(k);
		k->now = jobs_next(k->jobs);
		if (!k->now)
			return NULL;
		submit(k);
	}
	*it = &k->plan->v[k->plan->order[k->now->first + k->now->next]];
	return &k->now->result[k->now->next++];
}

bool pack_next(struct pack *k, struct packed *out)
{
	for (unsigned faults = 0; faults < FAULTS_TOLD; faults++) {
		struct result *r = advance(k, &out->item);

		if (!r)
			return false;
		if (r->fault == FINE || r->fault == LARGE) {
			out->data = r->fault == LARGE ? NULL : k->now->bytes.p ? k->now->bytes.p + r->at : "";
			return true;
		}
		report(k, out->item, r->fault, r->error, r->words);
	}
	diag_error(k->d, AT_NONE, "too many errors");
	return false;
}

/* Where the pieces of a large file go, counted. */
struct counted {
	bool (*sink)(void *ctx, const void *p, size_t n);
	void *ctx;
	uint64_t n;
};

static bool count_sink(void *ctx, const void *p, size_t n)
{
	struct counted *c = ctx;

	c->n += n;
	return c->sink(c->ctx, p, n);
}

/* The pieces of fd through hash and codec. */
static enum fault stream(struct pack *k, struct item *it, int fd, bool frame, struct counted *to, bool *stopped)
{
	char *piece = room(&k->self.bytes, PIECE);
	struct stat before, after;
	rcc_i_hasher hasher;
	uint64_t size = 0;
	ssize_t got;

	if (fstat(fd, &before))
		return FAULT_READ;
	if (!S_ISREG(before.st_mode))
		return FAULT_KIND;
	rcc_i_hasher_begin(&hasher);
	if (frame)
		codec_begin(k->self.codec, it->level, (uint64_t)before.st_size);
	while ((got = io_read(fd, piece, PIECE)) > 0) {
		size += (size_t)got;
		if (size > (uint64_t)before.st_size)
			return FAULT_CHANGED;
		rcc_i_hasher_add(&hasher, piece, (size_t)got);
		if (frame ? !codec_put(k->self.codec, piece, (size_t)got, size == (uint64_t)before.st_size, count_sink, to)
		          : !count_sink(to, piece, (size_t)got)) {
			*stopped = true;
			return FINE;
		}
	}
	if (got < 0 || fstat(fd, &after))
		return FAULT_READ;
	if (size != (uint64_t)before.st_size || !same_file(&before, &after))
		return FAULT_CHANGED;
	it->size = size;
	it->stored = to->n;
	it->hash = rcc_i_hasher_end(&hasher);
	it->stored_codec = frame && size ? RCC_CODEC_ZSTD : RCC_CODEC_STORE;
	return FINE;
}

bool pack_stream(struct pack *k, struct item *it, bool frame, bool (*sink)(void *ctx, const void *p, size_t n), void *ctx)
{
	struct counted to = {sink, ctx, 0};
	int fd = open_item(k, it), error;
	bool stopped = false;
	enum fault fault;

	if (fd < 0) {
		report(k, it, FAULT_OPEN, errno, NULL);
		return false;
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	fault = stream(k, it, fd, frame, &to, &stopped);
	error = errno;
	close(fd);
	if (fault != FINE)
		report(k, it, fault, error, NULL);
	return fault == FINE && !stopped;
}

void pack_stop(struct pack *k)
{
	if (!k)
		return;
	jobs_stop(k->jobs);
	for (size_t i = 0; i < k->nbatches; i++)
		sb_done(&k->batch[i].bytes);
	free(k->batch);
	codec_free(k->self.codec);
	sb_done(&k->self.bytes);
	arena_done(&k->paths);
	free(k);
}
