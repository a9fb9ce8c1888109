/* SPDX-License-Identifier: MIT */
/* The core: look-up with and without a table, views, reads in whole and in part, directories, patterns, and what
 * hostile fields give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../runtime-stub/core/core.h"
#include "image.h"

#define LONG "long long long long long long long long long long long long long long long long"

static const struct image_file files[] = {
	{"a", "first", 5, RCC_CODEC_STORE, NULL},
	{"a-b", "between", 7, RCC_CODEC_STORE, NULL},
	{"a/b/c.txt", "deep", 4, RCC_CODEC_STORE, "text/plain"},
	{"a/b/d.txt", LONG, sizeof LONG - 1, RCC_CODEC_ZSTD, NULL},
	{"a/z", "", 0, RCC_CODEC_STORE, NULL},
	{"odd", "odd", 3, 9, NULL},
	{"z/only", "only", 4, RCC_CODEC_STORE, NULL},
};
enum { FILES = sizeof files / sizeof *files };

static unsigned char *image;
static size_t size;
static const rcc_bundle *small; /* made here, without a table */
static unsigned char *made;
static const rcc_bundle *table; /* rcc's own, with one */

static int setup(void **state)
{
	FILE *f = fopen(FIXTURES "/small.rcb", "rb");
	size_t n;

	(void)state;
	image = image_new("small", files, FILES, 4, &size);
	made = malloc(1 << 16);
	n = f ? fread(made, 1, 1 << 16, f) : 0;
	if (f)
		fclose(f);
	return rcc_open_memory(image, size, &small) || rcc_open_memory(made, n, &table);
}

static int teardown(void **state)
{
	(void)state;
	free(image);
	free(made);
	return 0;
}

static rcc_entry get(const char *name)
{
	rcc_entry e;

	assert_int_equal(rcc_lookup(small, name, strlen(name), &e), 0);
	return e;
}

static void look_up_by_search_and_by_table(void **state)
{
	static const char *const absent[] = {"", "A", "a/", "a/b", "a/b/c.tx", "a/b/c.txt ", "zz", "hello", "css/"};
	rcc_entry e;

	(void)state;
	for (size_t i = 0; i < FILES; i++)
		assert_string_equal(get(files[i].name).name, files[i].name);
	for (size_t i = 0; i < rcc_count(table); i++) {
		rcc_entry found;

		assert_int_equal(rcc_at(table, i, &e), 0);
		assert_int_equal(rcc_lookup(table, e.name, e.name_len, &found), 0);
		assert_ptr_equal(found.name, e.name);
	}
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
		assert_int_equal(rcc_lookup(small, absent[i], strlen(absent[i]), &e), RCC_ENOENT);
		assert_int_equal(rcc_lookup(table, absent[i], strlen(absent[i]), &e), RCC_ENOENT);
	}
	assert_int_equal(rcc_lookup(NULL, "a", 1, &e), RCC_EINVAL);
	assert_int_equal(rcc_lookup(small, NULL, 0, &e), RCC_EINVAL);
	assert_int_equal(rcc_at(small, FILES, &e), RCC_ENOENT);
	assert_int_equal(rcc_count(NULL), 0);
}

static void views(void **state)
{
	rcc_entry e = get("a");
	rcc_span s;

	(void)state;
	assert_int_equal(rcc_view(&e, &s), 0);
	assert_int_equal(s.size, 5);
	assert_string_equal((const char *)s.data, "first");
	e = get("a/b/d.txt");
	assert_int_equal(rcc_view(&e, &s), RCC_EENCODED);
	assert_int_equal(rcc_view_encoded(&e, &s), 0);
	assert_int_equal(ZSTD_getFrameContentSize(s.data, s.size), sizeof LONG - 1);
	e = get("odd");
	assert_int_equal(rcc_view(&e, &s), RCC_ENOTSUP);
	assert_int_equal(rcc_view(NULL, &s), RCC_EINVAL);
}

