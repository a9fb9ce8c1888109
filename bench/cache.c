/* SPDX-License-Identifier: MIT */
/* Requests for the compressed files of a bundle, few of them most of the time (Zipf's law), by threads: each one decoded, and through
 * an rcc_cache of a part of all contents. cache [-t THREADS] [-n REQUESTS] [-r ROUNDS] BUNDLE.rcb
 * Prints rows: who, metric, value, unit, ratio to decoding each time. Medians of rounds, in turn. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../runtime-stub/rcc.h"

enum { MAX_THREADS = 64, MAX_ROUNDS = 99 };

/* The contenders: the cache may keep one part in so many of all contents; 0: none, each request decodes. */
static const unsigned parts[] = {0, 20, 4, 1};
enum { CONTENDERS = sizeof parts / sizeof *parts, METRICS = 4 };
static const char *const metrics[METRICS] = {"p50", "p99", "request", "hits"};
static const char *const units[METRICS] = {"ns", "ns", "ns", "%"};

static rcc_entry *entries;
static size_t nentries, all_bytes;
static uint32_t *requests; /* which file */
static uint64_t *taken;    /* how long it took, in ns */
static size_t nrequests = 200000, nthreads = 2;
static int rounds = 5;
static double results[CONTENDERS][METRICS][MAX_ROUNDS];

static void *must(void *p)
{
	if (!p) {
		fputs("cache: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static void check(const char *what, int error)
{
	if (error) {
		fprintf(stderr, "cache: %s: %s\n", what, rcc_strerror(error));
		exit(1);
	}
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 32);
}

static void take_entries(const rcc_bundle *b)
{
	entries = must(malloc(rcc_count(b) * sizeof *entries + 1));
	for (size_t i = 0; i < rcc_count(b); i++) {
		rcc_entry e;

		check("entry", rcc_at(b, i, &e));
		if (e.codec == RCC_CODEC_STORE)
			continue;
		entries[nentries++] = e;
		all_bytes += (size_t)e.size + 1;
	}
	check("no compressed files", nentries ? 0 : RCC_ENOENT);
}

/* The k-th most wanted of n files is asked for in proportion to 1/k; which it is, is drawn by lot. */
static void draw_requests(void)
{
	double *upto = must(malloc(nentries * sizeof *upto)), sum = 0;
	uint64_t state = 1;

	for (size_t i = nentries; i-- > 1;) {
		size_t k = next_random(&state) % (i + 1);
		rcc_entry e = entries[i];

		entries[i] = entries[k];
		entries[k] = e;
	}
	for (size_t i = 0; i < nentries; i++)
		upto[i] = sum += 1 / (double)(i + 1);
	requests = must(malloc(nrequests * sizeof *requests));
	taken = must(malloc(nrequests * sizeof *taken));
	for (size_t i = 0; i < nrequests; i++) {
		double at = next_random(&state) / 4294967296.0 * sum;
		size_t lo = 0, hi = nentries - 1;

		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (upto[mid] > at)
				hi = mid;
			else
				lo = mid + 1;
		}
		requests[i] = (uint32_t)lo;
	}
	free(upto);
}

static rcc_cache *cache; /* NULL: each request decodes */

/* Every nthreads-th request, from the arg-th on. */
static void *ask(void *arg)
{
	unsigned sum = 0;

	for (size_t i = (size_t)(uintptr_t)arg; i < nrequests; i += nthreads) {
		const rcc_entry *e = &entries[requests[i]];
		uint64_t begin = now();
		rcc_memfile f;

		check("request", cache ? rcc_cache_get(cache, e, &f) : rcc_load(e->bundle, e->name, &f));
		sum += f.data[f.size / 2];
		rcc_release(&f);
		taken[i] = now() - begin;
	}
	return (void *)(uintptr_t)sum;
}

static int by_time(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void run(int who, int round)
{
	rcc_cache_counts n = {0};
	pthread_t t[MAX_THREADS];
	uint64_t begin;

	cache = NULL;
	if (parts[who])
		check("cache", rcc_cache_new(all_bytes / parts[who], &cache));
	begin = now();
	for (size_t i = 0; i < nthreads; i++)
		check("thread", pthread_create(&t[i], NULL, ask, (void *)(uintptr_t)i) ? RCC_ENOMEM : 0);
	for (size_t i = 0; i < nthreads; i++)
		pthread_join(t[i], NULL);
	results[who][2][round] = (double)(now() - begin) / (double)nrequests;
	qsort(taken, nrequests, sizeof *taken, by_time);
	results[who][0][round] = (double)taken[nrequests / 2];
	results[who][1][round] = (double)taken[nrequests / 100 * 99];
	if (cache)
		rcc_cache_stats(cache, &n);
	results[who][3][round] = 100 * (double)n.hits / (double)nrequests;
	rcc_cache_free(cache);
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *v)
{
	qsort(v, (size_t)rounds, sizeof *v, by_value);
	return rounds % 2 ? v[rounds / 2] : (v[rounds / 2 - 1] + v[rounds / 2]) / 2;
}

static void print(int who)
{
	char name[40] = "decoded each time";

	if (parts[who])
		snprintf(name, sizeof name, "rcc_cache 1/%u", parts[who]);
	for (int m = 0; m < METRICS; m++) {
		double ratios[MAX_ROUNDS], values[MAX_ROUNDS];

		for (int r = 0; r < rounds; r++) {
			values[r] = results[who][m][r];
			ratios[r] = values[r] / results[0][m][r];
		}
		printf("%s\t%s\t%.*f\t%s\t", name, metrics[m], m == 3, median(values), units[m]);
		if (m < 3)
			printf("%.*f\n", m == 0 ? 3 : 2, median(ratios));
		else
			puts("-");
	}
}

int main(int argc, char **argv)
{
	const rcc_bundle *b;
	int c;

	while ((c = getopt(argc, argv, "t:n:r:")) != -1)
		switch (c) {
		case 't': nthreads = strtoul(optarg, NULL, 10); break;
		case 'n': nrequests = strtoul(optarg, NULL, 10); break;
		case 'r': rounds = atoi(optarg); break;
		default: return 2;
		}
	if (optind + 1 != argc || !nthreads || nthreads > MAX_THREADS || nrequests < 100 || rounds < 1 || rounds > MAX_ROUNDS) {
		fputs("usage: cache [-t THREADS] [-n REQUESTS] [-r ROUNDS] BUNDLE.rcb\n", stderr);
		return 2;
	}
	check(argv[optind], rcc_open_bundle(argv[optind], RCC_MAPPED, &b));
	take_entries(b);
	draw_requests();
	for (int r = 0; r < rounds; r++)
		for (int who = 0; who < CONTENDERS; who++)
			run(who, r);
	for (int who = 0; who < CONTENDERS; who++)
		print(who);
	return 0;
}
