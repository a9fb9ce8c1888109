/* SPDX-License-Identifier: MIT */
/* Memory that lives until its arena is dropped. Nothing is freed piecemeal. */
#ifndef RCC_ARENA_H
#define RCC_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
	struct arena_block *block; /* newest first */
	char *at, *end;            /* what is left of it */
};

/* n objects, zeroed; dies when out of memory or when the size overflows, never NULL. A zeroed struct is an
 * empty arena. */
#define new(a, T, n) ((T *)arena_alloc((a), sizeof(T), _Alignof(T), (n)))
void *arena_alloc(struct arena *a, size_t size, size_t align, size_t n);

/* v, an array of n objects in the arena, with room for one more, which may have been moved there. The room
 * doubles, so v must be what this gave for each n before; NULL for n 0. */
#define one_more(a, T, v, n) ((T *)arena_one_more((a), (v), sizeof(T), _Alignof(T), (n)))
void *arena_one_more(struct arena *a, void *v, size_t size, size_t align, size_t n);

/* Frees all; the arena is empty and may be used again. */
void arena_done(struct arena *a);

/* n bytes at p, new from malloc, will all be used: has the system give their pages at once, where it can, and not one a
 * fault. */
void arena_touch(void *p, size_t n);

#endif
