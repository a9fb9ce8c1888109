/* SPDX-License-Identifier: MIT */
/* The bundles of this process: beside the stub, registered, in every loaded module. Sole code that sees
 * ELF, Mach-O and PE at run time. Each descriptor is judged before it is believed; doc/format.md, section 7. */
#if !defined(__APPLE__) && !defined(_WIN32)
#include <elf.h>
#endif

#include "hosted.h"

#if defined(__APPLE__)
/* Of <mach-o/dyld.h> and <mach-o/getsect.h>, whose other names are not ours to bring into the one-file stub. */
struct mach_header_64;
typedef const struct mach_header_64 find_header;
extern uint32_t _dyld_image_count(void);
extern find_header *_dyld_get_image_header(uint32_t i);
extern unsigned char *getsectiondata(find_header *header, const char *segment, const char *section, unsigned long *size);
/* The linker's name for the header of the module this stub is in; it has no contents of that type. */
extern const unsigned char __dso_handle[] __attribute__((visibility("hidden")));

struct find_module {
	find_header *header;
};
#elif defined(_WIN32)
/* Sections of one name are laid out in the order of what follows the dollar: between these two are the descriptors of
 * the program or DLL this stub is in. Those of others cannot be told from ours, and are not looked for. */
static const unsigned char find_first[16] __attribute__((section(".rdata$rcca"), used));
static const unsigned char find_last[16] __attribute__((section(".rdata$rccz"), used));

struct find_module {
	const void *unused;
};
#else
/* <link.h> is more than tcc can parse, so what is needed of it is declared here. */
#if UINTPTR_MAX > 0xffffffffu
typedef Elf64_Phdr find_phdr;
typedef Elf64_Half find_half;
#else
typedef Elf32_Phdr find_phdr;
typedef Elf32_Half find_half;
#endif

struct find_module {
	uintptr_t base; /* what to add to the addresses in the file */
	const char *path;
	const find_phdr *phdr;
	find_half phnum;
};

extern int dl_iterate_phdr(int (*fn)(struct find_module *, size_t, void *), void *arg);

/* glibc defines __attribute__ away for tcc, and its headers above may have done so again since rcc.h undid
 * it. */
#if defined(__TINYC__) && defined(__attribute__)
#undef __attribute__
#endif

/* The linker defines these where there is a section rcc_desc. Hidden, or a module without one would be
 * bound to the main program's. */
extern const unsigned char __start_rcc_desc[] __attribute__((weak, visibility("hidden")));
extern const unsigned char __stop_rcc_desc[] __attribute__((weak, visibility("hidden")));
#endif

/* Told of each bundle found; other than 0 ends the walk and is what the walk returns. */
typedef int (*find_fn)(const rcc_bundle *b, void *arg);

/* Told of each module, as dl_iterate_phdr would. */
typedef int (*find_module_fn)(struct find_module *m, size_t size, void *arg);

static int is_desc(const unsigned char *p)
{
	return !memcmp(p, RCCF_DESC_MAGIC, RCCF_DESC_MAGIC_SIZE) &&
	       (p[RCCF_D_KIND] & ~RCCF_KIND_NARROW) == (RCCF_HOST_BIG ? RCCF_KIND_BIG : 0u);
}

/* Where a descriptor at p points. It may be anywhere, so it is a number. */
static uintptr_t desc_target(const unsigned char *p)
{
	return (uintptr_t)p + RCCF_D_REL + (uintptr_t)rccf_desc_rel(p);
}

const rcc_bundle *rcc_from_desc(const rcc_desc *desc)
{
	uintptr_t at;

	if (!desc || !is_desc(desc->bytes))
		return NULL;
	at = desc_target(desc->bytes);
	return rcc_i_check_header((const void *)at, UINTPTR_MAX - at) ? NULL : (const rcc_bundle *)at;
}

#ifndef __APPLE__
/* The descriptors that lie between two places of the module that this stub is part of. They may both be of one
 * meaningless value where there is no such section: so they are numbers. */
