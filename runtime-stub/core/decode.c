/* SPDX-License-Identifier: MIT */
/* Compressed entries to contents, by codec. What a frame is, decode_frame.c knows; decode_none.c is the build without
 * zstd. */
#ifndef RCC_NO_ZSTD
#include "decode.h"

/* An rcc_dctx is a ZSTD_DCtx, told so by no one but this file. */
static ZSTD_DCtx *zstd_of(rcc_dctx *ctx)
{
	return (ZSTD_DCtx *)(void *)ctx;
}

rcc_dctx *rcc_dctx_new(void)
{
	return (rcc_dctx *)(void *)ZSTD_createDCtx();
}

void rcc_dctx_free(rcc_dctx *ctx)
{
	ZSTD_freeDCtx(zstd_of(ctx));
}

/* An entry whose contents are asked for. */
struct decoding {
	const rcc_entry *e;
	ZSTD_DCtx *z;
	rcc_dctx *own;          /* made for the call */
	rcc_i_digest *own_dict; /* likewise */
	rcc_i_frame frame;      /* unless it is chunks */
	rcc_i_chunks chunks;
};

static int decoding_begin(struct decoding *d, const rcc_entry *e, rcc_dctx *ctx)
{
	int error = 0;

	d->e = e;
	d->own = NULL;
	d->own_dict = NULL;
	d->frame.bytes.data = e->data;
	d->frame.bytes.size = (size_t)e->stored;
	d->frame.size = e->size;
	d->frame.dict = NULL;
	switch (e->codec) {
	case RCC_CODEC_ZSTD: break;
	case RCC_CODEC_ZSTD_DICT: error = rcc_i_dict_get(e->bundle, &d->frame.dict, &d->own_dict); break;
	case RCC_CODEC_ZSTD_CHUNKS: error = rcc_i_chunks_open(e, &d->chunks); break;
	default: error = RCC_ENOTSUP;
	}
	if (!error && !ctx)
		ctx = d->own = rcc_dctx_new();
	d->z = zstd_of(ctx);
	return error || ctx ? error : RCC_ENOMEM;
}

static int decoding_end(struct decoding *d, int error)
{
	rcc_dctx_free(d->own);
	rcc_i_digest_free(d->own_dict);
	return error;
}

static int decode_part(const rcc_i_frame *f, void *buf, size_t n, uint64_t off, ZSTD_DCtx *z)
{
	return n == f->size ? rcc_i_frame_whole(f, buf, z) : rcc_i_frame_part(f, buf, n, off, z);
}

/* Of the chunks, those that lie in the range. */
static int decode_chunks(const struct decoding *d, void *buf, size_t n, uint64_t off)
{
	unsigned char *to = buf;
	int error = 0;

	while (!error && n) {
		uint64_t k = off / d->chunks.chunk, skip = off % d->chunks.chunk;
		size_t part = n < d->chunks.chunk - skip ? n : (size_t)(d->chunks.chunk - skip);
		rcc_i_frame f;

		error = rcc_i_chunks_frame(d->e, &d->chunks, k, &f);
		if (!error)
			error = decode_part(&f, to, part, skip, d->z);
		to += part;
		off += part;
		n -= part;
	}
	return error;
}

int rcc_i_decode(const rcc_entry *e, void *buf, size_t n, uint64_t off, rcc_dctx *ctx)
{
	struct decoding d;
	int error = decoding_begin(&d, e, ctx);

	if (!error)
		error = e->codec == RCC_CODEC_ZSTD_CHUNKS ? decode_chunks(&d, buf, n, off)
		                                         : decode_part(&d.frame, buf, n, off, d.z);
	return decoding_end(&d, error);
}

int rcc_i_decode_pieces(const rcc_entry *e, void (*sink)(void *arg, const void *p, size_t n), void *arg, rcc_dctx *ctx)
{
	struct decoding d;
	int error = decoding_begin(&d, e, ctx);
	uint64_t frames = e->codec == RCC_CODEC_ZSTD_CHUNKS && !error ? d.chunks.count : 1;

	for (uint64_t k = 0; !error && k < frames; k++) {
		if (e->codec == RCC_CODEC_ZSTD_CHUNKS)
			error = rcc_i_chunks_frame(e, &d.chunks, k, &d.frame);
		if (!error)
			error = rcc_i_frame_pieces(&d.frame, sink, arg, d.z);
	}
	return decoding_end(&d, error);
}

/* What an rcc_i_course keeps. The frame it is in holds the contents from begin to end; pos is the next byte of them that
 * flow would give. Before the first, and after an error, there is none. */
struct course {
	struct decoding d;
	rcc_i_flow flow;
	uint64_t begin, pos, end;
};
_Static_assert(sizeof(struct course) <= sizeof(rcc_i_course), "a course does not fit");

static struct course *course_of(rcc_i_course *c)
{
	return (struct course *)(void *)c->state;
}

int rcc_i_course_begin(rcc_i_course *c, const rcc_entry *e)
{
	struct course *k = course_of(c);
	int error = decoding_begin(&k->d, e, NULL);

	k->begin = k->pos = k->end = 0;
	return error ? decoding_end(&k->d, error) : 0;
}

void rcc_i_course_end(rcc_i_course *c)
{
	decoding_end(&course_of(c)->d, 0);
}

/* The frame that holds byte off, of which nothing is decoded yet. */
static int course_frame(struct course *k, uint64_t off)
{
	const rcc_entry *e = k->d.e;
	int error = 0;

	k->begin = 0;
	if (e->codec == RCC_CODEC_ZSTD_CHUNKS) {
		k->begin = off - off % k->d.chunks.chunk;
		error = rcc_i_chunks_frame(e, &k->d.chunks, off / k->d.chunks.chunk, &k->d.frame);
	}
	k->pos = k->begin;
	k->end = k->begin + k->d.frame.size;
	return error;
}

/* Up to n bytes from off on, as many as one frame holds; *done says how many. */
static int course_step(struct course *k, void *buf, size_t n, uint64_t off, size_t *done)
{
	int other = off < k->pos || off >= k->end, error = other ? course_frame(k, off) : 0;

	if (error)
		return error;
	*done = n < k->end - off ? n : (size_t)(k->end - off);
	if (other && *done == k->d.frame.size) {
		k->pos = k->end;
		return rcc_i_frame_whole(&k->d.frame, buf, k->d.z);
	}
	if (other)
		error = rcc_i_flow_begin(&k->flow, &k->d.frame, k->d.z);
	if (!error)
		error = rcc_i_flow_skip(&k->flow, off - k->pos);
	if (!error)
		error = rcc_i_flow_take(&k->flow, buf, *done);
	k->pos = off + *done;
	return error;
}

int rcc_i_course_read(rcc_i_course *c, void *buf, size_t n, uint64_t off)
{
	struct course *k = course_of(c);
	unsigned char *to = buf;
	size_t done = 0;
	int error = 0;

	for (; !error && n; to += done, off += done, n -= done)
		error = course_step(k, to, n, off, &done);
	if (error)
		k->begin = k->pos = k->end = 0;
	return error;
}
#endif