static void reads(void **state)
{
	rcc_dctx *ctx = rcc_dctx_new();
	rcc_entry e = get("a/b/d.txt");
	char buf[sizeof LONG];

	(void)state;
	assert_non_null(ctx);
	for (int i = 0; i < 2; i++) {
		memset(buf, 0, sizeof buf);
		assert_int_equal(rcc_read(&e, buf, sizeof buf - 1, i ? ctx : NULL), sizeof LONG - 1);
		assert_string_equal(buf, LONG);
	}
	assert_int_equal(rcc_read(&e, buf, sizeof LONG - 2, ctx), RCC_EBUFFER);
	assert_int_equal(rcc_read(&e, NULL, 1, ctx), RCC_EINVAL);
	e = get("odd");
	assert_int_equal(rcc_read(&e, buf, sizeof buf, ctx), RCC_ENOTSUP);
	e = get("a/z");
	assert_int_equal(rcc_read(&e, NULL, 0, NULL), 0);
	e = get("a");
	assert_int_equal(rcc_read(&e, buf, 4, NULL), RCC_EBUFFER);
	assert_int_equal(rcc_read(&e, buf, 5, NULL), 5);
	assert_memory_equal(buf, "first", 5);
	rcc_dctx_free(ctx);
	rcc_dctx_free(NULL);
}

/* Every range of a stored and of a compressed file, by one decoder that is used again and again. */
static void ranges(void **state)
{
	static const char *const name[] = {"a", "a/b/d.txt"}, *const contents[] = {"first", LONG};
	rcc_dctx *ctx = rcc_dctx_new();
	char buf[sizeof LONG + 8];

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		size_t all = strlen(contents[f]);
		rcc_entry e = get(name[f]);

		for (size_t off = 0; off <= all + 2; off++) {
			for (size_t n = 0; n <= all + 2; n++) {
				size_t left = off < all ? all - off : 0, want = n < left ? n : left;

				assert_int_equal(rcc_pread(&e, buf, n, off, ctx), want);
				assert_memory_equal(buf, contents[f] + (want ? off : 0), want);
			}
		}
		assert_int_equal(rcc_pread(&e, buf, sizeof buf, UINT64_MAX, ctx), 0);
		assert_int_equal(rcc_pread(&e, buf, 2, 1, NULL), 2);
		assert_memory_equal(buf, contents[f] + 1, 2);
	}
	rcc_dctx_free(ctx);
}

static void ignore(void *arg, const void *p, size_t n)
{
	(void)arg, (void)p, (void)n;
}

static void damaged_frames(void **state)
{
	unsigned char *copy = malloc(size);
	char buf[sizeof LONG];
	rcc_entry e = get("a/b/d.txt"), d = e;

	(void)state;
	memcpy(copy, image, size);
	d.data = copy + (e.data - image);
	copy[e.data - image] ^= 1; /* the frame's magic */
	assert_int_equal(rcc_read(&d, buf, sizeof buf, NULL), RCC_ECORRUPT);
	assert_int_equal(rcc_pread(&d, buf, 3, 1, NULL), RCC_ECORRUPT);
	copy[e.data - image] ^= 1;
	d.size--; /* what the record says and what the frame holds */
	assert_int_equal(rcc_read(&d, buf, sizeof buf, NULL), RCC_ECORRUPT);
	d.size += 2;
	assert_int_equal(rcc_read(&d, buf, sizeof buf, NULL), RCC_ECORRUPT);
	free(copy);
}

/* An image whose only file is compressed; its frame is then exchanged for another of n bytes that claims to hold
 * size. */
static int read_frame(const void *frame, size_t n, size_t contents, int *ranged, int *verified)
{
	rcc_entry e = {.bundle = small, .name = "x", .name_len = 1, .size = contents, .stored = n, .align = 1,
	               .codec = RCC_CODEC_ZSTD, .data = frame};
	static char buf[1 << 20];
	rcc_ssize r = rcc_read(&e, buf, sizeof buf, NULL), p = rcc_pread(&e, buf, contents / 2, 1, NULL);

	*ranged = p < 0 ? (int)p : 0;
	*verified = rcc_i_decode_pieces(&e, ignore, NULL, NULL);
	return r < 0 ? (int)r : 0;
}