static int each_desc(uintptr_t at, uintptr_t stop, find_fn fn, void *arg)
{
	int r = 0;

	while (!r && at < stop && stop - at >= RCCF_DESC_SIZE) {
		const rcc_bundle *b = rcc_from_desc((const rcc_desc *)at);

		/* Linkers put padding between records; it holds no magic. */
		at += b ? RCCF_DESC_SIZE : 8;
		if (b)
			r = fn(b, arg);
	}
	return r;
}
#endif

/* For each kind of system: the bundles beside the stub, the modules, the bundles in one of them, and how many bytes
 * from a place on are a module's own and not writable. */
#if defined(__APPLE__)
enum { FIND_STEP = 4096 };

/* The images in one section: each begins on a page of its own, but for one that -sectcreate put there, which is the
 * first. So whatever the linker left between them is stepped over. */
static int each_in_section(const unsigned char *p, unsigned long size, find_fn fn, void *arg)
{
	uint64_t at = 0;
	int r = 0;

	while (!r && at < size) {
		const rcc_bundle *b = rcc_i_check_header(p + at, size - at) ? NULL : (const rcc_bundle *)(const void *)(p + at);

		at += b ? rcc_i_size(b) : 1;
		at = (at + FIND_STEP - 1) / FIND_STEP * FIND_STEP;
		if (b)
			r = fn(b, arg);
	}
	return r;
}

/* rcc's assembler text is for the one section, -sectcreate __DATA __rcc for the other. */
static int each_in_module(const struct find_module *m, find_fn fn, void *arg)
{
	static const char *const segment[] = {"__TEXT", "__DATA"};
	int r = 0;

	for (unsigned i = 0; !r && i < sizeof segment / sizeof *segment; i++) {
		unsigned long size = 0;
		const unsigned char *p = getsectiondata(m->header, segment[i], "__rcc", &size);

		if (p)
			r = each_in_section(p, size, fn, arg);
	}
	return r;
}

static int each_own(find_fn fn, void *arg)
{
	const struct find_module own = {(find_header *)(const void *)__dso_handle};

	return each_in_module(&own, fn, arg);
}

static int each_module(find_module_fn fn, void *arg)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < _dyld_image_count(); i++) {
		struct find_module m = {_dyld_get_image_header(i)};

		if (m.header) /* another thread may have unloaded the last one */
			r = fn(&m, sizeof m, arg);
	}
	return r;
}

/* The segment is never writable. */
static uint64_t constant_from(const struct find_module *m, uintptr_t at)
{
	unsigned long size = 0;
	uintptr_t begin = (uintptr_t)getsectiondata(m->header, "__TEXT", "__rcc", &size);

	return at >= begin && at - begin < size ? size - (at - begin) : 0;
}
#elif defined(_WIN32)
static int each_in_module(const struct find_module *m, find_fn fn, void *arg)
{
	(void)m;
	(void)fn;
	(void)arg;
	return 0;
}

static int each_own(find_fn fn, void *arg)
{
	return each_desc((uintptr_t)find_first, (uintptr_t)find_last, fn, arg);
}

static int each_module(find_module_fn fn, void *arg)
{
	(void)fn;
	(void)arg;
	return 0;
}

static uint64_t constant_from(const struct find_module *m, uintptr_t at)
{
	(void)m;
	(void)at;
	return 0;
}
#else
enum { RESCUE_PAGE = 4096, RESCUE_PAGES = 32 };

static int each_own(find_fn fn, void *arg)
{
	return each_desc((uintptr_t)__start_rcc_desc, (uintptr_t)__stop_rcc_desc, fn, arg);
}

/* The bytes from at on that the module's file filled and that can be read, in the one segment at lies in;
 * 0: none. */
static uint64_t bytes_from(const struct find_module *m, uintptr_t at, unsigned refused)
{
	for (unsigned i = 0; i < m->phnum; i++) {
		const find_phdr *h = &m->phdr[i];
		uintptr_t begin = m->base + (uintptr_t)h->p_vaddr;

		if (h->p_type == PT_LOAD && (h->p_flags & PF_R) && !(h->p_flags & refused) && at >= begin &&
		    at - begin < h->p_filesz)
			return h->p_filesz - (at - begin);
	}
	return 0;
}

