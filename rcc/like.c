/* SPDX-License-Identifier: MIT */
/* See like.h. Which sections linkers compare, and what they do about one that is missing, is in doc/linkers.md. */
#include "like.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

/* What older <elf.h> lack. */
#ifndef SHT_RISCV_ATTRIBUTES
#define SHT_RISCV_ATTRIBUTES 0x70000003
#endif
#ifndef SHT_MIPS_ABIFLAGS
#define SHT_MIPS_ABIFLAGS 0x7000002a
#endif
#ifndef SHT_GNU_ATTRIBUTES
#define SHT_GNU_ATTRIBUTES 0x6ffffff5
#endif
#ifndef EM_RISCV
#define EM_RISCV 243
#endif
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/* Honest ones have some hundred bytes. */
enum { SECTION_MAX = 65536, ALIGN_MAX = 16 };

/* An example being read. */
struct example {
	struct arena *a;
	struct diag *d;
	const char *said; /* as the user wrote it */
	int fd;
	Elf *elf;
	uint64_t base, size; /* its place in the file */
	GElf_Ehdr eh;
};

static bool bad(const struct example *x, const char *what)
{
	diag_error(x->d, AT_FILE(x->said), "%s", what);
	return false;
}

/* --- its sections --------------------------------------------------------------------------------- */

/* GNU's types mean the same on every machine, a processor's on its own alone. */
static const struct {
	const char *name;
	uint32_t type;
	uint16_t machine;
} compared[] = {
	{".note.gnu.property", SHT_NOTE, EM_NONE},
	{".gnu.attributes", SHT_GNU_ATTRIBUTES, EM_NONE},
	{".ARM.attributes", SHT_ARM_ATTRIBUTES, EM_ARM},
	{".MIPS.abiflags", SHT_MIPS_ABIFLAGS, EM_MIPS},
	{".riscv.attributes", SHT_RISCV_ATTRIBUTES, EM_RISCV},
};
_Static_assert(sizeof compared / sizeof *compared == LIKE_SECTIONS_MAX, "one of each");

/* n bytes of the example at off; false when it has not that many. */
static bool get(const struct example *x, void *to, uint64_t off, uint64_t n)
{
	return off <= x->size && n <= x->size - off && io_pread(x->fd, to, n, x->base + off) == (ssize_t)n;
}

/* Is the section at sh called name? Names are read one by one, for a hostile table of them may be huge. */
static bool is_called(const struct example *x, const GElf_Shdr *names, const GElf_Shdr *sh, const char *name)
{
	char there[32];
	size_t n = strlen(name) + 1;

	return sh->sh_name < names->sh_size && n <= names->sh_size - sh->sh_name && n <= sizeof there &&
	       sh->sh_name <= UINT64_MAX - names->sh_offset && get(x, there, names->sh_offset + sh->sh_name, n) &&
	       !memcmp(there, name, n);
}

/* Flags but SHF_ALLOC speak of groups and other sections, which are not copied. */
static bool take_section(struct like *l, const struct example *x, const char *name, const GElf_Shdr *sh)
{
	void *p;

	for (size_t i = 0; i < l->n; i++)
		if (l->section[i].name == name)
			return true; /* the first counts, as for most linkers */
	if (sh->sh_size > SECTION_MAX || sh->sh_addralign > ALIGN_MAX || (sh->sh_addralign & (sh->sh_addralign - 1)) ||
	    sh->sh_flags & SHF_COMPRESSED)
		return false;
	p = new(x->a, char, sh->sh_size);
	if (!get(x, p, sh->sh_offset, sh->sh_size))
		return false;
	l->section[l->n++] = (struct like_section){name, sh->sh_type, sh->sh_flags & SHF_ALLOC, sh->sh_addralign ? sh->sh_addralign : 1,
	                                           sh->sh_entsize, p, (size_t)sh->sh_size};
	return true;
}

/* A program without section headers has none of them, which is no fault. */
static bool take_sections(struct like *l, const struct example *x)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr names, sh;
	size_t i;

	if (!x->eh.e_shoff)
		return true;
	if (elf_getshdrstrndx(x->elf, &i) || !(scn = elf_getscn(x->elf, i)) || !gelf_getshdr(scn, &names))
		return bad(x, "its section headers are damaged");
	for (scn = NULL; (scn = elf_nextscn(x->elf, scn));) {
		if (!gelf_getshdr(scn, &sh))
			return bad(x, "its section headers are damaged");
		for (i = 0; i < LIKE_SECTIONS_MAX; i++)
			if (sh.sh_type == compared[i].type && sh.sh_size &&
			    (!compared[i].machine || compared[i].machine == x->eh.e_machine) &&
			    is_called(x, &names, &sh, compared[i].name) && !take_section(l, x, compared[i].name, &sh)) {
				diag_error(x->d, AT_FILE(x->said), "its section %s is damaged", compared[i].name);
				return false;
			}
	}
	return true;
}

