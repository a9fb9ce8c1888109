/* SPDX-License-Identifier: MIT */
/* What did the linker leave of the bundles? prune NAME DIR LIST...: of each bundle its directory on disk and a file with all names that
 * were compiled, in order. Every name that rcc_at tells is compared with the disk, every other must be RCC_ENOENT to a look-up; prints what
 * is there just as `rcc list` does, or what is wrong. What the program refers to is in uses.h: BUNDLES(X) and NAMED(X). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uses.h"

static int fail(const char *what, const char *name)
{
	printf("FAIL %s: %s\n", what, name);
	return 1;
}

static int as_on_disk(const rcc_memfile *f, const char *dir)
{
	char path[4096], *buf = malloc(f->size + 2);
	size_t n = 0;
	int same;
	FILE *in;

	snprintf(path, sizeof path, "%s/%s", dir, f->name);
	in = fopen(path, "rb");
	if (in && buf) {
		n = fread(buf, 1, f->size + 1, in);
		fclose(in);
	}
	same = in && buf && n == f->size && !memcmp(buf, f->data, n) && !f->data[n];
	free(buf);
	return same;
}

/* What code named is there, and its constant leads to where a look-up leads. */
static int check_asset(rcc_asset asset, const char *name)
{
	rcc_entry e, same;
	int status = rcc_asset_entry(asset, &e);

	if (status)
		return fail(rcc_strerror(status), name);
	if (strcmp(e.name, name) || e.name_len != strlen(name))
		return fail("the constant leads to", e.name);
	if (rcc_lookup(rcc_from_desc(asset.bundle), name, strlen(name), &same) || same.name != e.name)
		return fail("the constant and the look-up", "differ");
	return 0;
}

static int check_bundle(const rcc_bundle *b, const char *name)
{
	return b && b == rcc_find_bundle(name) ? 0 : fail("the symbol and the name differ", name);
}

static int check_uses(void)
{
#define CHECK_BUNDLE(BUNDLE) || check_bundle(RCC_BUNDLE(BUNDLE), #BUNDLE)
#define CHECK_ASSET(BUNDLE, IDENT) || check_asset(RCC_ASSET(BUNDLE, IDENT), RCC_NAME_##BUNDLE##__##IDENT)
	return 0 BUNDLES(CHECK_BUNDLE) NAMED(CHECK_ASSET);
}

static int check_entry(const rcc_bundle *b, const rcc_entry *e, const char *dir)
{
	rcc_memfile f;
	int status = rcc_load(b, e->name, &f);

	if (status)
		return fail(rcc_strerror(status), e->name);
	if (!as_on_disk(&f, dir))
		return fail("differs from disk", e->name);
	rcc_release(&f);
	puts(e->name);
	return 0;
}

/* As the compiled names are in order, so are those that remain. */
static int check(const rcc_bundle *b, const char *dir, FILE *compiled)
{
	char name[4096];
	size_t i = 0;

	while (fgets(name, sizeof name, compiled)) {
		rcc_entry e, next;
		size_t len = strcspn(name, "\n");
		int status = rcc_lookup(b, name, len, &e);
		int left = !rcc_at(b, i, &next) && next.name_len == len && !memcmp(next.name, name, len);

		name[len] = 0;
		if (left ? status || e.name != next.name : status != RCC_ENOENT)
			return fail(rcc_strerror(status), name);
		if (left && check_entry(b, &e, dir))
			return 1;
		i += (size_t)left;
	}
	return i == rcc_count(b) ? 0 : fail("there is more than was compiled", dir);
}

int main(int argc, char **argv)
{
	if (check_uses())
		return 1;
	for (int i = 1; i + 2 < argc; i += 3) {
		const rcc_bundle *b = rcc_find_bundle(argv[i]);
		FILE *compiled = fopen(argv[i + 2], "r");

		if (!b || rcc_verify(b))
			return fail(b ? rcc_strerror(rcc_verify(b)) : "no bundle", argv[i]);
		if (!compiled)
			return fail("cannot read", argv[i + 2]);
		if (argc > 4)
			printf("%s%s:\n", i > 1 ? "\n" : "", argv[i]);
		if (check(b, argv[i + 1], compiled))
			return 1;
		fclose(compiled);
	}
	return 0;
}