/* A bundle at that address within the module, or NULL. */
static const rcc_bundle *bundle_in(const struct find_module *m, uintptr_t at)
{
	return rcc_i_check_header((const void *)at, bytes_from(m, at, 0)) ? NULL : (const rcc_bundle *)at;
}

/* patchelf moves notes and leaves their offsets as they were. The note had been in the first pages of the
 * module and the image begins on a page, so it is one of a few pages; its size tells it from others. */
static int each_rescued(const struct find_module *m, const unsigned char *desc, find_fn fn, void *arg)
{
	uintptr_t at = m->base;
	int r = 0;

	for (unsigned i = 0; i < m->phnum; i++)
		if (m->phdr[i].p_type == PT_LOAD) {
			at += (uintptr_t)m->phdr[i].p_vaddr;
			break;
		}
	at = at / RESCUE_PAGE * RESCUE_PAGE + (uintptr_t)rccf_desc_rel(desc) + RESCUE_PAGE - 1;
	at = at / RESCUE_PAGE * RESCUE_PAGE;
	for (unsigned i = 0; !r && i < RESCUE_PAGES; i++, at += RESCUE_PAGE) {
		const rcc_bundle *b = bundle_in(m, at);

		if (b && rcc_i_header64(b, RCCF_H_SIZE) == rccf_load64_order(desc + RCCF_D_BYTES, RCCF_HOST_BIG))
			r = fn(b, arg);
	}
	return r;
}

/* The notes of one segment. They are not walked: linkers disagree about the padding between them. */
static int each_noted(const struct find_module *m, const find_phdr *notes, find_fn fn, void *arg)
{
	static const uint32_t head[3] = {sizeof "rcc", RCCF_DESC_SIZE, RCCF_NOTE_TYPE};
	uintptr_t at = m->base + (uintptr_t)notes->p_vaddr;
	uint64_t left = bytes_from(m, at, 0);
	int r = 0;

	if (left > notes->p_filesz)
		left = notes->p_filesz;
	for (; !r && left >= RCCF_NOTE_SIZE; at += 4, left -= 4) {
		const unsigned char *p = (const unsigned char *)at, *desc = p + sizeof head + sizeof "rcc";
		const rcc_bundle *b;

		if (memcmp(p, head, sizeof head) || memcmp(p + sizeof head, "rcc", sizeof "rcc") || !is_desc(desc))
			continue;
		b = bundle_in(m, desc_target(desc));
		r = b ? fn(b, arg) : each_rescued(m, desc, fn, arg);
	}
	return r;
}

static int each_in_module(const struct find_module *m, find_fn fn, void *arg)
{
	int r = 0;

	for (unsigned i = 0; !r && i < m->phnum; i++)
		if (m->phdr[i].p_type == PT_NOTE)
			r = each_noted(m, &m->phdr[i], fn, arg);
	return r;
}

static int each_module(find_module_fn fn, void *arg)
{
	return dl_iterate_phdr(fn, arg);
}

static uint64_t constant_from(const struct find_module *m, uintptr_t at)
{
	return bytes_from(m, at, PF_W);
}
#endif

/* The walk for rcc_find_bundle: the first of that name. */
struct find_name {
	const char *name;
	size_t len;
	const rcc_bundle *found;
};

static int match_name(const rcc_bundle *b, void *arg)
{
	struct find_name *f = arg;

	if (rccf_load32(rcc_i_base(b) + RCCF_H_NAME_LEN) != f->len ||
	    memcmp(rcc_i_base(b) + rcc_i_header64(b, RCCF_H_NAME), f->name, f->len))
		return 0;
	f->found = b;
	return 1;
}

