/* SPDX-License-Identifier: MIT */
/* See look.h. */
#include "look.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime-stub/core/core.h"
#include "io.h"
#include "relocate.h"

/* More than any honest file has; they keep a hostile one from taking hours or all memory. */
enum { LOADS_MAX = 256, DESCS_MAX = 1 << 16, HITS_MAX = 1 << 16 };

/* An honest object's bytes are looked at once as notes and once as contents. */
enum { PASSES = 2 };

/* Where patchelf has moved the notes, the image is looked for on so many pages (see rescue). */
enum { PAGE = 4096, RESCUE_PAGES = 32 };

static void add(struct look *l, struct hit h)
{
	if (l->n == HITS_MAX) {
		l->gave_up = true;
		return;
	}
	l->v = one_more(l->a, struct hit, l->v, l->n);
	l->v[l->n++] = h;
}

static void add_hit(struct look *l, uint64_t off, int fault, uint64_t hint)
{
	add(l, (struct hit){.off = l->base + off, .hint = hint, .fault = fault, .member = l->member, .by = l->by});
}

/* The part of [off, off + n) that the object has. */
static uint64_t within(const struct look *l, uint64_t off, uint64_t n)
{
	if (off >= l->size)
		return 0;
	return n < l->size - off ? n : l->size - off;
}

/* May n bytes more be searched? */
static bool afford(struct look *l, uint64_t n)
{
	if (n > l->budget)
		l->gave_up = true;
	if (l->gave_up)
		return false;
	l->budget -= n;
	return true;
}

static bool magic_at(const struct look *l, uint64_t off, uint64_t avail)
{
	return avail >= RCCF_MAGIC_SIZE && !memcmp(l->p + off, RCCF_MAGIC, RCCF_MAGIC_SIZE);
}

/* Images that begin in n bytes from off on and end before end, at the least off + n. Where an image must be, one
 * whose header is bad is a fault. Elsewhere the magic alone may be a reader's constant, so the header's size must
 * stand behind it as well. Returns where the last sound one ends, or 0. */
static uint64_t scan(struct look *l, uint64_t off, uint64_t n, uint64_t end, bool must)
{
	uint64_t sound = 0;

	if (!afford(l, n))
		return 0;
	for (uint64_t to = off + n; off < to && !l->gave_up;) {
		const unsigned char *at = memmem(l->p + off, (size_t)(to - off), RCCF_MAGIC, RCCF_MAGIC_SIZE);
		int fault;

		if (!at)
			break;
		off = (uint64_t)(at - l->p);
		fault = rcc_i_check_header(at, end - off);
		if (!fault || must ||
		    (end - off > RCCF_H_FORM && rccf_load16(at + RCCF_H_HEADER_SIZE) == RCCF_HEADER_SIZE))
			add_hit(l, off, fault, 0);
		off += fault ? RCCF_MAGIC_SIZE : rcc_i_size((const rcc_bundle *)at);
		sound = fault ? sound : off;
	}
	return sound;
}

/* --- Sections --------------------------------------------------------------------------------- */

/* Walks the sections that have bytes; NULL at the end. Broken section headers end the walk. */
static Elf_Scn *next_section(const struct look *l, Elf *elf, Elf_Scn *scn, GElf_Shdr *sh)
{
	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, sh) && sh->sh_type != SHT_NOBITS && within(l, sh->sh_offset, sh->sh_size))
			return scn;
	return NULL;
}

/* The strings that sections are named with; empty if there are none. */
static struct str section_names(const struct look *l, Elf *elf)
{
	size_t i = 0;
	GElf_Shdr sh;
	Elf_Scn *scn = elf_getshdrstrndx(elf, &i) ? NULL : elf_getscn(elf, i);

	if (!scn || !gelf_getshdr(scn, &sh) || sh.sh_type == SHT_NOBITS || !within(l, sh.sh_offset, sh.sh_size))
		return STR("");
	return (struct str){(const char *)l->p + sh.sh_offset, (size_t)within(l, sh.sh_offset, sh.sh_size)};
}

/* Is what, with its NUL or as the beginning of a dotted name, the one at off? elf_strptr would look for the
 * end of each name, however far that is. */
static bool is_named(struct str names, uint64_t off, struct str what, bool dotted)
{
	if (off >= names.n || names.n - off <= what.n || memcmp(names.p + off, what.p, what.n) != 0)
		return false;
	return !names.p[off + what.n] || (dotted && names.p[off + what.n] == '.');
}

static bool is_image_section(struct str names, uint64_t off)
{
	return is_named(names, off, STR(".rodata.rcc"), true) || is_named(names, off, STR(".lrodata.rcc"), true);
}

