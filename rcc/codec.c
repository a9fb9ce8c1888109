/* SPDX-License-Identifier: MIT */
/* See codec.h. Sole caller of zstd's compressor. */
#include "codec.h"

#include <signal.h>
#include <stdlib.h>
#define ZSTD_STATIC_LINKING_ONLY /* for forceAttachDict and dictionaries by reference */
#include <zstd.h>

#include "../runtime-stub/rcc_format.h"
#include "diag.h"

/* RFC 9659: a frame sent as Content-Encoding: zstd must not need a window above 8 MiB. */
enum { WINDOW_LOG_MAX = 23 };
enum { DICT_LEVEL_MIN = 7 };
/* What one of several threads compresses at a time: it decides the frame, the number of threads does not. Above LOW, where
 * each begins with as much of what lies before as the window holds, the library's own, four windows. */
enum { LOW = 9, LOW_JOB = 2 << 20 };

/* A file that is being cut. */
struct chunks {
	size_t chunk;         /* 0: the file becomes one frame */
	int level;
	char *in, *out;       /* of one chunk and of its frame */
	size_t held, room;    /* bytes in in; its size */
	unsigned char *table; /* the frames' ends so far */
	size_t count, cap;
	uint64_t end;         /* of the last frame */
};

struct codec {
	ZSTD_CCtx *z;
	void *out; /* of ZSTD_CStreamOutSize bytes, for frames in pieces; made when first needed */
	struct chunks chunks;
};

struct codec *codec_new(void)
{
	struct codec *c = calloc(1, sizeof *c);

	if (!c || !(c->z = ZSTD_createCCtx()))
		die("out of memory");
	return c;
}

void codec_free(struct codec *c)
{
	if (!c)
		return;
	ZSTD_freeCCtx(c->z);
	free(c->out);
	free(c->chunks.in);
	free(c->chunks.out);
	free(c->chunks.table);
	free(c);
}

size_t codec_bound(size_t n)
{
	return ZSTD_compressBound(n);
}

static size_t checked(size_t r)
{
	if (ZSTD_isError(r))
		die("zstd: %s", ZSTD_getErrorName(r));
	return r;
}

/* The level's own window where it is small enough, the largest allowed where it is not. */
static void set_up(struct codec *c, int level, uint64_t size)
{
	ZSTD_bounds levels = ZSTD_cParam_getBounds(ZSTD_c_compressionLevel);

	if (level < levels.lowerBound || level > levels.upperBound)
		die("zstd: this library has no level %d", level);
	checked(ZSTD_CCtx_reset(c->z, ZSTD_reset_session_and_parameters));
	checked(ZSTD_CCtx_setParameter(c->z, ZSTD_c_compressionLevel, level));
	checked(ZSTD_CCtx_setParameter(c->z, ZSTD_c_checksumFlag, 0));
	checked(ZSTD_CCtx_setPledgedSrcSize(c->z, size));
	/* Only levels above 19 have larger windows, and only for contents that are larger than the limit. */
	if (level > 19 && size > 1u << WINDOW_LOG_MAX)
		checked(ZSTD_CCtx_setParameter(c->z, ZSTD_c_windowLog, WINDOW_LOG_MAX));
}

size_t codec_frame(struct codec *c, int level, const void *p, size_t n, void *out)
{
	set_up(c, level, n);
	return checked(ZSTD_compress2(c->z, out, codec_bound(n), p, n));
}

/* One of each level: their tables take some times the dictionary's size, so all threads share them. */
struct codec_dict {
	const void *p;
	size_t n;
	struct codec_level {
		int level;
		ZSTD_CDict *z;
	} *v;
	size_t levels;
};

struct codec_dict *codec_dict_new(const void *p, size_t n)
{
	struct codec_dict *d = calloc(1, sizeof *d);

	if (!d)
		die("out of memory");
	d->p = p;
	d->n = n;
	return d;
}

int codec_dict_level(int level)
{
	return level < DICT_LEVEL_MIN ? DICT_LEVEL_MIN : level;
}

static const ZSTD_CDict *dict_at(const struct codec_dict *d, int level)
{
	for (size_t i = 0; i < d->levels; i++)
		if (d->v[i].level == codec_dict_level(level))
			return d->v[i].z;
	return NULL;
}

void codec_dict_add(struct codec_dict *d, int level)
{
	struct codec_level *l;

	if (dict_at(d, level))
		return;
	d->v = realloc(d->v, (d->levels + 1) * sizeof *d->v);
	if (!d->v)
		die("out of memory");
	l = &d->v[d->levels++];
	l->level = codec_dict_level(level);
	l->z = ZSTD_createCDict_byReference(d->p, d->n, l->level);
	if (!l->z)
		die("out of memory");
}

void codec_dict_free(struct codec_dict *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->levels; i++)
		ZSTD_freeCDict(d->v[i].z);
	free(d->v);
	free(d);
}

size_t codec_frame_dict(struct codec *c, const struct codec_dict *d, int level, const void *p, size_t n, void *out)
{
	set_up(c, level, n);
	checked(ZSTD_CCtx_setParameter(c->z, ZSTD_c_dictIDFlag, 0));
	/* Otherwise it would copy the dictionary's tables for each file of more than some KiB, at no gain. */
	checked(ZSTD_CCtx_setParameter(c->z, ZSTD_c_forceAttachDict, ZSTD_dictForceAttach));
	checked(ZSTD_CCtx_refCDict(c->z, dict_at(d, level)));
	return checked(ZSTD_compress2(c->z, out, codec_bound(n), p, n));
}

