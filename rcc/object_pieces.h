/* SPDX-License-Identifier: MIT */
/* What an image in the split form (doc/format.md, section 9) is made of in objects: its pieces as sections, and the relocations
 * between them. One object has them all (emit_elf_split.c), or an archive's members share them (emit_archive.c). */
#ifndef RCC_OBJECT_PIECES_H
#define RCC_OBJECT_PIECES_H

#include "layout.h"
#include "object.h"

/* Of the image: bytes before the references. */
uint64_t pieces_refs(const struct layout *l);

/* The names of all pieces and of their relocations. */
struct piece_names {
	uint32_t piece, relocations;
};
struct piece_names object_piece_names(struct object *o);

/* The next section: a piece whose bytes are in the object from off on. The piece's alignment is the caller's to know. */
void object_piece(struct object *o, struct piece_names names, uint64_t off, uint64_t size, uint64_t align);
/* The alignment of the first piece, the header. */
uint64_t pieces_align(const struct layout *l, const struct target *t);
/* An asset's bytes with its record. */
uint64_t piece_size(const struct item *it);

/* Symbols of two places in the header, where the target's relocations want them. */
struct header_places {
	size_t mark, footer;
};
struct header_places object_header_places(struct object *o);

/* The header, IMAGE_SECTION, leads to these symbols, of end mark and footer, so that a linker keeps them. False: reported. */
bool object_header_leads(struct object *o, struct piece_names names, size_t mark, size_t footer, struct header_places here);

/* A reference, in that section and with that symbol, leads to the record of it, whose piece has the symbol asset. False:
 * reported. */
bool object_ref_leads(struct object *o, struct piece_names names, size_t section, size_t ref, size_t asset,
                      const struct item *it);

/* The next symbol: of a reference, the one that code names. prefix: of ref_prefix. */
void object_ref_symbol(struct object *o, const char *prefix, struct str ident, size_t section);
/* The first part of those names, for a bundle; to an empty b. */
void ref_prefix(struct sb *b, struct str bundle);

#endif
