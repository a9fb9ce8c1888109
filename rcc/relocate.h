/* SPDX-License-Identifier: MIT */
/* The distances within images that only a linker writes (format.md, section 9), worked out for an object that no
 * linker has seen, so that the stub's reader can read it where it lies. Offsets in the file stand for addresses. The
 * object is hostile. For look.c only. */
#ifndef RCC_RELOCATE_H
#define RCC_RELOCATE_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A section header, as far as bundles go; the index of one in its array is the section's number. */
struct section {
	uint64_t off, size; /* of its bytes within the object; both tested; size 0 where it has none */
	uint32_t type, link, info;
	bool alloc, image;  /* image: named as those that rcc makes for images are */
};

/* p: the object, in a private mapping of its file. Where there are relocations of images, the images' pages are made
 * writable, and the distances of the kind that rcc's objects have are written there; other kinds mean nothing here.
 * *budget: bytes of relocations that may be read; false: it did not suffice. */
bool relocate_images(unsigned char *p, const GElf_Ehdr *eh, const struct section *v, size_t n, uint64_t *budget);

#endif
