/* SPDX-License-Identifier: MIT */
/* The directory table: what the writer makes of names, a walk with it beside one without, and what a hostile one
 * gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "names_image.h"

static int has_table(struct image i)
{
	return (int)(rccf_load32(i.p + RCCF_H_OPTIONAL) & RCCF_OPTIONAL_DIRS);
}

static unsigned char *table_of(struct image i)
{
	return i.p + rccf_load64(i.p + RCCF_H_TABLE) + (size_t)rccf_load32(i.p + RCCF_H_BUCKETS) * RCCF_BUCKET_SIZE;
}

/* Both bundles have the same in and below dir, and of those, `files`. */
static size_t compare(const rcc_bundle *a, const rcc_bundle *b, const char *dir)
{
	rcc_dir da, db;
	rcc_dirent ea, eb;
	size_t files = 0;
	int more;

	assert_int_equal(rcc_dir_open(a, dir, &da), 0);
	assert_int_equal(rcc_dir_open(b, dir, &db), 0);
	assert_int_equal(da.next, db.next);
	assert_int_equal(da.end, db.end);
	assert_int_equal(da.skip, db.skip);
	do {
		more = rcc_dir_next(&da, &ea);
		assert_int_equal(rcc_dir_next(&db, &eb), more);
		if (more != 1)
			break;
		assert_int_equal(ea.name_len, eb.name_len);
		assert_memory_equal(ea.name, eb.name, ea.name_len);
		assert_int_equal(ea.is_dir, eb.is_dir);
		assert_int_equal(ea.count, eb.count);
		if (ea.is_dir) {
			size_t n = strlen(dir);
			char *below = malloc(n + ea.name_len + 2);

			assert_non_null(below);
			snprintf(below, n + ea.name_len + 2, "%s%s%.*s", dir, n ? "/" : "", (int)ea.name_len, ea.name);
			n = compare(a, b, below);
			assert_int_equal(n, ea.count);
			files += n;
			free(below);
		} else {
			assert_int_equal(ea.entry.name_len, eb.entry.name_len);
			assert_ptr_equal(ea.entry.name, ea.name - da.skip);
			files++;
		}
	} while (more == 1);
	assert_int_equal(more, 0);
	return files;
}

/* With the table and, the bit gone, without: the same everywhere. */
static void both_ways(struct image i)
{
	struct image plain = image_like(i);
	static const char *const absent[] = {"x", "a/", "/a", "a/b/c/d/e/f/g", "a.x/y", "z/", "/", "a//b"};
	rcc_dir d;

	assert_true(has_table(i));
	rccf_store32(plain.p + RCCF_H_OPTIONAL, 0);
	rehash(plain);
	assert_int_equal(rcc_verify(opened(i)), 0);
	assert_int_equal(rcc_verify(opened(plain)), 0);
	assert_int_equal(compare(opened(i), opened(plain), ""), rcc_count(opened(i)));
	for (size_t k = 0; k < sizeof absent / sizeof *absent; k++) {
		assert_int_equal(rcc_dir_open(opened(i), absent[k], &d), RCC_ENOENT);
		assert_int_equal(rcc_dir_open(opened(plain), absent[k], &d), RCC_ENOENT);
	}
	free(plain.p);
}

static struct str few[] = {STR("a"), STR("a-/q"), STR("a.x/y"), STR("a/b/c/d/f"), STR("a/b/c/d/g"), STR("a/b/z"),
	STR("a0/a/b/c"), STR("a0/a-"), STR("\xff/\x80/a name of more than thirty-two bytes in all"), STR("z")};
enum { FEW = sizeof few / sizeof *few };

static void few_names(void **state)
{
	struct image i = image_of(few, FEW);

	(void)state;
	assert_int_equal(rccf_load32(table_of(i) + RCCF_DIRS_COUNT), 11);
	both_ways(i);
	free(i.p);
}

