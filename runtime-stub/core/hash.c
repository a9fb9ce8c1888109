/* SPDX-License-Identifier: MIT */
/* XXH3 behind a few calls. */
#include "hash.h"

#include "core.h"

uint64_t rcc_i_hash64(const void *p, size_t n)
{
	return XXH3_64bits(p, n);
}

void rcc_i_hash128(const void *p, size_t n, uint64_t out[2])
{
	XXH128_hash_t h = XXH3_128bits(p, n);

	out[0] = h.low64;
	out[1] = h.high64;
}

_Static_assert(sizeof(XXH3_state_t) <= sizeof(rcc_i_hasher), "a hasher holds XXH3's state");
_Static_assert(_Alignof(XXH3_state_t) <= 64, "and is aligned for it");

void rcc_i_hasher_begin(rcc_i_hasher *h)
{
	XXH3_64bits_reset((XXH3_state_t *)(void *)h->state);
}

void rcc_i_hasher_add(rcc_i_hasher *h, const void *p, size_t n)
{
	XXH3_64bits_update((XXH3_state_t *)(void *)h->state, p, n);
}

uint64_t rcc_i_hasher_end(const rcc_i_hasher *h)
{
	return XXH3_64bits_digest((const XXH3_state_t *)(const void *)h->state);
}
