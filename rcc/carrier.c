/* SPDX-License-Identifier: MIT */
/* See carrier.h. Offsets out of the file are tested where they are used, against the object they lie in. */
#include "carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

/* More than any honest file has; they keep a hostile one from taking hours. */
enum { LOADS_MAX = 256, DESCS_MAX = 1 << 16 };

/* Where patchelf has moved the notes, the image is looked for on so many pages (see rescue). */
enum { PAGE = 4096, RESCUE_PAGES = 32 };

/* Beside the codes of enum rcc_error: a descriptor that leads to no bundle. */
enum { FAULT_DANGLING = 1 };

struct hit {
	uint64_t off; /* from the file's first byte */
	uint64_t hint; /* dangling: the size its descriptor tells */
	int fault;    /* 0: a sound header */
	struct str member;
};

struct load {
	uint64_t addr, off, size; /* size within the file */
};

/* One object under the eye: a whole file or an archive's member. */
struct look {
	struct arena *a;
	const unsigned char *p;
	uint64_t size;
	uint64_t base; /* of p in the file */
	struct str member;
	struct load *load;
	size_t loads;
	uint64_t mask; /* of an address: its machine's width */
	size_t descs;
	struct hit *v;
	size_t n, cap;
};

static void add_hit(struct look *l, uint64_t off, int fault, uint64_t hint)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;
		struct hit *v = new(l->a, struct hit, cap);

		if (l->n)
			memcpy(v, l->v, l->n * sizeof *v);
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = (struct hit){.off = l->base + off, .hint = hint, .fault = fault, .member = l->member};
}

/* The part of [off, off + n) that the object has. */
static uint64_t within(const struct look *l, uint64_t off, uint64_t n)
{
	if (off >= l->size)
		return 0;
	return n < l->size - off ? n : l->size - off;
}

static bool magic_at(const struct look *l, uint64_t off, uint64_t avail)
{
	return avail >= RCCF_MAGIC_SIZE && !memcmp(l->p + off, RCCF_MAGIC, RCCF_MAGIC_SIZE);
}

/* Images in n bytes from off on. Where an image must be, one whose header is bad is a fault. Elsewhere the magic alone may
 * be a reader's constant, so the header's size must stand behind it as well. */
