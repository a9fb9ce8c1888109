/* SPDX-License-Identifier: MIT */
/* Is this header, this record sound? With split.c the sole place that tests a bound: a bundle is hostile until it passed
 * here. Nothing here reads contents; verify.c does. */
#include "record.h"

/* Where the part ends that has the strings. */
static uint64_t strings_end(const rcc_bundle *b)
{
	return rcc_i_header64(b, rcc_i_is_split(b) ? RCCF_H_REFS : RCCF_H_INDEX_SIZE);
}

/* Is it a form that this reader knows? */
static int form_ok(unsigned form)
{
	return !form || ((form & RCCF_FORM_SPLIT) && form <= (RCCF_FORM_SPLIT | RCCF_FORM_BIG | RCCF_FORM_NARROW));
}

/* The header's sizes and offsets, of an image that no linker divides. */
static int check_packed(const unsigned char *h, uint64_t avail)
{
	uint64_t dict = rccf_load64(h + RCCF_H_DICT), dict_size = rccf_load64(h + RCCF_H_DICT_SIZE);
	uint64_t size = rccf_load64(h + RCCF_H_SIZE), index = rccf_load64(h + RCCF_H_INDEX_SIZE);
	uint64_t count = rccf_load64(h + RCCF_H_COUNT), buckets = rccf_load32(h + RCCF_H_BUCKETS);

	/* A pointer into the image and its sizes must fit this machine. */
	if (size > avail || size > PTRDIFF_MAX || index < RCCF_HEADER_SIZE || index > size || index % 16)
		return RCC_ECORRUPT;
	if (rccf_load32(h + RCCF_H_REQUIRED) & RCCF_REQUIRED_DICT
	            ? dict < index || dict_size < RCCF_DICT_MIN || dict_size > RCCF_DICT_MAX || !rcc_i_inside(size, dict, dict_size)
	            : dict || dict_size)
		return RCC_ECORRUPT;
	if (count > index / RCCF_REF_SIZE || rccf_load64(h + RCCF_H_REFS) % 8 || rccf_load64(h + RCCF_H_TABLE) % RCCF_BUCKET_SIZE ||
	    !rcc_i_inside(index, rccf_load64(h + RCCF_H_REFS), count * RCCF_REF_SIZE) ||
	    !rcc_i_inside(index, rccf_load64(h + RCCF_H_TABLE), buckets * RCCF_BUCKET_SIZE) ||
	    (buckets ? buckets * RCCF_BUCKET_SLOTS <= count || rccf_load64(h + RCCF_H_TABLE) < RCCF_HEADER_SIZE
	             : rccf_load64(h + RCCF_H_TABLE) != 0))
		return RCC_ECORRUPT;
	return 0;
}

int rcc_i_check_header(const void *image, uint64_t avail)
{
	const unsigned char *h = image;
	uint64_t strings, known = RCCF_REQUIRED_DICT;

	if (!h || avail < RCCF_HEADER_SIZE || memcmp(h, RCCF_MAGIC, RCCF_MAGIC_SIZE))
		return RCC_ECORRUPT;
	if (h[RCCF_H_FORM])
		known = 0; /* what is shared would stay when all that uses it goes */
	if (rccf_load16(h + RCCF_H_VERSION) != RCCF_VERSION || rccf_load32(h + RCCF_H_REQUIRED) & ~known || !form_ok(h[RCCF_H_FORM]))
		return RCC_EVERSION;
	if (rccf_load16(h + RCCF_H_HEADER_SIZE) != RCCF_HEADER_SIZE || h[RCCF_H_ALIGN] > RCCF_ALIGN_MAX || rccf_load16(h + RCCF_H_ZERO2) ||
	    (h[RCCF_H_FORM] ? rcc_i_check_split(h, avail) : check_packed(h, avail)))
		return RCC_ECORRUPT;
	strings = strings_end((const rcc_bundle *)image);
	if (!rcc_i_inside(strings, rccf_load64(h + RCCF_H_NAME), (uint64_t)rccf_load32(h + RCCF_H_NAME_LEN) + 1) ||
	    h[rccf_load64(h + RCCF_H_NAME) + rccf_load32(h + RCCF_H_NAME_LEN)])
		return RCC_ECORRUPT;
	return 0;
}

int rcc_i_record_name(const rcc_bundle *b, uint64_t off, rcc_span *out)
{
	uint64_t begin = RCCF_HEADER_SIZE, end = rcc_i_header64(b, RCCF_H_INDEX_SIZE);

	if (rcc_i_is_split(b)) {
		begin = rcc_i_index_size(b);
		end = rcc_i_size(b) - RCCF_MARK_SIZE;
	}
	return rcc_i_name_within(b, off, begin, end, out);
}

int rcc_i_check_record(const rcc_bundle *b, uint64_t off, rcc_entry *out)
{
	/* Of a split image the contents lie right before the record, but for the NUL and zeros up to a multiple of 8. */
	int split = rcc_i_is_split(b);
	rcc_span name;
	rcc_entry e;

	if (rcc_i_record_name(b, off, &name) ||
	    rcc_i_fill(b, off, name.size, rcc_i_index_size(b), split ? off : rcc_i_header64(b, RCCF_H_SIZE), &e) ||
	    (split && (uint64_t)(rcc_i_base(b) + off - e.data) - e.stored > 8))
		return RCC_ECORRUPT;
	*out = e;
	return 0;
}

int rcc_i_dictionary(const rcc_bundle *b, rcc_span *out)
{
	if (!(rccf_load32(rcc_i_base(b) + RCCF_H_REQUIRED) & RCCF_REQUIRED_DICT))
		return RCC_ENOENT;
	out->data = rcc_i_base(b) + rcc_i_header64(b, RCCF_H_DICT);
	out->size = (size_t)rcc_i_header64(b, RCCF_H_DICT_SIZE);
	return 0;
}

int rcc_i_name_ok(const char *name, size_t len)
{
	size_t part = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && !name[i])
			return 0;
		if (i < len && name[i] != '/')
			continue;
		if (i == part || (i - part == 1 && name[part] == '.') ||
		    (i - part == 2 && name[part] == '.' && name[part + 1] == '.'))
			return 0;
		part = i + 1;
	}
	return 1;
}
