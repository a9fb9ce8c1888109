/* SPDX-License-Identifier: MIT */
/* Small images of the split form, as a linker leaves them, written from doc/format.md, 9 and not with rcc's own writer.
 * Included by one file a program. */
#ifndef TEST_SPLIT_H
#define TEST_SPLIT_H

#include "image.h"

enum { SPLIT_FILES = 256 };

/* What a test builds from. The files are sorted by name. */
struct split_plan {
	const struct image_file *files;
	size_t n;
	unsigned form;
	unsigned align;
	const unsigned char *keep; /* n of them, 0: the linker left it out; NULL: it kept all */
	int backwards;             /* the assets lie in the reverse order of their names */
};

struct split_image {
	unsigned char *bytes; /* of exactly size, on the heap */
	size_t size, name, refs, end, footer;
	size_t kept;
	size_t begin[SPLIT_FILES], record[SPLIT_FILES], behind[SPLIT_FILES]; /* of the kept files' assets */
};

/* Writes the distance to offset to at offset at. */
static void split_lead(unsigned char *image, size_t at, uint64_t to, unsigned form)
{
	unsigned width = form & RCCF_FORM_NARROW ? 4 : 8;

	memset(image + at, 0, 8);
	for (unsigned i = 0; i < width; i++)
		image[at + (form & RCCF_FORM_BIG ? width - 1 - i : i)] = (unsigned char)((to - at) >> 8 * i);
}

/* One asset at the next place behind at for it; where it ends. */
static size_t split_asset(unsigned char *image, size_t at, const struct image_file *f, unsigned align, size_t mime,
                          size_t *begin, size_t *record)
{
	size_t data = image_up(at, (size_t)1 << align), stored, r;

	memset(image + at, 0xcc, data - at); /* nobody looks at what a linker puts between assets */
	stored = image_store(image, data, f);
	r = image_up(data + stored + 1, 8);
	at = image_up(r + RCCF_R_NAME + strlen(f->name) + 1, 8);
	memset(image + data + stored, 0, at - data - stored);
	rccf_store64(image + r + RCCF_R_DATA, data - r);
	rccf_store64(image + r + RCCF_R_SIZE, f->size);
	rccf_store64(image + r + RCCF_R_STORED, stored);
	rccf_store64(image + r + RCCF_R_HASH, XXH3_64bits(f->data, f->size));
	rccf_store32(image + r + RCCF_R_MIME, (uint32_t)mime);
	rccf_store32(image + r + RCCF_R_NAME_LEN, (uint32_t)strlen(f->name));
	image[r + RCCF_R_CODEC] = (unsigned char)f->codec;
	image[r + RCCF_R_ALIGN] = (unsigned char)align;
	memcpy(image + r + RCCF_R_NAME, f->name, strlen(f->name));
	*begin = data;
	*record = r;
	return at;
}

/* The check of the reference at offset ref, for the record at offset record. */
static void split_check(unsigned char *image, size_t ref, size_t record)
{
	size_t n = RCCF_R_NAME + rccf_load32(image + record + RCCF_R_NAME_LEN);

	rccf_store32(image + ref + RCCF_S_CHECK, (uint32_t)XXH3_64bits(image + record, n));
}

