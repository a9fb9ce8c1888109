/* SPDX-License-Identifier: MIT */
/* One zstd frame: is it one of ours, and what it holds. */
#ifndef RCC_NO_ZSTD
#include "decode.h"

/* What a result of zstd's says of the frame. */
static int error_of(size_t result)
{
	if (!ZSTD_isError(result))
		return 0;
	return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? RCC_ENOMEM : RCC_ECORRUPT;
}

/* Is it one whole frame of RFC 8878 that holds as many bytes as it must, with a window that is no larger than allowed,
 * and no dictionary ID (doc/format.md, section 3)? Reads its headers only, so that all ways to decode agree on what is
 * a frame. */
static int is_frame(const rcc_i_frame *f)
{
	const unsigned char *p = f->bytes.data;
	unsigned descriptor, window;
	uint64_t bytes = f->size;

	if (f->bytes.size < 6 || rccf_load32(p) != ZSTD_MAGICNUMBER)
		return 0;
	descriptor = p[4];
	window = p[5];
	if (!(descriptor & 0x20)) { /* not a single segment: the window has a byte of its own */
		bytes = (uint64_t)1 << (10 + (window >> 3));
		bytes += bytes / 8 * (window & 7);
	}
	return !(descriptor & 3) && bytes <= RCCF_WINDOW_MAX && ZSTD_getFrameContentSize(p, f->bytes.size) == f->size &&
	       ZSTD_findFrameCompressedSize(p, f->bytes.size) == f->bytes.size;
}

int rcc_i_frame_whole(const rcc_i_frame *f, void *buf, ZSTD_DCtx *z)
{
	size_t n;
	int error;

	if (!is_frame(f))
		return RCC_ECORRUPT;
	n = ZSTD_decompress_usingDDict(z, buf, (size_t)f->size, f->bytes.data, f->bytes.size, f->dict);
	error = error_of(n);
	return error || n == f->size ? error : RCC_ECORRUPT;
}

int rcc_i_flow_begin(rcc_i_flow *w, const rcc_i_frame *f, ZSTD_DCtx *z)
{
	w->z = z;
	w->in = (ZSTD_inBuffer){f->bytes.data, f->bytes.size, 0};
	if (!is_frame(f))
		return RCC_ECORRUPT;
	ZSTD_DCtx_reset(z, ZSTD_reset_session_only);
	return error_of(ZSTD_DCtx_refDDict(z, f->dict));
}

/* Neither half a frame nor a dictionary may be remembered by a decoder that is used again. */
static int flow_end(rcc_i_flow *w, int error)
{
	ZSTD_DCtx_reset(w->z, ZSTD_reset_session_only);
	ZSTD_DCtx_refDDict(w->z, NULL);
	return error;
}

int rcc_i_flow_take(rcc_i_flow *w, void *buf, size_t n)
{
	ZSTD_outBuffer out = {buf, n, 0};

	while (out.pos < n) {
		size_t before = out.pos, left = ZSTD_decompressStream(w->z, &out, &w->in);

		if (ZSTD_isError(left))
			return error_of(left);
		if (out.pos < n && (!left || (out.pos == before && w->in.pos == w->in.size)))
			return RCC_ECORRUPT;
	}
	return 0;
}

int rcc_i_flow_skip(rcc_i_flow *w, uint64_t n)
{
	unsigned char dropped[4096];
	int error = 0;

	while (!error && n) {
		size_t part = n < sizeof dropped ? (size_t)n : sizeof dropped;

		error = rcc_i_flow_take(w, dropped, part);
		n -= part;
	}
	return error;
}

int rcc_i_frame_pieces(const rcc_i_frame *f, void (*sink)(void *arg, const void *p, size_t n), void *arg, ZSTD_DCtx *z)
{
	unsigned char piece[4096];
	uint64_t size = f->size;
	rcc_i_flow w;
	int error = rcc_i_flow_begin(&w, f, z);

	while (!error && size) {
		size_t n = size < sizeof piece ? (size_t)size : sizeof piece;

		error = rcc_i_flow_take(&w, piece, n);
		if (!error)
			sink(arg, piece, n);
		size -= n;
	}
	return flow_end(&w, error);
}

int rcc_i_frame_part(const rcc_i_frame *f, void *buf, size_t n, uint64_t off, ZSTD_DCtx *z)
{
	rcc_i_flow w;
	int error = rcc_i_flow_begin(&w, f, z);

	if (!error)
		error = rcc_i_flow_skip(&w, off);
	if (!error)
		error = rcc_i_flow_take(&w, buf, n);
	return flow_end(&w, error);
}
#endif
