/* SPDX-License-Identifier: MIT */
/* Contenders as most programs would write them: an open-addressing table by XXH3, half full, with a tag and an
 * index a slot; and a binary search in a sorted array. */
#define XXH_INLINE_ALL
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "contender.h"

struct slot {
	uint32_t tag, entry; /* one more than its number; 0: free */
};

struct entry {
	const char *name;
	uint32_t len;
	uint64_t size;
};

static struct slot *slots;
static struct entry *entries;
static size_t mask, count;
static volatile uint64_t seen;

static bool open_table(const struct name *names, size_t n, const char *base)
{
	size_t all = 8, bytes = 0;
	char *text;

	(void)base;
	while (all < n * 2)
		all *= 2;
	mask = all - 1;
	count = n;
	for (size_t i = 0; i < n; i++)
		bytes += names[i].n + 1;
	slots = calloc(all, sizeof *slots);
	entries = malloc(n * sizeof *entries);
	text = malloc(bytes);
	if (!slots || !entries || !text)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t h = XXH3_64bits(names[i].p, names[i].n);
		size_t k = h & mask;

		entries[i] = (struct entry){memcpy(text, names[i].p, names[i].n + 1), (uint32_t)names[i].n, i};
		text += names[i].n + 1;
		while (slots[k].entry)
			k = (k + 1) & mask;
		slots[k] = (struct slot){(uint32_t)(h >> 32), (uint32_t)i + 1};
	}
	return true;
}

static bool table_has(const struct name *q)
{
	uint64_t h = XXH3_64bits(q->p, q->n);

	for (size_t k = h & mask; slots[k].entry; k = (k + 1) & mask) {
		const struct entry *e;

		if (slots[k].tag != (uint32_t)(h >> 32))
			continue;
		e = &entries[slots[k].entry - 1];
		if (e->len == q->n && !memcmp(e->name, q->p, q->n)) {
			seen = e->size;
			return true;
		}
	}
	return false;
}

/* By the same entries, which are sorted: ask for the table first. */
static bool open_halves(const struct name *names, size_t n, const char *base)
{
	return entries || open_table(names, n, base);
}

static bool halves_have(const struct name *q)
{
	size_t lo = 0, hi = count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(entries[mid].name, q->p);

		if (!c) {
			seen = entries[mid].size;
			return true;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

const struct contender by_table = {.who = "plain XXH3 table", .open = open_table, .has = table_has};
const struct contender by_halves = {.who = "binary search", .open = open_halves, .has = halves_have};