/* What is one whole frame of the allowed kind, and what only looks like it: all ways to decode agree. */
static void only_whole_plain_frames(void **state)
{
	enum { SIZE = 300000 };
	static char contents[SIZE];
	unsigned char *frame = malloc(1 << 20);
	ZSTD_CCtx *z = ZSTD_createCCtx();
	int ranged, verified;
	size_t n, flat;

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		contents[i] = (char)(i * i >> 7);
	flat = n = ZSTD_compress2(z, frame, 1 << 20, contents, SIZE);
	assert_int_equal(read_frame(frame, n, SIZE, &ranged, &verified), 0);
	assert_true(!ranged && !verified);

#define REFUSED(n, size)                                                                                               \
	do {                                                                                                           \
		assert_int_equal(read_frame(frame, n, size, &ranged, &verified), RCC_ECORRUPT);                        \
		assert_int_equal(ranged, RCC_ECORRUPT);                                                                \
		assert_int_equal(verified, RCC_ECORRUPT);                                                              \
	} while (0)
	REFUSED(n - 1, SIZE);
	REFUSED(n, SIZE - 1);
	REFUSED((size_t)5, SIZE);
	memcpy(frame + n, frame, n); /* a second frame behind the first */
	REFUSED(2 * n, SIZE);
	REFUSED(2 * n, 2 * SIZE);

	ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0);
	n = ZSTD_compress2(z, frame, 1 << 20, contents, SIZE);
	REFUSED(n, SIZE);

	/* A window above 8 MiB, of contents that say they are small: in pieces, for a single pass would make it smaller. */
	ZSTD_CCtx_reset(z, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, 24);
	{
		ZSTD_inBuffer in = {contents, SIZE / 2, 0};
		ZSTD_outBuffer out = {frame, 1 << 20, 0};

		ZSTD_compressStream2(z, &out, &in, ZSTD_e_continue);
		in = (ZSTD_inBuffer){contents + SIZE / 2, SIZE / 2, 0};
		while (ZSTD_compressStream2(z, &out, &in, ZSTD_e_end))
			;
		n = out.pos;
	}
	REFUSED(n, SIZE);
	assert_true(n && flat);
	ZSTD_freeCCtx(z);
	free(frame);
}

/* One directory as a string: "name/" with its count for directories. */
static void list(const char *dir, char out[static 256])
{
	rcc_dirent e;
	rcc_dir d;
	int r;

	*out = 0;
	assert_int_equal(rcc_dir_open(small, dir, &d), 0);
	while ((r = rcc_dir_next(&d, &e)) == 1)
		sprintf(out + strlen(out), e.is_dir ? "%.*s/%zu " : "%.*s ", (int)e.name_len, e.name, e.count);
	assert_int_equal(r, 0);
}

static void directories(void **state)
{
	static const char *const none[] = {"b", "a/", "a/b/c.txt", "/", "a/b/", "a-", "zz", "odd"};
	char out[256];
	rcc_dir d;

	(void)state;
	list("", out);
	assert_string_equal(out, "a a-b a/3 odd z/1 ");
	list("a", out);
	assert_string_equal(out, "b/2 z ");
	list("a/b", out);
	assert_string_equal(out, "c.txt d.txt ");
	list("z", out);
	assert_string_equal(out, "only ");
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_int_equal(rcc_dir_open(small, none[i], &d), RCC_ENOENT);
}

static int note(const rcc_entry *e, void *arg)
{
	strcat(arg, e->name);
	strcat(arg, " ");
	return e->name[0] == 'o' ? 42 : 0;
}

static void patterns(void **state)
{
	char out[256] = "";

	(void)state;
	assert_int_equal(rcc_glob(small, "*.txt", note, out), 0);
	assert_string_equal(out, "a/b/c.txt a/b/d.txt ");
	*out = 0;
	assert_int_equal(rcc_glob(small, "*", note, out), 42);
	assert_string_equal(out, "a a-b a/b/c.txt a/b/d.txt a/z odd ");
	assert_int_equal(rcc_glob(small, "[", note, out), RCC_EINVAL);
	assert_int_equal(rcc_glob(NULL, "*", note, out), RCC_EINVAL);
}

