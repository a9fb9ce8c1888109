/* SPDX-License-Identifier: MIT */
/* Damaged, scrambled and hostile images of the split form: an error, and never a name that is there called absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../runtime-stub/core/core.h"
#include "../walk_all.h"
#include "split_small.h"

enum { MANY = 200 };

static const char *const names[] = {"a", "a-b", "a/b/d.txt", "z/only", "css", ""};
enum { NAMES = sizeof names / sizeof *names };

/* Which bytes must be as they are (1), which may be anything (0), and which nobody can tell (2): the number that a
 * reference had, where some before or behind it are missing, and of a frame what is decoded to the same contents. */
static unsigned char *meaning(const struct split_image *s)
{
	unsigned char *means = calloc(1, s->size);

	memset(means, 1, s->end + RCCF_MARK_SIZE);
	memset(means + s->footer, 1, RCCF_MARK_SIZE);
	for (size_t i = 0; i < FILES; i++)
		memset(means + s->begin[i], 1, s->behind[i] - s->begin[i]);
	memset(means + s->begin[3], 2, (size_t)rccf_load64(s->bytes + s->record[3] + RCCF_R_STORED));
	for (size_t i = 0; s->kept < FILES && i < s->kept; i++)
		memset(means + s->refs + i * RCCF_SPLIT_REF_SIZE + RCCF_S_ORDINAL, 2, 4);
	return means;
}

/* Each bit of what section 9 speaks of is noticed when it flips; what lies between assets may be anything. */
static void every_bit(void **state)
{
	static const unsigned char some[FILES] = {1, 1, 0, 1, 1, 1, 1};

	(void)state;
	for (size_t f = 0; f < 2 * FORMS; f++) {
		struct split_image s = make(forms[f / 2], f % 2 ? some : NULL, 1);
		unsigned char *means = meaning(&s), *copy = malloc(s.size);

		for (size_t bit = 0; bit < s.size * 8; bit++) {
			const rcc_bundle *b;
			int sound;

			memcpy(copy, s.bytes, s.size);
			copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
			walk_all(copy, s.size, names, NAMES);
			sound = !rcc_open_memory(copy, s.size, &b) && !rcc_verify(b);
			if (means[bit / 8] != 2 && sound == means[bit / 8])
				fail_msg("image %zu, bit %zu of byte %zu flipped: %s", f, bit % 8, bit / 8, sound ? "not seen" : "seen");
		}
		free(copy);
		free(s.bytes);
		free(means);
	}
}

static void every_truncation(void **state)
{
	struct split_image s = make(RCCF_FORM_SPLIT, NULL, 0);

	(void)state;
	for (size_t n = 0; n < s.size; n++) {
		unsigned char *copy = malloc(n ? n : 1);
		const rcc_bundle *b;

		memcpy(copy, s.bytes, n);
		assert_int_equal(rcc_open_memory(copy, n, &b), RCC_ECORRUPT);
		free(copy);
	}
	free(s.bytes);
}

/* Distances and numbers that lead anywhere: nothing but memory safety is asked for. */
static void bytes_set_to_extremes(void **state)
{
	static const unsigned char value[] = {0x00, 0x7f, 0x80, 0xff};

	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		struct split_image s = make(forms[f], NULL, 0);
		unsigned char *copy = malloc(s.size);

		for (size_t at = 0; at + 8 <= s.size; at++) {
			for (size_t v = 0; v < 2 * sizeof value; v++) {
				memcpy(copy, s.bytes, s.size);
				memset(copy + at, value[v / 2], v % 2 ? 8 : 2);
				walk_all(copy, s.size, names, NAMES);
			}
		}
		free(copy);
		free(s.bytes);
	}
}

