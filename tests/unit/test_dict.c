/* SPDX-License-Identifier: MIT */
/* A bundle's dictionary: found, digested once, shared by threads, dropped; dictionaries that lie. decode_dict.c is
 * compiled in here, with zstd's digests counted. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "../walk_all.h"
#include "../../runtime-stub/core/decode.h"
#include "../../runtime-stub/hosted/hosted.h"
#include <zdict.h>

static atomic_int digests_made, digests_alive;
static atomic_bool no_memory;

static ZSTD_DDict *counted_digest(const void *p, size_t n)
{
	ZSTD_DDict *d = atomic_load(&no_memory) ? NULL : ZSTD_createDDict_byReference(p, n);

	if (d) {
		atomic_fetch_add(&digests_made, 1);
		atomic_fetch_add(&digests_alive, 1);
	}
	return d;
}

static size_t counted_free(ZSTD_DDict *d)
{
	if (d)
		atomic_fetch_sub(&digests_alive, 1);
	return ZSTD_freeDDict(d);
}

#define ZSTD_createDDict_byReference counted_digest
#define ZSTD_freeDDict counted_free
#include "../../runtime-stub/core/decode_dict.c"
#undef ZSTD_createDDict_byReference
#undef ZSTD_freeDDict

#include "image.h"

enum { FILES = 12, TEXT = 400, DICT_MOST = 4096 };

static char text[FILES][TEXT + 1], name[FILES][8], dict[DICT_MOST];
static struct image_file files[FILES];
static unsigned char *image;
static size_t size;

/* Files that have most in common, as icons do; the last is plain. */
static void fill(unsigned seed)
{
	for (size_t i = 0; i < FILES; i++) {
		size_t n = 0;

		for (unsigned k = 0; n < TEXT - 60; k++)
			n += (size_t)sprintf(text[i] + n, "<path class=\"icon-%u\" d=\"m%zu %u\"/>\n", k + seed, i * 37 % 11, k * 7 + seed);
		sprintf(name[i], "f%02zu", i);
		files[i] = (struct image_file){name[i], text[i], n, i + 1 < FILES ? RCC_CODEC_ZSTD_DICT : RCC_CODEC_ZSTD, NULL};
	}
}

/* An image with a dictionary made of such files. */
static unsigned char *make_image(unsigned seed, size_t *n)
{
	ZDICT_params_t p = {.compressionLevel = 3};
	size_t sizes[FILES], all = 0;
	static char samples[FILES * TEXT];

	fill(seed);
	for (size_t i = 0; i < FILES; i++) {
		memcpy(samples + all, text[i], files[i].size);
		all += sizes[i] = files[i].size;
	}
	image_dict.data = (const unsigned char *)dict;
	image_dict.size = ZDICT_finalizeDictionary(dict, DICT_MOST, text[0], files[0].size, samples, sizes, FILES, p);
	assert_false(ZDICT_isError(image_dict.size));
	return image_new("shared", files, FILES, 0, n);
}

