/* SPDX-License-Identifier: MIT */
/* Assembler text around an image in a file beside it: for GNU as and clang alike, so that either makes the object
 * that emit_elf would write, or one for Mach-O or COFF, which it cannot. Nothing here depends on the assembler's
 * host. */
#include <elf.h>
#include <elf.h>
#include <string.h>

#include "../runtime-stub/core/core.h"
#include "emit.h"
#include "ident.h"
#include "io.h"

/* Text in the making. */
struct text {
	struct sb *b;
	const struct layout *l;
	const struct target *t;
	const char *local;   /* what begins a label that no symbol table needs */
	const char *symbol;  /* what begins a symbol of C */
	const char *number4, *number8; /* directives for numbers, unaligned */
	unsigned align_max;  /* log2 of what a section of this kind can be aligned to at most */
};

static struct text text_for(struct sb *b, const struct layout *l, const struct target *t)
{
	struct text x = {b, l, t, ".L", "", "4byte", "8byte", RCCF_ALIGN_MAX};

	if (t->machine == EM_SPARCV9) /* whose as takes differences from its own directive only */
		x.number8 = "xword";
	if (t->object != OBJECT_ELF) {
		x.number4 = "long";
		x.number8 = "quad";
		x.align_max = 13;
	}
	if (t->object == OBJECT_MACHO) {
		/* Labels that begin with L may not be what a relocation refers to. */
		x.local = "l_";
		x.symbol = "_";
		x.align_max = 15;
	}
	return x;
}

/* A string as both assemblers read it: three octal digits for all that might mean something. */
static void put_quoted(struct sb *b, const char *s)
{
	sb_char(b, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			sb_char(b, '\\');
		if (c < ' ' || c >= 0x7f)
			sb_fmt(b, "\\%03o", (unsigned)c);
		else
			sb_char(b, (char)c);
	}
	sb_char(b, '"');
}

static void put_section(const struct text *x, const char *name, uint64_t flags, const char *type, unsigned align)
{
	if (x->t->object == OBJECT_MACHO)
		sb_fmt(x->b, "\n\t.section %s,regular,no_dead_strip\n", name);
	else if (x->t->object == OBJECT_COFF)
		sb_fmt(x->b, "\n\t.section %s,\"dr\"\n", name);
	else if (flags) /* clang before 17 has no letter for them, but all take numbers */
		sb_fmt(x->b, "\n\t.section %s,\"0x%llx\",%%%s\n", name, 2ULL | flags, type);
	else
		sb_fmt(x->b, "\n\t.section %s,\"a\",%%%s\n", name, type);
	sb_fmt(x->b, "\t.p2align %u\n", align);
}

/* The image in a section of its own, padded so that no other shares its last page. */
static void put_image(const struct text *x, const char *path)
{
	unsigned align = (unsigned)__builtin_ctz(x->t->page);

	if (align < x->l->align_log2)
		align = x->l->align_log2;
	put_section(x, x->t->section, x->t->section_flags, "progbits", align);
	sb_fmt(x->b, "%srcc_image:\n\t.incbin ", x->local);
	put_quoted(x->b, path);
	sb_fmt(x->b, "\n\t.p2align %u\n", align);
}

/* The 32 bytes of format.md, section 7. what: a name for the place of the distance. */
static void put_record(const struct text *x, const char *what)
{
	const struct target *t = x->t;
	unsigned kind = (t->data == ELFDATA2MSB ? RCCF_KIND_BIG : 0) | (t->width == 4 ? RCCF_KIND_NARROW : 0);

	sb_str(x->b, "\t.byte ");
	for (unsigned i = 0; i < RCCF_DESC_MAGIC_SIZE; i++)
		sb_fmt(x->b, "0x%02x,", (unsigned char)RCCF_DESC_MAGIC[i]);
	sb_fmt(x->b, "0x%02x\n", kind);
	sb_fmt(x->b, "%srcc_%s:\n\t.%s %srcc_image - %srcc_%s\n", x->local, what, t->width == 4 ? x->number4 : x->number8,
	       x->local, x->local, what);
	if (t->width == 4)
		sb_fmt(x->b, "\t.%s 0\n", x->number4);
	sb_fmt(x->b, "\t.%s %llu\n", x->number8, (unsigned long long)x->l->size);
}

static void put_desc(const struct text *x, enum emit_symbols symbols)
{
	static const char *const section[] = {
		[OBJECT_ELF] = "rcc_desc", [OBJECT_MACHO] = "__TEXT,__rcc_desc", [OBJECT_COFF] = ".rdata$rccd",
	};
	struct str name = x->l->plan->bundle;
	struct sb symbol = {0};

	sb_fmt(&symbol, "%srcc_bundle_%.*s", x->symbol, (int)name.n, name.p);
	put_section(x, section[x->t->object], 0, "progbits", 3);
	sb_fmt(x->b, "\t.globl %s\n", symbol.p);
	if (symbols != SYMBOLS_GLOBAL && x->t->object != OBJECT_COFF)
		sb_fmt(x->b, "\t.%s %s\n", x->t->object == OBJECT_ELF ? "hidden" : "private_extern", symbol.p);
	if (x->t->object == OBJECT_ELF)
		sb_fmt(x->b, "\t.type %s,%%object\n\t.size %s,%d\n", symbol.p, symbol.p, RCCF_DESC_SIZE);
	sb_fmt(x->b, "%s:\n%srcc_desc:\n", symbol.p, x->local);
	put_record(x, "desc_rel");
	sb_done(&symbol);
}

