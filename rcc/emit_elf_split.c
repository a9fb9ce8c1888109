/* SPDX-License-Identifier: MIT */
/* An image in the split form to an ELF object: a section for each piece that a linker may keep or leave out, all of
 * them windows into the image that the layout wrote. doc/architecture.md says why it takes three sections an asset. */
#include "../runtime-stub/rcc_format.h"
#include "emit.h"
#include "io.h"
#include "object_desc.h"
#include "object_pieces.h"

/* TABLES: more than the sections take that are not the image, of fixed number. */
enum { TABLES = 64 << 10 };

/* The pieces' sections by number: the header is IMAGE_SECTION, the references follow in the order of names, the end
 * mark, the assets in the order they lie, the footer, and what every object has. */
struct pieces {
	size_t ref, mark, asset, footer, desc, behind;
};

struct split_object {
	struct object o;
	const struct layout *l;
	const struct plan *p;
	struct pieces at;
	uint32_t *section;  /* of each item's asset */
	bool global;        /* --symbols global */
	/* Numbers of symbols: of the end mark's and the footer's section, of the first asset's section (the others follow as
	 * they lie), of the first reference (by name). */
	size_t mark, footer, asset, ref;
	struct header_places here;
};

static struct pieces number_pieces(size_t n, size_t like, bool global)
{
	struct pieces at = {.ref = IMAGE_SECTION + 1};

	at.mark = at.ref + n;
	at.asset = at.mark + 1;
	at.footer = at.asset + n;
	at.desc = at.footer + 1;
	at.behind = at.desc + DESC_SECTIONS + like + 1 + (global ? 2 * n : n);
	return at;
}

/* --- symbols -------------------------------------------------------------------------------------- */

static void add_section_symbol(struct object *o, size_t section)
{
	object_symbol(o, 0, STB_LOCAL, STT_SECTION, STV_DEFAULT, section, 0, 0);
}

static void add_locals(struct split_object *s)
{
	struct object *o = &s->o;

	object_desc_locals(o, s->at.desc);
	s->mark = o->nsymbols;
	add_section_symbol(o, s->at.mark);
	s->footer = o->nsymbols;
	add_section_symbol(o, s->at.footer);
	s->here = object_header_places(o);
	s->asset = o->nsymbols;
	for (size_t k = 0; k < s->p->n; k++)
		add_section_symbol(o, s->at.asset + k);
}

static void add_ref_symbols(struct split_object *s, const struct str *ident)
{
	struct sb prefix = {0};

	s->ref = s->o.nsymbols;
	ref_prefix(&prefix, s->p->bundle);
	for (size_t i = 0; i < s->p->n; i++)
		object_ref_symbol(&s->o, prefix.p, ident[i], s->at.ref + i);
	sb_done(&prefix);
}

/* Local symbols first, as the gABI wants. */
static void make_symbols(struct split_object *s, struct arena *a, enum emit_symbols symbols)
{
	const struct str *ident = object_idents(a, s->p);

	add_locals(s);
	if (symbols == SYMBOLS_SIZES)
		object_asset_symbols(&s->o, s->p, symbols, ident, s->section);
	object_locals_end(&s->o);
	add_ref_symbols(s, ident);
	if (s->global)
		object_asset_symbols(&s->o, s->p, symbols, ident, s->section);
	object_bundle_symbol(&s->o, s->at.desc, s->p->bundle, s->global);
}

/* --- pieces --------------------------------------------------------------------------------------- */

static void add_pieces(struct split_object *s, struct piece_names names)
{
	struct object *o = &s->o;
	const struct layout *l = s->l;
	uint64_t base = emit_elf_image_offset(), refs = pieces_refs(l);

	object_piece(o, names, base, refs, pieces_align(l, o->t));
	for (size_t i = 0; i < s->p->n; i++)
		object_piece(o, names, base + refs + i * RCCF_SPLIT_REF_SIZE, RCCF_SPLIT_REF_SIZE, 8);
	object_piece(o, names, base + l->index_size - RCCF_MARK_SIZE, RCCF_MARK_SIZE, 8);
	for (size_t k = 0; k < s->p->n; k++) {
		const struct item *it = &s->p->v[s->p->order[k]];

		object_piece(o, names, base + it->off, piece_size(it), (uint64_t)1 << split_align(it));
	}
	object_piece(o, names, base + l->size - RCCF_MARK_SIZE, RCCF_MARK_SIZE, 16);
}

/* A reference leads to its asset, and where code may name the asset itself, the asset to its reference. */
static bool relocate_pieces(struct split_object *s, struct piece_names names)
{
	const struct target *t = s->o.t;
	bool ok = object_header_leads(&s->o, names, s->mark, s->footer, s->here);

	for (size_t i = 0; ok && i < s->p->n; i++)
		ok = object_ref_leads(&s->o, names, s->at.ref + i, s->ref + i, s->asset + (s->section[i] - s->at.asset), &s->p->v[i]);
	for (size_t i = 0; ok && s->global && i < s->p->n; i++) {
		GElf_Rela r = object_relocation(t, 0, s->ref + i, t->none, 0);

		ok = object_relocate(&s->o, names.relocations, s->section[i], &r, 1);
	}
	return ok;
}

/* --- the whole ------------------------------------------------------------------------------------ */

struct split emit_elf_split_form(const struct target *t)
{
	unsigned form = RCCF_FORM_SPLIT | (t->data == ELFDATA2MSB ? RCCF_FORM_BIG : 0) | (t->width == 4 ? RCCF_FORM_NARROW : 0);

	return (struct split){(uint8_t)form, !t->rela};
}

/* Headers and relocations of the pieces, with those of all others. */
static uint64_t table_bytes(const struct split_object *s)
{
	enum { RELOCATIONS = 2 * sizeof(Elf32_Rela) };

	return TABLES + s->at.behind * (uint64_t)(sizeof(Elf32_Shdr) + RELOCATIONS);
}

bool emit_elf_split(int fd, struct diag *d, const char *out_path, const struct layout *l, const struct target *t,
                    const struct like *like, enum emit_symbols symbols)
{
	struct split_object s = {.l = l, .p = l->plan, .global = symbols == SYMBOLS_GLOBAL};
	struct arena a = {0};
	struct piece_names names;
	bool ok;

	s.at = number_pieces(s.p->n, like ? like->n : 0, s.global);
	s.section = new(&a, uint32_t, s.p->n);
	for (size_t k = 0; k < s.p->n; k++)
		s.section[s.p->order[k]] = (uint32_t)(s.at.asset + k);
	object_start(&s.o, fd, d, out_path, t, like, 0, emit_elf_image_offset() + l->size, s.at.behind);
	make_symbols(&s, &a, symbols);
	names = object_piece_names(&s.o);
	add_pieces(&s, names);
	ok = object_fits(&s.o, l->size + table_bytes(&s), UINT32_MAX - emit_elf_image_offset()) &&
	     object_desc_sections(&s.o, s.at.desc, l->size) && relocate_pieces(&s, names) && object_finish(&s.o);
	object_done(&s.o);
	arena_done(&a);
	return ok;
}
