/* SPDX-License-Identifier: MIT */
/* See encode.h. Files are read whole, by workers, before pack reads them again: the plan's names must be known before the
 * first byte of the image is written. */
#include "encode.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef RCC_ZLIB
#include <zlib.h>
#endif
#ifdef RCC_BROTLI
#include <brotli/encode.h>
#endif

#include "../runtime-stub/core/core.h"
#include "codec.h"
#include "io.h"
#include "jobs.h"
#include "pack_item.h"

enum { ENCODE_FILE_MAX = 1 << 30, BR_WINDOW = 24, GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 9, GZIP_OS_UNKNOWN = 255 };

#ifdef RCC_ZLIB
enum { HAVE_GZIP = 1 };
#else
enum { HAVE_GZIP = 0 };
#endif
#ifdef RCC_BROTLI
enum { HAVE_BR = 1 };
#else
enum { HAVE_BR = 0 };
#endif

/* The encoding of n bytes on the heap; its size. 0: it would be no smaller. */
typedef size_t encode_fn(const char *p, size_t n, void **out);

static size_t gzip(const char *p, size_t n, void **out)
{
#ifdef RCC_ZLIB
	gz_header head = {.os = GZIP_OS_UNKNOWN}; /* no name, no time: the same everywhere */
	z_stream z = {.next_in = (Bytef *)(uintptr_t)p, .avail_in = (uInt)n, .avail_out = (uInt)n};
	bool ok = deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK;

	*out = ok ? malloc(n) : NULL;
	if (!*out)
		die("out of memory");
	z.next_out = *out;
	deflateSetHeader(&z, &head);
	ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
	deflateEnd(&z);
	return ok ? (size_t)z.total_out : 0;
#else
	(void)p;
	(void)n;
	(void)out;
	return 0;
#endif
}

static size_t brotli(const char *p, size_t n, void **out)
{
#ifdef RCC_BROTLI
	size_t size = n;

	*out = malloc(n);
	if (!*out)
		die("out of memory");
	/* It fails where the encoding needs more room than the contents. */
	return BrotliEncoderCompress(BROTLI_MAX_QUALITY, BR_WINDOW, BROTLI_MODE_GENERIC, n, (const uint8_t *)p, &size, *out)
	           ? size : 0;
#else
	(void)p;
	(void)n;
	(void)out;
	return 0;
#endif
}

static const struct coding {
	const char *word, *ending;
	unsigned bit;
	bool have;
	encode_fn *encode;
} coding[] = {
	{"br", ".br", ENCODE_BR, HAVE_BR, brotli},
	{"gzip", ".gz", ENCODE_GZIP, HAVE_GZIP, gzip},
};
enum { CODINGS = sizeof coding / sizeof *coding };

unsigned encode_of(struct str word)
{
	for (size_t k = 0; k < CODINGS; k++)
		if (str_eq(word, str_of(coding[k].word)))
			return coding[k].bit;
	return 0;
}

bool encode_has(unsigned bit)
{
	for (size_t k = 0; k < CODINGS; k++)
		if (coding[k].bit == bit)
			return coding[k].have;
	return false;
}

uint64_t encode_version(void)
{
	uint64_t v = 0;

#ifdef RCC_ZLIB
	v = rcc_i_hash64(zlibVersion(), strlen(zlibVersion()));
#endif
#ifdef RCC_BROTLI
	v += BrotliEncoderVersion();
#endif
	return v;
}

/* --- one file ----------------------------------------------------------------------------------- */

/* A file and what is made of it. */
struct job {
	const struct tree *tree;
	const struct item *it;
	uint32_t index;       /* of the item */
	const char *fault;    /* NULL: fine */
	int error;            /* errno of the fault, 0 where it has none */
	bool too_large;
	uint64_t hash;
	void *p[CODINGS];     /* NULL: not asked for, or no gain */
	size_t n[CODINGS];
};

