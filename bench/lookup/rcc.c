/* SPDX-License-Identifier: MIT */
/* Contenders: rcc itself, and beside it the yardsticks for reading, which know where each frame lies: a reused
 * decoder of zstd's, and memcpy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "../../rcc/index.h"
#include "../../runtime-stub/rcc.h"
#include "contender.h"

static const rcc_bundle *bundle;
static rcc_dctx *decoder;
static ZSTD_DCtx *bare;

/* A bundle of empty files: look-ups read the index only. */
static bool make_bundle(const struct name *names, size_t n)
{
	struct plan p = {.bundle = STR("bench"), .n = n, .v = calloc(n, sizeof *p.v)};
	struct layout l = {.plan = &p};
	static const struct how how;
	char path[] = "/tmp/rcc-bench.XXXXXX";
	int fd = mkstemp(path);
	struct diag d = {0};
	void *image;

	if (!p.v || fd < 0 || unlink(path))
		return false;
	for (size_t i = 0; i < n; i++) {
		p.v[i].name = (struct str){names[i].p, names[i].n};
		p.v[i].how = &how;
	}
	l.index_size = index_size(&p);
	l.size = l.index_size + 16;
	for (size_t i = 0; i < n; i++)
		p.v[i].off = l.index_size;
	image = aligned_alloc(4096, (l.size + 4095) & ~4095ull);
	if (!image || !index_write(&l, &d, fd, 0, path, (uint64_t[2]){0}) || ftruncate(fd, (off_t)l.size) ||
	    pread(fd, image, l.size, 0) != (ssize_t)l.size)
		return false;
	close(fd);
	free(p.v);
	return !rcc_open_memory(image, l.size, &bundle);
}

static bool open_bundle(const struct name *names, size_t count, const char *base)
{
	char path[4096];

	if (bundle)
		return true;
	snprintf(path, sizeof path, "%s.rcb", base);
	decoder = rcc_dctx_new();
	bare = ZSTD_createDCtx();
	return decoder && bare && (!rcc_open_bundle(path, RCC_MAPPED, &bundle) || make_bundle(names, count));
}

static bool has(const struct name *q)
{
	rcc_entry e;

	return !rcc_lookup(bundle, q->p, q->n, &e);
}

static size_t have(const struct name *q, size_t n)
{
	enum { AT_ONCE = 64 };
	rcc_span names[AT_ONCE];
	rcc_entry e[AT_ONCE];
	int results[AT_ONCE];
	size_t found = 0;

	for (size_t k; n; q += k, n -= k) {
		k = n < AT_ONCE ? n : AT_ONCE;
		for (size_t i = 0; i < k; i++)
			names[i] = (rcc_span){(const unsigned char *)q[i].p, q[i].n};
		found += (size_t)rcc_lookup_many(bundle, names, k, e, results);
	}
	return found;
}

static long list(const struct name *dir)
{
	rcc_dir d;
	rcc_dirent e;
	long n = 0;

	if (rcc_dir_open(bundle, dir->p, &d))
		return -1;
	while (rcc_dir_next(&d, &e) == 1)
		n += e.name_len > 0;
	return n;
}

static long read_whole(const struct name *q, void *to, size_t cap)
{
	rcc_entry e;

	return rcc_lookup(bundle, q->p, q->n, &e) ? -1 : (long)rcc_read(&e, to, cap, decoder);
}

static const void *find_entry(const char *name, size_t n)
{
	rcc_entry *e = malloc(sizeof *e);

	if (!e || rcc_lookup(bundle, name, n, e))
		exit(1);
	return e;
}

static long copy(const struct name *q, void *to, size_t cap)
{
	const rcc_entry *e = q->own;

	if (e->stored > cap)
		return -1;
	memcpy(to, e->data, (size_t)e->stored);
	return (long)e->stored;
}

static long decode(const struct name *q, void *to, size_t cap)
{
	const rcc_entry *e = q->own;

	return e->codec == RCC_CODEC_STORE ? copy(q, to, cap)
	                                   : (long)ZSTD_decompressDCtx(bare, to, cap, e->data, (size_t)e->stored);
}

const struct contender by_rcc = {
	.who = "rcc", .open = open_bundle, .has = has, .list = list, .read = read_whole};
const struct contender by_many = {.who = "rcc, many at once", .open = open_bundle, .have = have};
const struct contender by_dctx = {
	.who = "ZSTD_decompressDCtx", .open = open_bundle, .prepare = find_entry, .read = decode};
const struct contender by_copy = {.who = "memcpy", .open = open_bundle, .prepare = find_entry, .read = copy};
