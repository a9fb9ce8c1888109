/* SPDX-License-Identifier: MIT */
/* What the hosted files tell one another. Not for programs, and not for the core, which knows nothing of
 * it. */
#ifndef RCC_HOSTED_H
#define RCC_HOSTED_H

#include "../core/core.h"

/* find.c: do all n bytes at p lie within one segment of a loaded module, filled from its file and not
 * writable? */
RCC_HIDDEN int rcc_i_in_module(const void *p, size_t n);

/* register.c: begins a walk over the registered bundles and copies them to slots, NULL where there is none. An
 * rcc_unregister_bundle that comes later returns only after rcc_i_walk_end, which wants what this returned:
 * between the two the images may be read. Nothing that the program brought along may be called there. */
enum { RCCI_REGISTER_SLOTS = 64 };
RCC_HIDDEN unsigned rcc_i_walk_begin(const rcc_bundle *slots[RCCI_REGISTER_SLOTS]);
RCC_HIDDEN void rcc_i_walk_end(unsigned turn);

/* register.c: is b in a slot now? */
RCC_HIDDEN int rcc_i_is_registered(const rcc_bundle *b);

/* dicts.c: frees what was made of the bundle's dictionary. It goes away: no other thread uses it any more. */
enum { RCCI_DICT_SLOTS = 32 };
RCC_HIDDEN void rcc_i_dicts_forget(const rcc_bundle *b);

/* file.c: is b open as RCC_MAPPED or RCC_GUARDED? 0: it was not opened by rcc_open_bundle. */
RCC_HIDDEN int rcc_i_opened_as(const rcc_bundle *b);

/* load.c: rcc_load of what lies in the bundle, whoever else would have a say. */
RCC_HIDDEN int rcc_i_load_bundled(const rcc_bundle *b, const char *name, rcc_memfile *out);
/* load.c: from now on rcc_load and what is made of it ask load, until it is NULL; and tell used what they gave. */
typedef int rcc_i_loader(const rcc_bundle *b, const char *name, rcc_memfile *out);
typedef void rcc_i_user(const rcc_bundle *b, const char *name, size_t len);
RCC_HIDDEN void rcc_i_load_by(rcc_i_loader *load);
RCC_HIDDEN void rcc_i_load_tells(rcc_i_user *used);

/* env.c: what the environment says. RCC_ENOENT: nothing. RCC_EPERM: it is not to be believed. RCC_ENOTSUP: a build by
 * RCC_NO_ENV. */
RCC_HIDDEN int rcc_i_env(const char *name, const char **value);

/* trace_record.c: from now on each name that is noted is written to the file at path, or told to fn, once; of the bundle
 * of that name, or of any if it is NULL. RCC_EBUSY: one trace at a time. RCC_EIO, RCC_EINVAL, RCC_ENOMEM, RCC_ENOTSUP. */
typedef void rcc_i_tracer(const rcc_bundle *b, const char *name, size_t len, void *arg);
RCC_HIDDEN int rcc_i_trace_begin(const char *path, const char *bundle, rcc_i_tracer *fn, void *arg);
RCC_HIDDEN void rcc_i_trace_note(const rcc_bundle *b, const char *name, size_t len);
/* Ends it. What went wrong in between, with errno. */
RCC_HIDDEN int rcc_i_trace_end(void);

#endif
