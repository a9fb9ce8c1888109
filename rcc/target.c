/* SPDX-License-Identifier: MIT */
/* See target.h. Numbers are those of each machine's ELF supplement, by the names of <elf.h> where this system's has
 * them. e_flags are what gcc writes by default for the ABI named. */
#include "target.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "../runtime-stub/rcc_format.h"

/* What older <elf.h> lack. */
#ifndef SHF_X86_64_LARGE
#define SHF_X86_64_LARGE 0x10000000
#endif
#ifndef R_MIPS_PC32
#define R_MIPS_PC32 248 /* GNU's */
#endif
#ifndef R_LARCH_64_PCREL
#define R_LARCH_64_PCREL 109
#endif
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif
#ifndef R_RISCV_ADD32
#define R_RISCV_ADD32 35
#define R_RISCV_ADD64 36
#define R_RISCV_SUB32 39
#define R_RISCV_SUB64 40
#endif

#define LARGE_RODATA ".lrodata.rcc", SHF_X86_64_LARGE, OBJECT_ELF
#define RODATA ".rodata.rcc", 0, OBJECT_ELF
#define LE32 ELFCLASS32, ELFDATA2LSB
#define BE32 ELFCLASS32, ELFDATA2MSB
#define LE64 ELFCLASS64, ELFDATA2LSB
#define BE64 ELFCLASS64, ELFDATA2MSB

/* RISC-V: compressed instructions (1), the float ABI (2 single, 4 double). Linkers refuse another float ABI. */
#define RISCV64(name, also, flags)                                                                                     \
	{name, also, LE64, EM_RISCV, flags, 4096, true, R_RISCV_NONE, R_RISCV_ADD64, R_RISCV_SUB64, 8, RODATA}
#define RISCV32(name, also, flags)                                                                                     \
	{name, also, LE32, EM_RISCV, flags, 4096, true, R_RISCV_NONE, R_RISCV_ADD32, R_RISCV_SUB32, 4, RODATA}
/* MIPS: release 2, position-independent (o32 with its ABI bit). */
#define MIPS32(name, data)                                                                                             \
	{name, "", ELFCLASS32, data, EM_MIPS, 0x70001007, 65536, false, R_MIPS_NONE, R_MIPS_PC32, 0, 4, RODATA}
#define MIPS64(name, data)                                                                                             \
	{name, "", ELFCLASS64, data, EM_MIPS, 0x80000007, 65536, true, R_MIPS_NONE, R_MIPS_PC32, 0, 4, RODATA}
/* Pages of 16 KiB are Apple's on arm64; COFF has no 64-bit relative relocation, for no image exceeds 2 GiB. */
#define MACHO(name, also) {name, also, LE64, 0, 0, 16384, false, 0, 0, 0, 8, "__TEXT,__rcc", 0, OBJECT_MACHO}
#define COFF(name, also) {name, also, LE64, 0, 0, 4096, false, 0, 0, 0, 4, ".rcc", 0, OBJECT_COFF}
#define ARM(name, also, flags)                                                                                         \
	{name, also, LE32, EM_ARM, flags, 65536, false, R_ARM_NONE, R_ARM_REL32, 0, 4, RODATA}
/* flags: the ELF version of the ABI, which linkers compare. */
#define PPC64(name, also, data, flags)                                                                                 \
	{name, also, ELFCLASS64, data, EM_PPC64, flags, 65536, true, R_PPC64_NONE, R_PPC64_REL64, 0, 8, RODATA}

static const struct target table[] = {
	{"x86_64", "amd64", LE64, EM_X86_64, 0, 4096, true, R_X86_64_NONE, R_X86_64_PC64, 0, 8, LARGE_RODATA},
	{"x32", "", LE32, EM_X86_64, 0, 4096, true, R_X86_64_NONE, R_X86_64_PC32, 0, 4, RODATA},
	{"i386", "i486 i586 i686", LE32, EM_386, 0, 4096, false, R_386_NONE, R_386_PC32, 0, 4, RODATA},
	{"aarch64", "arm64", LE64, EM_AARCH64, 0, 65536, true, R_AARCH64_NONE, R_AARCH64_PREL64, 0, 8, RODATA},
	{"aarch64_be", "", BE64, EM_AARCH64, 0, 65536, true, R_AARCH64_NONE, R_AARCH64_PREL64, 0, 8, RODATA},
	ARM("arm", "armv5te armv6 armv7 armv7a armv7l thumb", EF_ARM_EABI_VER5),
	ARM("armhf", "", EF_ARM_EABI_VER5 | EF_ARM_ABI_FLOAT_HARD),
	ARM("armel", "", EF_ARM_EABI_VER5 | EF_ARM_ABI_FLOAT_SOFT),
	RISCV64("riscv64", "riscv64gc", 5),
	RISCV64("riscv64-lp64f", "", 3),
	RISCV64("riscv64-lp64", "riscv64imac", 1),
	RISCV32("riscv32", "riscv32gc", 5),
	RISCV32("riscv32-ilp32f", "", 3),
	RISCV32("riscv32-ilp32", "riscv32imac riscv32imc", 1),
	PPC64("ppc64le", "powerpc64le ppc64el", ELFDATA2LSB, 2),
	PPC64("ppc64", "powerpc64", ELFDATA2MSB, 0),
	PPC64("ppc64v2", "", ELFDATA2MSB, 2),
	{"ppc", "powerpc", BE32, EM_PPC, EF_PPC_RELOCATABLE_LIB, 65536, true, R_PPC_NONE, R_PPC_REL32, 0, 4, RODATA},
	{"s390x", "", BE64, EM_S390, 0, 4096, true, R_390_NONE, R_390_PC64, 0, 8, RODATA},
	MIPS32("mips", ELFDATA2MSB),
	MIPS32("mipsel", ELFDATA2LSB),
	MIPS64("mips64", ELFDATA2MSB),
	MIPS64("mips64el", ELFDATA2LSB),
	{"loongarch64", "", LE64, EM_LOONGARCH, 0x43, 65536, true, 0, R_LARCH_64_PCREL, 0, 8, RODATA},
	{"sparc64", "sparcv9", BE64, EM_SPARCV9, EF_SPARCV9_RMO, 8192, true, R_SPARC_NONE, R_SPARC_DISP64, 0, 8, RODATA},
	{"m68k", "", BE32, EM_68K, 0, 8192, true, R_68K_NONE, R_68K_PC32, 0, 4, RODATA},
	MACHO("arm64-apple-macos", "arm64 aarch64"),
	MACHO("x86_64-apple-macos", "x86_64 amd64"),
	COFF("x86_64-w64-mingw32", "x86_64 amd64"),
	COFF("aarch64-w64-mingw32", "aarch64 arm64"),
};