/* All of them by their numbers, which end at *n. */
static struct section *all_sections(const struct look *l, struct arena *a, Elf *elf, size_t *n)
{
	struct str names = section_names(l, elf);
	Elf_Scn *scn = NULL;
	struct section *v;
	GElf_Shdr sh;

	*n = 1;
	while ((scn = elf_nextscn(elf, scn)))
		*n = elf_ndxscn(scn) + 1;
	v = new(a, struct section, *n);
	while ((scn = elf_nextscn(elf, scn))) {
		struct section *s = &v[elf_ndxscn(scn)];

		if (!gelf_getshdr(scn, &sh))
			continue;
		*s = (struct section){.off = sh.sh_offset, .align = sh.sh_addralign, .type = sh.sh_type,
		                      .link = sh.sh_link, .info = sh.sh_info};
		if (sh.sh_type != SHT_NOBITS)
			s->size = within(l, sh.sh_offset, sh.sh_size);
		s->alloc = sh.sh_type == SHT_PROGBITS && sh.sh_flags & SHF_ALLOC;
		s->image = s->size && is_image_section(names, sh.sh_name);
	}
	return v;
}

/* Images of the split form begin in a section and go on in the next ones. Several in a row that are of no image are
 * one fault. */
static void look_image_sections(struct look *l, const struct section *v, size_t n)
{
	uint64_t last = 0, from = 0, sound = 0;
	bool stray = false;

	for (size_t i = 1; i < n; i++)
		if (v[i].image && v[i].off + v[i].size > last)
			last = v[i].off + v[i].size;
	for (size_t i = 1; i < n && !l->gave_up; i++) {
		const struct section *s = &v[i];
		uint64_t end = s->off + s->size;

		if (!s->image || (s->off >= from && end <= sound))
			continue;
		if (!magic_at(l, s->off, s->size)) {
			if (!stray)
				add_hit(l, s->off, RCC_ECORRUPT, 0);
			stray = true;
			continue;
		}
		if (s->size > RCCF_H_FORM && l->p[s->off + RCCF_H_FORM] & RCCF_FORM_SPLIT)
			end = last;
		sound = scan(l, s->off, s->size, end, true);
		from = s->off;
		stray = !sound; /* what follows is of that one, most likely */
	}
}

/* What there is for the linker, that leads to the images of an object. */
static enum found_by led_by(const struct look *l, Elf *elf)
{
	struct str names = section_names(l, elf);
	enum found_by by = FOUND_BY_MAGIC;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	while (by != FOUND_BY_NOTE && (scn = next_section(l, elf, scn, &sh)))
		if (is_named(names, sh.sh_name, STR(".note.rcc"), false))
			by = FOUND_BY_NOTE;
		else if (is_named(names, sh.sh_name, STR("rcc_desc"), false))
			by = FOUND_BY_DESC;
	return by;
}

/* --- Parts of images in an archive's members ---------------------------------------------------- */

void look_end(struct look *l)
{
	if (l->gather->open) {
		l->begun.fault = RCC_ECORRUPT;
		add(l, l->begun);
	}
	gather_drop(l->gather);
}

/* What was gathered is whole. */
static void add_gathered(struct look *l)
{
	uint64_t size;
	unsigned char *image = gather_image(l->gather, &size);

	l->begun.fault = image ? rcc_i_check_header(image, size) : RCC_ECORRUPT;
	l->begun.image = image;
	l->begun.end = l->base + l->size;
	add(l, l->begun);
	if (!image)
		return;
	l->whole = one_more(l->a, struct whole, l->whole, l->nwholes);
	l->whole[l->nwholes++] = (struct whole){image, (size_t)size};
}

/* Is the object a member that has a part of an image? Then it is seen to. */
static bool look_part(struct look *l, const struct part *m)
{
	if (gather_begins(m)) {
		look_end(l);
		l->begun = (struct hit){.off = l->base, .member = l->member, .by = l->by};
	}
	if (!gather_take(l->gather, m))
		return false;
	if (l->gather->complete)
		add_gathered(l);
	return true;
}

/* --- Objects for linkers ----------------------------------------------------------------------- */

/* In a relocatable object descriptors tell nothing yet. Its images have sections of their own, unless a
 * partial link has put them elsewhere. */
static void look_sections(struct look *l, const GElf_Ehdr *eh, const struct section *v, size_t n)
{
	size_t before = l->n;
	bool any;

	if (!relocate_images((unsigned char *)(uintptr_t)l->p, eh, v, n, &l->budget))
		l->gave_up = true;
	look_image_sections(l, v, n);
	any = l->n != before;
	for (size_t i = 1; i < n && !any; i++)
		if (v[i].alloc)
			scan(l, v[i].off, v[i].size, v[i].off + v[i].size, false);
}

