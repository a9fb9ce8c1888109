/* SPDX-License-Identifier: MIT */
/* XXH3 for the contents of files: the library's, with the widest registers the processor has where it can choose. What
 * the runtime hashes, names above all, goes through core.h. */
#ifndef RCC_XXH3_H
#define RCC_XXH3_H

#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

#endif
