/* SPDX-License-Identifier: MIT */
/* zstd frames to contents. Sole includer of zstd.h in the stub; decode_none.c is the build without zstd. */
#ifndef RCC_NO_ZSTD
#include "core.h"

#include <zstd.h>
#include <zstd_errors.h>

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

/* What a result of zstd's says of the frame. */
static int error_of(size_t result)
{
	if (!ZSTD_isError(result))
		return 0;
	return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? RCC_ENOMEM : RCC_ECORRUPT;
}

/* Is it one whole frame of RFC 8878 that holds size bytes, with a window that is no larger than allowed, and no
 * dictionary (doc/format.md, section 3)? Reads its headers only, so that all ways to decode agree on what is a
 * frame. */
static int is_frame(const rcc_span *frame, uint64_t size)
{
	const unsigned char *p = frame->data;
	unsigned descriptor, window;
	uint64_t bytes = size;

	if (frame->size < 6 || rccf_load32(p) != ZSTD_MAGICNUMBER)
		return 0;
	descriptor = p[4];
	window = p[5];
	if (!(descriptor & 0x20)) { /* not a single segment: the window has a byte of its own */
		bytes = (uint64_t)1 << (10 + (window >> 3));
		bytes += bytes / 8 * (window & 7);
	}
	return !(descriptor & 3) && bytes <= RCCF_WINDOW_MAX && ZSTD_getFrameContentSize(p, frame->size) == size &&
	       ZSTD_findFrameCompressedSize(p, frame->size) == frame->size;
}

int rcc_i_decode(const rcc_span *frame, void *buf, size_t size, rcc_dctx *ctx)
{
	rcc_dctx *own = NULL;
	size_t n;
	int error;

	if (!is_frame(frame, size))
		return RCC_ECORRUPT;
	if (!ctx)
		ctx = own = rcc_dctx_new();
	if (!ctx)
		return RCC_ENOMEM;
	n = ZSTD_decompressDCtx(zstd_of(ctx), buf, size, frame->data, frame->size);
	rcc_dctx_free(own);
	error = error_of(n);
	return error || n == size ? error : RCC_ECORRUPT;
}

/* A frame that is being decoded piece by piece. */
struct flow {
	ZSTD_DCtx *z;
	rcc_dctx *own; /* made for the call */
	ZSTD_inBuffer in;
};

static int flow_begin(struct flow *f, const rcc_span *frame, uint64_t size, rcc_dctx *ctx)
{
	f->own = NULL;
	f->z = NULL;
	if (!is_frame(frame, size))
		return RCC_ECORRUPT;
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

		if (ZSTD_isError(left))
			return error_of(left);
		if (out.pos < n && (!left || (out.pos == before && f->in.pos == f->in.size)))
			return RCC_ECORRUPT;
	}
	return 0;
}

int rcc_i_decode_pieces(const rcc_span *frame, uint64_t size, void (*sink)(void *arg, const void *p, size_t n), void *arg,
                       rcc_dctx *ctx)
{
	unsigned char piece[4096];
	struct flow f;
	int error = flow_begin(&f, frame, size, ctx);

	while (!error && size) {
		size_t n = size < sizeof piece ? (size_t)size : sizeof piece;

		error = flow_take(&f, piece, n);
		if (!error)
			sink(arg, piece, n);
		size -= n;
	}
	return flow_end(&f, error);
}

int rcc_i_decode_range(const rcc_span *frame, uint64_t size, void *buf, size_t n, uint64_t off, rcc_dctx *ctx)
{
	unsigned char dropped[4096];
	struct flow f;
	int error = flow_begin(&f, frame, size, ctx);

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
