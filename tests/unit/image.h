/* SPDX-License-Identifier: MIT */
/* Small bundles for unit tests, written from doc/format.md and not with rcc's own writer. Included by one
 * file a program. */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include "../../runtime-stub/rcc.h"
#include "../../runtime-stub/rcc_format.h"

struct image_file {
	const char *name;
	const char *data;
	size_t size;
	int codec;
	const char *mime;
};

enum { IMAGE_MAX = 1 << 20 };

/* What the next images have: a dictionary, if size is not 0, and so many bytes of contents a chunk. */
static rcc_span image_dict;
static size_t image_chunk = RCCF_CHUNK_MIN;

static size_t image_up(size_t n, size_t align)
{
	return (n + align - 1) / align * align;
}

static void image_string(unsigned char *image, size_t *at, const char *s)
{
	memcpy(image + *at, s, strlen(s) + 1);
	*at += strlen(s) + 1;
}

static size_t image_frame(unsigned char *to, size_t cap, const struct image_file *f)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	size_t n;

	ZSTD_CCtx_setParameter(z, ZSTD_c_dictIDFlag, 0);
	ZSTD_CCtx_loadDictionary(z, image_dict.data, image_dict.size);
	n = ZSTD_compress2(z, to, cap, f->data, f->size);
	ZSTD_freeCCtx(z);
	return n;
}

/* Frames and table, format.md section 11. */
static size_t image_chunks(unsigned char *to, size_t cap, const struct image_file *f)
{
	size_t count = (f->size + image_chunk - 1) / image_chunk, n = 0, *ends = malloc((count + 1) * sizeof *ends);

	for (size_t k = 0; k < count; k++) {
		size_t off = k * image_chunk, part = f->size - off < image_chunk ? f->size - off : image_chunk;

		n += ZSTD_compress(to + n, cap - n, f->data + off, part, 3);
		ends[k] = n;
	}
	rccf_store32(to + n, 0x184D2A5C);
	rccf_store32(to + n + 4, (uint32_t)(8 * count + 24));
	n += 8;
	for (size_t k = 0; k < count; k++, n += 8)
		rccf_store64(to + n, ends[k]);
	rccf_store64(to + n, count);
	rccf_store64(to + n + 8, image_chunk);
	memcpy(to + n + 16, "\x89rcc-chk", 8);
	free(ends);
	return n + 24;
}

/* The stored bytes of f to image + at; their number. */
static size_t image_store(unsigned char *image, size_t at, const struct image_file *f)
{
	switch (f->codec) {
	case RCC_CODEC_ZSTD: return ZSTD_compress(image + at, IMAGE_MAX - at, f->data, f->size, 3);
	case RCC_CODEC_ZSTD_DICT: return image_frame(image + at, IMAGE_MAX - at, f);
	case RCC_CODEC_ZSTD_CHUNKS: return image_chunks(image + at, IMAGE_MAX - at, f);
	}
	memcpy(image + at, f->data, f->size);
	return f->size;
}

/* Writes the bundle of n files, sorted by name, to image, which has room for IMAGE_MAX bytes; its size.
 * Contents lie on multiples of 1 << align. There is no look-up table. */
static inline size_t image_write(unsigned char *image, const char *bundle, const struct image_file *files, size_t n,
                                 unsigned align)
{
	size_t refs = RCCF_HEADER_SIZE, at = refs + n * RCCF_REF_SIZE, name, record, index, end;

	memset(image, 0, IMAGE_MAX);
	for (size_t i = 0; i < n; i++) {
		size_t mime = files[i].mime ? at : 0;

		if (mime)
			image_string(image, &at, files[i].mime);
		at = record = image_up(at, 8);
		rccf_store64(image + refs + i * RCCF_REF_SIZE, record - refs - i * RCCF_REF_SIZE);
		rccf_store64(image + record + RCCF_R_SIZE, files[i].size);
		rccf_store64(image + record + RCCF_R_HASH, XXH3_64bits(files[i].data, files[i].size));
		rccf_store32(image + record + RCCF_R_MIME, (uint32_t)mime);
		rccf_store32(image + record + RCCF_R_NAME_LEN, (uint32_t)strlen(files[i].name));
		image[record + RCCF_R_CODEC] = (unsigned char)files[i].codec;
		image[record + RCCF_R_ALIGN] = (unsigned char)align;
		at += RCCF_R_NAME;
		image_string(image, &at, files[i].name);
	}
	name = at = image_up(at, 8); /* behind every MIME type */
	image_string(image, &at, bundle);
	index = end = image_up(at, 16);
	if (image_dict.size) {
		rccf_store32(image + RCCF_H_REQUIRED, 1);
		rccf_store64(image + RCCF_H_DICT, end);
		rccf_store64(image + RCCF_H_DICT_SIZE, image_dict.size);
		memcpy(image + end, image_dict.data, image_dict.size);
		end += image_dict.size;
	}
	for (size_t i = 0; i < n; i++) {
		size_t stored;

		record = refs + i * RCCF_REF_SIZE + (size_t)rccf_load64(image + refs + i * RCCF_REF_SIZE);
		end = image_up(end, (size_t)1 << align);
		stored = image_store(image, end, &files[i]);
		rccf_store64(image + record + RCCF_R_DATA, end - record - RCCF_R_DATA);
		rccf_store64(image + record + RCCF_R_STORED, stored);
		image[end + stored] = 0;
		end += stored + 1;
	}
	memcpy(image, RCCF_MAGIC, RCCF_MAGIC_SIZE);
	rccf_store16(image + RCCF_H_VERSION, RCCF_VERSION);
	rccf_store16(image + RCCF_H_HEADER_SIZE, RCCF_HEADER_SIZE);
	image[RCCF_H_ALIGN] = (unsigned char)align;
	rccf_store64(image + RCCF_H_SIZE, end);
	rccf_store64(image + RCCF_H_INDEX_SIZE, index);
	rccf_store64(image + RCCF_H_COUNT, n);
	rccf_store64(image + RCCF_H_REFS, refs);
	rccf_store32(image + RCCF_H_NAME_LEN, (uint32_t)strlen(bundle));
	rccf_store64(image + RCCF_H_NAME, name);
	{
		XXH128_hash_t data = XXH3_128bits(image + index, end - index);

		rccf_store64(image + RCCF_H_DATA_HASH, data.low64);
		rccf_store64(image + RCCF_H_DATA_HASH + 8, data.high64);
	}
	rccf_store64(image + RCCF_H_INDEX_HASH, XXH3_64bits(image + RCCF_H_DATA_HASH, index - RCCF_H_DATA_HASH));
	return end;
}

/* The same on the heap, aligned to a page; free() it. */
static inline unsigned char *image_new(const char *bundle, const struct image_file *files, size_t n, unsigned align,
                                       size_t *size)
{
	unsigned char *image = aligned_alloc(4096, IMAGE_MAX);

	*size = image_write(image, bundle, files, n, align);
	return image;
}

#endif