/* --- its machine ---------------------------------------------------------------------------------- */

/* Would linkers say that e_flags a and b are of two ABIs? Where objects may leave the ABI open, 0 agrees with all. */
static bool same_abi(uint16_t machine, uint32_t a, uint32_t b)
{
	uint32_t strict = 0, open = 0, differ = a ^ b;

	switch (machine) {
	case EM_RISCV: strict = 0xe; break;      /* the float ABI, and half the registers */
	case EM_LOONGARCH: strict = 0x7; break;  /* the float ABI */
	case EM_MIPS: strict = 0xf020; break;    /* o32, n32 and others */
	case EM_ARM:
		strict = EF_ARM_EABIMASK;
		open = EF_ARM_ABI_FLOAT_HARD | EF_ARM_ABI_FLOAT_SOFT;
		break;
	case EM_PPC64: open = 3; break;
	}
	return !(differ & strict) && (!(differ & open) || !(a & open) || !(b & open));
}

static const char *machine_name(char *buf, size_t n, const GElf_Ehdr *eh)
{
	static const struct {
		uint16_t machine;
		const char *name;
	} others[] = {
		{EM_SPARC, "SPARC"}, {EM_SPARC32PLUS, "SPARC"}, {EM_PARISC, "PA-RISC"}, {EM_SH, "SuperH"}, {EM_IA_64, "Itanium"},
		{EM_AVR, "AVR"}, {EM_XTENSA, "Xtensa"}, {EM_MSP430, "MSP430"}, {EM_MICROBLAZE, "MicroBlaze"},
		{EM_ALPHA, "Alpha"}, {EM_BPF, "BPF"}, {EM_CSKY, "C-SKY"}, {EM_OPENRISC, "OpenRISC"}, {EM_ARCV2, "ARC"},
		{EM_ALTERA_NIOS2, "Nios II"}, {EM_CUDA, "CUDA"}, {EM_AMDGPU, "AMD GPU"},
	};
	size_t rows;
	const struct target *t = target_table(&rows);
	const char *name = NULL;

	for (size_t i = rows; i--;)
		if (t[i].machine == eh->e_machine && eh->e_machine)
			name = t[i].name;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i].machine == eh->e_machine)
			name = others[i].name;
	if (name)
		snprintf(buf, n, "%s", name);
	else
		snprintf(buf, n, "machine %u", eh->e_machine);
	return buf;
}

/* The row of the example's machine whose flags fit best; NULL if there is none: reported. */
static const struct target *row_of(const struct example *x)
{
	const struct target *t, *best = NULL;
	const GElf_Ehdr *eh = &x->eh;
	unsigned least = UINT32_MAX;
	char name[32];
	size_t rows;

	t = target_table(&rows);
	for (size_t i = 0; i < rows; i++) {
		unsigned odd = (unsigned)__builtin_popcount(t[i].flags ^ eh->e_flags) +
		               (same_abi(t[i].machine, t[i].flags, eh->e_flags) ? 0 : 64);

		if (!eh->e_machine || t[i].machine != eh->e_machine || t[i].elf_class != eh->e_ident[EI_CLASS] || t[i].data != eh->e_ident[EI_DATA] ||
		    odd >= least)
			continue;
		/* n32 is another machine in all but its number. */
		if (eh->e_machine == EM_MIPS && odd >= 64)
			continue;
		best = &t[i];
		least = odd;
	}
	if (!best)
		diag_error(x->d, AT_FILE(x->said), "it is for %s (%s-bit, %s-endian, e_flags 0x%x), which rcc does not write for; "
		           "'rcc compile --target list' lists what it does", machine_name(name, sizeof name, eh),
		           eh->e_ident[EI_CLASS] == ELFCLASS64 ? "64" : "32", eh->e_ident[EI_DATA] == ELFDATA2MSB ? "big" : "little",
		           eh->e_flags);
	return best;
}

static bool take_header(struct like *l, const struct example *x, const struct target *asked)
{
	const struct target *t = row_of(x);

	if (!t)
		return false;
	if (asked && (asked->machine != t->machine || asked->elf_class != t->elf_class || asked->data != t->data ||
	              !same_abi(t->machine, asked->flags, x->eh.e_flags))) {
		diag_error(x->d, AT_FILE(x->said), "it is for %s, but --target says %s; leave --target out", t->name, asked->name);
		return false;
	}
	l->target = *t;
	l->target.flags = x->eh.e_flags;
	l->osabi = x->eh.e_ident[EI_OSABI];
	l->abi_version = x->eh.e_ident[EI_ABIVERSION];
	return true;
}