static int make(void **state)
{
	(void)state;
	image = make_image(1, &size);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static const rcc_bundle *open_image(const unsigned char *from, size_t n)
{
	const rcc_bundle *b = NULL;

	assert_int_equal(rcc_open_memory(from, n, &b), 0);
	return b;
}

/* How many of the entries do not read as their files, whole and in part. */
static int count_wrong(const rcc_bundle *b, rcc_dctx *ctx)
{
	char buf[TEXT];
	rcc_entry e;
	int wrong = 0;

	for (size_t i = 0; i < FILES; i++) {
		wrong += rcc_at(b, i, &e) || rcc_read(&e, buf, TEXT, ctx) != (rcc_ssize)files[i].size ||
		         memcmp(buf, text[i], files[i].size) != 0;
		wrong += rcc_pread(&e, buf, 20, 100, ctx) != 20 || memcmp(buf, text[i] + 100, 20) != 0;
	}
	return wrong;
}

static void read_with_and_without_a_decoder(void **state)
{
	const rcc_bundle *b = open_image(image, size);
	rcc_dctx *ctx = rcc_dctx_new();
	rcc_entry with, plain;
	rcc_memfile f;

	(void)state;
	assert_int_equal(count_wrong(b, NULL), 0);
	assert_int_equal(count_wrong(b, ctx), 0);
	assert_int_equal(rcc_verify(b), 0);
	assert_int_equal(atomic_load(&digests_made), 1);
	assert_int_equal(rcc_load(b, "f03", &f), 0);
	assert_string_equal((const char *)f.data, text[3]);
	assert_int_equal(f.codec, RCC_CODEC_ZSTD_DICT);
	rcc_release(&f);
	assert_int_equal(rcc_at(b, 0, &with), 0);
	assert_int_equal(rcc_at(b, FILES - 1, &plain), 0);
	assert_true(with.stored * 2 < plain.stored);
	rcc_dctx_free(ctx);
}

/* A frame that says it needs some dictionary is not one of ours: the format has the bundle know it. */
static void a_frame_with_an_id_is_refused(void **state)
{
	const rcc_bundle *b = open_image(image, size);
	ZSTD_CCtx *z = ZSTD_createCCtx();
	unsigned char frame[2 * TEXT];
	char buf[TEXT];
	rcc_entry e;

	(void)state;
	assert_int_equal(rcc_at(b, 0, &e), 0);
	ZSTD_CCtx_loadDictionary(z, dict, image_dict.size);
	e.stored = ZSTD_compress2(z, frame, sizeof frame, text[0], files[0].size);
	e.data = frame;
	assert_int_equal(rcc_read(&e, buf, TEXT, NULL), RCC_ECORRUPT);
	ZSTD_CCtx_setParameter(z, ZSTD_c_dictIDFlag, 0);
	e.stored = ZSTD_compress2(z, frame, sizeof frame, text[0], files[0].size);
	assert_int_equal(rcc_read(&e, buf, TEXT, NULL), files[0].size);
	ZSTD_freeCCtx(z);
}

static void hostile_places(void **state)
{
	static const struct {
		unsigned field;
		uint64_t value;
	} bad[] = {
		{RCCF_H_DICT, 0}, {RCCF_H_DICT, 128}, {RCCF_H_DICT, 1 << 20}, {RCCF_H_DICT, UINT64_MAX}, {RCCF_H_DICT_SIZE, 0},
		{RCCF_H_DICT_SIZE, 7}, {RCCF_H_DICT_SIZE, 1 << 20}, {RCCF_H_DICT_SIZE, UINT64_MAX}, {RCCF_H_DICT_SIZE, (16 << 20) + 1},
	};
	unsigned char *copy = malloc(size);
	const rcc_bundle *b;
	rcc_entry e;
	char buf[TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memcpy(copy, image, size);
		rccf_store64(copy + bad[i].field, bad[i].value);
		if (rcc_open_memory(copy, size, &b) != RCC_ECORRUPT)
			fail_msg("case %zu was opened", i);
	}
	memcpy(copy, image, size);
	rccf_store32(copy + RCCF_H_REQUIRED, 0); /* a place without the feature */
	assert_int_equal(rcc_open_memory(copy, size, &b), RCC_ECORRUPT);
	memset(copy + RCCF_H_DICT, 0, 16); /* neither, and files that need it */
	assert_int_equal(rcc_at(open_image(copy, size), 0, &e), 0);
	assert_int_equal(rcc_read(&e, buf, TEXT, NULL), RCC_ECORRUPT);
	assert_int_equal(rcc_pread(&e, buf, 1, 1, NULL), RCC_ECORRUPT);
	memcpy(copy, image, size);
	rccf_store32(copy + RCCF_H_REQUIRED, 2); /* a feature of later readers */
	assert_int_equal(rcc_open_memory(copy, size, &b), RCC_EVERSION);
	free(copy);
}

/* Each byte of the dictionary and of two frames: what comes of it may be wrong, and verification says so. */
static void damage_anywhere(void **state)
{
	static const char *const names[] = {"f01"};
	size_t begin = rcc_i_header64(open_image(image, size), RCCF_H_DICT);
	unsigned char *copy = malloc(size);

	(void)state;
	for (size_t i = begin; i < begin + image_dict.size + 200 && i < size; i++)
		for (unsigned v = 0; v < 3; v++) {
			memcpy(copy, image, size);
			copy[i] ^= (unsigned char)(1u << (i + 3 * v) % 8);
			walk_all(copy, size, names, 1);
			assert_int_equal(rcc_verify((const rcc_bundle *)(const void *)copy), RCC_ECORRUPT);
		}
	rcc_i_dicts_forget((const rcc_bundle *)(const void *)copy);
	free(copy);
}

static void words_for_what_fails(void **state)
{
	unsigned char *copy = malloc(size);
	size_t at = rcc_i_header64(open_image(image, size), RCCF_H_DICT);
	rcc_entry e;
	char buf[TEXT];

	(void)state;
	memcpy(copy, image, size);
	memset(copy + at + 8, 0xff, 40); /* its tables */
	assert_int_equal(rcc_at(open_image(copy, size), 0, &e), 0);
	assert_int_equal(rcc_read(&e, buf, TEXT, NULL), RCC_ECORRUPT);
	memcpy(copy, image, size);
	copy[at] ^= 1; /* its magic: zstd would take the bytes as they are */
	assert_int_equal(rcc_read(&e, buf, TEXT, NULL), RCC_ECORRUPT);
	memcpy(copy, image, size);
	atomic_store(&no_memory, true);
	assert_int_equal(rcc_read(&e, buf, TEXT, NULL), RCC_ENOMEM);
	atomic_store(&no_memory, false);
	assert_int_equal(rcc_read(&e, buf, TEXT, NULL), files[0].size);
	rcc_i_dicts_forget(e.bundle);
	free(copy);
}

/* Another bundle where one lay before. */
static void images_that_follow_each_other(void **state)
{
	unsigned char *same_place = malloc(IMAGE_MAX), *next;
	int alive;
	size_t n;

	(void)state;
	for (unsigned seed = 2; seed < 6; seed++) {
		next = make_image(seed, &n);
		memcpy(same_place, next, n);
		free(next);
		assert_int_equal(count_wrong(open_image(same_place, n), NULL), 0);
		if (seed == 2)
			alive = atomic_load(&digests_alive);
		assert_int_equal(atomic_load(&digests_alive), alive); /* the one before is gone */
	}
	rcc_i_dicts_forget(open_image(same_place, n));
	assert_int_equal(atomic_load(&digests_alive), alive - 1);
	free(same_place);
	rcc_i_dicts_forget(open_image(image, size));
	free(image);
	image = make_image(1, &size);
}

static void more_bundles_than_slots(void **state)
{
	enum { MANY = 50 };
	unsigned char *copy[MANY];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < MANY; i++) {
			if (!round) {
				copy[i] = malloc(size);
				memcpy(copy[i], image, size);
			}
			assert_int_equal(count_wrong(open_image(copy[i], size), NULL), 0);
		}
	assert_true(atomic_load(&digests_alive) <= RCCI_DICT_SLOTS);
	for (size_t i = 0; i < MANY; i++) {
		rcc_i_dicts_forget(open_image(copy[i], size));
		free(copy[i]);
	}
	rcc_i_dicts_forget(open_image(image, size));
	assert_int_equal(atomic_load(&digests_alive), 0);
}

