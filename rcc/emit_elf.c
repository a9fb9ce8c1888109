/* SPDX-License-Identifier: MIT */
/* An image to an ELF object, by libelf: design and reasons of each section in doc/architecture.md. The image
 * itself is written before, by the layout; libelf is told of its section but given no data for it, so that
 * gigabytes cost no memory. */
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime-stub/rcc_format.h"
#include "emit.h"
#include "ident.h"
#include "io.h"
#include "out.h"

/* TABLES: more than the sections take that are not the image, the symbols or their names. */
enum { IMAGE_OFFSET = 4096, TABLES = 1 << 20 };

enum section { S_NULL, S_IMAGE, S_DESC, S_DESC_REL, S_NOTE, S_NOTE_REL, S_STACK, S_SYMTAB, S_STRTAB, S_SHSTRTAB, SECTIONS };

/* An object in the making. */
struct object {
	Elf *elf;
	const struct layout *l;
	const struct target *t;
	const struct like *like; /* never NULL, but it may have no sections */
	struct sb names;    /* .shstrtab */
	struct sb strings;  /* .strtab */
	struct sb symbols;  /* Elf64_Sym or Elf32_Sym, in this machine's order: libelf translates */
	size_t nsymbols, nlocals;
	unsigned char desc[RCCF_DESC_SIZE], note[RCCF_NOTE_SIZE];
	struct arena arena;
};

uint64_t emit_elf_image_offset(void)
{
	return IMAGE_OFFSET;
}

uint64_t emit_elf_image_max(const struct target *t)
{
	return (t->elf_class == ELFCLASS64 ? (uint64_t)INT64_MAX : UINT32_MAX) - IMAGE_OFFSET - TABLES;
}

/* --- records -------------------------------------------------------------------------------------- */

static void put32(unsigned char *p, uint32_t v, bool big)
{
	rccf_store32(p, big ? __builtin_bswap32(v) : v);
}

static void put64(unsigned char *p, uint64_t v, bool big)
{
	rccf_store64(p, big ? __builtin_bswap64(v) : v);
}

/* The descriptor and the note around it. rel is the linker's to write; with REL the addend, 0, lies in its place
 * as well. */
static void make_records(struct object *o)
{
	bool big = o->t->data == ELFDATA2MSB;
	unsigned char *d = o->desc, *n = o->note;

	memcpy(d, RCCF_DESC_MAGIC, RCCF_DESC_MAGIC_SIZE);
	d[RCCF_D_KIND] = (unsigned char)((big ? RCCF_KIND_BIG : 0) | (o->t->width == 4 ? RCCF_KIND_NARROW : 0));
	put64(d + RCCF_D_BYTES, o->l->size, big);
	put32(n, 4, big);
	put32(n + 4, RCCF_DESC_SIZE, big);
	put32(n + 8, RCCF_NOTE_TYPE, big);
	memcpy(n + 12, "rcc", 4);
	memcpy(n + RCCF_NOTE_DESC, d, RCCF_DESC_SIZE);
}

/* --- symbols -------------------------------------------------------------------------------------- */

static uint32_t add_string(struct object *o, const char *a, struct str b)
{
	size_t at = o->strings.n;

	sb_str(&o->strings, a);
	sb_add(&o->strings, b.p, b.n);
	sb_char(&o->strings, 0);
	return (uint32_t)at;
}

static void add_symbol(struct object *o, uint32_t name, unsigned bind, unsigned type, unsigned visibility,
                       enum section section, uint64_t value, uint64_t size)
{
	unsigned char info = (unsigned char)GELF_ST_INFO(bind, type);

	if (o->t->elf_class == ELFCLASS64) {
		Elf64_Sym s = {name, info, (unsigned char)visibility, (Elf64_Section)section, value, size};

		sb_add(&o->symbols, &s, sizeof s);
	} else {
		Elf32_Sym s = {name, (Elf32_Addr)value, (Elf32_Word)size, info, (unsigned char)visibility,
		               (Elf32_Section)section};

		sb_add(&o->symbols, &s, sizeof s);
	}
	o->nsymbols++;
}

/* What relocations refer to: the sections, and where a second relocation subtracts the place, a symbol for each. */
enum { SYM_IMAGE = 1, SYM_DESC, SYM_DESC_REL, SYM_NOTE_REL };

/* A place in a section, named as assemblers name what no symbol table of a program needs. */
static void add_place(struct object *o, const char *name, enum section section, uint64_t value)
{
	add_symbol(o, add_string(o, name, (struct str){0}), STB_LOCAL, STT_NOTYPE, STV_DEFAULT, section, value, 0);
}

