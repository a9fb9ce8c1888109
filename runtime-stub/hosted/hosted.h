/* SPDX-License-Identifier: MIT */
/* What the hosted files tell one another. Not for programs, and not for the core, which knows nothing of
 * it. */
#ifndef RCC_HOSTED_H
#define RCC_HOSTED_H

#include "../core/core.h"
#include "../rcc_dev.h"

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

/* What rcc_memfile.heap points at: whoever is told, once, when the memfile is released. */
typedef struct rcc_i_owner {
	void (*drop)(struct rcc_i_owner *);
} rcc_i_owner;

/* A bundle that rcc_open_bundle opened. opened.c has them in a list, under a lock; the lower half is file.c's. */
typedef struct rcc_i_opened {
	rcc_i_owner owner;    /* of its memfiles */
	struct rcc_i_opened *next;
	size_t holds, files;  /* rcc_hold, and what else holds it */
	int closed;           /* its opener is done with it */
	int mode;
	unsigned char *image;
	size_t size;
	void (*give_back)(struct rcc_i_opened *); /* frees all of it; nobody can find it any more */
} rcc_i_opened;
RCC_HIDDEN void rcc_i_opened_add(rcc_i_opened *o);
/* Its opener is done, if it was not before. 1: the caller has a hold now, to drop; 0: b is none of these. */
RCC_HIDDEN int rcc_i_opened_close(const rcc_bundle *b);
/* As RCC_MAPPED or RCC_GUARDED? 0: it was not opened by rcc_open_bundle. */
RCC_HIDDEN int rcc_i_opened_as(const rcc_bundle *b);
/* The owner of one more memfile over b, or NULL where b is none of these. Without a lock as long as nothing is open.
 * b may be stale: if what rcc_i_opened_gone said before b was got is what it says after this, it was not. */
RCC_HIDDEN rcc_i_owner *rcc_i_opened_hold(const rcc_bundle *b);
RCC_HIDDEN size_t rcc_i_opened_gone(void);
/* A hold that is known by b alone: 1, or 0 where b is none of these. One drop too many takes another's, and does nothing where there is none. */
RCC_HIDDEN int rcc_i_opened_keep(const rcc_bundle *b);
RCC_HIDDEN void rcc_i_opened_drop(const rcc_bundle *b);

/* load.c: the contents of e, with what of e a memfile tells; hold is let go of when the memfile is released, or at once
 * where this fails. It may be NULL. */
RCC_HIDDEN int rcc_i_load(const rcc_entry *e, rcc_i_owner *hold, rcc_memfile *out);
/* What of e a memfile tells, but for its data. */
RCC_HIDDEN void rcc_i_tell(const rcc_entry *e, rcc_memfile *out);
/* An owner that frees block, which malloc gave, and lets go of hold; either may be NULL. NULL: no memory, and nothing was taken. */
RCC_HIDDEN rcc_i_owner *rcc_i_own(void *block, rcc_i_owner *hold);

/* pages.c: which pages, and what the kernel knows of them; not on Windows. */

/* What a bundle (name NULL) or one file of it takes in memory. RCC_ENOENT, RCC_ECORRUPT. */
RCC_HIDDEN int rcc_i_bytes_of(const rcc_bundle *b, const char *name, rcc_span *out);
/* The whole pages of the running kernel within s, which may be none; and all that hold a byte of it. */
RCC_HIDDEN rcc_span rcc_i_pages_within(rcc_span s);
RCC_HIDDEN rcc_span rcc_i_pages_around(rcc_span s);
/* The kernel's words for n pages from p on (Documentation/admin-guide/mm/pagemap.rst). 0, or RCC_ENOTSUP where it does not tell. */
enum { RCCI_PAGE_FILE = 61, RCCI_PAGE_PRESENT = 63 }; /* bits */
RCC_HIDDEN int rcc_i_pagemap(const unsigned char *p, uint64_t *words, size_t n);

/* advise.c: the advice, one of those that lose nothing, for whole pages; none of them is success. */
RCC_HIDDEN int rcc_i_advise_pages(rcc_span pages, int advice);

/* load.c: rcc_load of what lies in the bundle, whoever else would have a say. */
RCC_HIDDEN int rcc_i_load_bundled(const rcc_bundle *b, const char *name, rcc_memfile *out);
/* load.c: from now on rcc_load and what is made of it ask load, until it is NULL; and tell used what they gave. */
typedef int rcc_i_loader(const rcc_bundle *b, const char *name, rcc_memfile *out);
typedef void rcc_i_user(const rcc_bundle *b, const char *name, size_t len);
RCC_HIDDEN void rcc_i_load_by(rcc_i_loader *load);
RCC_HIDDEN void rcc_i_load_tells(rcc_i_user *used);
/* For who gives contents by other ways: does rcc_load ask somebody? Tells who wants to know that name was used. */
RCC_HIDDEN int rcc_i_load_is_hooked(void);
RCC_HIDDEN void rcc_i_load_used(const rcc_bundle *b, const char *name);

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