static void scan(struct look *l, uint64_t off, uint64_t n, bool must)
{
	const unsigned char *at, *end;

	n = within(l, off, n);
	if (must && n && !magic_at(l, off, n))
		add_hit(l, off, RCC_ECORRUPT, 0);
	at = l->p + off;
	end = at + n;
	while (n && (at = memmem(at, (size_t)(end - at), RCCF_MAGIC, RCCF_MAGIC_SIZE))) {
		uint64_t avail = (uint64_t)(end - at);
		int fault = rcci_check_header(at, avail);
		bool header = avail > RCCF_H_FORM && rccf_load16(at + RCCF_H_HEADER_SIZE) == RCCF_HEADER_SIZE;

		if (!fault || must || header)
			add_hit(l, (uint64_t)(at - l->p), fault, 0);
		at += fault ? RCCF_MAGIC_SIZE : rccf_load64(at + RCCF_H_SIZE);
	}
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

static bool is_image_section(const char *name)
{
	if (!name)
		return false;
	if (!strncmp(name, ".lrodata", 8))
		name++;
	else if (strncmp(name, ".rodata", 7))
		return false;
	name += 7;
	return !strncmp(name, ".rcc", 4) && (!name[4] || name[4] == '.');
}

/* In a relocatable object descriptors tell nothing yet. Its images have sections of their own, unless a partial link has
 * put them elsewhere. */
static void look_relocatable(struct look *l, Elf *elf)
{
	size_t names = 0, before = l->n;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	elf_getshdrstrndx(elf, &names);
	while ((scn = next_section(l, elf, scn, &sh)))
		if (is_image_section(elf_strptr(elf, names, sh.sh_name)))
			scan(l, sh.sh_offset, sh.sh_size, true);
	if (l->n != before)
		return;
	while ((scn = next_section(l, elf, scn, &sh)))
		if (sh.sh_type == SHT_PROGBITS && sh.sh_flags & SHF_ALLOC)
			scan(l, sh.sh_offset, sh.sh_size, false);
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

/* patchelf moves notes to another place and leaves the number in them. The image lies on a page, and the note lay in the
 * first pages of the program; so it is on one of the pages from there on. */
static bool rescue(struct look *l, int64_t rel)
{
	uint64_t first = UINT64_MAX, addr, off = 0, avail;

	for (size_t i = 0; i < l->loads; i++)
		if (l->load[i].addr < first)
			first = l->load[i].addr;
	addr = align_up(first + (uint64_t)rel, PAGE);
	for (int i = 0; i < RESCUE_PAGES; i++, addr += PAGE) {
		avail = at_address(l, addr, &off);
		if (magic_at(l, off, avail) && !rcci_check_header(l->p + off, avail)) {
			add_hit(l, off, 0, 0);
			return true;
		}
	}
	return false;
}

/* A descriptor, whose magic holds, at an offset and an address. */
static void follow(struct look *l, uint64_t desc, uint64_t addr)
{
	const unsigned char *p = l->p + desc;
	int64_t rel = rccf_desc_rel(p);
	uint64_t off = 0, avail = at_address(l, addr + RCCF_D_REL + (uint64_t)rel, &off);

	if (l->descs++ >= DESCS_MAX)
		return;
	if (magic_at(l, off, avail))
		add_hit(l, off, rcci_check_header(l->p + off, avail), 0);
	else if (!rescue(l, rel))
		add_hit(l, desc, FAULT_DANGLING, rccf_load64_order(p + RCCF_D_BYTES, p[RCCF_D_KIND] & RCCF_KIND_BIG));
}

static bool is_desc(const unsigned char *p)
{
	return !memcmp(p, RCCF_DESC_MAGIC, RCCF_DESC_MAGIC_SIZE) && p[RCCF_D_KIND] < 4;
}

/* Linkers differ in how they pad notes, so the signature is looked for on every fourth byte instead of walking. */
static void look_note(struct look *l, uint64_t off, uint64_t n, uint64_t addr, int big)
{
	n = within(l, off, n);
	for (uint64_t i = 0; n >= RCCF_NOTE_SIZE && i <= n - RCCF_NOTE_SIZE; i += 4) {
		const unsigned char *p = l->p + off + i;

		if (!memcmp(p + 12, "rcc", 4) && rccf_load32_order(p, big) == 4 &&
		    rccf_load32_order(p + 4, big) == RCCF_DESC_SIZE && rccf_load32_order(p + 8, big) == RCCF_NOTE_TYPE &&
		    is_desc(p + 16))
			follow(l, off + i + 16, addr + i + 16);
	}
}

static void look_segments(struct look *l, Elf *elf, int big)
{
	uint64_t budget = l->size; /* notes that overlap each other are scanned so far and no further */
	size_t n = 0;
	GElf_Phdr ph;

	if (elf_getphdrnum(elf, &n))
		return;
	l->load = new(l->a, struct load, LOADS_MAX);
	for (size_t i = 0; i < n && l->loads < LOADS_MAX; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD && within(l, ph.p_offset, ph.p_filesz))
			l->load[l->loads++] = (struct load){ph.p_vaddr, ph.p_offset, within(l, ph.p_offset, ph.p_filesz)};
	for (size_t i = 0; i < n; i++) {
		uint64_t size;

		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_NOTE)
			continue;
		size = within(l, ph.p_offset, ph.p_filesz);
		if (size > budget)
			break;
		budget -= size;
		look_note(l, ph.p_offset, size, ph.p_vaddr, big);
	}
}

static void look_desc_sections(struct look *l, Elf *elf)
{
	size_t names = 0;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	elf_getshdrstrndx(elf, &names);
	while ((scn = next_section(l, elf, scn, &sh))) {
		const char *name = elf_strptr(elf, names, sh.sh_name);
		uint64_t n = within(l, sh.sh_offset, sh.sh_size);

		if (!name || strcmp(name, "rcc_desc") != 0)
			continue;
		for (uint64_t i = 0; n >= RCCF_DESC_SIZE && i <= n - RCCF_DESC_SIZE; i += 8)
			if (is_desc(l->p + sh.sh_offset + i))
				follow(l, sh.sh_offset + i, sh.sh_addr + i);
	}
}

static bool any_sound(const struct look *l, size_t from)
{
	for (size_t i = from; i < l->n; i++)
		if (!l->v[i].fault)
			return true;
	return false;
}

/* Is there a bundle such as a dangling descriptor speaks of? It was found another way then. */
static bool found_otherwise(const struct look *l, size_t from, uint64_t size)
{
	for (size_t i = from; i < l->n; i++)
		if (!l->v[i].fault && rccf_load64(l->p + (l->v[i].off - l->base) + RCCF_H_SIZE) == size)
			return true;
	return false;
}

static void look_linked(struct look *l, Elf *elf, int big)
{
	size_t from = l->n, to = from;

	l->loads = l->descs = 0;
	look_segments(l, elf, big);
	look_desc_sections(l, elf);
	/* tcc and Go write no notes; their programs are searched. */
	if (!any_sound(l, from))
		for (size_t i = 0; i < l->loads; i++)
			scan(l, l->load[i].off, l->load[i].size, false);
	for (size_t i = from; i < l->n; i++)
		if (l->v[i].fault != FAULT_DANGLING || !found_otherwise(l, from, l->v[i].hint))
			l->v[to++] = l->v[i];
	l->n = to;
}

/* --- Files ------------------------------------------------------------------------------------ */

/* One object; false: it is of no known kind. */
static bool look_object(struct look *l, Elf *elf)
{
	uint64_t known = l->size < RCCF_MAGIC_SIZE ? l->size : RCCF_MAGIC_SIZE;
	GElf_Ehdr eh;

	if (known && !memcmp(l->p, RCCF_MAGIC, known)) {
		add_hit(l, 0, rcci_check_header(l->p, l->size), 0);
		return true;
	}
	if (l->size < SELFMAG || memcmp(l->p, ELFMAG, SELFMAG) != 0)
		return false;
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh)) {
		scan(l, 0, l->size, false); /* broken, but what it carries may be whole */
		return true;
	}
	l->mask = eh.e_ident[EI_CLASS] == ELFCLASS32 ? UINT32_MAX : UINT64_MAX;
	if (eh.e_type == ET_REL)
		look_relocatable(l, elf);
	else
		look_linked(l, elf, eh.e_ident[EI_DATA] == ELFDATA2MSB);
	return true;
}

