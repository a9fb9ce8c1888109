/* SPDX-License-Identifier: MIT */
/* See object_pieces.h. */
#include "object_pieces.h"

#include "../runtime-stub/rcc_format.h"
#include "index_parts.h"
#include "object_desc.h"

uint64_t pieces_refs(const struct layout *l)
{
	return l->index_size - RCCF_MARK_SIZE - (uint64_t)RCCF_SPLIT_REF_SIZE * l->plan->n;
}

uint64_t pieces_align(const struct layout *l, const struct target *t)
{
	uint64_t align = (uint64_t)1 << l->align_log2;

	return align > t->page ? align : t->page;
}

uint64_t piece_size(const struct item *it)
{
	return split_record(it) + record_size(it);
}

struct piece_names object_piece_names(struct object *o)
{
	struct piece_names names = {.piece = object_name(o, o->t->section)};
	struct sb b = {0};

	sb_fmt(&b, "%s%s", o->t->rela ? ".rela" : ".rel", o->t->section);
	names.relocations = object_name(o, b.p);
	sb_done(&b);
	return names;
}

void object_piece(struct object *o, struct piece_names names, uint64_t off, uint64_t size, uint64_t align)
{
	const GElf_Shdr h = {.sh_name = names.piece, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | o->t->section_flags,
	                     .sh_offset = off, .sh_size = size, .sh_addralign = align};

	object_window(o, &h);
}

struct header_places object_header_places(struct object *o)
{
	struct header_places here = {0};

	if (!o->t->minus)
		return here;
	here.mark = o->nsymbols;
	object_place(o, ".Lrcc_mark_rel", IMAGE_SECTION, RCCF_H_REFS_END);
	here.footer = o->nsymbols;
	object_place(o, ".Lrcc_footer_rel", IMAGE_SECTION, RCCF_H_FOOTER);
	return here;
}

bool object_header_leads(struct object *o, struct piece_names names, size_t mark, size_t footer, struct header_places here)
{
	GElf_Rela r[4];
	size_t n = object_self_relative(o->t, r, RCCF_H_REFS_END, mark, 0, here.mark);

	n += object_self_relative(o->t, r + n, RCCF_H_FOOTER, footer, 0, here.footer);
	return object_relocate(o, names.relocations, IMAGE_SECTION, r, n);
}

bool object_ref_leads(struct object *o, struct piece_names names, size_t section, size_t ref, size_t asset,
                      const struct item *it)
{
	GElf_Rela r[2];
	size_t n = object_self_relative(o->t, r, RCCF_S_RECORD, asset, split_record(it), ref);

	return object_relocate(o, names.relocations, section, r, n);
}

void ref_prefix(struct sb *b, struct str bundle)
{
	sb_fmt(b, "rcc_ref_%.*s__", (int)bundle.n, bundle.p);
}

void object_ref_symbol(struct object *o, const char *prefix, struct str ident, size_t section)
{
	object_symbol(o, object_string(o, prefix, ident), STB_GLOBAL, STT_OBJECT, STV_HIDDEN, section, 0, RCCF_SPLIT_REF_SIZE);
}
