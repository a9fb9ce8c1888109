/* SPDX-License-Identifier: MIT */
/* encode=: a file's contents once more, as gzip or brotli has them, for HTTP clients. They become entries of their own beside
 * it, NAME.gz and NAME.br. Sole includer of zlib.h and of brotli's header. */
#ifndef RCC_ENCODE_H
#define RCC_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "diag.h"
#include "plan.h"
#include "str.h"
#include "tree.h"

enum { ENCODE_GZIP = 1, ENCODE_BR = 2 };

/* The coding of that name; 0: none. */
unsigned encode_of(struct str word);
/* Was this rcc built with the coding's library? */
bool encode_has(unsigned coding);

/* The bytes of one further encoding. */
struct encoded {
	const void *p;
	size_t n;
	uint64_t hash;  /* XXH3-64 of the contents it was made of */
	uint32_t of;    /* their item's index in the plan */
};

/* Adds to the plan what its items' how->encode asks for and gains 5 %: items whose how->encoded says their bytes. All
 * codings are made as small as they can be, by so many workers; the same contents give the same bytes with the same
 * libraries. False: a file could not be read, or a name is taken already; reported. */
bool encode_make(struct plan *p, struct arena *a, struct diag *d, const struct tree *t, unsigned workers);

/* After the plan was packed: were the same contents packed and encoded? False: one changed meanwhile, which is reported. */
bool encode_check(const struct plan *p, struct arena *a, struct diag *d, const struct tree *t);

/* Frees the bytes. */
void encode_done(struct plan *p);

/* The libraries' versions, for they decide the bytes. */
uint64_t encode_version(void);

#endif
