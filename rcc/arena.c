/* SPDX-License-Identifier: MIT */
/* See arena.h. */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "diag.h"

struct arena_block {
	struct arena_block *next;
	_Alignas(max_align_t) char bytes[];
};

enum { BLOCK = 256 << 10, PAGE = 4096 };

void arena_touch(void *p, size_t n)
{
#ifdef MADV_POPULATE_WRITE
	uintptr_t from = ((uintptr_t)p + PAGE - 1) & ~(uintptr_t)(PAGE - 1), to = ((uintptr_t)p + n) & ~(uintptr_t)(PAGE - 1);

	if (from < to)
		madvise((void *)from, to - from, MADV_POPULATE_WRITE); /* an older kernel, or larger pages: they come one by one */
#else
	(void)p;
	(void)n;
#endif
}

static void grow(struct arena *a, size_t need)
{
	size_t size = need > BLOCK ? need : BLOCK;
	struct arena_block *b = malloc(sizeof *b + size);

	if (!b)
		die("out of memory");
	arena_touch(b->bytes, size);
	b->next = a->block;
	a->block = b;
	a->at = b->bytes;
	a->end = b->bytes + size;
}

void *arena_alloc(struct arena *a, size_t size, size_t align, size_t n)
{
	size_t pad = -(uintptr_t)a->at & (align - 1);
	void *p;

	if (size && n > (SIZE_MAX / 2) / size)
		die("out of memory: %zu objects of %zu bytes", n, size);
	size *= n;
	if (!a->at || (size_t)(a->end - a->at) < pad || (size_t)(a->end - a->at) - pad < size) {
		grow(a, size);
		pad = 0;
	}
	p = a->at + pad;
	a->at += pad + size;
	return memset(p, 0, size);
}

void *arena_one_more(struct arena *a, void *v, size_t size, size_t align, size_t n)
{
	void *more;

	if (n & (n - 1)) /* the room is the next power of two */
		return v;
	more = arena_alloc(a, size, align, n ? 2 * n : 1);
	return n ? memcpy(more, v, n * size) : more;
}

void arena_done(struct arena *a)
{
	while (a->block) {
		struct arena_block *b = a->block;

		a->block = b->next;
		free(b);
	}
	*a = (struct arena){0};
}