/* Fields set to what they must not be; the checksums do not stand in the way of a look-up. */
static void hostile_records(void **state)
{
	static const struct {
		unsigned field, bytes;
		uint64_t value;
	} bad[] = {
		{RCCF_R_DATA, 8, 0}, {RCCF_R_DATA, 8, 1u << 30}, {RCCF_R_DATA, 8, UINT64_MAX}, {RCCF_R_DATA, 8, 1ull << 63},
		{RCCF_R_SIZE, 8, 6}, {RCCF_R_STORED, 8, UINT64_MAX}, {RCCF_R_STORED, 8, 6}, {RCCF_R_MIME, 4, UINT32_MAX},
		{RCCF_R_NAME_LEN, 4, 0}, {RCCF_R_NAME_LEN, 4, UINT32_MAX}, {RCCF_R_ALIGN, 1, 5},
		{RCCF_R_ALIGN, 1, 255}, {RCCF_R_FLAGS, 2, 1},
	};
	size_t record = (size_t)rcc_i_ref(small, 0);
	unsigned char *copy = malloc(size);
	const rcc_bundle *b;
	rcc_entry e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memcpy(copy, image, size);
		for (unsigned k = 0; k < bad[i].bytes; k++)
			copy[record + bad[i].field + k] = (unsigned char)(bad[i].value >> 8 * k);
		assert_int_equal(rcc_open_memory(copy, size, &b), 0);
		if (rcc_at(b, 0, &e) != RCC_ECORRUPT)
			fail_msg("case %zu was let through", i);
	}
	free(copy);
}

static void hostile_headers(void **state)
{
	static const struct {
		unsigned field, bytes;
		uint64_t value;
		int error;
	} bad[] = {
		{0, 1, 0, RCC_ECORRUPT}, {RCCF_H_VERSION, 2, 2, RCC_EVERSION}, {RCCF_H_REQUIRED, 4, 2, RCC_EVERSION}, {RCCF_H_REQUIRED, 4, 1, RCC_ECORRUPT},
		{RCCF_H_FORM, 1, 1, RCC_ECORRUPT}, {RCCF_H_FORM, 1, 2, RCC_EVERSION}, {RCCF_H_HEADER_SIZE, 2, 64, RCC_ECORRUPT}, {RCCF_H_ALIGN, 1, 31, RCC_ECORRUPT},
		{RCCF_H_ZERO2, 2, 1, RCC_ECORRUPT}, {RCCF_H_DICT_SIZE + 7, 1, 1, RCC_ECORRUPT}, {RCCF_H_SIZE, 8, 1 << 21, RCC_ECORRUPT},
		{RCCF_H_SIZE, 8, 100, RCC_ECORRUPT}, {RCCF_H_INDEX_SIZE, 8, 112, RCC_ECORRUPT},
		{RCCF_H_INDEX_SIZE, 8, 1 << 20, RCC_ECORRUPT}, {RCCF_H_INDEX_SIZE, 8, 321, RCC_ECORRUPT},
		{RCCF_H_COUNT, 8, UINT64_MAX, RCC_ECORRUPT}, {RCCF_H_COUNT, 8, 1ull << 61, RCC_ECORRUPT},
		{RCCF_H_REFS, 8, UINT64_MAX - 7, RCC_ECORRUPT}, {RCCF_H_REFS, 8, 129, RCC_ECORRUPT},
		{RCCF_H_BUCKETS, 4, UINT32_MAX, RCC_ECORRUPT}, {RCCF_H_BUCKETS, 4, 1, RCC_ECORRUPT},
		{RCCF_H_TABLE, 8, UINT64_MAX - 7, RCC_ECORRUPT}, {RCCF_H_TABLE, 8, 136, RCC_ECORRUPT}, {RCCF_H_NAME_LEN, 4, UINT32_MAX, RCC_ECORRUPT},
		{RCCF_H_NAME_LEN, 4, 4, RCC_ECORRUPT}, {RCCF_H_NAME, 8, UINT64_MAX, RCC_ECORRUPT},
	};
	unsigned char *copy = malloc(size);
	const rcc_bundle *b;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memcpy(copy, image, size);
		for (unsigned k = 0; k < bad[i].bytes; k++)
			copy[bad[i].field + k] = (unsigned char)(bad[i].value >> 8 * k);
		if (rcc_open_memory(copy, size, &b) != bad[i].error)
			fail_msg("case %zu gave %d", i, rcc_open_memory(copy, size, &b));
	}
	/* Optional features are for readers that know them. */
	memcpy(copy, image, size);
	copy[RCCF_H_OPTIONAL] = 1;
	assert_int_equal(rcc_open_memory(copy, size, &b), 0);
	assert_int_equal(rcc_open_memory(NULL, size, &b), RCC_EINVAL);
	free(copy);
}