/* What finds the bundle in any ELF module, and holds the descriptor against --gc-sections. */
static void put_note(const struct text *x)
{
	put_section(x, ".note.rcc", 0, "note", 2);
	/* With REL, bfd 2.40 wants no section's symbol here; emit_elf says why. */
	if (x->t->rela)
		sb_str(x->b, "\t.reloc 0,BFD_RELOC_NONE,.Lrcc_desc\n");
	else
		sb_fmt(x->b, "\t.reloc 0,BFD_RELOC_NONE,rcc_bundle_%.*s\n", (int)x->l->plan->bundle.n, x->l->plan->bundle.p);
	sb_fmt(x->b, "\t.4byte 4,%d,%d\n\t.asciz \"rcc\"\n", RCCF_DESC_SIZE, RCCF_NOTE_TYPE);
	put_record(x, "note_rel");
	sb_str(x->b, "\n\t.section .note.GNU-stack,\"\",%progbits\n");
}

/* A symbol at a place of the image. */
static void put_symbol(const struct text *x, const char *name, const struct item *item, bool global)
{
	if (global)
		sb_fmt(x->b, "\t.globl %s\n", name);
	sb_fmt(x->b, "\t.set %s,%srcc_image+%llu\n", name, x->local, (unsigned long long)item->off);
	if (x->t->object == OBJECT_ELF)
		sb_fmt(x->b, "\t.type %s,%%object\n\t.size %s,%llu\n", name, name, (unsigned long long)item->stored);
}

/* Can every assembler read it in quotes? */
static bool is_sayable(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f || strchr("\"\\;", name.p[i]))
			return false;
	return true;
}

/* As those of emit_elf; only that local ones are left out where the name could not be said, or where they have no
 * size. */
static void put_asset_symbols(const struct text *x, enum emit_symbols symbols)
{
	const struct plan *p = x->l->plan;
	struct arena a = {0};
	struct str *names = new(&a, struct str, p->n), *idents = NULL;
	struct sb name = {0};

	for (size_t i = 0; i < p->n; i++)
		names[i] = p->v[i].name;
	if (symbols == SYMBOLS_GLOBAL)
		idents = ident_all(&a, names, p->n);
	for (size_t i = 0; i < p->n; i++) {
		name.n = 0;
		if (idents)
			sb_fmt(&name, "%srcc_asset_%.*s__%.*s", x->symbol, (int)p->bundle.n, p->bundle.p, (int)idents[i].n,
			       idents[i].p);
		else if (x->t->object == OBJECT_ELF && is_sayable(names[i]))
			sb_fmt(&name, "\"rcc_asset_%.*s/%s\"", (int)p->bundle.n, p->bundle.p, names[i].p);
		else
			continue;
		put_symbol(x, name.p, &p->v[i], idents != NULL);
	}
	sb_done(&name);
	arena_done(&a);
}

/* What a reader and a build look at: without the hash, the text would not change when only contents do. */
static bool put_head(const struct text *x, int image_fd)
{
	unsigned char hash[8];
	const struct plan *p = x->l->plan;

	if (io_pread(image_fd, hash, sizeof hash, RCCF_H_INDEX_HASH) != sizeof hash)
		return false;
	sb_fmt(x->b, "/* The bundle %.*s for %s: XXH3 %016llx.\n", (int)p->bundle.n, p->bundle.p, x->t->name,
	       (unsigned long long)rccf_load64(hash));
	sb_str(x->b, " * Assemble it in the directory where rcc ran: paths are relative to that. */\n");
	return true;
}

bool emit_asm(struct sb *text, struct diag *d, const struct layout *l, const struct target *t, enum emit_symbols symbols,
              int image_fd, const char *image_path)
{
	struct text x = text_for(text, l, t);

	if (l->align_log2 > x.align_max) {
		diag_error(d, AT_NONE, "align=%llu is more than the %llu that objects for %s can have; use a bundle file",
		           1ULL << l->align_log2, 1ULL << x.align_max, t->name);
		return false;
	}
	if (t->object == OBJECT_COFF && l->size > INT32_MAX) {
		diag_error(d, AT_NONE, "an image of more than 2 GiB does not fit a program for %s; use a bundle file", t->name);
		return false;
	}
	if (!put_head(&x, image_fd)) {
		diag_error(d, AT_FILE(image_path), "cannot read back:");
		return false;
	}
	put_image(&x, image_path);
	if (symbols != SYMBOLS_NONE)
		put_asset_symbols(&x, symbols);
	put_desc(&x, symbols);
	if (t->object == OBJECT_ELF)
		put_note(&x);
	return true;
}
