/* SPDX-License-Identifier: MIT */
/* librcc-trace.so: stands before librcc.so in a program that `rcc trace` runs, and notes the names that go by. It is no
 * part of the stub; the program is as it was. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>

#include "../hosted/hosted.h"

/* The function of that name that would be called without us. A program that gets here has it, or could not have called. */
#define NEXT(name) ((__typeof__(&name))next(#name))

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* At once, for the program may give up its rights, or its root, before it reads. What is written elsewhere meanwhile, as by a
 * child of its own, is appended. */
__attribute__((constructor)) static void begin(void)
{
	const char *path, *bundle = NULL;

	rcc_i_env("RCC_TRACE_BUNDLE", &bundle);
	if (!rcc_i_env("RCC_TRACE", &path))
		(void)rcc_i_trace_begin(path, bundle, NULL, NULL);
}

static void note(const rcc_entry *e)
{
	if (e && e->bundle && e->name)
		rcc_i_trace_note(e->bundle, e->name, e->name_len);
}

int rcc_lookup(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	int error = NEXT(rcc_lookup)(b, name, len, out);

	if (!error)
		note(out);
	return error;
}

int rcc_asset_entry(rcc_asset asset, rcc_entry *out)
{
	int error = NEXT(rcc_asset_entry)(asset, out);

	if (!error)
		note(out);
	return error;
}

/* An entry may come from a walk, and counts when it is read. */
int rcc_view(const rcc_entry *e, rcc_span *out)
{
	note(e);
	return NEXT(rcc_view)(e, out);
}

int rcc_view_encoded(const rcc_entry *e, rcc_span *out)
{
	note(e);
	return NEXT(rcc_view_encoded)(e, out);
}

rcc_ssize rcc_read(const rcc_entry *e, void *buf, size_t cap, rcc_dctx *ctx)
{
	note(e);
	return NEXT(rcc_read)(e, buf, cap, ctx);
}

rcc_ssize rcc_pread(const rcc_entry *e, void *buf, size_t n, uint64_t off, rcc_dctx *ctx)
{
	note(e);
	return NEXT(rcc_pread)(e, buf, n, off, ctx);
}

rcc_ssize rcc_lookup_many(const rcc_bundle *b, const rcc_span *names, size_t n, rcc_entry *out, int *results)
{
	rcc_ssize found = NEXT(rcc_lookup_many)(b, names, n, out, results);

	for (size_t i = 0; found > 0 && i < n; i++)
		if (!results[i])
			note(out + i);
	return found;
}

int rcc_cursor_open(const rcc_entry *e, rcc_cursor **out)
{
	note(e);
	return NEXT(rcc_cursor_open)(e, out);
}

int rcc_iov(const rcc_entry *e, uint64_t off, uint64_t n, struct iovec *out)
{
	note(e);
	return NEXT(rcc_iov)(e, off, n, out);
}

int rcc_cache_get(rcc_cache *c, const rcc_entry *e, rcc_memfile *out)
{
	note(e);
	return NEXT(rcc_cache_get)(c, e, out);
}

/* From here on what the library calls within itself, which a librcc.so linked with -Bsymbolic would hide. */
int rcc_load(const rcc_bundle *b, const char *name, rcc_memfile *out)
{
	int error = NEXT(rcc_load)(b, name, out);

	if (!error)
		rcc_i_trace_note(b, out->name, out->name_len);
	return error;
}

int rcc_read_memfile(const char *bundle, const char *name, rcc_memfile *out)
{
	const rcc_bundle *b = bundle && name && out ? NEXT(rcc_find_bundle)(bundle) : NULL;

	return b ? rcc_load(b, name, out) : NEXT(rcc_read_memfile)(bundle, name, out);
}

int rcc_memfd(const rcc_bundle *b, const char *name)
{
	int fd = NEXT(rcc_memfd)(b, name);

	if (fd >= 0)
		rcc_i_trace_note(b, name, strlen(name));
	return fd;
}

FILE *rcc_fopen(const rcc_bundle *b, const char *name)
{
	FILE *f = NEXT(rcc_fopen)(b, name);

	if (f)
		rcc_i_trace_note(b, name, strlen(name));
	return f;
}
