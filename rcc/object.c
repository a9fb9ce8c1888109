/* SPDX-License-Identifier: MIT */
/* See object.h. */
#include "object.h"

#include "io.h"
#include "out.h"

enum { BUFFER = 256 << 10, SYMBOLS_MAX_32 = 1 << 24 /* r_info of ELF32 has 24 bits for one */ };

static bool is64(const struct object *o)
{
	return o->t->elf_class == ELFCLASS64;
}

static uint64_t word(const struct object *o)
{
	return is64(o) ? 8 : 4;
}

/* Bytes of one of a type in this class; here no smaller than in the file. */
static size_t size_of(const struct object *o, Elf_Type type)
{
	return is64(o) ? elf64_fsize(type, 1, EV_CURRENT) : elf32_fsize(type, 1, EV_CURRENT);
}

/* --- bytes out ------------------------------------------------------------------------------------ */

static bool put(struct object *o, const void *p, size_t n, uint64_t off)
{
	return !n || !io_pwrite(o->fd, p, n, o->base + off) || out_failed(o->d, o->path, "write");
}

/* To the target's order, in place: in one class nothing changes its size. */
static bool translate(const struct object *o, struct sb *b, Elf_Type type)
{
	Elf_Data data = {.d_buf = b->p, .d_type = type, .d_version = EV_CURRENT, .d_size = b->n};

	if (!b->n || (is64(o) ? elf64_xlatetof(&data, &data, o->t->data) : elf32_xlatetof(&data, &data, o->t->data)))
		return true;
	diag_error(o->d, AT_FILE(o->path), "cannot write: %s", elf_errmsg(-1));
	return false;
}

static bool flush_relocations(struct object *o)
{
	struct sb *b = &o->relocations;

	if (!translate(o, b, o->t->rela ? ELF_T_RELA : ELF_T_REL) || !put(o, b->p, b->n, o->off))
		return false;
	o->off += b->n;
	b->n = 0;
	return true;
}

/* --- sections ------------------------------------------------------------------------------------- */

uint32_t object_name(struct object *o, const char *name)
{
	size_t at = o->names.n;

	sb_add(&o->names, name, strlen(name) + 1);
	return (uint32_t)at;
}

void object_window(struct object *o, const GElf_Shdr *h)
{
	o->nsections++;
	if (is64(o)) {
		sb_add(&o->headers, h, sizeof *h);
	} else {
		Elf32_Shdr s = {
			.sh_name = h->sh_name, .sh_type = h->sh_type, .sh_flags = (Elf32_Word)h->sh_flags,
			.sh_offset = (Elf32_Off)h->sh_offset, .sh_size = (Elf32_Word)h->sh_size, .sh_link = h->sh_link,
			.sh_info = h->sh_info, .sh_addralign = (Elf32_Word)h->sh_addralign, .sh_entsize = (Elf32_Word)h->sh_entsize,
		};

		sb_add(&o->headers, &s, sizeof s);
	}
}

bool object_section(struct object *o, const GElf_Shdr *h, const void *p, uint64_t n)
{
	GElf_Shdr s = *h;

	if (!flush_relocations(o))
		return false;
	s.sh_offset = o->off = align_up(o->off, h->sh_addralign);
	s.sh_size = n;
	object_window(o, &s);
	o->off += n;
	return put(o, p, (size_t)n, s.sh_offset);
}

/* --- symbols -------------------------------------------------------------------------------------- */

static void flush_strings(struct object *o)
{
	struct sb *b = &o->strings;

	o->failed = o->failed || !put(o, b->p, b->n, o->strings_off + o->strings_size - b->n);
	b->n = 0;
}

uint32_t object_string(struct object *o, const char *a, struct str b)
{
	uint64_t at = o->strings_size;
	size_t before = o->strings.n;

	sb_str(&o->strings, a);
	sb_add(&o->strings, b.p, b.n);
	sb_char(&o->strings, 0);
	o->strings_size += o->strings.n - before;
	if (o->strings.n > BUFFER)
		flush_strings(o);
	return (uint32_t)at; /* if it is more, object_fits says so */
}

/* Notes the section of the next symbol apart; those before that needed no such note get 0, and so do all that do not
 * once one did. */
static void add_far(struct object *o, uint32_t section)
{
	static const uint32_t none;

	while (o->far.n < o->nsymbols * sizeof none)
		sb_add(&o->far, &none, sizeof none);
	sb_add(&o->far, &section, sizeof section);
}