/* Everything but the header's numbers and the distances, with those files that keep has. */
static void split_lay(struct split_image *s, const struct split_plan *p, const unsigned char *keep, const char *bundle)
{
	size_t at = RCCF_HEADER_SIZE, mime[SPLIT_FILES] = {0}, ref;
	unsigned char *image = s->bytes;

	memset(image, 0, IMAGE_MAX);
	for (size_t i = 0; i < p->n; i++) {
		if (!p->files[i].mime)
			continue;
		mime[i] = at;
		image_string(image, &at, p->files[i].mime);
	}
	s->name = at;
	image_string(image, &at, bundle);
	s->refs = ref = image_up(at, 16);
	s->kept = 0;
	for (size_t i = 0; i < p->n; i++)
		s->kept += !keep || keep[i];
	s->end = s->refs + s->kept * RCCF_SPLIT_REF_SIZE;
	memcpy(image + s->end, RCCF_REFS_END, RCCF_MARK_SIZE);
	at = s->end + RCCF_MARK_SIZE;
	for (size_t k = 0; k < p->n; k++) {
		size_t i = p->backwards ? p->n - 1 - k : k;

		s->begin[i] = s->record[i] = s->behind[i] = 0;
		if (!keep || keep[i])
			at = s->behind[i] = split_asset(image, at, &p->files[i], p->align, mime[i], &s->begin[i], &s->record[i]);
	}
	for (size_t i = 0; i < p->n; i++) {
		if (keep && !keep[i])
			continue;
		rccf_store32(image + ref + RCCF_S_ORDINAL, (uint32_t)i);
		split_check(image, ref, s->record[i]);
		ref += RCCF_SPLIT_REF_SIZE;
	}
	s->footer = image_up(at, 16);
	memset(image + at, 0xcc, s->footer - at);
	memcpy(image + s->footer, RCCF_FOOTER, RCCF_MARK_SIZE);
	s->size = s->footer + RCCF_MARK_SIZE;
}

/* After a change of the header or the strings. */
static inline void split_hash(struct split_image *s)
{
	unsigned char *covered = malloc(s->refs);
	size_t head = RCCF_H_REFS_END - RCCF_H_DATA_HASH;

	memcpy(covered, s->bytes + RCCF_H_DATA_HASH, head);
	memcpy(covered + head, s->bytes + RCCF_HEADER_SIZE, s->refs - RCCF_HEADER_SIZE);
	rccf_store64(s->bytes + RCCF_H_INDEX_HASH, XXH3_64bits(covered, head + s->refs - RCCF_HEADER_SIZE));
	free(covered);
}

/* The image of the plan; free() its bytes. */
static inline struct split_image split_new(const char *bundle, const struct split_plan *p)
{
	struct split_image s = {.bytes = malloc(IMAGE_MAX)}, compiled = s;
	XXH128_hash_t data;
	size_t index, ref;

	split_lay(&compiled, p, NULL, bundle);
	index = compiled.end + RCCF_MARK_SIZE;
	data = XXH3_128bits(s.bytes + index, compiled.size - index);
	split_lay(&s, p, p->keep, bundle);
	s.bytes = realloc(s.bytes, s.size);
	memcpy(s.bytes, RCCF_MAGIC, RCCF_MAGIC_SIZE);
	rccf_store16(s.bytes + RCCF_H_VERSION, RCCF_VERSION);
	rccf_store16(s.bytes + RCCF_H_HEADER_SIZE, RCCF_HEADER_SIZE);
	s.bytes[RCCF_H_FORM] = (unsigned char)p->form;
	s.bytes[RCCF_H_ALIGN] = (unsigned char)p->align;
	rccf_store64(s.bytes + RCCF_H_DATA_HASH, data.low64);
	rccf_store64(s.bytes + RCCF_H_DATA_HASH + 8, data.high64);
	rccf_store64(s.bytes + RCCF_H_SIZE, compiled.size);
	rccf_store64(s.bytes + RCCF_H_INDEX_SIZE, index);
	rccf_store64(s.bytes + RCCF_H_COUNT, p->n);
	rccf_store64(s.bytes + RCCF_H_REFS, s.refs);
	rccf_store32(s.bytes + RCCF_H_NAME_LEN, (uint32_t)strlen(bundle));
	rccf_store64(s.bytes + RCCF_H_NAME, s.name);
	split_hash(&s);
	split_lead(s.bytes, RCCF_H_REFS_END, s.end, p->form);
	split_lead(s.bytes, RCCF_H_FOOTER, s.footer, p->form);
	ref = s.refs;
	for (size_t i = 0; i < p->n; i++) {
		if (!s.record[i])
			continue;
		split_lead(s.bytes, ref, s.record[i], p->form);
		ref += RCCF_SPLIT_REF_SIZE;
	}
	return s;
}

#endif
