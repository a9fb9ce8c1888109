/* SPDX-License-Identifier: MIT */
/* See target.h. Relocation numbers and e_flags are those of each machine's ELF supplement, as <elf.h> has them. */
#include "target.h"

#include <elf.h>
#include <string.h>

#define LARGE_RODATA ".lrodata.rcc", SHF_X86_64_LARGE
#define RODATA ".rodata.rcc", 0

#ifndef SHF_X86_64_LARGE
#define SHF_X86_64_LARGE 0x10000000
#endif

static const struct target table[] = {
	{"x86_64", ELFCLASS64, ELFDATA2LSB, EM_X86_64, 0, 4096, true, R_X86_64_NONE, R_X86_64_PC64, 8, LARGE_RODATA},
	{"aarch64", ELFCLASS64, ELFDATA2LSB, EM_AARCH64, 0, 65536, true, R_AARCH64_NONE, R_AARCH64_PREL64, 8, RODATA},
};

const struct target *target_table(size_t *n)
{
	*n = sizeof table / sizeof *table;
	return table;
}

const struct target *target_find(const char *triple)
{
	size_t len = strcspn(triple, "-");

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strlen(table[i].name) == len && !memcmp(table[i].name, triple, len))
			return &table[i];
	return NULL;
}

const struct target *target_host(void)
{
#if defined(__x86_64__) && defined(__LP64__)
	return target_find("x86_64");
#elif defined(__aarch64__) && defined(__LP64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return target_find("aarch64");
#else
	return NULL;
#endif
}
