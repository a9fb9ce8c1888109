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
#else
typedef int rcc_i_decode_none_is_empty; /* ISO C wants a declaration */
#endif
