/* SPDX-License-Identifier: MIT */
/* The build without zstd: compressed files can be listed and passed on as frames, not decoded. */
#ifdef RCC_NO_ZSTD
#include "core.h"

rcc_dctx *rcc_dctx_new(void)
{
	return NULL;
}

void rcc_dctx_free(rcc_dctx *ctx)
{
	(void)ctx;
}

int rcc_i_decode(const rcc_entry *e, void *buf, size_t n, uint64_t off, rcc_dctx *ctx)
{
	(void)e, (void)buf, (void)n, (void)off, (void)ctx;
	return RCC_ENOTSUP;
}

int rcc_i_decode_pieces(const rcc_entry *e, void (*sink)(void *arg, const void *p, size_t n), void *arg, rcc_dctx *ctx)
{
	(void)e, (void)sink, (void)arg, (void)ctx;
	return RCC_ENOTSUP;
}

int rcc_i_course_begin(rcc_i_course *c, const rcc_entry *e)
{
	(void)c, (void)e;
	return RCC_ENOTSUP;
}

int rcc_i_course_read(rcc_i_course *c, void *buf, size_t n, uint64_t off)
{
	(void)c, (void)buf, (void)n, (void)off;
	return RCC_ENOTSUP;
}

void rcc_i_course_end(rcc_i_course *c)
{
	(void)c;
}

int rcc_chunk_size(const rcc_entry *e, uint64_t *out)
{
	if (!e || !out)
		return RCC_EINVAL;
	if (e->codec != RCC_CODEC_STORE)
		return RCC_ENOTSUP;
	*out = 1;
	return 0;
}
#else
typedef int rcc_i_decode_none_is_empty; /* ISO C wants a declaration */
#endif
