/* SPDX-License-Identifier: MIT */
/* Bundles of empty files, whose index is rcc's own, for tests of what stands in it. Included by one file a program. */
#ifndef TEST_NAMES_IMAGE_H
#define TEST_NAMES_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <xxhash.h>

#include "../../rcc/index.h"
#include "../../runtime-stub/core/core.h"

struct image {
	unsigned char *p;
	size_t size;
};

static void rehash(struct image i)
{
	size_t index = (size_t)rccf_load64(i.p + RCCF_H_INDEX_SIZE);

	rccf_store64(i.p + RCCF_H_INDEX_HASH, XXH3_64bits(i.p + RCCF_H_DATA_HASH, index - RCCF_H_DATA_HASH));
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct item *)a)->name, ((const struct item *)b)->name);
}

/* The bundle of n empty files, in a block of its own exact size. */
static struct image image_of(struct str *names, size_t n)
{
	static const struct how plain;
	struct plan p = {.bundle = STR("names"), .n = n, .v = calloc(n, sizeof *p.v)};
	struct layout l = {.plan = &p, .index_size = 0};
	unsigned char zeros[16] = {0};
	XXH128_hash_t data = XXH3_128bits(zeros, sizeof zeros);
	FILE *f = tmpfile();
	struct diag d = {0};
	struct image i;

	assert_non_null(p.v);
	assert_non_null(f);
	for (size_t k = 0; k < n; k++)
		p.v[k] = (struct item){.name = names[k], .how = &plain};
	qsort(p.v, n, sizeof *p.v, by_name);
	l.index_size = index_size(&p);
	l.size = l.index_size + sizeof zeros;
	for (size_t k = 0; k < n; k++) {
		p.v[k].off = l.index_size;
		p.v[k].hash = XXH3_64bits("", 0);
	}
	i.size = l.size;
	i.p = malloc(i.size);
	assert_non_null(i.p);
	assert_true(index_write(&l, &d, fileno(f), 0, "names", (uint64_t[2]){data.low64, data.high64}));
	assert_int_equal(ftruncate(fileno(f), (off_t)l.size), 0);
	assert_int_equal(pread(fileno(f), i.p, i.size, 0), i.size);
	fclose(f);
	free(p.v);
	return i;
}

static struct image image_like(struct image from)
{
	struct image i = {malloc(from.size), from.size};

	assert_non_null(i.p);
	memcpy(i.p, from.p, from.size);
	return i;
}

static const rcc_bundle *opened(struct image i)
{
	const rcc_bundle *b;

	assert_int_equal(rcc_open_memory(i.p, i.size, &b), 0);
	return b;
}

#endif
