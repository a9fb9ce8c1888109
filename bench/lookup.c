/* SPDX-License-Identifier: MIT */
/* rcc_lookup beside a plain XXH3 table and a binary search, over made names; ratios of medians, taken in turn in
 * one run. lookup [COUNT...]; prints TSV: count, what, ns per hit, ns per miss, ratio of hits to the plain table. */
#define XXH_INLINE_ALL
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "../rcc/index.h"
#include "../runtime-stub/rcc.h"

enum { ROUNDS = 9, LEAST = 1 << 20 };

static size_t n;
static struct str *names, *hit, *miss;
static const rcc_bundle *bundle;

/* The plain table: slot to entry, entry to name, as most programs would write it. */
static struct plain {
	const char *name;
	size_t len;
	uint64_t size, off, more[4];
} *plain;
static uint32_t *plain_slot;
static size_t plain_mask;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bool by_rcc(struct str s)
{
	rcc_entry e;

	return !rcc_lookup(bundle, s.p, s.n, &e);
}

static bool by_plain(struct str s)
{
	for (size_t k = XXH3_64bits(s.p, s.n) & plain_mask; plain_slot[k]; k = (k + 1) & plain_mask) {
		const struct plain *e = &plain[plain_slot[k] - 1];

		if (e->len == s.n && !memcmp(e->name, s.p, s.n))
			return true;
	}
	return false;
}

static bool by_halves(struct str s)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = str_cmp(names[mid], s);

		if (!c)
			return true;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static int order(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void *must(void *p)
{
	if (!p) {
		fputs("bench: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static char *write_name(char *to, size_t i, const char *kind)
{
	return to + sprintf(to, "assets/%s/mod-%03zu/component%zu.%s", i % 3 ? "modules/core" : "img/icons/24x24", i % 997, i, kind) + 1;
}

/* Names, and the queries in random order, their bytes in that order too, so that reading a query costs the same
 * for all. */
static void make_names(void)
{
	char *bytes = must(malloc(n * 3 * 72)), *at = bytes;
	uint32_t *shuffled = must(malloc(n * sizeof *shuffled)), x = 12345;

	names = must(malloc(n * sizeof *names));
	hit = must(malloc(n * sizeof *hit));
	miss = must(malloc(n * sizeof *miss));
	for (size_t i = 0; i < n; i++) {
		names[i].p = at;
		at = write_name(at, i, i % 5 ? "svg" : "json");
		names[i].n = (size_t)(at - names[i].p) - 1;
		shuffled[i] = (uint32_t)i;
	}
	for (size_t i = n; i-- > 1;) {
		size_t j = (x = x * 1664525u + 1013904223u) % (i + 1);
		uint32_t t = shuffled[i];

		shuffled[i] = shuffled[j];
		shuffled[j] = t;
	}
	for (size_t i = 0; i < n; i++) {
		struct str from = names[shuffled[i]];

		hit[i] = (struct str){memcpy(at, from.p, from.n + 1), from.n};
		at += from.n + 1;
		miss[i].p = at;
		at = write_name(at, i, "none");
		miss[i].n = (size_t)(at - miss[i].p) - 1;
	}
	qsort(names, n, sizeof *names, order);
	free(shuffled);
}

static void make_bundle(void)
{
	struct plan p = {.bundle = STR("bench"), .n = n, .v = must(calloc(n, sizeof *p.v))};
	struct layout l = {.plan = &p};
	char path[] = "/tmp/rcc-bench.XXXXXX";
	int fd = mkstemp(path);
	struct diag d = {0};

	unlink(path);
	for (size_t i = 0; i < n; i++)
		p.v[i].name = names[i];
	l.index_size = index_size(&p);
	l.size = l.index_size + 16;
	for (size_t i = 0; i < n; i++)
		p.v[i].off = l.index_size;
	if (!index_write(&l, &d, fd, 0, path, (uint64_t[2]){0}) || ftruncate(fd, (off_t)l.size))
		exit(1);
	bundle = NULL;
	void *image = must(aligned_alloc(4096, (l.size + 4095) & ~4095ull));
	if (pread(fd, image, l.size, 0) != (ssize_t)l.size || rcc_open_memory(image, l.size, &bundle))
		exit(1);
	close(fd);
	printf("%zu\tindex bytes a file beside the name\t%.1f\n", n, (double)(l.index_size - 128) / (double)n - 46);
	free(p.v);
}

static void make_plain(void)
{
	size_t slots = 1;

	while (slots < n * 2)
		slots *= 2;
	plain_mask = slots - 1;
	plain_slot = must(calloc(slots, sizeof *plain_slot));
	plain = must(calloc(n, sizeof *plain));
	for (size_t i = 0; i < n; i++) {
		size_t k = XXH3_64bits(names[i].p, names[i].n) & plain_mask;

		plain[i].name = names[i].p;
		plain[i].len = names[i].n;
		while (plain_slot[k])
			k = (k + 1) & plain_mask;
		plain_slot[k] = (uint32_t)i + 1;
	}
}

static double time_one(bool (*fn)(struct str), const struct str *query, bool want)
{
	size_t rounds = LEAST / n + 1, right = 0;
	double t = now();

	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < n; i++)
			right += fn(query[i]) == want;
	if (right != rounds * n) {
		fputs("bench: a wrong answer\n", stderr);
		exit(1);
	}
	return (now() - t) / (double)(rounds * n);
}

int main(int argc, char **argv)
{
	static bool (*const fn[])(struct str) = {by_rcc, by_plain, by_halves};
	static const char *const what[] = {"rcc_lookup", "plain XXH3 table", "binary search"};
	static const char *const counts[] = {"100", "10000", "100000", "1000000"};
	const char *const *count = argc > 1 ? (const char *const *)argv + 1 : counts;
	int ncounts = argc > 1 ? argc - 1 : 4;

	for (int c = 0; c < ncounts; c++) {
		double t[3][2][ROUNDS];

		n = strtoul(count[c], NULL, 10);
		make_names();
		make_bundle();
		make_plain();
		for (int r = 0; r < ROUNDS; r++) {
			for (int f = 0; f < 3; f++) {
				t[f][0][r] = time_one(fn[f], hit, true);
				t[f][1][r] = time_one(fn[f], miss, false);
			}
		}
		for (int f = 0; f < 3; f++)
			for (int m = 0; m < 2; m++)
				qsort(t[f][m], ROUNDS, sizeof(double), by_value);
		for (int f = 0; f < 3; f++)
			printf("%zu\t%s\t%.1f\t%.1f\t%.2f\n", n, what[f], t[f][0][ROUNDS / 2], t[f][1][ROUNDS / 2],
			       t[f][0][ROUNDS / 2] / t[1][0][ROUNDS / 2]);
	}
	return 0;
}