static void hostile_headers(void **state)
{
	static const struct {
		unsigned field, bytes;
		uint64_t value;
		int error;
	} bad[] = {
		{RCCF_H_FORM, 1, 0, RCC_ECORRUPT}, {RCCF_H_FORM, 1, 2, RCC_EVERSION}, {RCCF_H_FORM, 1, 4, RCC_EVERSION},
		{RCCF_H_FORM, 1, 6, RCC_EVERSION}, {RCCF_H_FORM, 1, 8, RCC_EVERSION}, {RCCF_H_FORM, 1, 9, RCC_EVERSION},
		{RCCF_H_FORM, 1, 0x81, RCC_EVERSION}, {RCCF_H_VERSION, 2, 2, RCC_EVERSION}, {RCCF_H_ZERO2, 1, 1, RCC_ECORRUPT},
		{RCCF_H_TABLE, 8, 128, RCC_ECORRUPT}, {RCCF_H_BUCKETS, 4, 8, RCC_ECORRUPT}, {RCCF_H_COUNT, 8, FILES - 1, RCC_ECORRUPT},
		{RCCF_H_COUNT, 8, UINT64_MAX, RCC_ECORRUPT}, {RCCF_H_COUNT, 8, (1ull << 60) + FILES, RCC_ECORRUPT},
		{RCCF_H_SIZE, 8, 0, RCC_ECORRUPT}, {RCCF_H_INDEX_SIZE, 8, 0, RCC_ECORRUPT}, {RCCF_H_REFS, 8, 0, RCC_ECORRUPT},
		{RCCF_H_REFS, 8, 129, RCC_ECORRUPT}, {RCCF_H_REFS, 8, UINT64_MAX - 15, RCC_ECORRUPT}, {RCCF_H_REFS, 8, 1ull << 63, RCC_ECORRUPT},
		{RCCF_H_NAME, 8, UINT64_MAX, RCC_ECORRUPT}, {RCCF_H_NAME_LEN, 4, UINT32_MAX, RCC_ECORRUPT}, {RCCF_H_NAME_LEN, 4, 4, RCC_ECORRUPT},
	};
	struct split_image s = make(RCCF_FORM_SPLIT, NULL, 0);
	unsigned char *copy = malloc(s.size);
	const rcc_bundle *b;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memcpy(copy, s.bytes, s.size);
		for (unsigned k = 0; k < bad[i].bytes; k++)
			copy[bad[i].field + k] = (unsigned char)(bad[i].value >> 8 * k);
		if (rcc_open_memory(copy, s.size, &b) != bad[i].error)
			fail_msg("case %zu gave %d", i, rcc_open_memory(copy, s.size, &b));
	}
	/* Of the compiled image: nothing as large need be here. */
	memcpy(copy, s.bytes, s.size);
	rccf_store64(copy + RCCF_H_SIZE, UINT64_MAX);
	assert_int_equal(rcc_open_memory(copy, s.size, &b), 0);
	free(copy);
	free(s.bytes);
}

static void swap_refs(unsigned char *refs, size_t i, size_t k, unsigned form)
{
	unsigned char *a = refs + i * RCCF_SPLIT_REF_SIZE, *b = refs + k * RCCF_SPLIT_REF_SIZE, t[RCCF_SPLIT_REF_SIZE];
	uint64_t moved = (uint64_t)(b - a);
	int big = form & RCCF_FORM_BIG, narrow = form & RCCF_FORM_NARROW;
	uint64_t to_a = (uint64_t)rccf_load_rel(a, big, narrow), to_b = (uint64_t)rccf_load_rel(b, big, narrow);

	memcpy(t, a, sizeof t);
	memcpy(a, b, sizeof t);
	memcpy(b, t, sizeof t);
	split_lead(a, 0, to_b + moved, form);
	split_lead(b, 0, to_a - moved, form);
}

