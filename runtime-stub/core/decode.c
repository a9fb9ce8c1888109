/* SPDX-License-Identifier: MIT */
/* zstd frames to contents. Sole includer of zstd.h in the stub; decode_none.c is the build without zstd. */
#ifndef RCC_NO_ZSTD
#include "core.h"

#include <zstd.h>

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

int rcci_decode(const rcc_span *frame, void *buf, size_t size, rcc_dctx *ctx)
{
	rcc_dctx *own = ctx ? NULL : rcc_dctx_new();
	size_t n;

	if (!ctx && !own)
		return RCC_ENOMEM;
	n = ZSTD_decompressDCtx(zstd_of(ctx ? ctx : own), buf, size, frame->data, frame->size);
	rcc_dctx_free(own);
	return ZSTD_isError(n) || n != size ? RCC_ECORRUPT : 0;
}

/* A frame that is being decoded piece by piece. */
struct flow {
	ZSTD_DCtx *z;
	rcc_dctx *own; /* made for the call */
	ZSTD_inBuffer in;
};

static int flow_begin(struct flow *f, const rcc_span *frame, rcc_dctx *ctx)
{
	f->own = ctx ? NULL : rcc_dctx_new();
	f->z = zstd_of(ctx ? ctx : f->own);
	f->in = (ZSTD_inBuffer){frame->data, frame->size, 0};
	if (!f->z)
		return RCC_ENOMEM;
	ZSTD_DCtx_reset(f->z, ZSTD_reset_session_only);
	return 0;
}

/* Half a frame must not be remembered by a decoder that is used again. */
static int flow_end(struct flow *f, int error)
{
	if (f->z)
		ZSTD_DCtx_reset(f->z, ZSTD_reset_session_only);
	rcc_dctx_free(f->own);
	return error;
}

/* Exactly n more bytes of the contents. */
static int flow_take(struct flow *f, void *buf, size_t n)
{
	ZSTD_outBuffer out = {buf, n, 0};

	while (out.pos < n) {
		size_t before = out.pos, left = ZSTD_decompressStream(f->z, &out, &f->in);

		if (ZSTD_isError(left) || (out.pos < n && (!left || (out.pos == before && f->in.pos == f->in.size))))
			return RCC_ECORRUPT;
	}
	return 0;
}

int rcci_decode_pieces(const rcc_span *frame, uint64_t size, void (*sink)(void *arg, const void *p, size_t n), void *arg,
                       rcc_dctx *ctx)
{
	unsigned char piece[4096];
	struct flow f;
	int error = flow_begin(&f, frame, ctx);

	while (!error && size) {
		size_t n = size < sizeof piece ? (size_t)size : sizeof piece;

		error = flow_take(&f, piece, n);
		if (!error)
			sink(arg, piece, n);
		size -= n;
	}
	/* The frame ends with its contents: one byte more must not come. */
	if (!error) {
		ZSTD_outBuffer out = {piece, 1, 0};
		size_t left = ZSTD_decompressStream(f.z, &out, &f.in);

		if (ZSTD_isError(left) || out.pos || f.in.pos != f.in.size)
			error = RCC_ECORRUPT;
	}
	return flow_end(&f, error);
}

int rcci_decode_range(const rcc_span *frame, void *buf, size_t n, uint64_t off, rcc_dctx *ctx)
{
	unsigned char dropped[4096];
	struct flow f;
	int error = flow_begin(&f, frame, ctx);

	while (!error && off) {
		size_t skip = off < sizeof dropped ? (size_t)off : sizeof dropped;

		error = flow_take(&f, dropped, skip);
		off -= skip;
	}
	if (!error)
		error = flow_take(&f, buf, n);
	return flow_end(&f, error);
}
#endif