/* One a name: local ones are called by the name itself, for nm and size profilers; global ones by an identifier,
 * for code. */
static void add_asset_symbols(struct object *o, enum emit_symbols symbols)
{
	const struct plan *p = o->l->plan;
	bool global = symbols == SYMBOLS_GLOBAL;
	struct str *ident = NULL;
	struct sb prefix = {0};

	if (global) {
		struct str *names = new(&o->arena, struct str, p->n);

		for (size_t i = 0; i < p->n; i++)
			names[i] = p->v[i].name;
		ident = ident_all(&o->arena, names, p->n);
	}
	sb_fmt(&prefix, "rcc_asset_%.*s%s", (int)p->bundle.n, p->bundle.p, global ? "__" : "/");
	for (size_t i = 0; i < p->n; i++)
		add_symbol(o, add_string(o, prefix.p, global ? ident[i] : p->v[i].name), global ? STB_GLOBAL : STB_LOCAL,
		           STT_OBJECT, STV_DEFAULT, S_IMAGE, p->v[i].off, p->v[i].stored);
	sb_done(&prefix);
}

/* Local symbols first, as the gABI wants. False: more names than a string table can hold. */
static bool make_symbols(struct object *o, struct diag *d, enum emit_symbols symbols)
{
	sb_char(&o->strings, 0);
	add_symbol(o, 0, STB_LOCAL, STT_NOTYPE, STV_DEFAULT, S_NULL, 0, 0);
	add_symbol(o, 0, STB_LOCAL, STT_SECTION, STV_DEFAULT, S_IMAGE, 0, 0);
	/* With REL, bfd 2.40 looks for an addend in the place of a relocation that has none, and aborts; but not for plain symbols. */
	if (o->t->rela)
		add_symbol(o, 0, STB_LOCAL, STT_SECTION, STV_DEFAULT, S_DESC, 0, 0);
	else
		add_place(o, ".Lrcc_desc", S_DESC, 0);
	if (o->t->minus) {
		add_place(o, ".Lrcc_desc_rel", S_DESC, RCCF_D_REL);
		add_place(o, ".Lrcc_note_rel", S_NOTE, RCCF_NOTE_DESC + RCCF_D_REL);
	}
	if (symbols == SYMBOLS_SIZES)
		add_asset_symbols(o, symbols);
	o->nlocals = o->nsymbols;
	if (symbols == SYMBOLS_GLOBAL)
		add_asset_symbols(o, symbols);
	add_symbol(o, add_string(o, "rcc_bundle_", o->l->plan->bundle), STB_GLOBAL, STT_OBJECT,
	           symbols == SYMBOLS_GLOBAL ? STV_DEFAULT : STV_HIDDEN, S_DESC, 0, RCCF_DESC_SIZE);
	if (o->strings.n <= UINT32_MAX)
		return true;
	diag_error(d, AT_NONE, "the names exceed 4 GiB of symbols; compile with --symbols none");
	return false;
}

/* --- sections ------------------------------------------------------------------------------------- */

static uint32_t add_name(struct object *o, const char *name)
{
	size_t at = o->names.n;

	sb_add(&o->names, name, strlen(name) + 1);
	return (uint32_t)at;
}

/* What a section is beside its bytes. */
struct header {
	const char *name;
	uint32_t type;
	uint64_t flags, align;
	uint32_t link, info;
	uint64_t entsize;
};

/* When memory ends, libelf may hand out a section without a header, which crashes whoever asks for it; the error
 * it set tells. */
static Elf_Scn *new_section(Elf *elf)
{
	Elf_Scn *scn;

	(void)elf_errno(); /* forgets what was before */
	scn = elf_newscn(elf);
	if (elf_errno())
		die("out of memory");
	return scn;
}

/* The next section in the order of enum section: at *off, aligned, with n bytes of p; p NULL: bytes that are in
 * the file already. */
static bool add_section(struct object *o, const struct header *h, Elf_Type type, const void *p, uint64_t n, uint64_t *off)
{
	Elf_Scn *scn = new_section(o->elf);
	Elf_Data *data;
	GElf_Shdr sh;

	if (!scn || !gelf_getshdr(scn, &sh))
		return false;
	*off = align_up(*off, p ? h->align : 1);
	sh.sh_name = add_name(o, h->name);
	sh.sh_type = h->type;
	sh.sh_flags = h->flags;
	sh.sh_offset = *off;
	sh.sh_size = n;
	sh.sh_addralign = h->align;
	sh.sh_link = h->link;
	sh.sh_info = h->info;
	sh.sh_entsize = h->entsize;
	*off += n;
	if (!gelf_update_shdr(scn, &sh))
		return false;
	if (!p)
		return true;
	data = elf_newdata(scn);
	if (!data)
		return false;
	data->d_buf = (void *)(uintptr_t)p; /* libelf only reads it */
	data->d_size = n;
	data->d_type = type;
	data->d_align = h->align;
	data->d_version = EV_CURRENT;
	return true;
}

