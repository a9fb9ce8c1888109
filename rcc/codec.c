/* SPDX-License-Identifier: MIT */
/* See codec.h. Sole caller of zstd's compressor. */
#include "codec.h"

#include <stdlib.h>
#include <zstd.h>

#include "diag.h"

/* RFC 9659: a frame sent as Content-Encoding: zstd must not need a window above 8 MiB. */
enum { WINDOW_LOG_MAX = 23 };

struct codec {
	ZSTD_CCtx *z;
	void *out; /* of ZSTD_CStreamOutSize bytes, for frames in pieces; made when first needed */
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

void codec_begin(struct codec *c, int level, uint64_t size)
{
	set_up(c, level, size);
}

bool codec_put(struct codec *c, const void *p, size_t n, bool last, bool (*sink)(void *ctx, const void *p, size_t n),
               void *ctx)
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

uint32_t codec_version(void)
{
	const uint32_t how = 1; /* to be raised when set_up asks for something else */

	return ZSTD_versionNumber() * 16 + how;
}

bool codec_gains(uint64_t size, uint64_t frame, bool at_all)
{
	return frame < size && (at_all || size - frame >= size / 20 + (size % 20 != 0));
}