const struct target *target_table(size_t *n)
{
	*n = sizeof table / sizeof *table;
	return table;
}

void target_print(void)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		printf("%s%s\n", table[i].name, table[i].object != OBJECT_ELF  ? " (--format asm)"
		                                : &table[i] == target_host() ? " (host)"
		                                                             : "");
}

/* Is the word of len bytes one of those in list? */
static bool listed(const char *list, const char *word, size_t len)
{
	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !memcmp(list, word, n))
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

static const struct target *by_name(const char *name, size_t len, enum target_object object)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].object == object && (listed(table[i].name, name, len) || listed(table[i].also, name, len)))
			return &table[i];
	return NULL;
}

/* The environment at a triple's end names the ABI of a machine that has several. */
static const char *abi_of(const char *triple)
{
	static const struct {
		const char *machine, *ending, *abi;
	} known[] = {
		{"x86_64", "x32", "x32"}, {"arm", "eabihf", "armhf"}, {"arm", "eabi", "armel"},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t n = strlen(triple), end = strlen(known[i].ending);

		if (!strncmp(triple, known[i].machine, strlen(known[i].machine)) && n > end && strchr(triple, '-') &&
		    !strcmp(triple + n - end, known[i].ending))
			return known[i].abi;
	}
	return NULL;
}

/* What objects the operating system in a triple has: all but a few have ELF. */
static enum target_object object_of(const char *triple)
{
	static const struct {
		const char *part;
		enum target_object object;
	} known[] = {
		{"-apple-", OBJECT_MACHO}, {"-mingw", OBJECT_COFF}, {"-windows", OBJECT_COFF},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strstr(triple, known[i].part))
			return known[i].object;
	return OBJECT_ELF;
}

/* Is what stands behind a triple's first part an operating system, and not an ABI nobody here knows? */
static bool is_system(const char *rest)
{
	static const char *const part[] = {"linux", "gnu", "musl", "elf", "none", "unknown", "bsd", "android", "apple", "mingw",
	                                   "windows", "eabi", "haiku", "solaris"};

	for (size_t i = 0; i < sizeof part / sizeof *part; i++)
		if (strstr(rest, part[i]))
			return true;
	return false;
}

const struct target *target_find(const char *triple)
{
	enum target_object object = object_of(triple);
	const char *abi = abi_of(triple);
	const struct target *t = by_name(abi ? abi : triple, strlen(abi ? abi : triple), object);

	return t || !is_system(triple) ? t : by_name(triple, strcspn(triple, "-"), object);
}

const struct target *target_of_machine(uint16_t machine, unsigned char elf_class, unsigned char data)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].object == OBJECT_ELF && table[i].machine == machine && table[i].elf_class == elf_class &&
		    table[i].data == data)
			return &table[i];
	return NULL;
}

const struct target *target_host(void)
{
#if defined(__x86_64__)
	return target_find(sizeof(void *) == 8 ? "x86_64" : "x32");
#elif defined(__i386__)
	return target_find("i386");
#elif defined(__aarch64__)
	return target_find(RCCF_HOST_BIG ? "aarch64_be" : "aarch64");
#elif defined(__arm__) && !defined(__ARMEB__)
	return target_find("arm");
#elif defined(__riscv) && defined(__riscv_float_abi_double)
	return target_find(sizeof(void *) == 8 ? "riscv64" : "riscv32");
#elif defined(__powerpc64__) && defined(_CALL_ELF)
	return target_find(RCCF_HOST_BIG == 0 ? "ppc64le" : _CALL_ELF == 2 ? "ppc64v2" : "ppc64");
#elif defined(__powerpc__) && !defined(__powerpc64__)
	return RCCF_HOST_BIG ? target_find("ppc") : NULL;
#elif defined(__s390x__)
	return target_find("s390x");
#elif defined(__mips__) && defined(_ABI64) && _MIPS_SIM == _ABI64
	return target_find(RCCF_HOST_BIG ? "mips64" : "mips64el");
#elif defined(__mips__) && defined(_ABIO32) && _MIPS_SIM == _ABIO32
	return target_find(RCCF_HOST_BIG ? "mips" : "mipsel");
#elif defined(__loongarch64)
	return target_find("loongarch64");
#else
	return NULL;
#endif
}