/* What is registered may go at any time, but not while it is looked at here. */
static int match_registered(struct find_name *f)
{
	const rcc_bundle *slots[RCCI_REGISTER_SLOTS];
	unsigned turn = rcc_i_walk_begin(slots);
	int r = 0;

	for (unsigned i = 0; !r && i < RCCI_REGISTER_SLOTS; i++)
		if (slots[i])
			r = match_name(slots[i], f);
	rcc_i_walk_end(turn);
	return r;
}

static int match_in_module(struct find_module *m, size_t size, void *arg)
{
	(void)size;
	return each_in_module(m, match_name, arg);
}

const rcc_bundle *rcc_find_bundle(const char *name)
{
	struct find_name f = {name, 0, NULL};

	if (!name)
		return NULL;
	f.len = strlen(name);
	if (!each_own(match_name, &f) && !match_registered(&f))
		each_module(match_in_module, &f);
	return f.found;
}

/* The walk for rcc_each_bundle. Whether an image came before is answered for those beside the stub and those of
 * the same module by walking again over what lies before it, and that is a handful of records; for registered ones
 * by the slots as they were when the walk began, for fn may change them. */
struct find_each {
	int (*fn)(const rcc_bundle *, void *);
	void *arg;
	const struct find_module *module;
	unsigned nth; /* bundle of the module */
	const rcc_bundle *slots[RCCI_REGISTER_SLOTS];
};

/* Is b among the first bundles of a place, as many as left says? */
struct find_again {
	const rcc_bundle *b;
	unsigned left;
};

enum { FIND_SEEN = 1, FIND_NEW };

static int match_again(const rcc_bundle *b, void *arg)
{
	struct find_again *a = arg;

	if (!a->left--)
		return FIND_NEW;
	return b == a->b ? FIND_SEEN : 0;
}

/* Is b beside the stub, or in one of the first n slots? */
static int is_told(const struct find_each *w, const rcc_bundle *b, unsigned n)
{
	struct find_again all = {b, UINT32_MAX};

	for (unsigned i = 0; i < n; i++)
		if (w->slots[i] == b)
			return 1;
	return each_own(match_again, &all) == FIND_SEEN;
}

/* No image is touched here: the pointers are only compared, and handed on. One that has been taken back
 * before its turn is not: its image may be gone. */
static int tell_registered(struct find_each *w)
{
	int r = 0;

	rcc_i_walk_end(rcc_i_walk_begin(w->slots));
	for (unsigned i = 0; !r && i < RCCI_REGISTER_SLOTS; i++) {
		const rcc_bundle *b = w->slots[i];

		if (b && !rcc_i_is_registered(b))
			w->slots[i] = NULL;
		else if (b && !is_told(w, b, i))
			r = w->fn(b, w->arg);
	}
	return r;
}

static int tell_once(const rcc_bundle *b, void *arg)
{
	struct find_each *w = arg;
	struct find_again some = {b, w->nth++};

	if (is_told(w, b, RCCI_REGISTER_SLOTS) || each_in_module(w->module, match_again, &some) == FIND_SEEN)
		return 0;
	return w->fn(b, w->arg);
}

static int tell_module(struct find_module *m, size_t size, void *arg)
{
	struct find_each *w = arg;

	(void)size;
	w->module = m;
	w->nth = 0;
	return each_in_module(m, tell_once, w);
}

int rcc_each_bundle(int (*fn)(const rcc_bundle *, void *), void *arg)
{
	struct find_each w = {.fn = fn, .arg = arg};
	int r;

	if (!fn)
		return RCC_EINVAL;
	r = each_own(fn, arg);
	if (!r)
		r = tell_registered(&w);
	return r ? r : each_module(tell_module, &w);
}

/* The walk for rcc_i_in_module. */
struct find_range {
	uintptr_t at;
	size_t n;
};

static int match_range(struct find_module *m, size_t size, void *arg)
{
	const struct find_range *r = arg;

	(void)size;
	return constant_from(m, r->at) >= r->n;
}

int rcc_i_in_module(const void *p, size_t n)
{
	struct find_range r = {(uintptr_t)p, n};

	return n && each_module(match_range, &r);
}