static bool is64(const struct object *o)
{
	return o->t->elf_class == ELFCLASS64;
}

/* The sections that --like brings lie before the symbol table. */
static uint32_t behind_like(const struct object *o, enum section s)
{
	return (uint32_t)(s + o->like->n);
}

static bool add_like(struct object *o, uint64_t *off)
{
	for (size_t i = 0; i < o->like->n; i++) {
		const struct like_section *s = &o->like->section[i];
		const struct header h = {s->name, s->type, s->flags, s->align, 0, 0, s->entsize};

		if (!add_section(o, &h, ELF_T_BYTE, s->p, s->n, off))
			return false;
	}
	return true;
}

/* A relocation section of n relocations for the section `of`. */
static bool add_relocations(struct object *o, enum section of, const char *name, const GElf_Rela *r, size_t n,
                            uint64_t *off)
{
	bool rela = o->t->rela;
	Elf_Type type = rela ? ELF_T_RELA : ELF_T_REL;
	size_t size = gelf_fsize(o->elf, type, 1, EV_CURRENT);
	struct header h = {name, rela ? SHT_RELA : SHT_REL, SHF_INFO_LINK, is64(o) ? 8 : 4, behind_like(o, S_SYMTAB), of,
	                   size};
	Elf_Data *data;

	if (!add_section(o, &h, type, new(&o->arena, char, n * size), n * size, off))
		return false;
	data = elf_getdata(elf_getscn(o->elf, (size_t)of + 1), NULL);
	for (size_t i = 0; data && i < n; i++) {
		GElf_Rel plain = {r[i].r_offset, r[i].r_info};
		GElf_Rela full = r[i];

		if (!(rela ? gelf_update_rela(data, (int)i, &full) : gelf_update_rel(data, (int)i, &plain)))
			return false;
	}
	return data != NULL;
}

/* mips64el keeps the symbol in the low half and the type in the last byte; libelf does not know of it. */
static GElf_Rela relocation(const struct target *t, uint64_t off, unsigned symbol, uint32_t type)
{
	bool odd = t->machine == EM_MIPS && t->elf_class == ELFCLASS64 && t->data == ELFDATA2LSB;
	uint64_t info = odd ? symbol | (uint64_t)type << 56 : GELF_R_INFO((uint64_t)symbol, type);

	return (GElf_Rela){off, info, 0};
}

/* What makes the word at off, whose symbol is `here`, the distance from itself to the image. Returns how many
 * relocations that takes. Subtracting section + off would be the same, but bfd 2.40 adds the addend it shall
 * subtract. */
static size_t self_relative(const struct target *t, GElf_Rela *r, uint64_t off, unsigned here)
{
	r[0] = relocation(t, off, SYM_IMAGE, t->self);
	if (!t->minus)
		return 1;
	r[1] = relocation(t, off, here, t->minus);
	return 2;
}