/* The file, whole. False: j->fault says why not. */
static bool read_file(struct job *j, struct sb *b)
{
	int fd = pack_item_open(j->tree, j->it);
	struct stat before, after;
	ssize_t got = -1;

	j->fault = "cannot read:";
	if (fd >= 0 && !fstat(fd, &before)) {
		j->too_large = before.st_size > ENCODE_FILE_MAX;
		got = j->too_large ? 0 : io_read(fd, pack_item_room(b, (size_t)before.st_size + 1), (size_t)before.st_size + 1);
	}
	j->error = errno;
	if (got >= 0 && !j->too_large) {
		j->error = 0;
		j->fault = fstat(fd, &after) || got != before.st_size || !pack_item_same(&before, &after)
		               ? "changed while it was read; run rcc again when nothing writes to it" : NULL;
		b->n = (size_t)got;
	} else if (j->too_large) {
		j->fault = NULL;
	}
	if (fd >= 0)
		close(fd);
	return !j->fault;
}

static void work(void *state, void *job)
{
	struct job *j = job;
	struct sb b = {0};

	(void)state;
	if (read_file(j, &b) && b.n) {
		j->hash = rcc_i_hash64(b.p, b.n);
		for (size_t k = 0; k < CODINGS; k++) {
			if (!(j->it->how->encode & coding[k].bit))
				continue;
			j->n[k] = coding[k].encode(b.p, b.n, &j->p[k]);
			if (j->n[k] && codec_gains(b.n, j->n[k], false))
				continue;
			free(j->p[k]);
			j->p[k] = NULL;
		}
	}
	sb_done(&b);
}

static void *begin(void *ctx)
{
	return ctx;
}

static void end(void *state)
{
	(void)state;
}

/* --- the plan ----------------------------------------------------------------------------------- */

struct encoding {
	struct plan *p;
	struct arena *a;
	struct diag *d;
	const struct tree *t;
	struct item *more; /* the new ones */
	size_t n;
};

/* One new item: the bytes are the plan's from here on. */
static void add(struct encoding *e, const struct job *j, size_t k)
{
	struct how *how = new(e->a, struct how, 1);
	struct encoded *made = new(e->a, struct encoded, 1);
	struct sb name = {0};

	*made = (struct encoded){realloc(j->p[k], j->n[k]), j->n[k], j->hash, j->index};
	*how = (struct how){.codec = PLAN_STORE, .encoded = made};
	sb_add(&name, j->it->name.p, j->it->name.n);
	sb_str(&name, coding[k].ending);
	e->more = one_more(e->a, struct item, e->more, e->n);
	e->more[e->n++] = (struct item){
		.name = str_copy(e->a, (struct str){name.p, name.n}), .asset = j->it->asset, .how = how};
	sb_done(&name);
}

static void take(struct encoding *e, const struct job *j)
{
	const char *path = tree_path(e->t, e->a, j->it->asset);

	errno = j->error;
	if (j->fault)
		diag_error(e->d, AT_FILE(path), "%s", j->fault);
	if (j->too_large)
		diag_warn(e->d, AT_FILE(path), "is over 1 GiB, too large for encode=; it is stored without");
	for (size_t k = 0; k < CODINGS; k++) {
		if (j->p[k])
			add(e, j, k);
		else if (j->it->how->encode & coding[k].bit)
			diag_verbose(e->d, "%s: no %s, which would not gain", j->it->name.p, coding[k].ending + 1);
	}
}

/* Hands every file that wants it to the workers, and takes back what they made in the plan's order. */
static void encode_all(struct encoding *e, unsigned workers)
{
	size_t depth = workers > 1 ? workers + 2 : 1, next = 0, taken = 0;
	struct job *job = calloc(depth, sizeof *job), *done;
	struct jobs *jobs = jobs_start(workers, depth, begin, work, end, e);

	if (!job)
		die("out of memory");
	do {
		for (; next < e->p->n && jobs_room(jobs); next++) {
			struct job *j = &job[taken % depth];

			if (!e->p->v[next].how->encode)
				continue;
			*j = (struct job){.tree = e->t, .it = &e->p->v[next], .index = (uint32_t)next};
			jobs_submit(jobs, j);
			taken++;
		}
		done = jobs_next(jobs);
		if (done)
			take(e, done);
	} while (done);
	jobs_stop(jobs);
	free(job);
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct item *)x)->name, ((const struct item *)y)->name);
}

