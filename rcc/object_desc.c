/* SPDX-License-Identifier: MIT */
/* See object_desc.h; design and reasons of each section are in doc/architecture.md. */
#include "object_desc.h"

#include "../runtime-stub/rcc_format.h"
#include "ident.h"

/* What relocations refer to: the sections, and where a second relocation subtracts the place, a symbol for each. */
enum { SYM_IMAGE = IMAGE_SYMBOL, SYM_DESC, SYM_DESC_REL, SYM_NOTE_REL };

enum { NOTE_BEHIND_DESC = 2 };

/* --- records -------------------------------------------------------------------------------------- */

static void put32(unsigned char *p, uint32_t v, bool big)
{
	rccf_store32(p, big ? __builtin_bswap32(v) : v);
}

static void put64(unsigned char *p, uint64_t v, bool big)
{
	rccf_store64(p, big ? __builtin_bswap64(v) : v);
}

/* rel is the linker's to write; with REL the addend, 0, lies in its place as well. */
static void make_desc(unsigned char *d, const struct target *t, uint64_t size)
{
	bool big = t->data == ELFDATA2MSB;

	memcpy(d, RCCF_DESC_MAGIC, RCCF_DESC_MAGIC_SIZE);
	d[RCCF_D_KIND] = (unsigned char)((big ? RCCF_KIND_BIG : 0) | (t->width == 4 ? RCCF_KIND_NARROW : 0));
	put64(d + RCCF_D_BYTES, size, big);
}

static void make_note(unsigned char *n, const struct target *t, const unsigned char *desc)
{
	bool big = t->data == ELFDATA2MSB;

	put32(n, 4, big);
	put32(n + 4, RCCF_DESC_SIZE, big);
	put32(n + 8, RCCF_NOTE_TYPE, big);
	memcpy(n + 12, "rcc", 4);
	memcpy(n + RCCF_NOTE_DESC, desc, RCCF_DESC_SIZE);
}

/* --- symbols -------------------------------------------------------------------------------------- */

void object_place(struct object *o, const char *name, size_t section, uint64_t value)
{
	object_symbol(o, object_string(o, name, (struct str){0}), STB_LOCAL, STT_NOTYPE, STV_DEFAULT, section, value, 0);
}

void object_desc_locals(struct object *o, size_t desc)
{
	object_symbol(o, 0, STB_LOCAL, STT_SECTION, STV_DEFAULT, IMAGE_SECTION, 0, 0);
	/* With REL, bfd 2.40 looks for an addend in the place of a relocation that has none, and aborts; but not for plain symbols. */
	if (o->t->rela)
		object_symbol(o, 0, STB_LOCAL, STT_SECTION, STV_DEFAULT, desc, 0, 0);
	else
		object_place(o, ".Lrcc_desc", desc, 0);
	if (o->t->minus) {
		object_place(o, ".Lrcc_desc_rel", desc, RCCF_D_REL);
		object_place(o, ".Lrcc_note_rel", desc + NOTE_BEHIND_DESC, RCCF_NOTE_DESC + RCCF_D_REL);
	}
}

void object_bundle_symbol(struct object *o, size_t desc, struct str bundle, bool visible)
{
	object_symbol(o, object_string(o, "rcc_bundle_", bundle), STB_GLOBAL, STT_OBJECT, visible ? STV_DEFAULT : STV_HIDDEN,
	              desc, 0, RCCF_DESC_SIZE);
}

struct str *object_idents(struct arena *a, const struct plan *p)
{
	struct str *names = new(a, struct str, p->n);

	for (size_t i = 0; i < p->n; i++)
		names[i] = p->v[i].name;
	return ident_all(a, names, p->n);
}

void object_asset_symbols(struct object *o, const struct plan *p, enum emit_symbols symbols, const struct str *ident,
                          const uint32_t *section)
{
	bool global = symbols == SYMBOLS_GLOBAL;
	struct sb prefix = {0};

	sb_fmt(&prefix, "rcc_asset_%.*s%s", (int)p->bundle.n, p->bundle.p, global ? "__" : "/");
	for (size_t i = 0; i < p->n; i++)
		object_symbol(o, object_string(o, prefix.p, global ? ident[i] : p->v[i].name), global ? STB_GLOBAL : STB_LOCAL,
		              STT_OBJECT, STV_DEFAULT, section ? section[i] : IMAGE_SECTION, section ? 0 : p->v[i].off, p->v[i].stored);
	sb_done(&prefix);
}

/* --- sections ------------------------------------------------------------------------------------- */

/* Subtracting section + off would be the same, but bfd 2.40 adds the addend it shall subtract. */
size_t object_self_relative(const struct target *t, GElf_Rela *r, uint64_t off, size_t symbol, uint64_t addend, size_t here)
{
	r[0] = object_relocation(t, off, symbol, t->self, addend);
	if (!t->minus)
		return 1;
	r[1] = object_relocation(t, off, here, t->minus, 0);
	return 2;
}

static bool add_desc(struct object *o, size_t section, const unsigned char *desc)
{
	const GElf_Shdr h = {.sh_name = object_name(o, "rcc_desc"), .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC,
	                     .sh_addralign = 8};
	GElf_Rela r[2];
	size_t n = object_self_relative(o->t, r, RCCF_D_REL, SYM_IMAGE, 0, SYM_DESC_REL);

	return object_section(o, &h, desc, RCCF_DESC_SIZE) &&
	       object_relocate(o, object_name(o, o->t->rela ? ".relarcc_desc" : ".relrcc_desc"), section, r, n);
}

/* Notes are roots of every linker's marking: this one holds the descriptor against --gc-sections. */
static bool add_note(struct object *o, size_t section, const unsigned char *desc)
{
	const GElf_Shdr h = {.sh_name = object_name(o, ".note.rcc"), .sh_type = SHT_NOTE, .sh_flags = SHF_ALLOC,
	                     .sh_addralign = 4};
	unsigned char note[RCCF_NOTE_SIZE] = {0};
	GElf_Rela r[3] = {object_relocation(o->t, 0, SYM_DESC, o->t->none, 0)};
	size_t n = 1 + object_self_relative(o->t, r + 1, RCCF_NOTE_DESC + RCCF_D_REL, SYM_IMAGE, 0, SYM_NOTE_REL);

	make_note(note, o->t, desc);
	return object_section(o, &h, note, sizeof note) &&
	       object_relocate(o, object_name(o, o->t->rela ? ".rela.note.rcc" : ".rel.note.rcc"), section, r, n);
}

bool object_common_sections(struct object *o)
{
	GElf_Shdr stack = {.sh_type = SHT_PROGBITS, .sh_addralign = 1};

	stack.sh_name = object_name(o, ".note.GNU-stack");
	if (!object_section(o, &stack, NULL, 0))
		return false;
	for (size_t i = 0; i < o->like->n; i++) {
		const struct like_section *s = &o->like->section[i];
		const GElf_Shdr h = {.sh_name = object_name(o, s->name), .sh_type = s->type, .sh_flags = s->flags,
		                     .sh_addralign = s->align, .sh_entsize = s->entsize};

		if (!object_section(o, &h, s->p, s->n))
			return false;
	}
	return true;
}

bool object_desc_sections(struct object *o, size_t desc, uint64_t size)
{
	unsigned char record[RCCF_DESC_SIZE] = {0};

	make_desc(record, o->t, size);
	return add_desc(o, desc, record) && add_note(o, desc + NOTE_BEHIND_DESC, record) && object_common_sections(o);
}
