/* SPDX-License-Identifier: MIT */
/* See cache_index.h: the index on disk, and what things are called there. */
#include "cache_index.h"

#include <stdio.h>

struct head {
	uint64_t generation, clock;
};

_Static_assert(sizeof(struct cache_key) == 32 && sizeof(struct cache_entry) == 64, "no padding: they lie on disk");
_Static_assert(sizeof(struct head) == 16, "likewise");

int cache_key_cmp(const void *x, const void *y)
{
	return memcmp(x, y, sizeof(struct cache_key));
}

uint64_t cache_key_seed(const struct cache_key *key)
{
	return XXH3_64bits(key, sizeof *key);
}

void cache_pack_name(char name[static CACHE_NAME], uint64_t generation)
{
	snprintf(name, CACHE_NAME, "frames-%016llx", (unsigned long long)generation);
}

void cache_alone_name(char name[static CACHE_NAME], const struct cache_key *key)
{
	snprintf(name, CACHE_NAME, "frame-%016llx", (unsigned long long)cache_key_seed(key));
}

static bool sorted(const struct cache_index *x)
{
	for (size_t i = 1; i < x->n; i++)
		if (cache_key_cmp(&x->v[i - 1], &x->v[i]) >= 0)
			return false;
	return true;
}

bool cache_index_load(struct cache_index *x, int dir)
{
	struct head h;
	bool ok;

	*x = (struct cache_index){.generation = cache_random()};
	if (!cache_file_get(&x->file, dir, "index", CACHE_KIND_INDEX))
		return false;
	ok = x->file.n >= sizeof h && (x->file.n - sizeof h) % sizeof *x->v == 0;
	if (ok) {
		memcpy(&h, x->file.p, sizeof h);
		x->generation = h.generation;
		x->clock = h.clock;
		x->v = (const struct cache_entry *)(const void *)(x->file.p + sizeof h);
		x->n = (x->file.n - sizeof h) / sizeof *x->v;
		ok = sorted(x);
	}
	if (!ok) {
		cache_index_done(x);
		x->generation = cache_random();
	}
	return ok;
}

bool cache_index_save(const struct cache_index *x, int dir)
{
	struct head h = {x->generation, x->clock};
	struct str part[] = {{(const char *)&h, sizeof h}, {(const char *)x->v, x->n * sizeof *x->v}};

	return cache_file_put(dir, "index", CACHE_KIND_INDEX, part, 2);
}

void cache_index_done(struct cache_index *x)
{
	cache_file_done(&x->file);
	*x = (struct cache_index){0};
}
