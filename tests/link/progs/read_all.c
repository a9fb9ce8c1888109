/* SPDX-License-Identifier: MIT */
/* Finds the bundles "one" and "two" in every way there is and compares each file with the directory on disk.
 * read_all DIR_ONE DIR_TWO; prints "ok" or what is wrong. With -DSHARED the bundles lie in a shared object: no direct symbol. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rcc.h"

#ifndef SHARED
RCC_DECLARE_BUNDLE(one);
RCC_DECLARE_BUNDLE(two);
#endif

static int fail(const char *what, const char *name)
{
	printf("FAIL %s: %s\n", what, name);
	return 1;
}

static int same_as_disk(const char *dir, const rcc_memfile *f)
{
	char path[4096], *buf = malloc(f->size + 2);
	size_t n = 0;
	FILE *in;

	snprintf(path, sizeof path, "%s/%s", dir, f->name);
	in = fopen(path, "rb");
	if (in && buf) {
		n = fread(buf, 1, f->size + 1, in);
		fclose(in);
	}
	n = in && buf && n == f->size && !memcmp(buf, f->data, n) && !f->data[n];
	free(buf);
	return (int)n;
}

static int check(const rcc_bundle *b, const char *dir)
{
	if (!b)
		return fail("no bundle", dir);
	if (rcc_verify(b))
		return fail(rcc_strerror(rcc_verify(b)), dir);
	for (size_t i = 0; i < rcc_count(b); i++) {
		rcc_memfile f;
		rcc_entry e;

		if (rcc_at(b, i, &e) || rcc_load(b, e.name, &f))
			return fail("cannot load", dir);
		if (!same_as_disk(dir, &f))
			return fail("differs from disk", e.name);
		rcc_release(&f);
	}
	return rcc_count(b) ? 0 : fail("empty", dir);
}

static int count(const rcc_bundle *b, void *arg)
{
	(void)b;
	++*(int *)arg;
	return 0;
}

int main(int argc, char **argv)
{
	int n = 0;

	if (argc != 3)
		return 2;
#ifndef SHARED
	if (RCC_BUNDLE(one) != rcc_find_bundle("one") || RCC_BUNDLE(two) != rcc_find_bundle("two"))
		return fail("the symbol and the name", "differ");
#endif
	if (rcc_find_bundle("three"))
		return fail("found", "three");
	rcc_each_bundle(count, &n);
	if (n != 2) {
		printf("FAIL each: %d bundles\n", n);
		return 1;
	}
	if (check(rcc_find_bundle("one"), argv[1]) || check(rcc_find_bundle("two"), argv[2]))
		return 1;
	puts("ok");
	return 0;
}
