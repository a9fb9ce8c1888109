/* SPDX-License-Identifier: MIT */
/* XXH3 to be inlined: by hash.c, which all others call, and where names are looked up, whose hash takes as long as the rest of a
 * miss. Sole includer of xxhash.h in the stub, so that no libxxhash is linked. */
#ifndef RCC_HASH_H
#define RCC_HASH_H

#define XXH_INLINE_ALL
#ifdef __GNUC__
/* A freestanding build has no memcpy that the compiler knows, and a call for each load would cost thrice the hash. */
#define XXH_FORCE_MEMORY_ACCESS 1
#endif
#include <xxhash.h>

#endif