static void look_relocatable(struct look *l, Elf *elf, const GElf_Ehdr *eh)
{
	struct arena scratch = {0};
	struct part m = {.p = (unsigned char *)(uintptr_t)l->p, .eh = *eh};

	m.v = all_sections(l, &scratch, elf, &m.n);
	l->by = led_by(l, elf);
	if (!l->gather || !look_part(l, &m))
		look_sections(l, eh, m.v, m.n);
	arena_done(&scratch);
}

/* --- Segments and descriptors ----------------------------------------------------------------- */

/* The file's bytes at an address: their offset, and how many there are; 0 for none. */
static uint64_t at_address(const struct look *l, uint64_t addr, uint64_t *off)
{
	addr &= l->mask;
	for (size_t i = 0; i < l->loads; i++) {
		const struct load *s = &l->load[i];

		if (addr >= s->addr && addr - s->addr < s->size) {
			*off = s->off + (addr - s->addr);
			return s->size - (addr - s->addr);
		}
	}
	return 0;
}

/* patchelf moves notes to another place and leaves the number in them. The image lies on a page, and the note
 * lay in the first pages of the program; so it is on one of the pages from there on, with the size the note tells. */
static bool rescue(struct look *l, int64_t rel, uint64_t size)
{
	uint64_t first = UINT64_MAX, addr, off = 0, avail;

	for (size_t i = 0; i < l->loads; i++)
		if (l->load[i].addr < first)
			first = l->load[i].addr;
	addr = align_up(first + (uint64_t)rel, PAGE);
	for (int i = 0; i < RESCUE_PAGES; i++, addr += PAGE) {
		avail = at_address(l, addr, &off);
		if (magic_at(l, off, avail) && !rcc_i_check_header(l->p + off, avail) &&
		    rccf_load64(l->p + off + RCCF_H_SIZE) == size) {
			add_hit(l, off, 0, 0);
			return true;
		}
	}
	return false;
}

/* A descriptor, whose magic holds, at an offset and an address; one in a note may have been moved. */
static void follow(struct look *l, uint64_t desc, uint64_t addr, bool note)
{
	const unsigned char *p = l->p + desc;
	int64_t rel = rccf_desc_rel(p);
	uint64_t size = rccf_load64_order(p + RCCF_D_BYTES, p[RCCF_D_KIND] & RCCF_KIND_BIG);
	uint64_t off = 0, avail = at_address(l, addr + RCCF_D_REL + (uint64_t)rel, &off);

	if (l->descs++ >= DESCS_MAX)
		l->gave_up = true;
	if (l->gave_up)
		return;
	if (magic_at(l, off, avail))
		add_hit(l, off, rcc_i_check_header(l->p + off, avail), 0);
	else if (!note || !rescue(l, rel, size))
		add_hit(l, desc, FAULT_DANGLING, note ? size : UINT64_MAX);
}

static bool is_desc(const unsigned char *p)
{
	return !memcmp(p, RCCF_DESC_MAGIC, RCCF_DESC_MAGIC_SIZE) && p[RCCF_D_KIND] < 4;
}

/* Linkers differ in how they pad notes, so the signature is looked for on every fourth byte instead of
 * walking. */
static void look_note(struct look *l, uint64_t off, uint64_t n, uint64_t addr, int big)
{
	n = within(l, off, n);
	if (!afford(l, n))
		return;
	for (uint64_t i = 0; n >= RCCF_NOTE_SIZE && i <= n - RCCF_NOTE_SIZE; i += 4) {
		const unsigned char *p = l->p + off + i;

		if (!memcmp(p + 12, "rcc", 4) && rccf_load32_order(p, big) == 4 &&
		    rccf_load32_order(p + 4, big) == RCCF_DESC_SIZE &&
		    rccf_load32_order(p + 8, big) == RCCF_NOTE_TYPE && is_desc(p + 16))
			follow(l, off + i + RCCF_NOTE_DESC, addr + i + RCCF_NOTE_DESC, true);
	}
}

static void look_segments(struct look *l, Elf *elf, int big)
{
	size_t n = 0;
	GElf_Phdr ph;

	if (elf_getphdrnum(elf, &n))
		return;
	l->load = new(l->a, struct load, LOADS_MAX);
	for (size_t i = 0; i < n && l->loads < LOADS_MAX; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD && within(l, ph.p_offset, ph.p_filesz)) {
			uint64_t size = within(l, ph.p_offset, ph.p_filesz);

			l->load[l->loads++] = (struct load){ph.p_vaddr, ph.p_offset, size};
		}
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_NOTE)
			look_note(l, ph.p_offset, ph.p_filesz, ph.p_vaddr, big);
}

