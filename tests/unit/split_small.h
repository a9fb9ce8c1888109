/* SPDX-License-Identifier: MIT */
/* One set of files as split images, for the tests of them. Included by one file a program, after cmocka.h. */
#ifndef TEST_SPLIT_SMALL_H
#define TEST_SPLIT_SMALL_H

#include "split.h"

#define LONG "long long long long long long long long long long long long long long long long"

static const struct image_file files[] = {
	{"a", "first", 5, RCC_CODEC_STORE, NULL},
	{"a-b", "between", 7, RCC_CODEC_STORE, "text/css"},
	{"a/b/c.txt", "deep", 4, RCC_CODEC_STORE, "text/plain"},
	{"a/b/d.txt", LONG, sizeof LONG - 1, RCC_CODEC_ZSTD, NULL},
	{"a/z", "", 0, RCC_CODEC_STORE, NULL},
	{"css/x", "exactly15bytes.", 15, RCC_CODEC_STORE, NULL},
	{"z/only", "only", 4, RCC_CODEC_STORE, NULL},
};
enum { FILES = sizeof files / sizeof *files };

static const unsigned forms[] = {
	RCCF_FORM_SPLIT,
	RCCF_FORM_SPLIT | RCCF_FORM_BIG,
	RCCF_FORM_SPLIT | RCCF_FORM_NARROW,
	RCCF_FORM_SPLIT | RCCF_FORM_BIG | RCCF_FORM_NARROW,
};
enum { FORMS = sizeof forms / sizeof *forms };

static inline struct split_image make(unsigned form, const unsigned char *keep, int backwards)
{
	const struct split_plan p = {files, FILES, form, 4, keep, backwards};

	return split_new("small", &p);
}

static inline const rcc_bundle *opened(const struct split_image *s)
{
	const rcc_bundle *b = NULL;

	assert_int_equal(rcc_open_memory(s->bytes, s->size, &b), 0);
	return b;
}

static inline int count_name(const rcc_entry *e, void *arg)
{
	assert_true(e->name_len > 0);
	++*(size_t *)arg;
	return 0;
}

#endif
