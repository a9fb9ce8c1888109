/* SPDX-License-Identifier: MIT */
/* Bundles of the split form, of each byte order and width of a linker's distances: what it kept is found and what it
 * left out is not, by name, by number, by directory and by constants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runtime-stub/core/core.h"
#include "split_small.h"

/* What the image holds is what keep says. */
static void expect_kept(const struct split_image *s, const unsigned char *keep)
{
	const rcc_bundle *b = opened(s);
	size_t at = 0, told = 0;
	rcc_entry e, same;
	char buf[128];
	rcc_info info;

	assert_int_equal(rcc_verify(b), 0);
	assert_int_equal(rcc_count(b), s->kept);
	for (size_t i = 0; i < FILES; i++) {
		int error = rcc_lookup(b, files[i].name, strlen(files[i].name), &e);

		assert_int_equal(error, keep[i] ? 0 : RCC_ENOENT);
		if (error)
			continue;
		assert_string_equal(e.name, files[i].name);
		assert_int_equal(rcc_read(&e, buf, sizeof buf, NULL), files[i].size);
		assert_memory_equal(buf, files[i].data, files[i].size);
		assert_int_equal((e.data - s->bytes) % 16, 0);
		if (files[i].mime)
			assert_string_equal(e.mime, files[i].mime);
		else
			assert_null(e.mime);
		assert_int_equal(rcc_at(b, at++, &same), 0);
		assert_ptr_equal(same.name, e.name);
	}
	assert_int_equal(rcc_at(b, at, &e), RCC_ENOENT);
	assert_int_equal(rcc_lookup(b, "", 0, &e), RCC_ENOENT);
	assert_int_equal(rcc_lookup(b, "zz", 2, &e), RCC_ENOENT);
	assert_int_equal(rcc_glob(b, "*", count_name, &told), 0);
	assert_int_equal(told, s->kept);
	assert_int_equal(rcc_get_info(b, &info), 0);
	assert_string_equal(info.name, "small");
	assert_int_equal(info.size, s->size);
	assert_int_equal(info.index_size, s->end + RCCF_MARK_SIZE);
	assert_int_equal(info.count, s->kept);
	assert_int_equal(info.index_hash, rccf_load64(s->bytes + RCCF_H_INDEX_HASH));
}

static void what_a_linker_kept(void **state)
{
	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		for (unsigned set = 0; set < 1u << FILES; set++) {
			unsigned char keep[FILES];
			struct split_image s;

			for (size_t i = 0; i < FILES; i++)
				keep[i] = set >> i & 1;
			s = make(forms[f], keep, set & 1);
			expect_kept(&s, keep);
			free(s.bytes);
		}
	}
}

/* One directory as a string: "name/" with its count for directories. */
static void list(const rcc_bundle *b, const char *dir, char out[static 256])
{
	rcc_dirent e;
	rcc_dir d;
	int r;

	*out = 0;
	assert_int_equal(rcc_dir_open(b, dir, &d), 0);
	while ((r = rcc_dir_next(&d, &e)) == 1)
		sprintf(out + strlen(out), e.is_dir ? "%.*s/%zu " : "%.*s ", (int)e.name_len, e.name, e.count);
	assert_int_equal(r, 0);
}

static void directories(void **state)
{
	static const unsigned char some[FILES] = {0, 1, 0, 1, 1, 0, 0}, none[FILES];
	char out[256];
	rcc_dir d;

	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		struct split_image all = make(forms[f], NULL, 1), part = make(forms[f], some, 0), empty = make(forms[f], none, 0);

		list(opened(&all), "", out);
		assert_string_equal(out, "a a-b a/3 css/1 z/1 ");
		list(opened(&all), "a/b", out);
		assert_string_equal(out, "c.txt d.txt ");
		list(opened(&part), "", out);
		assert_string_equal(out, "a-b a/2 ");
		list(opened(&part), "a", out);
		assert_string_equal(out, "b/1 z ");
		assert_int_equal(rcc_dir_open(opened(&part), "css", &d), RCC_ENOENT);
		list(opened(&empty), "", out);
		assert_string_equal(out, "");
		free(all.bytes);
		free(part.bytes);
		free(empty.bytes);
	}
}

/* A descriptor in front of an image, as a linker joins the two. */
struct joined {
	rcc_desc desc;
	_Alignas(16) unsigned char image[1 << 14];
};

static void join(struct joined *j, const unsigned char *image, size_t n)
{
	assert_true(n <= sizeof j->image);
	memset(&j->desc, 0, sizeof j->desc);
	memcpy(j->desc.bytes, RCCF_DESC_MAGIC, RCCF_DESC_MAGIC_SIZE);
	j->desc.bytes[RCCF_D_KIND] = RCCF_HOST_BIG ? RCCF_KIND_BIG : 0;
	split_lead(j->desc.bytes, RCCF_D_REL, (uint64_t)(j->image - j->desc.bytes), RCCF_HOST_BIG ? RCCF_FORM_BIG : 0);
	memcpy(j->image, image, n);
}

