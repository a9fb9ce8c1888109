/* SPDX-License-Identifier: MIT */
/* See cache_index.h: the index on disk, and what things are called there. */
#include "cache_index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "diag.h"

enum { PER_PART = 2, PART_BITS_MAX = 24 }; /* keys a part, about; PART_BITS_MAX: what `beginning` looks at */

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

/* The first bits of a key, in the order of memcmp. They come of a hash, so they are spread evenly. */
static uint32_t beginning(const struct cache_key *key, unsigned bits)
{
	const unsigned char *p = (const unsigned char *)key;

	return ((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]) >> (PART_BITS_MAX - bits);
}

static void make_parts(struct cache_index *x)
{
	size_t i = 0;

	while (x->bits < PART_BITS_MAX && (size_t)PER_PART << x->bits < x->n)
		x->bits++;
	x->part = malloc((((size_t)1 << x->bits) + 1) * sizeof *x->part);
	if (!x->part)
		die("out of memory");
	for (uint32_t k = 0; k <= (uint32_t)1 << x->bits; k++) {
		while (i < x->n && beginning(&x->v[i].key, x->bits) < k)
			i++;
		x->part[k] = (uint32_t)i;
	}
}

const struct cache_entry *cache_index_find(const struct cache_index *x, const struct cache_key *key)
{
	size_t from, to;

	if (!x->n)
		return NULL;
	from = x->part[beginning(key, x->bits)];
	to = x->part[beginning(key, x->bits) + 1];
	return bsearch(key, x->v + from, to - from, sizeof *x->v, cache_key_cmp);
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
		ok = x->n <= UINT32_MAX && sorted(x);
	}
	if (ok)
		make_parts(x);
	if (!ok) {
		cache_index_done(x);
		x->generation = cache_random();
	}
	return ok;
}

bool cache_index_same(const struct cache_index *x, int dir)
{
	const struct stat *a = &x->file.st;
	struct stat b;

	return x->v && !fstatat(dir, "index", &b, AT_SYMLINK_NOFOLLOW) && a->st_dev == b.st_dev && a->st_ino == b.st_ino &&
	       a->st_size == b.st_size && a->st_mtim.tv_sec == b.st_mtim.tv_sec && a->st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b.st_ctim.tv_sec && a->st_ctim.tv_nsec == b.st_ctim.tv_nsec;
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
	free(x->part);
	*x = (struct cache_index){0};
}