/* Can the library compress with several threads? */
static bool threaded(void)
{
	return ZSTD_cParam_getBounds(ZSTD_c_nbWorkers).upperBound > 0;
}

/* The library starts its threads at the first call. Signals are the main thread's, as jobs.c says. */
static void start_threads(struct codec *c)
{
	ZSTD_inBuffer in = {"", 0, 0};
	ZSTD_outBuffer out = {"", 0, 0};
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	checked(ZSTD_compressStream2(c->z, &out, &in, ZSTD_e_continue));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void codec_begin(struct codec *c, int level, uint64_t size, unsigned workers)
{
	int most = ZSTD_cParam_getBounds(ZSTD_c_nbWorkers).upperBound;

	c->chunks.chunk = 0;
	set_up(c, level, size);
	if (!threaded())
		return;
	checked(ZSTD_CCtx_setParameter(c->z, ZSTD_c_nbWorkers, workers < (unsigned)most ? (int)workers : most));
	checked(ZSTD_CCtx_setParameter(c->z, ZSTD_c_jobSize, level <= LOW ? LOW_JOB : 0));
	start_threads(c);
}

typedef bool sink_fn(void *ctx, const void *p, size_t n);

/* One frame's part of a piece. */
static bool put_frame(struct codec *c, const void *p, size_t n, bool last, sink_fn *sink, void *ctx)
{
	ZSTD_inBuffer in = {p, n, 0};
	size_t left;

	if (!c->out && !(c->out = malloc(ZSTD_CStreamOutSize())))
		die("out of memory");
	do {
		ZSTD_outBuffer out = {c->out, ZSTD_CStreamOutSize(), 0};

		left = checked(ZSTD_compressStream2(c->z, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue));
		if (out.pos && !sink(ctx, c->out, out.pos))
			return false;
	} while (last ? left : in.pos < in.size);
	return true;
}

void codec_begin_chunks(struct codec *c, int level, uint64_t size, size_t chunk)
{
	struct chunks *h = &c->chunks;
	size_t cap = (size_t)(8 * (size / chunk + 1) + RCCF_CHUNKS_HEAD + RCCF_CHUNKS_TAIL);

	if (h->room < chunk) {
		free(h->in);
		free(h->out);
		h->in = malloc(chunk);
		h->out = malloc(codec_bound(chunk));
		h->room = chunk;
	}
	if (h->cap < cap) {
		free(h->table);
		h->table = malloc(cap);
		h->cap = cap;
	}
	if (!h->in || !h->out || !h->table)
		die("out of memory");
	h->chunk = chunk;
	h->level = level;
	h->held = h->count = 0;
	h->end = 0;
}

static bool end_chunk(struct codec *c, sink_fn *sink, void *ctx)
{
	struct chunks *h = &c->chunks;
	size_t n = codec_frame(c, h->level, h->in, h->held, h->out);

	h->held = 0;
	h->end += n;
	rccf_store64(h->table + RCCF_CHUNKS_HEAD + 8 * h->count++, h->end);
	return sink(ctx, h->out, n);
}

static bool put_table(struct chunks *h, sink_fn *sink, void *ctx)
{
	unsigned char *tail = h->table + RCCF_CHUNKS_HEAD + 8 * h->count;

	rccf_store32(h->table, RCCF_CHUNKS_MAGIC);
	rccf_store32(h->table + 4, (uint32_t)(8 * h->count + RCCF_CHUNKS_TAIL));
	rccf_store64(tail + RCCF_C_COUNT, h->count);
	rccf_store64(tail + RCCF_C_CHUNK, h->chunk);
	memcpy(tail + RCCF_C_MARK, RCCF_CHUNKS_MARK, RCCF_CHUNKS_MARK_SIZE);
	return sink(ctx, h->table, RCCF_CHUNKS_HEAD + 8 * h->count + RCCF_CHUNKS_TAIL);
}

static bool put_chunks(struct codec *c, const char *p, size_t n, bool last, sink_fn *sink, void *ctx)
{
	struct chunks *h = &c->chunks;

	while (n) {
		size_t part = n < h->chunk - h->held ? n : h->chunk - h->held;

		memcpy(h->in + h->held, p, part);
		h->held += part;
		p += part;
		n -= part;
		if ((h->held == h->chunk || (last && !n)) && !end_chunk(c, sink, ctx))
			return false;
	}
	return !last || put_table(h, sink, ctx);
}

bool codec_put(struct codec *c, const void *p, size_t n, bool last, bool (*sink)(void *ctx, const void *p, size_t n),
               void *ctx)
{
	return c->chunks.chunk ? put_chunks(c, p, n, last, sink, ctx) : put_frame(c, p, n, last, sink, ctx);
}

uint32_t codec_version(void)
{
	const uint32_t how = 3; /* to be raised when what becomes of a file's contents changes; below 8 */

	return ZSTD_versionNumber() * 16 + how * 2 + threaded();
}

bool codec_gains(uint64_t size, uint64_t frame, bool at_all)
{
	return frame < size && (at_all || size - frame >= size / 20 + (size % 20 != 0));
}
