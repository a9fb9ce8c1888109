/* SPDX-License-Identifier: MIT */
/* What the hosted files tell one another. Not for programs, and not for the core, which knows nothing of
 * it. */
#ifndef RCC_HOSTED_H
#define RCC_HOSTED_H

#include "../core/core.h"

/* find.c: do all n bytes at p lie within one segment of a loaded module, filled from its file and not
 * writable? */
RCC_HIDDEN int rcci_in_module(const void *p, size_t n);

/* register.c: the bundle in slot i, or NULL. A slot may empty or fill at any moment. */
enum { RCCI_REGISTER_SLOTS = 64 };
RCC_HIDDEN const rcc_bundle *rcci_registered(unsigned i);

/* file.c: is b open as RCC_MAPPED or RCC_GUARDED? 0: it was not opened by rcc_open_bundle. */
RCC_HIDDEN int rcci_opened_as(const rcc_bundle *b);

#endif
