/* SPDX-License-Identifier: MIT */
/* See torn.h. The stub cannot ask this: it takes memory, for assets lie in any order. */
#include "torn.h"

#include <stdlib.h>

#include "../runtime-stub/core/core.h"
#include "diag.h"
#include "io.h"

struct extent {
	uint64_t begin, end;
};

static int by_begin(const void *x, const void *y)
{
	const struct extent *a = x, *b = y;

	return (a->begin > b->begin) - (a->begin < b->begin);
}

/* From the stored bytes to the zeros behind the name. */
static struct extent extent_of(const rcc_bundle *b, const rcc_entry *e)
{
	const unsigned char *base = rcc_i_base(b), *end = (const unsigned char *)e->name + e->name_len + 1;

	return (struct extent){(uint64_t)(e->data - base), align_up((uint64_t)(end - base), 8)};
}

static uint64_t not_zero(const unsigned char *p, uint64_t n)
{
	uint64_t found = 0;

	for (uint64_t i = 0; i < n; i++)
		found += p[i] != 0;
	return found;
}

uint64_t torn_bytes(const rcc_bundle *b)
{
	size_t n = rcc_count(b);
	uint64_t at = rcc_i_index_size(b), end = rcc_i_size(b) - RCCF_MARK_SIZE, found = 0;
	struct extent *v;

	if (!rcc_i_is_split(b))
		return 0;
	v = calloc(n + 1, sizeof *v);
	if (!v)
		die("out of memory");
	for (size_t i = 0; i < n; i++) {
		rcc_entry e;

		if (!rcc_at(b, i, &e))
			v[i] = extent_of(b, &e);
	}
	v[n] = (struct extent){end, end};
	qsort(v, n + 1, sizeof *v, by_begin);
	for (size_t i = 0; i <= n; i++) {
		if (v[i].begin > at)
			found += not_zero(rcc_i_base(b) + at, v[i].begin - at);
		if (v[i].end > at)
			at = v[i].end;
	}
	free(v);
	return found;
}
