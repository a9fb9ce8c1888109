/* SPDX-License-Identifier: MIT */
/* What each object of a bundle has, in one piece or many: descriptor and note with their relocations, the sections that
 * linkers want, the symbols of bundle and assets. */
#ifndef RCC_OBJECT_DESC_H
#define RCC_OBJECT_DESC_H

#include "emit.h"
#include "object.h"

/* The image's first section is number 1, its symbol too. */
enum { IMAGE_SECTION = 1, IMAGE_SYMBOL = 1, DESC_SECTIONS = 5, COMMON_SECTIONS = 1 /* without those of --like */ };

/* A place in a section, named as assemblers name what no symbol table of a program needs. */
void object_place(struct object *o, const char *name, size_t section, uint64_t value);

/* What makes the word at off the distance from itself to symbol + addend; here: a symbol for off. Returns how many
 * relocations that takes, at most 2. */
size_t object_self_relative(const struct target *t, GElf_Rela *r, uint64_t off, size_t symbol, uint64_t addend,
                            size_t here);

/* The first local symbols, which the relocations want; desc: the section that rcc_desc will be. */
void object_desc_locals(struct object *o, size_t desc);

/* The bundle's own symbol. */
void object_bundle_symbol(struct object *o, size_t desc, struct str bundle, bool visible);

/* One a name: local ones, for nm and size profilers, are called by the name itself; those of --symbols global by ident.
 * section: of each item, which its stored bytes begin; NULL: all lie in the image's. */
void object_asset_symbols(struct object *o, const struct plan *p, enum emit_symbols symbols, const struct str *ident,
                          const uint32_t *section);

/* An identifier a name, in the order of names. */
struct str *object_idents(struct arena *a, const struct plan *p);

/* rcc_desc, which gets the number desc, and what stands behind it: DESC_SECTIONS and those of --like. size: the
 * image's. False: reported. */
bool object_desc_sections(struct object *o, size_t desc, uint64_t size);
/* The last of these, that objects without a descriptor need as well: COMMON_SECTIONS and those of --like. False: reported. */
bool object_common_sections(struct object *o);

#endif