void object_symbol(struct object *o, uint32_t name, unsigned bind, unsigned type, unsigned visibility, size_t section,
                   uint64_t value, uint64_t size)
{
	unsigned char info = (unsigned char)GELF_ST_INFO(bind, type), other = (unsigned char)visibility;
	bool far = section >= SHN_LORESERVE;
	Elf64_Section near = far ? SHN_XINDEX : (Elf64_Section)section;

	if (far || o->far.n)
		add_far(o, far ? (uint32_t)section : 0);
	if (is64(o)) {
		Elf64_Sym s = {name, info, other, near, value, size};

		sb_add(&o->symbols, &s, sizeof s);
	} else {
		Elf32_Sym s = {name, (Elf32_Addr)value, (Elf32_Word)size, info, other, near};

		sb_add(&o->symbols, &s, sizeof s);
	}
	o->nsymbols++;
}

void object_locals_end(struct object *o)
{
	o->nlocals = o->nsymbols;
}

/* --- relocations ---------------------------------------------------------------------------------- */

/* mips64el keeps the symbol in the low half and the type in the last byte; libelf does not know of it. */
GElf_Rela object_relocation(const struct target *t, uint64_t off, size_t symbol, uint32_t type, uint64_t addend)
{
	bool odd = t->machine == EM_MIPS && t->elf_class == ELFCLASS64 && t->data == ELFDATA2LSB;
	uint64_t info = odd ? symbol | (uint64_t)type << 56 : GELF_R_INFO((uint64_t)symbol, type);

	return (GElf_Rela){off, info, (int64_t)addend};
}

/* The forms differ in what they leave out at the end. */
static void add_relocation(struct object *o, const GElf_Rela *r)
{
	if (is64(o)) {
		sb_add(&o->relocations, r, o->t->rela ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel));
	} else {
		Elf32_Rela s = {(Elf32_Addr)r->r_offset, (Elf32_Word)ELF32_R_INFO(GELF_R_SYM(r->r_info), GELF_R_TYPE(r->r_info)),
		                (Elf32_Sword)r->r_addend};

		sb_add(&o->relocations, &s, o->t->rela ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel));
	}
}

bool object_relocate(struct object *o, uint32_t name, size_t of, const GElf_Rela *r, size_t n)
{
	bool rela = o->t->rela;
	GElf_Shdr h = {.sh_name = name, .sh_type = rela ? SHT_RELA : SHT_REL, .sh_flags = SHF_INFO_LINK, .sh_link = o->symtab,
	               .sh_info = (uint32_t)of, .sh_addralign = word(o), .sh_entsize = size_of(o, rela ? ELF_T_RELA : ELF_T_REL)};

	if (o->relocations.n > BUFFER && !flush_relocations(o))
		return false;
	if (!o->relocations.n)
		o->off = align_up(o->off, word(o));
	h.sh_offset = o->off + o->relocations.n;
	for (size_t i = 0; i < n; i++)
		add_relocation(o, &r[i]);
	h.sh_size = n * h.sh_entsize;
	object_window(o, &h);
	return true;
}

/* --- the whole ------------------------------------------------------------------------------------ */

void object_start(struct object *o, int fd, struct diag *d, const char *path, const struct target *t,
                  const struct like *like, uint64_t base, uint64_t off, size_t symtab)
{
	static const struct like nothing;
	static const GElf_Shdr null;

	elf_version(EV_CURRENT);
	*o = (struct object){.fd = fd, .d = d, .path = path, .t = t, .like = like ? like : &nothing, .base = base,
	                     .off = off, .symtab = (uint32_t)symtab, .strings_off = off};
	sb_char(&o->names, 0);
	object_string(o, "", (struct str){0});
	object_window(o, &null);
	object_symbol(o, 0, STB_LOCAL, STT_NOTYPE, STV_DEFAULT, SHN_UNDEF, 0, 0);
}

void object_done(struct object *o)
{
	sb_done(&o->headers);
	sb_done(&o->symbols);
	sb_done(&o->relocations);
	sb_done(&o->far);
	sb_done(&o->names);
	sb_done(&o->strings);
}