/* Enough that buckets overflow, and the last one into the first. */
static void many_names(void **state)
{
	enum { N = 20000 };
	struct str *names = calloc(N, sizeof *names);
	struct image i;

	(void)state;
	assert_non_null(names);
	for (size_t k = 0; k < N; k++) {
		char *name = malloc(64);

		names[k] = (struct str){name, (size_t)snprintf(name, 64, "d%zu/%zu/%zu/f%zu", k % 7, k / 7 % 131, k % 3, k)};
	}
	i = image_of(names, N);
	assert_true(rccf_load32(table_of(i) + RCCF_DIRS_COUNT) > 2000);
	both_ways(i);
	free(i.p);
	for (size_t k = 0; k < N; k++)
		free((char *)names[k].p);
	free(names);
}

/* No name that has a directory; fewer than eight; a directory whose length the table cannot say, and one it can. */
static void without_one(void **state)
{
	static struct str flat[] = {STR("1"), STR("2"), STR("3"), STR("4"), STR("5"), STR("6"), STR("7"), STR("8")};
	char *deep = malloc(RCCF_DIR_NAME_MAX + 4);
	struct image i = image_of(flat, 8);
	rcc_dir d;

	(void)state;
	assert_non_null(deep);
	assert_false(has_table(i));
	free(i.p);
	i = image_of(few, RCCF_TABLE_MIN - 1);
	assert_false(has_table(i));
	free(i.p);
	memset(deep, 'x', RCCF_DIR_NAME_MAX + 4);
	for (size_t len = RCCF_DIR_NAME_MAX; len <= RCCF_DIR_NAME_MAX + 1; len++) {
		deep[len] = '/';
		flat[7] = (struct str){deep, len + 2};
		i = image_of(flat, 8);
		assert_int_equal(has_table(i), len == RCCF_DIR_NAME_MAX);
		deep[len] = 0;
		assert_int_equal(rcc_dir_open(opened(i), deep, &d), 0);
		assert_int_equal(rcc_verify(opened(i)), 0);
		deep[len] = 'x';
		free(i.p);
	}
	free(deep);
}

static unsigned char *slot_of(struct image i, const char *dir)
{
	unsigned char *table = table_of(i), *slot = table + RCCF_BUCKET_SIZE;
	uint64_t hash = XXH3_64bits(dir, strlen(dir)), n = rccf_load32(table + RCCF_DIRS_BUCKETS) * RCCF_DIR_SLOTS;

	for (uint64_t k = 0; k < n; k++, slot += RCCF_DIR_SIZE)
		if (rccf_load32(slot + RCCF_DIR_COUNT) && rccf_load32(slot + RCCF_DIR_KEY) == rccf_dir_key(hash, strlen(dir)))
			return slot;
	fail_msg("%s is not in the table", dir);
	return NULL;
}

/* What is written in the slot of a/b, which are 3 of 10 names from the fourth on, and what opening and a walk of what is
 * above then give. Verifying sees each, though the checksums fit. */
static void hostile_slots(void **state)
{
	static const struct {
		unsigned field;
		uint32_t value;
		int open, walk;
	} bad[] = {
		{RCCF_DIR_FIRST, UINT32_MAX, RCC_ECORRUPT, RCC_ECORRUPT}, {RCCF_DIR_FIRST, 8, RCC_ECORRUPT, RCC_ECORRUPT},
		{RCCF_DIR_FIRST, 2, 0, RCC_ECORRUPT}, {RCCF_DIR_COUNT, UINT32_MAX, RCC_ECORRUPT, RCC_ECORRUPT},
		{RCCF_DIR_COUNT, 8, RCC_ECORRUPT, RCC_ECORRUPT}, {RCCF_DIR_COUNT, 7, 0, RCC_ECORRUPT},
		{RCCF_DIR_COUNT, 2, 0, 1}, {RCCF_DIR_COUNT, 0, RCC_ENOENT, RCC_ECORRUPT},
		{RCCF_DIR_REC, UINT32_MAX, RCC_ECORRUPT, RCC_ECORRUPT}, {RCCF_DIR_REC, 0, RCC_ECORRUPT, RCC_ECORRUPT},
		{RCCF_DIR_KEY, 0, RCC_ENOENT, RCC_ECORRUPT},
	};
	struct image sound = image_of(few, FEW);

	(void)state;
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
		struct image i = image_like(sound);
		rcc_dirent e;
		rcc_dir d;

		rccf_store32(slot_of(i, "a/b") + bad[k].field, bad[k].value);
		rehash(i);
		if (rcc_dir_open(opened(i), "a/b", &d) != bad[k].open)
			fail_msg("case %zu: opened with %d", k, rcc_dir_open(opened(i), "a/b", &d));
		assert_int_equal(rcc_dir_open(opened(i), "a", &d), 0);
		memset(&e, 7, sizeof e);
		if (rcc_dir_next(&d, &e) != bad[k].walk)
			fail_msg("case %zu: another walk", k);
		if (bad[k].walk < 0)
			assert_int_equal(e.is_dir, 0x07070707);
		if (rcc_verify(opened(i)) != RCC_ECORRUPT)
			fail_msg("case %zu: verified", k);
		free(i.p);
	}
	free(sound.p);
}

