/* SPDX-License-Identifier: MIT */
/* See relocate.h. Which relocations there are is target.c's to know. */
#include "relocate.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../runtime-stub/rcc_format.h"
#include "diag.h"

/* One of its sections of relocations, with what they refer to. */
struct table {
	const struct section *to, *symbols;
	const struct section *indexes; /* the symbols' section numbers, where 16 bits are too few; NULL: there are none */
	bool rela;
};

struct relocation {
	uint64_t off;
	uint32_t symbol, type;
	uint64_t addend;
};

static uint32_t get32(const struct relocatable *o, uint64_t off)
{
	return rccf_load32_order(o->p + off, o->big);
}

static uint64_t get_word(const struct relocatable *o, uint64_t off)
{
	return o->wide ? rccf_load64_order(o->p + off, o->big) : get32(o, off);
}

static uint64_t place_of(const struct section *s)
{
	return s->off + s->moved;
}

static uint64_t relocation_size(const struct relocatable *o, bool rela)
{
	return (o->wide ? 8u : 4u) * (rela ? 3u : 2u);
}

/* The i-th of the table at off, which is known to lie within. */
static struct relocation get_relocation(const struct relocatable *o, uint64_t off, bool rela)
{
	uint64_t word = o->wide ? 8 : 4, info = get_word(o, off + word);
	struct relocation r = {.off = get_word(o, off), .addend = rela ? get_word(o, off + 2 * word) : 0};

	if (!o->wide) {
		r.symbol = (uint32_t)info >> 8;
		r.type = (uint32_t)info & 0xff;
		r.addend = (uint64_t)(int32_t)(uint32_t)r.addend;
	} else if (o->t->machine == EM_MIPS) {
		/* A number in the machine's order, then four bytes: of the types, the first one stands last. */
		r.symbol = get32(o, off + 8);
		r.type = rccf_load32_order(o->p + off + 12, 1);
	} else {
		r.symbol = (uint32_t)(info >> 32);
		r.type = (uint32_t)info;
	}
	return r;
}

/* The section number of the symbol at offset at, which is known to lie within; SHN_UNDEF also for those without a
 * section. */
static uint32_t symbol_section(const struct relocatable *o, const struct table *t, uint32_t symbol, uint64_t at)
{
	uint32_t section = get32(o, at + (o->wide ? 4 : 12));

	section = o->big ? section & 0xffff : section >> 16; /* behind two bytes, st_info and st_other */
	if (section == SHN_XINDEX && t->indexes && symbol < t->indexes->size / 4)
		section = get32(o, t->indexes->off + 4 * (uint64_t)symbol);
	else if (section >= SHN_LORESERVE)
		return SHN_UNDEF;
	return section;
}

/* The name of the symbol at offset at. False: it has none, or the budget does not suffice. */
static bool symbol_name(const struct relocatable *o, const struct table *t, uint64_t at, uint64_t *budget, struct str *out)
{
	uint32_t name = get32(o, at);
	const struct section *s;
	uint64_t most;

	if (t->symbols->link >= o->n)
		return false;
	s = &o->v[t->symbols->link];
	if (s->type != SHT_STRTAB || name >= s->size)
		return false;
	most = s->size - name < *budget ? s->size - name : *budget;
	out->p = (const char *)o->p + s->off + name;
	out->n = strnlen(out->p, (size_t)most);
	*budget -= out->n;
	return out->n < most;
}

