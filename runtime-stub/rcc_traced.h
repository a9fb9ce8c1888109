/* SPDX-License-Identifier: MIT */
/* rcc_traced.h: makes look-ups and reads seen by a trace (see rcc_trace_start), which rcc_load, rcc_read_memfile and rcc_fopen are without.
 * For a build of its own, by `cc -include rcc_traced.h ...`: the core has no place to watch it from, so that no other build pays. */
#ifndef RCC_TRACED_H
#define RCC_TRACED_H

#include "rcc_dev.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline int rcc_traced_lookup(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	int error = rcc_lookup(b, name, len, out);

	if (!error)
		rcc_trace_note(out);
	return error;
}

static inline int rcc_traced_asset_entry(rcc_asset asset, rcc_entry *out)
{
	int error = rcc_asset_entry(asset, out);

	if (!error)
		rcc_trace_note(out);
	return error;
}

static inline int rcc_traced_view(const rcc_entry *e, rcc_span *out)
{
	rcc_trace_note(e);
	return rcc_view(e, out);
}

static inline int rcc_traced_view_encoded(const rcc_entry *e, rcc_span *out)
{
	rcc_trace_note(e);
	return rcc_view_encoded(e, out);
}

static inline rcc_ssize rcc_traced_read(const rcc_entry *e, void *buf, size_t cap, rcc_dctx *ctx)
{
	rcc_trace_note(e);
	return rcc_read(e, buf, cap, ctx);
}

static inline rcc_ssize rcc_traced_pread(const rcc_entry *e, void *buf, size_t n, uint64_t off, rcc_dctx *ctx)
{
	rcc_trace_note(e);
	return rcc_pread(e, buf, n, off, ctx);
}

static inline rcc_ssize rcc_traced_lookup_many(const rcc_bundle *b, const rcc_span *names, size_t n, rcc_entry *out,
                                               int *results)
{
	rcc_ssize found = rcc_lookup_many(b, names, n, out, results);
	size_t i;

	for (i = 0; found > 0 && i < n; i++)
		if (!results[i])
			rcc_trace_note(out + i);
	return found;
}

#if __STDC_HOSTED__
static inline int rcc_traced_cursor_open(const rcc_entry *e, rcc_cursor **out)
{
	rcc_trace_note(e);
	return rcc_cursor_open(e, out);
}

static inline int rcc_traced_iov(const rcc_entry *e, uint64_t off, uint64_t n, struct iovec *out)
{
	rcc_trace_note(e);
	return rcc_iov(e, off, n, out);
}
#endif

#ifdef __cplusplus
}
#endif

#define rcc_lookup rcc_traced_lookup
#define rcc_asset_entry rcc_traced_asset_entry
#define rcc_view rcc_traced_view
#define rcc_view_encoded rcc_traced_view_encoded
#define rcc_read rcc_traced_read
#define rcc_pread rcc_traced_pread
#define rcc_lookup_many rcc_traced_lookup_many
#define rcc_cursor_open rcc_traced_cursor_open
#define rcc_iov rcc_traced_iov
#endif