static void write_image(char path[static 40])
{
	int fd;

	strcpy(path, "/tmp/rcc-test-dict.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, image, size), (ssize_t)size);
	close(fd);
}

static void closing_forgets(void **state)
{
	int alive = atomic_load(&digests_alive);
	const rcc_bundle *b;
	char path[40];

	(void)state;
	write_image(path);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(rcc_open_bundle(path, i % 2 ? RCC_MAPPED : RCC_GUARDED, &b), 0);
		assert_int_equal(count_wrong(b, NULL), 0);
		rcc_close_bundle(b);
		assert_int_equal(atomic_load(&digests_alive), alive);
	}
	unlink(path);
}

enum { THREADS = 8, ROUNDS = 50 };
static atomic_int waiting;
static char thread_path[40];

/* All begin at once, so that they meet at the first digest; between whiles each opens and closes a bundle of its own. */
static void *thread(void *arg)
{
	const rcc_bundle *b = arg, *own;
	rcc_dctx *ctx = rcc_dctx_new();
	intptr_t wrong = 0;

	atomic_fetch_sub(&waiting, 1);
	while (atomic_load(&waiting))
		sched_yield();
	for (int i = 0; i < ROUNDS; i++) {
		wrong += count_wrong(b, i % 2 ? ctx : NULL);
		wrong += rcc_open_bundle(thread_path, RCC_MAPPED, &own) != 0;
		if (!wrong)
			wrong += count_wrong(own, ctx);
		rcc_close_bundle(own);
	}
	rcc_dctx_free(ctx);
	return (void *)wrong;
}

static void threads_share_one(void **state)
{
	const rcc_bundle *b = open_image(image, size);
	int alive = atomic_load(&digests_alive);
	pthread_t id[THREADS];

	(void)state;
	write_image(thread_path);
	atomic_store(&waiting, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&id[i], NULL, thread, (void *)(uintptr_t)b), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(id[i], &wrong);
		assert_null(wrong);
	}
	unlink(thread_path);
	/* More than one is possible, and gone with the bundle as well. */
	assert_in_range(atomic_load(&digests_alive), alive + 1, alive + THREADS);
	rcc_i_dicts_forget(b);
	assert_int_equal(atomic_load(&digests_alive), alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_with_and_without_a_decoder),
		cmocka_unit_test(a_frame_with_an_id_is_refused),
		cmocka_unit_test(hostile_places),
		cmocka_unit_test(damage_anywhere),
		cmocka_unit_test(words_for_what_fails),
		cmocka_unit_test(images_that_follow_each_other),
		cmocka_unit_test(more_bundles_than_slots),
		cmocka_unit_test(closing_forgets),
		cmocka_unit_test(threads_share_one),
	};

	return cmocka_run_group_tests_name("dict", tests, make, drop);
}