/* With checksums that fit: what only the writer of an image can get wrong. */
static void faults_under_fitting_checksums(void **state)
{
	size_t record = (size_t)rcc_i_ref(small, 0), index = (size_t)rcc_i_header64(small, RCCF_H_INDEX_SIZE);
	const struct {
		size_t at;
		unsigned char value;
	} bad[] = {
		{record + RCCF_R_NAME + 2, 1},              /* behind the NUL of "a" */
		{record + RCCF_R_NAME, '/'},                /* no name */
		{record + RCCF_R_NAME, 'z'},                /* out of order */
		{record + RCCF_R_HASH, 1},                  /* of other contents */
		{RCCF_H_ALIGN, 3},                          /* less than an entry's */
	};
	unsigned char *copy = malloc(size);
	const rcc_bundle *b;

	(void)state;
	for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
		memcpy(copy, image, size);
		if (i < sizeof bad / sizeof *bad)
			copy[bad[i].at] = bad[i].value;
		rccf_store64(copy + RCCF_H_INDEX_HASH, XXH3_64bits(copy + RCCF_H_DATA_HASH, index - RCCF_H_DATA_HASH));
		assert_int_equal(rcc_open_memory(copy, size, &b), 0);
		/* The sound image has one file of a codec nobody knows. */
		if (rcc_verify(b) != (i < sizeof bad / sizeof *bad ? RCC_ECORRUPT : RCC_ENOTSUP))
			fail_msg("case %zu gave %d", i, rcc_verify(b));
	}
	free(copy);
}

static void names(void **state)
{
	static const char *const good[] = {"a", "a/b", "...", ".a", "a.", "a b\n\xff", ".../x"},
	                         *const bad[] = {"", "/", "/a", "a/", "a//b", ".", "..", "a/.", "a/../b", "./a"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(rcc_i_name_ok(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(rcc_i_name_ok(bad[i], strlen(bad[i])));
	assert_false(rcc_i_name_ok("a\0b", 3));
}

static void words_for_every_error(void **state)
{
	(void)state;
	for (int e = 0; e >= RCC_EPERM; e--)
		for (int f = 0; f > e; f--)
			assert_string_not_equal(rcc_strerror(e), rcc_strerror(f));
	assert_string_equal(rcc_strerror(1), "unknown error");
	assert_string_equal(rcc_strerror(RCC_EPERM - 1), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(look_up_by_search_and_by_table), cmocka_unit_test(views), cmocka_unit_test(reads),
		cmocka_unit_test(ranges), cmocka_unit_test(damaged_frames), cmocka_unit_test(only_whole_plain_frames), cmocka_unit_test(directories),
		cmocka_unit_test(patterns), cmocka_unit_test(hostile_records), cmocka_unit_test(hostile_headers),
		cmocka_unit_test(faults_under_fitting_checksums),
		cmocka_unit_test(names), cmocka_unit_test(words_for_every_error),
	};

	return cmocka_run_group_tests_name("read", tests, setup, teardown);
}