/* What a linker that was told to can make of the image, and what is worse. */
static void torn_apart(void **state)
{
	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		struct split_image s = make(forms[f], NULL, 0);
		unsigned char *before = malloc(s.size + 2 * RCCF_MARK_SIZE), *copy = before + RCCF_MARK_SIZE;
		const rcc_bundle *b;

		memcpy(before, RCCF_REFS_END, RCCF_MARK_SIZE);
#define TORN(change)                                                                                                   \
	do {                                                                                                           \
		memcpy(copy, s.bytes, s.size);                                                                         \
		change;                                                                                                \
		assert_int_equal(rcc_open_memory(copy, s.size, &b), RCC_ECORRUPT);                                     \
	} while (0)
		TORN(split_lead(copy, RCCF_H_REFS_END, (uint64_t)-RCCF_MARK_SIZE, forms[f]));
		TORN(split_lead(copy, RCCF_H_REFS_END, s.end - 16, forms[f]));
		TORN(memcpy(copy + s.refs, RCCF_REFS_END, 16); split_lead(copy, RCCF_H_REFS_END, s.refs - 16, forms[f]));
		TORN(memcpy(copy + s.end + 8, RCCF_REFS_END, 16); split_lead(copy, RCCF_H_REFS_END, s.end + 8, forms[f]));
		TORN(split_lead(copy, RCCF_H_REFS_END, 1u << 30, forms[f]));
		TORN(split_lead(copy, RCCF_H_REFS_END, UINT64_MAX >> 1, forms[f]));
		TORN(copy[s.end + 5] ^= 1);
		TORN(copy[s.footer] ^= 1);
		TORN(split_lead(copy, RCCF_H_FOOTER, s.footer + 16, forms[f]));
		TORN(split_lead(copy, RCCF_H_FOOTER, s.size - 1, forms[f]));
		TORN(split_lead(copy, RCCF_H_FOOTER, s.end, forms[f]); memcpy(copy + s.end, RCCF_FOOTER, 16));
		TORN(split_lead(copy, RCCF_H_FOOTER, 1ull << 63, forms[f]));
		TORN(memset(copy + RCCF_H_REFS_END, 0, 16)); /* the object, before any linker */
		TORN(swap_refs(copy + s.refs, 0, 1, forms[f]));
		TORN(swap_refs(copy + s.refs, 2, FILES - 1, forms[f]));
		TORN(rccf_store32(copy + s.refs + 16 + RCCF_S_ORDINAL, 0)); /* as the one before */
		TORN(rccf_store32(copy + s.refs + 16 * (FILES - 1) + RCCF_S_ORDINAL, FILES));
		TORN(rccf_store32(copy + s.refs + 16 * (FILES - 1) + RCCF_S_ORDINAL, UINT32_MAX));
#undef TORN
		free(before);
		free(s.bytes);
	}
}

/* A reference that leads astray is told from one that leads to nothing; what is not looked for by way of it is found. */
static void refs_led_astray(void **state)
{
	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		struct split_image s = make(forms[f], NULL, 0);
		const uint64_t to[] = {s.record[1], s.record[3], s.record[2] + 8, s.record[2] + 1, s.begin[2], 0, s.refs, s.end,
		                       s.footer, s.size - 8, s.size + 8, 1u << 30, (uint64_t)-8, 1ull << 63};
		size_t ref = s.refs + 2 * RCCF_SPLIT_REF_SIZE;
		const rcc_bundle *b = opened(&s);
		size_t told;
		rcc_entry e;

		for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
			split_lead(s.bytes, ref, to[i], forms[f]);
			assert_int_equal(rcc_at(b, 2, &e), RCC_ECORRUPT);
			assert_int_equal(rcc_lookup(b, files[2].name, strlen(files[2].name), &e), RCC_ECORRUPT);
			assert_int_equal(rcc_lookup(b, files[6].name, strlen(files[6].name), &e), 0);
			assert_int_equal(rcc_verify(b), RCC_ECORRUPT);
			told = 0;
			assert_int_equal(rcc_glob(b, "*", count_name, &told), RCC_ECORRUPT);
			assert_int_equal(told, 2);
		}
		free(s.bytes);
	}
}

/* More files than references are looked at when a bundle is opened. A linker left some out; those that it kept are
 * in kept, by name. */
static struct split_image make_many(unsigned form, const char *kept[static MANY])
{
	static char name[MANY][16];
	static struct image_file many[MANY];
	static unsigned char keep[MANY];
	const struct split_plan p = {many, MANY, form, 0, keep, 1};
	struct split_image s;
	const rcc_bundle *b;
	rcc_entry e;
	size_t n = 0;

	for (size_t i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof name[i], "d%zu/%03zu", i / 50, i);
		many[i] = (struct image_file){name[i], name[i], strlen(name[i]), RCC_CODEC_STORE, NULL};
		keep[i] = i % 7 != 3;
		if (keep[i])
			kept[n++] = name[i];
	}
	s = split_new("many", &p);
	b = opened(&s);
	assert_int_equal(rcc_verify(b), 0);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(rcc_lookup(b, name[i], 6, &e), keep[i] ? 0 : RCC_ENOENT);
	return s;
}

