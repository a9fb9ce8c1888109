/* SPDX-License-Identifier: MIT */
/* Tracing as programs ask for it. What rcc_load and its kin give is noticed here; look-ups by rcc_traced.h. */
#include "hosted.h"

static int trace_begin_with(const char *path, const char *bundle, rcc_i_tracer *fn, void *arg)
{
	int error = rcc_i_trace_begin(path, bundle, fn, arg);

	if (!error)
		rcc_i_load_tells(rcc_i_trace_note);
	return error;
}

int rcc_trace_start(const char *path, const char *bundle)
{
	return path ? trace_begin_with(path, bundle, NULL, NULL) : RCC_EINVAL;
}

int rcc_trace_call(void (*fn)(const rcc_bundle *b, const char *name, size_t len, void *arg), void *arg)
{
	return fn ? trace_begin_with(NULL, NULL, fn, arg) : RCC_EINVAL;
}

int rcc_trace_from_env(void)
{
	const char *path, *bundle = NULL;
	int error = rcc_i_env("RCC_TRACE", &path);

	if (error)
		return error;
	rcc_i_env("RCC_TRACE_BUNDLE", &bundle);
	return rcc_trace_start(path, bundle);
}

int rcc_trace_stop(void)
{
	rcc_i_load_tells(NULL);
	return rcc_i_trace_end();
}

void rcc_trace_note(const rcc_entry *e)
{
	if (e && e->bundle && e->name)
		rcc_i_trace_note(e->bundle, e->name, e->name_len);
}