static bool take(struct like *l, struct example *x, const struct target *asked)
{
	int64_t base = elf_getbase(x->elf);

	if (base < 0 || !gelf_getehdr(x->elf, &x->eh))
		return bad(x, "its ELF header is damaged");
	x->base = (uint64_t)base;
	if (x->eh.e_type == ET_CORE)
		return bad(x, "it is a core file; name an object, a program or a library");
	if (x->eh.e_type != ET_REL && x->eh.e_type != ET_EXEC && x->eh.e_type != ET_DYN)
		return bad(x, "it is an ELF file, but no object, program or library");
	return take_header(l, x, asked) && take_sections(l, x);
}

/* --- finding it ----------------------------------------------------------------------------------- */

/* What it is instead of ELF. Reports; false. */
static bool no_elf(const struct example *x)
{
	char magic[8] = "";

	if (!get(x, magic, 0, 1))
		return bad(x, "it is empty; name an object file of your program");
	get(x, magic, 0, 4);
	/* What compilers write with -flto. */
	if (!memcmp(magic, "BC\xc0\xde", 4))
		return bad(x, "it is LLVM bitcode, not ELF; name an object that was compiled without -flto");
	return bad(x, "it is no ELF object, program or archive");
}

/* The member, or with member.p NULL the first object. */
static bool take_member(struct like *l, struct example *x, Elf *ar, struct str member, const struct target *asked)
{
	uint64_t size = x->size;
	Elf_Cmd cmd = ELF_C_READ;
	bool found = false, ok = false, any = false;

	while (!found && cmd != ELF_C_NULL && (x->elf = elf_begin(x->fd, cmd, ar))) {
		Elf_Arhdr *h = elf_getarhdr(x->elf);
		int64_t base = elf_getbase(x->elf);
		bool elf = elf_kind(x->elf) == ELF_K_ELF;

		any = true;
		if (h && base >= 0 && h->ar_size >= 0 && (member.p ? h->ar_name && str_eq(str_of(h->ar_name), member) : elf)) {
			found = true;
			x->base = (uint64_t)base;
			x->size = x->base > size ? 0 : size - x->base;
			if ((uint64_t)h->ar_size < x->size)
				x->size = (uint64_t)h->ar_size;
			ok = elf ? take(l, x, asked) : no_elf(x);
		}
		cmd = elf_next(x->elf);
		elf_end(x->elf);
	}
	if (found)
		return ok;
	return bad(x, member.p ? "the archive has no such member" : any ? "no member of the archive is an ELF object" :
	           "the archive is empty; name an object file of your program");
}

static bool take_file(struct like *l, struct example *x, struct str member, const struct target *asked)
{
	char magic[8];
	Elf *elf;
	bool ok;

	if (get(x, magic, 0, 8) && !memcmp(magic, "!<thin>\n", 8))
		return bad(x, "it is a thin archive, which only names its members; name one of them instead");
	elf_version(EV_CURRENT);
	x->elf = elf = elf_begin(x->fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_AR)
		ok = take_member(l, x, elf, member, asked);
	else if (member.p)
		ok = bad(x, "it is no archive");
	else
		ok = elf && elf_kind(elf) == ELF_K_ELF ? take(l, x, asked) : no_elf(x);
	elf_end(elf);
	return ok;
}

/* Without waiting for the other end of a FIFO, which is refused later. */
static int open_file(const char *path)
{
	return io_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
}

/* The path, or else the archive in "archive(member)". */
static int open_example(struct like *l, struct arena *a, const char *file, struct str *member)
{
	int fd = open_file(file), why = errno;
	const char *paren = strrchr(file, '(');
	size_t n = strlen(file);

	l->path = file;
	if (fd >= 0 || why != ENOENT || !paren || paren == file || file[n - 1] != ')')
		return fd;
	l->path = str_copy(a, (struct str){file, (size_t)(paren - file)}).p;
	*member = (struct str){paren + 1, n - (size_t)(paren - file) - 2};
	return open_file(l->path);
}

bool like_read(struct like *l, struct arena *a, struct diag *d, const char *file, const struct target *asked)
{
	struct example x = {.a = a, .d = d, .said = file};
	struct str member = {0};
	struct stat st;
	bool ok = false;

	*l = (struct like){0};
	x.fd = open_example(l, a, file, &member);
	if (x.fd < 0 || fstat(x.fd, &st)) {
		diag_error(d, AT_FILE(l->path), "cannot read:");
	} else if (!S_ISREG(st.st_mode)) {
		diag_error(d, AT_FILE(l->path), S_ISDIR(st.st_mode) ? "it is a directory; name a file" :
		           "it is no regular file; copy it to one first");
	} else {
		x.size = (uint64_t)st.st_size;
		ok = take_file(l, &x, member, asked);
	}
	if (x.fd >= 0)
		close(x.fd);
	return ok;
}