static void refuse_clash(const struct encoding *e, const struct item *had, const struct item *made)
{
	diag_error(e->d, AT_NONE, "two inputs with one name, '%s': '%s', and what encode= makes of '%s'; leave one out or "
	           "rename it", made->name.p, tree_path(e->t, e->a, had->asset), tree_path(e->t, e->a, made->asset));
}

/* Both lists in one, sorted; place says where each old item went. */
static struct item *merge(const struct encoding *e, uint32_t *place)
{
	struct item *v = new(e->a, struct item, e->p->n + e->n);
	size_t i = 0, k = 0, n = 0;

	while (i < e->p->n || k < e->n) {
		int c = i == e->p->n ? 1 : k == e->n ? -1 : str_cmp(e->p->v[i].name, e->more[k].name);

		if (!c)
			refuse_clash(e, &e->p->v[i], &e->more[k]);
		if (c > 0) {
			v[n++] = e->more[k++];
			continue;
		}
		place[i] = (uint32_t)n;
		v[n++] = e->p->v[i++];
	}
	return v;
}

/* The order of the data: each encoding behind what it was made of. */
static void set_order(struct plan *p, size_t old, const uint32_t *place, struct arena *a)
{
	uint32_t *order = new(a, uint32_t, p->n), *first = new(a, uint32_t, p->n + 1), *next = new(a, uint32_t, p->n);
	size_t n = 0;

	/* Lists by what they were made of, of 1 + an index. */
	for (size_t i = p->n; i-- > 0;)
		if (p->v[i].how->encoded) {
			struct encoded *made = (struct encoded *)(uintptr_t)p->v[i].how->encoded;

			made->of = place[made->of];
			next[i] = first[made->of];
			first[made->of] = (uint32_t)i + 1;
		}
	for (size_t i = 0; i < old; i++) {
		uint32_t at = place[p->order[i]];

		order[n++] = at;
		for (uint32_t k = first[at]; k; k = next[k - 1])
			order[n++] = k - 1;
	}
	p->order = order;
}

bool encode_make(struct plan *p, struct arena *a, struct diag *d, const struct tree *t, unsigned workers)
{
	struct encoding e = {.p = p, .a = a, .d = d, .t = t};
	size_t old = p->n, asked = 0;
	uint32_t *place;

	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].how->encode && p->v[i].how->run.p)
			diag_error(d, AT_FILE(tree_path(t, a, p->v[i].asset)), "run= and encode= do not go together in this version; "
			           "take one of them from the rules");
		asked += p->v[i].how->encode != 0;
	}
	if (!asked || diag_failed(d))
		return !diag_failed(d);
	encode_all(&e, workers);
	if (e.n)
		qsort(e.more, e.n, sizeof *e.more, by_name);
	place = new(a, uint32_t, p->n);
	p->v = merge(&e, place);
	p->n += e.n;
	set_order(p, old, place, a);
	return !diag_failed(d);
}

bool encode_check(const struct plan *p, struct arena *a, struct diag *d, const struct tree *t)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct encoded *made = p->v[i].how->encoded;

		if (!made || made->hash == p->v[made->of].hash)
			continue;
		diag_error(d, AT_FILE(tree_path(t, a, p->v[i].asset)),
		           "changed while it was read; run rcc again when nothing writes to it");
		return false;
	}
	return true;
}

void encode_done(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].how->encoded)
			free((void *)(uintptr_t)p->v[i].how->encoded->p);
}