static bool add_sections(struct object *o, uint64_t *off)
{
	const struct target *t = o->t;
	uint64_t image_align = (uint64_t)1 << o->l->align_log2;
	const char *desc_rel = t->rela ? ".relarcc_desc" : ".relrcc_desc",
	           *note_rel = t->rela ? ".rela.note.rcc" : ".rel.note.rcc";
	uint64_t word = is64(o) ? 8 : 4, padded;
	struct header image = {t->section, SHT_PROGBITS, SHF_ALLOC | t->section_flags, t->page, 0, 0, 0};
	const struct header desc = {"rcc_desc", SHT_PROGBITS, SHF_ALLOC, 8, 0, 0, 0},
	                    note = {".note.rcc", SHT_NOTE, SHF_ALLOC, 4, 0, 0, 0},
	                    stack = {".note.GNU-stack", SHT_PROGBITS, 0, 1, 0, 0, 0},
	                    strtab = {".strtab", SHT_STRTAB, 0, 1, 0, 0, 0},
	                    shstrtab = {".shstrtab", SHT_STRTAB, 0, 1, 0, 0, 0};
	const struct header symtab = {".symtab", SHT_SYMTAB, 0, word, behind_like(o, S_STRTAB), (uint32_t)o->nlocals,
	                              gelf_fsize(o->elf, ELF_T_SYM, 1, EV_CURRENT)};
	GElf_Rela desc_relocation[2], note_relocation[3];
	size_t ndesc = self_relative(t, desc_relocation, RCCF_D_REL, SYM_DESC_REL),
	       nnote = 1 + self_relative(t, note_relocation + 1, RCCF_NOTE_DESC + RCCF_D_REL, SYM_NOTE_REL);

	/* Notes are roots of every linker's marking: this one holds the descriptor against --gc-sections. */
	note_relocation[0] = relocation(t, 0, SYM_DESC, t->none);
	if (image.align < image_align)
		image.align = image_align;
	padded = align_up(o->l->size, image.align); /* so that no other section shares the image's last page */
	sb_char(&o->names, 0);
	*off = IMAGE_OFFSET;
	if (!add_section(o, &image, ELF_T_BYTE, NULL, padded, off) ||
	    !add_section(o, &desc, ELF_T_BYTE, o->desc, sizeof o->desc, off) ||
	    !add_relocations(o, S_DESC, desc_rel, desc_relocation, ndesc, off) ||
	    !add_section(o, &note, ELF_T_BYTE, o->note, sizeof o->note, off) ||
	    !add_relocations(o, S_NOTE, note_rel, note_relocation, nnote, off) ||
	    !add_section(o, &stack, ELF_T_BYTE, NULL, 0, off) || !add_like(o, off) ||
	    !add_section(o, &symtab, ELF_T_SYM, o->symbols.p, o->symbols.n, off) ||
	    !add_section(o, &strtab, ELF_T_BYTE, o->strings.p, o->strings.n, off))
		return false;
	/* Its own name is the last to be added, and its bytes must not move any more. */
	add_name(o, shstrtab.name);
	padded = o->names.n;
	o->names.n -= strlen(shstrtab.name) + 1;
	return add_section(o, &shstrtab, ELF_T_BYTE, o->names.p, padded, off);
}

static bool make_object(struct object *o, int fd)
{
	GElf_Ehdr eh;
	uint64_t off;

	elf_version(EV_CURRENT);
	o->elf = elf_begin(fd, ELF_C_WRITE, NULL);
	if (!o->elf || !gelf_newehdr(o->elf, o->t->elf_class) || !gelf_getehdr(o->elf, &eh))
		return false;
	eh.e_ident[EI_DATA] = o->t->data;
	eh.e_ident[EI_OSABI] = o->like->osabi;
	eh.e_ident[EI_ABIVERSION] = o->like->abi_version;
	eh.e_type = ET_REL;
	eh.e_machine = o->t->machine;
	eh.e_version = EV_CURRENT;
	eh.e_flags = o->t->flags;
	eh.e_shstrndx = (Elf64_Half)behind_like(o, S_SHSTRTAB);
	/* gelf_fsize and the translation of tables ask the header for class and order: it goes in first. */
	if (!gelf_update_ehdr(o->elf, &eh) || !add_sections(o, &off))
		return false;
	eh.e_shoff = align_up(off, 8);
	if (!gelf_update_ehdr(o->elf, &eh))
		return false;
	elf_flagelf(o->elf, ELF_C_SET, ELF_F_LAYOUT);
	return elf_update(o->elf, ELF_C_WRITE) >= 0;
}

/* The image alone was judged before; the padding behind it and the symbols are known only now. */
static bool fits(const struct object *o, struct diag *d, const char *out_path)
{
	uint64_t align = (uint64_t)1 << o->l->align_log2;

	if (align_up(o->l->size, align > o->t->page ? align : o->t->page) + o->symbols.n + o->strings.n <= emit_elf_image_max(o->t))
		return true;
	diag_error(d, AT_FILE(out_path), "the object would exceed the 4 GiB that a 32-bit one can have; take files out, or write a "
	           "bundle file with --format bundle");
	return false;
}

bool emit_elf(int fd, struct diag *d, const char *out_path, const struct layout *l, const struct target *t,
              const struct like *like, enum emit_symbols symbols)
{
	static const struct like nothing;
	struct object o = {.l = l, .t = t, .like = like ? like : &nothing};
	bool ok = make_symbols(&o, d, symbols) && fits(&o, d, out_path);

	make_records(&o);
	errno = 0;
	if (ok && !make_object(&o, fd)) {
		/* libelf says that a write failed, the system says why. */
		if (errno)
			out_failed(d, out_path, "write");
		else
			diag_error(d, AT_FILE(out_path), "cannot write: %s", elf_errmsg(-1));
		ok = false;
	}
	elf_end(o.elf);
	sb_done(&o.names);
	sb_done(&o.strings);
	sb_done(&o.symbols);
	arena_done(&o.arena);
	return ok;
}
