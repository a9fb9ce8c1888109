/* SPDX-License-Identifier: MIT */
/* The machine to write for: one table row each. */
#ifndef RCC_TARGET_H
#define RCC_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the machine's objects are made. Only ELF ones by rcc itself: for the others it writes assembler text. */
enum target_object { OBJECT_ELF, OBJECT_MACHO, OBJECT_COFF };

struct target {
	const char *name;        /* --target NAME; an ABI where a machine has several */
	const char *also;        /* other first parts of triples that mean it, separated by blanks; may be empty */
	unsigned char elf_class; /* ELFCLASS32 or 64 */
	unsigned char data;      /* ELFDATA2LSB or MSB */
	uint16_t machine;        /* EM_... */
	uint32_t flags;          /* e_flags */
	uint32_t page;           /* bytes: the largest page the ABI has, so that no other section shares the image's */
	bool rela;               /* SHT_RELA, else SHT_REL */
	uint32_t none;           /* R_..._NONE */
	uint32_t self;           /* self-relative; or, with minus, S + A */
	uint32_t minus;          /* P is subtracted by a second relocation of this type; 0: self does it alone */
	uint8_t width;           /* bytes of what self writes: 8, or 4 where the machine has no such relocation */
	const char *section;     /* the image's section */
	uint64_t section_flags;  /* beside SHF_ALLOC */
	enum target_object object; /* other than ELF: of the above, name, also, data, page and width are set */
};

/* The machine rcc was built for; NULL if the table lacks it. */
const struct target *target_host(void);
/* By a triple ("arm-linux-gnueabihf", "x86_64-w64-mingw32"), its first part ("x86_64") or a row's name ("armhf");
 * NULL if unknown. */
const struct target *target_find(const char *triple);
/* The first row of a machine's objects; further ones differ in flags, not in relocations. NULL if there is none. */
const struct target *target_of_machine(uint16_t machine, unsigned char elf_class, unsigned char data);
/* The table, for --target list. */
const struct target *target_table(size_t *n);
/* The same to standard output, a line each. */
void target_print(void);

#endif
