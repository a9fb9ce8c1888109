/* SPDX-License-Identifier: MIT */
/* What does the reader make of the bundle "one", if a linker tore its table apart? prune_torn DIR LIST: its directory on disk and a file
 * with all names that were compiled. Whatever the reader hands out must be right, whatever it does not must be an error. Prints "damaged" (so
 * says rcc_verify), "missed" (it does not, but something that is named gives an error), "whole" (all that is named is there), or what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uses.h"

static int corrupt, missed; /* how often the reader said so; how much of what is named is an error */

static int fail(const char *what, const char *name)
{
	printf("FAIL %s: %s\n", what, name);
	return 1;
}

/* Is the entry what it says to be? Reading it may fail by RCC_ECORRUPT only. */
static int check_entry(const rcc_entry *e, const char *dir)
{
	char path[4096], *got = malloc(e->size + 1), *disk = malloc(e->size + 2);
	size_t n = 0;
	rcc_ssize size = got ? rcc_read(e, got, e->size, NULL) : RCC_ENOMEM;
	int bad = 0;
	FILE *in;

	snprintf(path, sizeof path, "%s/%.*s", dir, (int)e->name_len, e->name);
	in = fopen(path, "rb");
	if (in && disk) {
		n = fread(disk, 1, e->size + 1, in);
		fclose(in);
	}
	if (size == RCC_ECORRUPT)
		corrupt++;
	else if (size < 0)
		bad = fail(rcc_strerror((int)size), path);
	else if (!in || !disk || n != (size_t)size || memcmp(got, disk, n))
		bad = fail("differs from disk", path);
	free(got);
	free(disk);
	return bad;
}

/* What a call answered: an entry, RCC_ECORRUPT, or RCC_ENOENT where that may be. */
static int check(int status, const rcc_entry *e, const char *dir, int may_miss, const char *what)
{
	if (!status)
		return check_entry(e, dir);
	if (status == RCC_ECORRUPT)
		corrupt++;
	else if (status != RCC_ENOENT || !may_miss)
		return fail(rcc_strerror(status), what);
	return 0;
}

static int check_asset(const rcc_bundle *b, rcc_asset asset, const char *dir)
{
	rcc_entry e;
	int status = rcc_asset_entry(asset, &e);

	if (!b)
		return status == RCC_ENOBUNDLE ? 0 : fail(rcc_strerror(status), "a constant, without a bundle");
	if (status == RCC_ECORRUPT) {
		missed++;
		return 0;
	}
	if (check(status, &e, dir, 0, asset.name) || e.name_len != asset.name_len || memcmp(e.name, asset.name, e.name_len))
		return fail("a constant leads astray", asset.name);
	return 0;
}

static int count_entry(const rcc_entry *e, void *dir)
{
	return check_entry(e, dir);
}

static int check_all(const rcc_bundle *b, char *dir, FILE *compiled)
{
	char name[4096];
	rcc_dirent d;
	rcc_entry e;
	rcc_dir walk;
	int status;

	for (size_t i = 0; i < rcc_count(b); i++)
		if (check(rcc_at(b, i, &e), &e, dir, 0, "rcc_at"))
			return 1;
	while (fgets(name, sizeof name, compiled))
		if (check(rcc_lookup(b, name, strcspn(name, "\n"), &e), &e, dir, 1, name))
			return 1;
	status = rcc_glob(b, "**", count_entry, dir);
	if (status == RCC_ECORRUPT)
		corrupt++;
	else if (status)
		return fail("rcc_glob", dir);
	status = rcc_dir_open(b, "", &walk);
	while (!status && (status = rcc_dir_next(&walk, &d)) == 1)
		status = 0;
	if (status == RCC_ECORRUPT)
		corrupt++;
	else if (status)
		return fail("rcc_dir_next", rcc_strerror(status));
	return 0;
}

int main(int argc, char **argv)
{
	const rcc_bundle *b = RCC_BUNDLE(one);
	FILE *compiled = argc == 3 ? fopen(argv[2], "r") : NULL;
	int verdict = b ? rcc_verify(b) : RCC_ECORRUPT, bad = !compiled;

#define CHECK_ASSET(BUNDLE, IDENT) || check_asset(b, RCC_ASSET(BUNDLE, IDENT), argv[1])
	bad = bad NAMED(CHECK_ASSET) || (b && check_all(b, argv[1], compiled));
	if (!b && rcc_find_bundle("one"))
		bad = fail("found by name", "but not by symbol");
	if (verdict && verdict != RCC_ECORRUPT)
		bad = fail("rcc_verify", rcc_strerror(verdict));
	if (!verdict && corrupt)
		bad = fail("rcc_verify does not see", "what other calls saw");
	if (compiled)
		fclose(compiled);
	if (!bad)
		puts(verdict ? "damaged" : missed ? "missed" : "whole");
	return bad;
}
