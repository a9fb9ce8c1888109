/* SPDX-License-Identifier: MIT */
/* See index_dirs.h. The names are in order, so a directory's follow each other, and those that are open at a name lie
 * within each other: a stack. */
#include "index_dirs.h"

#include <stdlib.h>

#include "../runtime-stub/core/core.h"
#include "diag.h"
#include "index_parts.h"

/* How many bytes two names have in common at their beginnings. */
static size_t common(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t differ = rccf_load64((const unsigned char *)a.p + i) ^ rccf_load64((const unsigned char *)b.p + i);

		if (differ)
			return i + (size_t)__builtin_ctzll(differ) / 8;
	}
	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

/* What the i-th name shares with the one before. The slashes behind are those of directories that begin with it. */
static size_t shared(const struct plan *p, size_t i)
{
	return i ? common(p->v[i - 1].name, p->v[i].name) : 0;
}

/* The next slash of the name from at on, or NULL. */
static const char *slash_from(struct str name, size_t at)
{
	return memchr(name.p + at, '/', name.n - at);
}

uint64_t dirs_count(const struct plan *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct str name = p->v[i].name;

		for (const char *s = slash_from(name, shared(p, i)); s; s = slash_from(name, (size_t)(s - name.p) + 1)) {
			if (s - name.p > RCCF_DIR_NAME_MAX)
				return 0;
			n++;
		}
	}
	return n;
}

uint64_t dirs_buckets(uint64_t n)
{
	return n * 2 / 5 + 1;
}

/* A directory, and where its names begin. */
struct dir {
	struct str name;
	size_t first;
	uint64_t record;
};

/* The first free slot from the hash's own bucket on. */
static void put_slot(unsigned char *buckets, uint64_t n, const struct dir *d, size_t count)
{
	uint64_t hash = rcc_i_hash64(d->name.p, d->name.n), k = rccf_bucket(hash, n) * RCCF_DIR_SLOTS;
	unsigned char *slot;

	while (slot = buckets + k * RCCF_DIR_SIZE, rccf_load32(slot + RCCF_DIR_COUNT))
		k = k + 1 < n * RCCF_DIR_SLOTS ? k + 1 : 0;
	rccf_store32(slot + RCCF_DIR_KEY, rccf_dir_key(hash, d->name.n));
	rccf_store32(slot + RCCF_DIR_REC, (uint32_t)(d->record / 8));
	rccf_store32(slot + RCCF_DIR_FIRST, (uint32_t)d->first);
	rccf_store32(slot + RCCF_DIR_COUNT, (uint32_t)count);
}

/* The directories that the names so far have begun and not yet ended. */
struct stack {
	struct dir *v;
	size_t n, cap;
};

static void push(struct stack *s, struct dir d)
{
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 16;
		s->v = realloc(s->v, s->cap * sizeof *s->v);
		if (!s->v)
			die("out of memory");
	}
	s->v[s->n++] = d;
}

void dirs_put(unsigned char *table, const struct plan *p, uint64_t n, uint64_t record)
{
	unsigned char *slots = table + RCCF_BUCKET_SIZE;
	uint64_t buckets = dirs_buckets(n);
	struct stack open = {0};

	rccf_store32(table + RCCF_DIRS_BUCKETS, (uint32_t)buckets);
	rccf_store32(table + RCCF_DIRS_COUNT, (uint32_t)n);
	for (size_t i = 0; i < p->n; i++) {
		struct str name = p->v[i].name;
		size_t same = shared(p, i);

		for (; open.n && open.v[open.n - 1].name.n >= same; open.n--)
			put_slot(slots, buckets, &open.v[open.n - 1], i - open.v[open.n - 1].first);
		for (const char *s = slash_from(name, same); s; s = slash_from(name, (size_t)(s - name.p) + 1))
			push(&open, (struct dir){{name.p, (size_t)(s - name.p)}, i, record});
		record += record_size(&p->v[i]);
	}
	for (; open.n; open.n--)
		put_slot(slots, buckets, &open.v[open.n - 1], p->n - open.v[open.n - 1].first);
	free(open.v);
}
