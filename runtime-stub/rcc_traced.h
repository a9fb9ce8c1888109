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

#ifdef __cplusplus
}
#endif

#define rcc_lookup rcc_traced_lookup
#define rcc_asset_entry rcc_traced_asset_entry
#define rcc_view rcc_traced_view
#define rcc_view_encoded rcc_traced_view_encoded
#define rcc_read rcc_traced_read
#define rcc_pread rcc_traced_pread
#endif
