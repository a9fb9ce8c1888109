/* SPDX-License-Identifier: MIT */
/* lookup [-r ROUNDS] MODE NAMES BASE: the contenders linked in, in turn in one process, on the names in the
 * file NAMES. MODE find: ns a hit and ns a miss, in random order; list: ns an entry, each directory once in
 * random order; read: MB/s, allocations a read. Prints TSV "who, metric, value, unit, ratio to the first
 * contender", medians. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "contender.h"

enum { MAX_ROUNDS = 99, CHECK = 256, CAP = 64 << 20 };

/* The least time one round takes. */
static const double ROUND_NS = 1.5e8;

static const struct contender *const contenders[] = {CONTENDERS};
enum { N = sizeof contenders / sizeof *contenders };

static struct name *names;
static size_t count;
static int rounds = 7;
static size_t allocations;

/* glibc's own, so that what a contender asks for is counted, whoever asks. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void die(const char *why)
{
	fprintf(stderr, "lookup: %s\n", why);
	exit(1);
}

static void *must(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->p, ((const struct name *)b)->p);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void read_names(const char *path)
{
	FILE *f = must(fopen(path, "rb"));
	size_t cap = 0;
	char *line = NULL;

	for (ssize_t n; (n = getline(&line, &(size_t){0}, f)) > 0; line = NULL) {
		if (count == cap)
			names = must(realloc(names, (cap = cap * 2 + 1024) * sizeof *names));
		line[--n] = 0;
		names[count++] = (struct name){.p = line, .n = (size_t)n};
	}
	fclose(f);
	qsort(names, count, sizeof *names, by_name);
}

static size_t below(size_t n)
{
	static unsigned long long x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (size_t)(x % n);
}

/* The queries of a contender, v in random order; their bytes lie in that order too, so that to read a query
 * costs the same for all. end: what the last byte becomes, 0 for nothing. */
static struct name *shuffle(const struct contender *c, const struct name *v, size_t n, char end)
{
	struct name *q = must(malloc(n * sizeof *q));
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < n; i++) {
		q[i] = v[i];
		bytes += v[i].n + 1;
	}
	for (size_t i = n; i-- > 1;) {
		size_t j = below(i + 1);
		struct name t = q[i];

		q[i] = q[j];
		q[j] = t;
	}
	at = must(malloc(bytes));
	for (size_t i = 0; i < n; i++) {
		q[i].p = memcpy(at, q[i].p, q[i].n);
		at[q[i].n] = 0;
		if (end)
			at[q[i].n - 1] = end;
		at += q[i].n + 1;
		q[i].own = c->prepare ? c->prepare(q[i].p, q[i].n) : NULL;
	}
	return q;
}

/* Times of one contender at one kind of query: where it is in them, and what each round said. */
struct run {
	struct name *q;
	size_t n, at;
	double t[MAX_ROUNDS];
	double allocations;
};

static void *buffer;

static bool one(const struct contender *c, const struct name *q, char kind, double *amount)
{
	long n = 1;

	switch (kind) {
	case 'h': return c->has(q);
	case 'm': return !c->has(q);
	case 'l': n = c->list(q); break;
	default: n = c->read(q, buffer, CAP); break;
	}
	*amount += (double)n;
	return n >= 0;
}

/* CHECK queries, or those that are left before the first comes again; how many. */
static size_t some(const struct contender *c, struct run *r, char kind, double *amount)
{
	size_t n = r->n - r->at < CHECK ? r->n - r->at : CHECK;

	if (c->have && (kind == 'h' || kind == 'm')) {
		if (c->have(r->q + r->at, n) != (kind == 'h' ? n : 0))
			die(c->who);
	} else {
		for (size_t k = 0; k < n; k++)
			if (!one(c, &r->q[r->at + k], kind, amount))
				die(c->who);
	}
	r->at = r->at + n < r->n ? r->at + n : 0;
	return n;
}

