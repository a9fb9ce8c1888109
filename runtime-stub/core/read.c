/* SPDX-License-Identifier: MIT */
/* An entry's contents: in place, copied, decoded. Allocates nothing itself; decode.c says what zstd does. */
#include "core.h"

static rcc_span stored_bytes(const rcc_entry *e)
{
	rcc_span s = {e->data, (size_t)e->stored};

	return s;
}

int rcc_view(const rcc_entry *e, rcc_span *out)
{
	if (!e || !out)
		return RCC_EINVAL;
	if (e->codec != RCC_CODEC_STORE)
		return e->codec > 0 && e->codec <= RCC_CODEC_ZSTD_CHUNKS ? RCC_EENCODED : RCC_ENOTSUP;
	if (e->data[e->size]) /* the NUL that makes text a C string */
		return RCC_ECORRUPT;
	*out = stored_bytes(e);
	return 0;
}

int rcc_view_encoded(const rcc_entry *e, rcc_span *out)
{
	if (!e || !out)
		return RCC_EINVAL;
	*out = stored_bytes(e);
	return 0;
}

/* n bytes from off on, both within the contents. */
static int read_range(const rcc_entry *e, void *buf, size_t n, uint64_t off, rcc_dctx *ctx)
{
	if (e->codec != RCC_CODEC_STORE)
		return rcc_i_decode(e, buf, n, off, ctx);
	if (n)
		memcpy(buf, e->data + off, n);
	return 0;
}

rcc_ssize rcc_read(const rcc_entry *e, void *buf, size_t cap, rcc_dctx *ctx)
{
	int error;

	if (!e || (!buf && cap))
		return RCC_EINVAL;
	if (e->size > cap || e->size > PTRDIFF_MAX)
		return RCC_EBUFFER;
	error = read_range(e, buf, (size_t)e->size, 0, ctx);
	return error ? error : (rcc_ssize)e->size;
}

rcc_ssize rcc_pread(const rcc_entry *e, void *buf, size_t n, uint64_t off, rcc_dctx *ctx)
{
	int error;

	if (!e || (!buf && n))
		return RCC_EINVAL;
	if (off >= e->size || !n)
		return 0;
	if (n > e->size - off)
		n = (size_t)(e->size - off);
	if (n > PTRDIFF_MAX)
		n = PTRDIFF_MAX;
	error = read_range(e, buf, n, off, ctx);
	return error ? error : (rcc_ssize)n;
}