static uint64_t symbol_size(const struct relocatable *o)
{
	return o->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

/* Where the symbol lies; false: in no place. */
static bool symbol_place(const struct relocatable *o, const struct table *t, uint32_t symbol, uint64_t *budget, uint64_t *out)
{
	uint64_t at;
	uint32_t section;
	struct str name;

	if (symbol >= t->symbols->size / symbol_size(o))
		return false;
	at = t->symbols->off + symbol * symbol_size(o);
	section = symbol_section(o, t, symbol, at);
	if (!section)
		return o->find && symbol_name(o, t, at, budget, &name) && o->find(o->ctx, name, out);
	if (section >= o->n || o->v[section].left)
		return false;
	*out = place_of(&o->v[section]) + get_word(o, at + (o->wide ? 8 : 4));
	return true;
}

static uint64_t get_distance(const struct relocatable *o, uint64_t off)
{
	return (uint64_t)rccf_load_rel(o->images + off, o->big, o->t->width == 4);
}

static void put_distance(const struct relocatable *o, uint64_t off, uint64_t v)
{
	unsigned char *p = o->images + off;

	if (o->big)
		v = o->t->width == 4 ? __builtin_bswap32((uint32_t)v) : __builtin_bswap64(v);
	if (o->t->width == 4)
		rccf_store32(p, (uint32_t)v);
	else
		rccf_store64(p, v);
}

static void apply(const struct relocatable *o, const struct table *t, const struct relocation *r, uint64_t *budget)
{
	bool minus = o->t->minus && r->type == o->t->minus;
	uint64_t symbol, place = place_of(t->to) + r->off, v;

	if (r->type == o->t->none || (r->type != o->t->self && !minus) || r->off > t->to->size ||
	    t->to->size - r->off < o->t->width || !symbol_place(o, t, r->symbol, budget, &symbol))
		return;
	v = symbol + r->addend;
	if (o->t->minus)
		v = get_distance(o, place) + (minus ? -v : v);
	else
		v += (t->rela ? 0 : get_distance(o, place)) - place;
	put_distance(o, place, v);
}

/* --- Sections --------------------------------------------------------------------------------- */

static bool is_relocations(const struct relocatable *o, const struct section *s)
{
	return (s->type == SHT_RELA || s->type == SHT_REL) && s->size && s->info < o->n && o->v[s->info].image &&
	       s->link < o->n && o->v[s->link].type == SHT_SYMTAB;
}

/* The section that has the numbers for a table of symbols. One object has one such table, an honest one. */
static const struct section *find_indexes(const struct relocatable *o)
{
	for (size_t i = 1; i < o->n; i++)
		if (o->v[i].type == SHT_SYMTAB_SHNDX)
			return &o->v[i];
	return NULL;
}

/* The pages that images lie on. Only those that are written to are copied. */
static void make_writable(const struct relocatable *o)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = UINTPTR_MAX, last = 0;

	for (size_t i = 1; i < o->n; i++)
		if (o->v[i].image && o->v[i].size) {
			uintptr_t at = (uintptr_t)(o->p + o->v[i].off), end = at + (uintptr_t)o->v[i].size;

			first = at < first ? at : first;
			last = end > last ? end : last;
		}
	first &= ~(page - 1);
	if (mprotect((void *)first, last - first, PROT_READ | PROT_WRITE))
		die("out of memory");
}

struct relocatable relocatable_of(unsigned char *p, const GElf_Ehdr *eh, const struct section *v, size_t n)
{
	return (struct relocatable){.p = p, .images = p, .v = v, .n = n, .big = eh->e_ident[EI_DATA] == ELFDATA2MSB,
	                            .wide = eh->e_ident[EI_CLASS] == ELFCLASS64,
	                            .t = target_of_machine(eh->e_machine, eh->e_ident[EI_CLASS], eh->e_ident[EI_DATA])};
}

bool relocatable_apply(const struct relocatable *o, uint64_t *budget)
{
	const struct section *indexes = find_indexes(o);

	for (size_t i = 1; o->t && i < o->n; i++) {
		const struct section *s = &o->v[i];
		bool rela = s->type == SHT_RELA;
		uint64_t size = relocation_size(o, rela);
		struct table t;

		if (!is_relocations(o, s))
			continue;
		if (s->size > *budget)
			return false;
		*budget -= s->size;
		t = (struct table){&o->v[s->info], &o->v[s->link], indexes && indexes->link == s->link ? indexes : NULL, rela};
		for (uint64_t at = 0; s->size - at >= size; at += size) {
			struct relocation r = get_relocation(o, s->off + at, rela);

			apply(o, &t, &r, budget);
		}
	}
	return true;
}

bool relocatable_symbols(const struct relocatable *o, void (*tell)(void *ctx, struct str name, uint64_t place), void *ctx,
                         uint64_t *budget)
{
	const struct section *indexes = find_indexes(o);

	for (size_t i = 1; i < o->n; i++) {
		struct table t = {.symbols = &o->v[i], .indexes = indexes && indexes->link == i ? indexes : NULL};
		uint64_t n = t.symbols->size / symbol_size(o), place;
		struct str name;

		if (t.symbols->type != SHT_SYMTAB)
			continue;
		if (t.symbols->size > *budget)
			return false;
		*budget -= t.symbols->size;
		for (uint64_t k = t.symbols->info; k < n; k++) {
			uint64_t at = t.symbols->off + k * symbol_size(o);

			if (symbol_section(o, &t, (uint32_t)k, at) && symbol_place(o, &t, (uint32_t)k, budget, &place) &&
			    symbol_name(o, &t, at, budget, &name))
				tell(ctx, name, place);
		}
	}
	return true;
}

static bool any_relocations(const struct relocatable *o)
{
	for (size_t i = 1; i < o->n; i++)
		if (is_relocations(o, &o->v[i]))
			return true;
	return false;
}

bool relocate_images(unsigned char *p, const GElf_Ehdr *eh, const struct section *v, size_t n, uint64_t *budget)
{
	struct relocatable o = relocatable_of(p, eh, v, n);

	if (!o.t || !any_relocations(&o))
		return true;
	make_writable(&o);
	return relocatable_apply(&o, budget);
}