/* Fields of the line and whole slots that only verifying looks at; then those by which no directory is found. */
static void hostile_tables(void **state)
{
	struct image sound = image_of(few, FEW), i;
	size_t line = (size_t)(table_of(sound) - sound.p), slots = rccf_load32(table_of(sound)) * RCCF_DIR_SLOTS;
	static const uint32_t buckets[] = {0, 6, UINT32_MAX, 1 << 26};
	rcc_dir d;

	(void)state;
	for (size_t at = RCCF_DIRS_COUNT; at < RCCF_BUCKET_SIZE + slots * RCCF_DIR_SIZE; at++) {
		i = image_like(sound);
		i.p[line + at] ^= 0x10;
		rehash(i);
		if (rcc_verify(opened(i)) != RCC_ECORRUPT)
			fail_msg("byte %zu of the table was changed, and verified", at);
		free(i.p);
	}
	for (size_t k = 0; k < sizeof buckets / sizeof *buckets; k++) {
		i = image_like(sound);
		rccf_store32(i.p + line, buckets[k] == 6 ? (uint32_t)((sound.size - line) / 64) : buckets[k]);
		rehash(i);
		assert_int_equal(rcc_dir_open(opened(i), "a/b", &d), RCC_ECORRUPT);
		assert_int_equal(rcc_dir_open(opened(i), "", &d), 0);
		assert_int_equal(rcc_verify(opened(i)), RCC_ECORRUPT);
		free(i.p);
	}
	/* The record of another name below. */
	i = image_like(sound);
	rccf_store32(slot_of(i, "a/b") + RCCF_DIR_REC, (uint32_t)(rcc_i_ref(opened(i), 5) / 8));
	rehash(i);
	assert_int_equal(rcc_dir_open(opened(i), "a/b", &d), 0);
	assert_int_equal(rcc_verify(opened(i)), RCC_ECORRUPT);
	free(i.p);
	/* The bit, and no look-up table. */
	i = image_like(sound);
	rccf_store64(i.p + RCCF_H_TABLE, 0);
	rccf_store32(i.p + RCCF_H_BUCKETS, 0);
	rehash(i);
	assert_int_equal(rcc_dir_open(opened(i), "a/b", &d), RCC_ECORRUPT);
	assert_int_equal(rcc_verify(opened(i)), RCC_ECORRUPT);
	free(i.p);
	free(sound.p);
}

/* All slots taken, and none the one: the search ends. */
static void full_tables(void **state)
{
	struct image i = image_of(few, FEW);
	unsigned char *table = table_of(i);
	rcc_dir d;

	(void)state;
	for (size_t k = 0; k < rccf_load32(table) * RCCF_DIR_SLOTS; k++)
		rccf_store32(table + RCCF_BUCKET_SIZE + k * RCCF_DIR_SIZE + RCCF_DIR_COUNT, 1);
	assert_int_equal(rcc_dir_open(opened(i), "none", &d), RCC_ENOENT);
	free(i.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_names), cmocka_unit_test(many_names), cmocka_unit_test(without_one),
		cmocka_unit_test(hostile_slots), cmocka_unit_test(hostile_tables), cmocka_unit_test(full_tables),
	};

	return cmocka_run_group_tests_name("dirs", tests, NULL, NULL);
}