static rcc_asset asset(const struct joined *j, const void *ref, size_t i)
{
	return rcc_asset_of(&j->desc, ref, i, files[i % FILES].name, strlen(files[i % FILES].name));
}

static void assets_by_constants(void **state)
{
	static const unsigned char keep[FILES] = {0, 1, 0, 1, 1, 0, 1};
	struct split_image s = make(RCCF_FORM_SPLIT, keep, 1);
	struct joined *j = aligned_alloc(16, sizeof *j);
	unsigned char *refs = j->image + s.refs;
	unsigned char *packed = malloc(IMAGE_MAX);
	size_t n = image_write(packed, "small", files, FILES, 4);
	rcc_entry e;

	(void)state;
	join(j, s.bytes, s.size);
	assert_int_equal(rcc_asset_entry(asset(j, refs, 1), &e), 0);
	assert_string_equal(e.name, "a-b");
	assert_int_equal(rcc_asset_entry(asset(j, refs + 48, 6), &e), 0);
	assert_string_equal(e.name, "z/only");
	/* Another's reference, one into the middle, one from nowhere, none: the name decides. */
	assert_int_equal(rcc_asset_entry(asset(j, refs + 16, 4), &e), 0);
	assert_string_equal(e.name, "a/z");
	assert_int_equal(rcc_asset_entry(asset(j, refs + 24, 4), &e), 0);
	assert_int_equal(rcc_asset_entry(asset(j, refs + 64, 4), &e), 0);
	assert_int_equal(rcc_asset_entry(asset(j, s.bytes, 4), &e), 0);
	assert_int_equal(rcc_asset_entry(asset(j, NULL, 4), &e), 0);
	assert_string_equal(e.name, "a/z");
	assert_int_equal(rcc_asset_entry(asset(j, refs, 0), &e), RCC_ENOENT);
	assert_int_equal(rcc_asset_entry(asset(j, NULL, 0), &e), RCC_EINVAL); /* by a header of a bundle in one piece */
	assert_int_equal(rcc_asset_entry(asset(j, s.bytes, 0), &e), RCC_ECORRUPT); /* kept, and not in the table */
	refs[RCCF_S_CHECK] ^= 1;
	assert_int_equal(rcc_asset_entry(asset(j, refs, 1), &e), RCC_ECORRUPT);
	j->image[0] ^= 1;
	assert_int_equal(rcc_asset_entry(asset(j, refs, 1), &e), RCC_ENOBUNDLE);

	/* A packed bundle, perhaps in the place of the other. */
	join(j, packed, n);
	for (size_t i = 0; i < FILES; i++) {
		assert_int_equal(rcc_asset_entry(asset(j, i % 2 ? refs : NULL, i), &e), 0);
		assert_string_equal(e.name, files[i].name);
		assert_int_equal(rcc_asset_entry(asset(j, NULL, i + FILES), &e), 0); /* a number behind the last */
		assert_string_equal(e.name, files[i].name);
	}
	assert_int_equal(rcc_asset_entry(rcc_asset_of(&j->desc, NULL, 0, "a-b", 3), &e), 0); /* that of "a" */
	assert_string_equal(e.name, "a-b");
	assert_int_equal(rcc_asset_entry(rcc_asset_of(&j->desc, NULL, 0, "b", 1), &e), RCC_ENOENT);
	assert_int_equal(rcc_asset_entry(rcc_asset_of(NULL, NULL, 0, "a", 1), &e), RCC_EINVAL);
	assert_int_equal(rcc_asset_entry(rcc_asset_of(&j->desc, NULL, 0, NULL, 0), &e), RCC_EINVAL);
	assert_int_equal(rcc_asset_entry(asset(j, NULL, 0), NULL), RCC_EINVAL);
	free(packed);
	free(j);
	free(s.bytes);
}

/* An image that was cut out of a program opens as a file of its own. */
static void in_a_file(void **state)
{
	static const unsigned char keep[FILES] = {0, 0, 0, 0, 0, 0, 1};
	struct split_image s = make(RCCF_FORM_SPLIT | RCCF_FORM_NARROW, keep, 0);
	char path[] = "/tmp/rcc-test-split-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, s.bytes, s.size), s.size);
	for (int mode = RCC_MAPPED; mode <= RCC_GUARDED; mode++) {
		const rcc_bundle *b;

		assert_int_equal(rcc_open_bundle(path, mode, &b), 0);
		assert_int_equal(rcc_verify(b), 0);
		assert_int_equal(rcc_count(b), 1);
		assert_int_equal(rcc_advise(b, NULL, RCC_ADV_WILLNEED), 0);
		rcc_close_bundle(b);
	}
	close(fd);
	unlink(path);
	free(s.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_linker_kept),
		cmocka_unit_test(directories),
		cmocka_unit_test(assets_by_constants),
		cmocka_unit_test(in_a_file),
	};

	return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