/* Whether those in the middle ascend is not looked at when a bundle is opened; how many there are is. */
static void more_than_were_compiled(void **state)
{
	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		const char *kept[MANY];
		struct split_image s = make_many(forms[f], kept);
		size_t last = s.refs + (s.kept - 1) * RCCF_SPLIT_REF_SIZE;
		uint64_t count = s.kept - 1;
		const rcc_bundle *b;

		rccf_store64(s.bytes + RCCF_H_COUNT, count);
		rccf_store64(s.bytes + RCCF_H_INDEX_SIZE, s.refs + (count + 1) * RCCF_SPLIT_REF_SIZE);
		rccf_store32(s.bytes + last + RCCF_S_ORDINAL, (uint32_t)count - 1);
		split_hash(&s);
		assert_int_equal(rcc_open_memory(s.bytes, s.size, &b), RCC_ECORRUPT);
		free(s.bytes);
	}
}

/* Each of them is found, or it is not known whether it is there; and how many are not found. */
static size_t none_is_called_absent(const struct split_image *s, const char *const *kept)
{
	const rcc_bundle *b = opened(s);
	size_t unknown = 0;
	rcc_entry e;

	for (size_t i = 0; i < s->kept; i++) {
		int error = rcc_lookup(b, kept[i], strlen(kept[i]), &e);

		if (error == RCC_ENOENT)
			fail_msg("%s is there", kept[i]);
		unknown += error != 0;
	}
	assert_int_equal(rcc_verify(b), RCC_ECORRUPT);
	return unknown;
}

static void scrambled_out_of_sight(void **state)
{
	const char *kept[MANY];

	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		struct split_image s = make_many(forms[f], kept);
		const rcc_bundle *b = opened(&s);
		size_t told = 0, listed = 0;
		rcc_dirent de;
		rcc_entry e;
		rcc_dir d;
		int r;

		swap_refs(s.bytes + s.refs, 80, 130, forms[f]);
		assert_int_equal(rcc_at(b, 80, &e), RCC_ECORRUPT);
		assert_int_equal(rcc_at(b, 130, &e), RCC_ECORRUPT);
		assert_int_equal(rcc_lookup(b, kept[80], 6, &e), RCC_ECORRUPT);
		assert_int_equal(rcc_lookup(b, kept[130], 6, &e), RCC_ECORRUPT);
		none_is_called_absent(&s, kept);
		assert_int_equal(rcc_glob(b, "**", count_name, &told), RCC_ECORRUPT);
		assert_int_equal(told, 80);
		r = rcc_dir_open(b, "d1", &d);
		while (!r && rcc_dir_next(&d, &de) == 1)
			assert_true(++listed < MANY);
		assert_int_equal(r ? r : rcc_dir_next(&d, &de), RCC_ECORRUPT);
		free(s.bytes);
	}
}

/* Of references that changed places with others as a block, each has the neighbours it had. */
static void blocks_out_of_place(void **state)
{
	enum { BLOCK = 40 };
	const char *kept[MANY];

	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		struct split_image s = make_many(forms[f], kept);
		const rcc_bundle *b;

		for (size_t i = 70; i < 70 + BLOCK; i++)
			swap_refs(s.bytes + s.refs, i, i + BLOCK, forms[f]);
		assert_true(none_is_called_absent(&s, kept) >= 2 * BLOCK);
		/* If the end of them were at the beginning, the last would tell. */
		rccf_store32(s.bytes + s.end - RCCF_SPLIT_REF_SIZE + RCCF_S_ORDINAL, 63);
		assert_int_equal(rcc_open_memory(s.bytes, s.size, &b), RCC_ECORRUPT);
		free(s.bytes);
	}
}