/* One round: queries until ROUND_NS are over. Hits and misses: ns each; lists: ns an entry; reads: MB/s. */
static void round_of(const struct contender *c, struct run *r, char kind, int round)
{
	double amount = 0, t, from = now();
	size_t queries = 0, before = allocations;

	do {
		queries += some(c, r, kind, &amount);
		t = now() - from;
	} while (t < ROUND_NS);
	r->allocations = (double)(allocations - before) / (double)queries;
	r->t[round] = kind == 'r' ? amount * 1e3 / t : kind == 'l' ? t / amount : t / (double)queries;
}

static bool can(const struct contender *c, char kind)
{
	return kind == 'l' ? c->list != NULL : kind == 'r' ? c->read != NULL : c->has != NULL || c->have != NULL;
}

static double median(const double *v)
{
	double sorted[MAX_ROUNDS];

	memcpy(sorted, v, (size_t)rounds * sizeof *v);
	qsort(sorted, (size_t)rounds, sizeof *sorted, by_value);
	return sorted[rounds / 2];
}

/* Prints what the rounds of all contenders came to; those that cannot do this kind are left to the caller to
 * name. */
static void print(const struct run *runs, const char *metric, const char *unit)
{
	for (int c = 0; c < N; c++) {
		double ratio[MAX_ROUNDS];

		if (!runs[c].q)
			continue;
		for (int r = 0; r < rounds; r++)
			ratio[r] = runs[c].t[r] / runs[0].t[r];
		printf("%s\t%s\t%.1f\t%s\t%.2f\n", contenders[c]->who, metric, median(runs[c].t), unit, median(ratio));
		printf("%s\tallocations a %s\t%.2f\t-\t-\n", contenders[c]->who, metric, runs[c].allocations);
	}
}

static void compare(char kind, const struct name *v, size_t n, const char *metric, const char *unit)
{
	static struct run runs[N];

	for (int c = 0; c < N; c++) {
		const struct contender *who = contenders[c];

		runs[c] = (struct run){0};
		if (can(who, kind))
			runs[c] = (struct run){.q = shuffle(who, v, n, kind == 'm' ? '~' : 0), .n = n};
	}
	for (int r = 0; r < rounds; r++)
		for (int c = 0; c < N; c++)
			if (runs[c].q)
				round_of(contenders[c], &runs[c], kind, r);
	print(runs, metric, unit);
}

/* Every directory above the names, the top first; *n of them. */
static struct name *directories(size_t *n)
{
	struct name *v = must(malloc(sizeof *v));
	size_t cap = 1;

	v[0] = (struct name){.p = ""};
	*n = 1;
	for (size_t i = 0; i < count; i++) {
		const char *p = names[i].p, *before = i ? names[i - 1].p : "";

		for (const char *slash = strchr(p, '/'); slash; slash = strchr(slash + 1, '/')) {
			size_t len = (size_t)(slash - p);

			if (!strncmp(p, before, len + 1))
				continue;
			if (*n == cap)
				v = must(realloc(v, (cap = cap * 2 + 64) * sizeof *v));
			v[(*n)++] = (struct name){.p = p, .n = len};
		}
	}
	return v;
}

int main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "r:")) == 'r')
		rounds = atoi(optarg);
	if (c != -1 || argc - optind != 3 || rounds < 1 || rounds > MAX_ROUNDS)
		return 2;
	read_names(argv[optind + 1]);
	buffer = memset(must(malloc(CAP)), 1, CAP);
	for (int i = 0; i < N; i++)
		if (!contenders[i]->open(names, count, argv[optind + 2]))
			die(contenders[i]->who);
	switch (argv[optind][0]) {
	case 'f':
		compare('h', names, count, "hit", "ns");
		compare('m', names, count, "miss", "ns");
		return 0;
	case 'l': {
		size_t n;
		struct name *dirs = directories(&n);

		compare('l', dirs, n, "listed entry", "ns");
		return 0;
	}
	default:
		compare('r', names, count, "read", "MB/s");
		return 0;
	}
}
