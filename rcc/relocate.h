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

#include "str.h"
#include "target.h"

/* A section header, as far as bundles go; the index of one in its array is the section's number. */
struct section {
	uint64_t off, size; /* of its bytes within the object; both tested; size 0 where it has none */
	uint64_t align;     /* as its header says, untested */
	uint64_t moved;     /* its bytes' place among the images is off and this, modulo 2^64: 0 but where images were moved */
	uint32_t type, link, info;
	bool alloc, image;  /* image: named as those that rcc makes for images are */
	bool left;          /* it was not moved with the images, and has no place */
};

struct relocatable {
	const unsigned char *p;
	unsigned char *images;    /* what places are counted from */
	const struct section *v;
	size_t n;
	const struct target *t;   /* NULL: rcc does not know the machine, and there is nothing to be done */
	bool big, wide;           /* wide: ELFCLASS64 */
	/* The place of a symbol that the object does not define; false: unknown. NULL: of none. */
	bool (*find)(void *ctx, struct str name, uint64_t *place);
	void *ctx;
};

/* p: the object; its images lie there too. */
struct relocatable relocatable_of(unsigned char *p, const GElf_Ehdr *eh, const struct section *v, size_t n);

/* Writes the distances of the kind that rcc's objects have; other kinds mean nothing here. *budget: bytes of relocations
 * and names that may be read; false: it did not suffice. */
bool relocatable_apply(const struct relocatable *o, uint64_t *budget);

/* Tells the place of each global symbol in a section that has one. Otherwise as the former. */
bool relocatable_symbols(const struct relocatable *o, void (*tell)(void *ctx, struct str name, uint64_t place), void *ctx,
                         uint64_t *budget);

/* p: the object, in a private mapping of its file. Where there are relocations of images, the images' pages are made
 * writable, and they are applied there. False: as relocatable_apply. */
bool relocate_images(unsigned char *p, const GElf_Ehdr *eh, const struct section *v, size_t n, uint64_t *budget);

#endif
