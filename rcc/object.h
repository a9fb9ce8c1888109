/* SPDX-License-Identifier: MIT */
/* An ELF object in the making: sections, symbols, relocations, strings. Knows no bundle. libelf translates to the
 * target's class and byte order; what it would remember of each section takes five times the header, and objects of a
 * million assets have three million, so the headers are kept here. */
#ifndef RCC_OBJECT_H
#define RCC_OBJECT_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "like.h"
#include "str.h"
#include "target.h"

struct object {
	int fd;
	struct diag *d;
	const char *path;
	const struct target *t;
	const struct like *like;  /* never NULL, but it may have no sections */
	uint64_t base;            /* in fd, of the object's first byte */
	uint64_t off;             /* in the object, behind all that was written */
	uint32_t symtab;          /* the number the symbol table will have */
	size_t nsections, nsymbols, nlocals;
	/* In this machine's order until they are written: */
	struct sb headers;        /* Elf64_Shdr or Elf32_Shdr */
	struct sb symbols;        /* Elf64_Sym or Elf32_Sym */
	struct sb relocations;    /* not yet written, at off */
	struct sb far;            /* of each symbol, once one has needed it: the section's number, if st_shndx cannot hold it */
	struct sb names;          /* .shstrtab */
	struct sb strings;        /* the last of .strtab: a million names are not held */
	uint64_t strings_off, strings_size; /* of the strings in the object; bytes there and in strings */
	bool failed;              /* to write strings, which was reported */
};

/* The object begins at base in fd, its sections at off in the object. symtab: how many come before the symbol table, the null section counted. like may be NULL.
 * Borrows all but o. */
void object_start(struct object *o, int fd, struct diag *d, const char *path, const struct target *t,
                  const struct like *like, uint64_t base, uint64_t off, size_t symtab);
void object_done(struct object *o);

/* A section's name, for sh_name. */
uint32_t object_name(struct object *o, const char *name);
/* A symbol's name: a, then b. Not after object_fits. */
uint32_t object_string(struct object *o, const char *a, struct str b);

/* The next symbol. Those added before object_locals_end are local. */
void object_symbol(struct object *o, uint32_t name, unsigned bind, unsigned type, unsigned visibility, size_t section,
                   uint64_t value, uint64_t size);
void object_locals_end(struct object *o);

/* The next section, of bytes that are in the object already, at sh_offset. */
void object_window(struct object *o, const GElf_Shdr *h);
/* The next section, with n bytes of p; offset and size are set here. False: reported. */
bool object_section(struct object *o, const GElf_Shdr *h, const void *p, uint64_t n);

/* A relocation; for REL the addend is the caller's to put in its place. */
GElf_Rela object_relocation(const struct target *t, uint64_t off, size_t symbol, uint32_t type, uint64_t addend);
/* The next section: n relocations of the section `of`. False: reported. */
bool object_relocate(struct object *o, uint32_t name, size_t of, const GElf_Rela *r, size_t n);

/* Whether what is held, image and more bytes are not too much for the object's class and its tables. Call it once, when
 * all symbols are there and no section's bytes: the strings are first. False: reported. */
bool object_fits(struct object *o, uint64_t bytes, uint64_t max);

/* Symbols, strings and headers; o->off is the object's size then. False: reported. */
bool object_finish(struct object *o);

#endif