static void look_desc_sections(struct look *l, Elf *elf)
{
	struct str names = section_names(l, elf);
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	while ((scn = next_section(l, elf, scn, &sh))) {
		uint64_t n = within(l, sh.sh_offset, sh.sh_size);

		if (!is_named(names, sh.sh_name, STR("rcc_desc"), false) || !afford(l, n))
			continue;
		for (uint64_t i = 0; n >= RCCF_DESC_SIZE && i <= n - RCCF_DESC_SIZE; i += 8)
			if (is_desc(l->p + sh.sh_offset + i))
				follow(l, sh.sh_offset + i, sh.sh_addr + i, false);
	}
}

static bool any_sound(const struct look *l, size_t from)
{
	for (size_t i = from; i < l->n; i++)
		if (!l->v[i].fault)
			return true;
	return false;
}

static int compare_sizes(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

/* Drops the dangling notes that speak of a bundle of a size that is there: it was found another way. */
static void drop_found_otherwise(struct look *l, size_t from)
{
	uint64_t *sizes = new(l->a, uint64_t, l->n - from);
	size_t n = 0, to = from;

	for (size_t i = from; i < l->n; i++)
		if (!l->v[i].fault)
			sizes[n++] = rccf_load64(l->p + (l->v[i].off - l->base) + RCCF_H_SIZE);
	if (n)
		qsort(sizes, n, sizeof *sizes, compare_sizes);
	for (size_t i = from; i < l->n; i++)
		if (l->v[i].fault != FAULT_DANGLING || !n ||
		    !bsearch(&l->v[i].hint, sizes, n, sizeof *sizes, compare_sizes))
			l->v[to++] = l->v[i];
	l->n = to;
}

static void look_linked(struct look *l, Elf *elf, int big)
{
	size_t from = l->n;

	l->loads = l->descs = 0;
	look_segments(l, elf, big);
	l->by = FOUND_BY_DESC;
	look_desc_sections(l, elf);
	l->by = FOUND_BY_MAGIC;
	/* tcc and Go write no notes; their programs are searched. */
	if (!any_sound(l, from))
		for (size_t i = 0; i < l->loads; i++)
			scan(l, l->load[i].off, l->load[i].size, l->load[i].off + l->load[i].size, false);
	drop_found_otherwise(l, from);
}

/* --- Objects ---------------------------------------------------------------------------------- */

/* Does it begin as a bundle does, but for a few bytes that were damaged? Too short a file is one that was cut. */
static bool begins_as_bundle(const struct look *l)
{
	enum { ENOUGH = 12 };
	unsigned same = 0;

	if (l->size < RCCF_MAGIC_SIZE)
		return l->size && !memcmp(l->p, RCCF_MAGIC, l->size);
	for (unsigned i = 0; i < RCCF_MAGIC_SIZE; i++)
		same += l->p[i] == (unsigned char)RCCF_MAGIC[i];
	return same >= ENOUGH;
}

/* Section headers stand last in an object: are they there? */
static bool is_cut(const struct look *l, const GElf_Ehdr *eh)
{
	uint64_t size = (uint64_t)eh->e_shentsize * (eh->e_shnum ? eh->e_shnum : 1);

	return eh->e_type == ET_REL && eh->e_shoff && within(l, eh->e_shoff, size) < size;
}

bool look_object(struct look *l, Elf *elf)
{
	GElf_Ehdr eh;

	l->by = FOUND_BY_NOTE;
	l->budget = l->size > UINT64_MAX / PASSES ? UINT64_MAX : PASSES * l->size;
	if (begins_as_bundle(l)) {
		add_hit(l, 0, rcc_i_check_header(l->p, l->size), 0);
		return true;
	}
	if (l->size < SELFMAG || memcmp(l->p, ELFMAG, SELFMAG) != 0)
		return false;
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh)) {
		scan(l, 0, l->size, l->size, false); /* broken, but what it carries may be whole */
		return true;
	}
	l->mask = eh.e_ident[EI_CLASS] == ELFCLASS32 ? UINT32_MAX : UINT64_MAX;
	if (is_cut(l, &eh))
		add_hit(l, 0, FAULT_CUT, 0);
	else if (eh.e_type == ET_REL)
		look_relocatable(l, elf, &eh);
	else
		look_linked(l, elf, eh.e_ident[EI_DATA] == ELFDATA2MSB);
	return true;
}