/* With checks that fit: what only the writer of an image can get wrong. */
static void faults_under_fitting_checks(void **state)
{
	struct split_image s = make(RCCF_FORM_SPLIT, NULL, 0);
	size_t r = s.record[1];
	const struct {
		size_t at;
		unsigned bytes;
		uint64_t value;
	} bad[] = {
		{r + RCCF_R_NAME, 1, '/'},                     /* no name */
		{r + RCCF_R_NAME, 1, 'z'},                     /* out of order */
		{s.record[2] + RCCF_R_NAME + 10, 1, 1},        /* behind the NUL */
		{s.begin[1] + 7, 1, 'x'},                      /* the contents' NUL */
		{r - 1, 1, 'x'},                               /* between contents and record */
		{s.begin[1], 1, 'x'},                          /* other contents */
		{r + RCCF_R_HASH, 1, 0},                       /* of other contents */
		{r + RCCF_R_FLAGS, 1, 1},
		{r + RCCF_R_CODEC, 1, 9},
		{r + RCCF_R_ALIGN, 1, 5},                      /* more than the header's */
		{r + RCCF_R_MIME, 4, s.refs},                  /* no string */
		{r + RCCF_R_MIME, 4, UINT32_MAX},
		{r + RCCF_R_NAME_LEN, 4, 0},
		{r + RCCF_R_NAME_LEN, 4, 2},
		{r + RCCF_R_SIZE, 8, 6},
		{r + RCCF_R_STORED, 8, UINT64_MAX},
		{r + RCCF_R_DATA, 8, 0},
		{r + RCCF_R_DATA, 8, s.begin[1] - r + 1},      /* over the record */
		{r + RCCF_R_DATA, 8, s.begin[1] - r - 8},      /* too far before it */
		{r + RCCF_R_DATA, 8, s.begin[0] - r},          /* another's */
		{r + RCCF_R_DATA, 8, (uint64_t)0 - r},
		{r + RCCF_R_DATA, 8, 1ull << 63},
		{RCCF_H_ALIGN, 1, 3},                          /* less than an entry's */
		{s.name + 5, 1, 'x'},                          /* behind the bundle's name */
	};
	unsigned char *sound = malloc(s.size);
	rcc_entry e;

	(void)state;
	memcpy(sound, s.bytes, s.size);
	for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
		int last = i == sizeof bad / sizeof *bad, error;
		const rcc_bundle *b;

		memcpy(s.bytes, sound, s.size);
		for (unsigned k = 0; !last && k < bad[i].bytes; k++)
			s.bytes[bad[i].at + k] = (unsigned char)(bad[i].value >> 8 * k);
		if (last || bad[i].at < s.refs)
			split_hash(&s);
		else if (rccf_load32(s.bytes + r + RCCF_R_NAME_LEN) < 16)
			split_check(s.bytes, s.refs + RCCF_SPLIT_REF_SIZE, r);
		error = rcc_open_memory(s.bytes, s.size, &b);
		if (!error)
			error = rcc_verify(b);
		if (!last && bad[i].at == r + RCCF_R_DATA && rcc_i_entry(b, 1, &e) != RCC_ECORRUPT)
			fail_msg("case %zu was let through", i);
		if (last ? error : !error || (error == RCC_ENOTSUP) != (bad[i].at == r + RCCF_R_CODEC))
			fail_msg("case %zu gave %d", i, error);
	}
	/* Contents that reach over the references. */
	memcpy(s.bytes, sound, s.size);
	rccf_store64(s.bytes + r + RCCF_R_DATA, s.refs - r);
	rccf_store64(s.bytes + r + RCCF_R_SIZE, r - s.refs - 1);
	rccf_store64(s.bytes + r + RCCF_R_STORED, r - s.refs - 1);
	split_check(s.bytes, s.refs + RCCF_SPLIT_REF_SIZE, r);
	assert_int_equal(rcc_i_entry((const rcc_bundle *)(const void *)s.bytes, 1, &e), RCC_ECORRUPT);
	free(sound);
	free(s.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit), cmocka_unit_test(every_truncation), cmocka_unit_test(bytes_set_to_extremes),
		cmocka_unit_test(hostile_headers), cmocka_unit_test(torn_apart), cmocka_unit_test(refs_led_astray),
		cmocka_unit_test(more_than_were_compiled), cmocka_unit_test(scrambled_out_of_sight),
		cmocka_unit_test(blocks_out_of_place), cmocka_unit_test(faults_under_fitting_checks),
	};

	return cmocka_run_group_tests_name("split, torn", tests, NULL, NULL);
}