static void look_archive(struct look *l, const struct carrier *c, int fd, Elf *ar)
{
	Elf_Cmd cmd = ELF_C_READ_MMAP;
	Elf *elf;

	while (cmd != ELF_C_NULL && (elf = elf_begin(fd, cmd, ar))) {
		Elf_Arhdr *h = elf_getarhdr(elf);
		int64_t base = elf_getbase(elf);

		if (h && base > 0 && (uint64_t)base < c->size) {
			l->base = (uint64_t)base;
			l->p = c->map + base;
			l->size = c->size - l->base;
			if (h->ar_size >= 0 && (uint64_t)h->ar_size < l->size)
				l->size = (uint64_t)h->ar_size;
			l->member = h->ar_name ? str_copy(l->a, str_of(h->ar_name)) : STR("?");
			look_object(l, elf);
		}
		cmd = elf_next(elf);
		elf_end(elf);
	}
}

static bool look_file(struct look *l, const struct carrier *c, int fd)
{
	Elf *elf;
	bool known = true;

	elf_version(EV_CURRENT);
	/* Not elf_memory: it has no file, and libelf takes no member of such an archive. */
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_AR)
		look_archive(l, c, fd, elf);
	else
		known = look_object(l, elf);
	elf_end(elf);
	return known;
}

/* By place; of one place, the sound one first. */
static int compare_hits(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;

	if (a->off != b->off)
		return a->off < b->off ? -1 : 1;
	return (a->fault != 0) - (b->fault != 0);
}

static void report(struct carrier *c, struct diag *d, const char *path, const struct hit *h)
{
	const char *where = h->member.n ? h->member.p : NULL;

	c->damaged = true;
	if (h->fault == FAULT_DANGLING)
		diag_error(d, AT_FILE(path), "%s%sthe descriptor at offset %llu leads to no bundle; link the program anew",
		           where ? where : "", where ? ": " : "", (unsigned long long)h->off);
	else
		diag_error(d, AT_FILE(path), "%s%sat offset %llu: %s", where ? where : "", where ? ": " : "",
		           (unsigned long long)h->off, rcc_strerror(h->fault));
}

static void take_hits(struct carrier *c, struct look *l, struct diag *d, const char *path)
{
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, compare_hits);
	c->v = new(l->a, struct found, l->n);
	for (size_t i = 0; i < l->n; i++) {
		const struct hit *h = &l->v[i];

		if (i && h->off == h[-1].off)
			continue;
		if (h->fault)
			report(c, d, path, h);
		else
			c->v[c->n++] = (struct found){(const rcc_bundle *)(c->map + h->off), h->off, h->member};
	}
}

/* The file's descriptor, or -1: reported. */
static int map_file(struct carrier *c, struct diag *d, const char *path)
{
	/* Without waiting for the other end of a FIFO, which is refused below. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;

	if (fd < 0 || fstat(fd, &st)) {
		diag_error(d, AT_FILE(path), "cannot read it:");
	} else if (!S_ISREG(st.st_mode)) {
		diag_error(d, AT_FILE(path), S_ISDIR(st.st_mode) ? "it is a directory; name a file"
		                                                  : "it is no regular file; copy it to one first");
	} else if (!st.st_size) {
		diag_error(d, AT_FILE(path), "it is empty and holds no bundle");
	} else {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (map == MAP_FAILED)
			diag_error(d, AT_FILE(path), "cannot map it:");
		else
			*c = (struct carrier){.map = map, .size = (size_t)st.st_size};
	}
	if (fd >= 0 && map == MAP_FAILED) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool carrier_open(struct carrier *c, struct arena *a, struct diag *d, const char *path)
{
	struct look l = {.a = a};
	int fd;

	*c = (struct carrier){0};
	fd = map_file(c, d, path);
	if (fd < 0)
		return false;
	l.p = c->map;
	l.size = c->size;
	if (c->size >= 8 && !memcmp(c->map, "!<thin>\n", 8))
		diag_error(d, AT_FILE(path), "it is a thin archive, which only names its members; name them instead");
	else if (!look_file(&l, c, fd))
		diag_error(d, AT_FILE(path), "it is no ELF file, archive or bundle, and holds no bundle");
	else if (!l.n)
		diag_error(d, AT_FILE(path), "it holds no bundle");
	else
		take_hits(c, &l, d, path);
	close(fd);
	if (c->n)
		return true;
	carrier_close(c);
	return false;
}

void carrier_close(struct carrier *c)
{
	if (c->map)
		munmap((void *)(uintptr_t)c->map, c->size);
	c->map = NULL;
	c->n = 0;
}