bool object_fits(struct object *o, uint64_t bytes, uint64_t max)
{
	flush_strings(o);
	o->off += o->strings_size;
	if (o->strings_size > UINT32_MAX)
		diag_error(o->d, AT_NONE, "the names exceed 4 GiB of symbols; compile with --symbols none");
	else if (!is64(o) && (bytes + o->symbols.n + o->far.n + o->strings_size > max || o->nsymbols >= SYMBOLS_MAX_32))
		diag_error(o->d, AT_FILE(o->path), "the object would exceed the 4 GiB that a 32-bit one can have; take files out, or write "
		           "a bundle file with --format bundle");
	else
		return !o->failed;
	return false;
}

/* Symbols and strings, as the last sections. */
static bool put_tables(struct object *o)
{
	bool far = o->far.n != 0;
	const GElf_Shdr symtab = {.sh_name = object_name(o, ".symtab"), .sh_type = SHT_SYMTAB, .sh_link = o->symtab + 1 + far,
	                          .sh_info = (uint32_t)o->nlocals, .sh_addralign = word(o), .sh_entsize = size_of(o, ELF_T_SYM)};
	GElf_Shdr table = {.sh_type = SHT_SYMTAB_SHNDX, .sh_link = o->symtab, .sh_addralign = 4, .sh_entsize = 4};

	if (!translate(o, &o->symbols, ELF_T_SYM) || !object_section(o, &symtab, o->symbols.p, o->symbols.n))
		return false;
	if (far) {
		table.sh_name = object_name(o, ".symtab_shndx");
		if (!translate(o, &o->far, ELF_T_WORD) || !object_section(o, &table, o->far.p, o->far.n))
			return false;
	}
	table = (GElf_Shdr){.sh_name = object_name(o, ".strtab"), .sh_type = SHT_STRTAB, .sh_addralign = 1,
	                    .sh_offset = o->strings_off, .sh_size = o->strings_size};
	object_window(o, &table);
	table.sh_name = object_name(o, ".shstrtab");
	return object_section(o, &table, o->names.p, o->names.n);
}

/* What the ELF header has no room for stands in the null section's header. */
static void set_null_section(struct object *o, uint64_t size, uint32_t link)
{
	if (is64(o)) {
		Elf64_Shdr *h = (Elf64_Shdr *)(void *)o->headers.p;

		h->sh_size = size;
		h->sh_link = link;
	} else {
		Elf32_Shdr *h = (Elf32_Shdr *)(void *)o->headers.p;

		h->sh_size = (Elf32_Word)size;
		h->sh_link = link;
	}
}

static bool put_header(struct object *o)
{
	uint32_t last = (uint32_t)o->nsections - 1; /* .shstrtab */
	bool many = o->nsections >= SHN_LORESERVE, far = last >= SHN_LORESERVE;
	Elf64_Ehdr eh = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, o->t->elf_class, o->t->data, EV_CURRENT, o->like->osabi,
		            o->like->abi_version},
		.e_type = ET_REL, .e_machine = o->t->machine, .e_version = EV_CURRENT, .e_shoff = o->off, .e_flags = o->t->flags,
		.e_ehsize = (Elf64_Half)size_of(o, ELF_T_EHDR), .e_shentsize = (Elf64_Half)size_of(o, ELF_T_SHDR),
		.e_shnum = many ? 0 : (Elf64_Half)o->nsections, .e_shstrndx = far ? SHN_XINDEX : (Elf64_Half)last,
	};
	struct sb b = {0};
	bool ok;

	set_null_section(o, many ? o->nsections : 0, far ? last : 0);
	if (is64(o)) {
		sb_add(&b, &eh, sizeof eh);
	} else {
		Elf32_Ehdr s = {.e_type = eh.e_type, .e_machine = eh.e_machine, .e_version = eh.e_version,
		                .e_shoff = (Elf32_Off)eh.e_shoff, .e_flags = eh.e_flags, .e_ehsize = eh.e_ehsize,
		                .e_shentsize = eh.e_shentsize, .e_shnum = eh.e_shnum, .e_shstrndx = eh.e_shstrndx};

		memcpy(s.e_ident, eh.e_ident, sizeof s.e_ident);
		sb_add(&b, &s, sizeof s);
	}
	ok = translate(o, &b, ELF_T_EHDR) && put(o, b.p, b.n, 0);
	sb_done(&b);
	return ok;
}

bool object_finish(struct object *o)
{
	if (!put_tables(o))
		return false;
	o->off = align_up(o->off, 8);
	if (!put_header(o) || !translate(o, &o->headers, ELF_T_SHDR) || !put(o, o->headers.p, o->headers.n, o->off))
		return false;
	o->off += o->headers.n;
	return true;
}
