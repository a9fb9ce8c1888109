/* SPDX-License-Identifier: MIT */
/* relocate: the distances of every machine's objects, and relocations that lead anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "../../rcc/relocate.h"
#include "../../rcc/target.h"
#include "../../runtime-stub/rcc_format.h"

/* The object: two sections of an image, symbols, their section numbers, relocations. */
enum { SIZE = 1 << 16, FIRST = 0x1008, SECOND = 0x2010, SYMBOLS = 0x3000, INDEXES = 0x4000, RELOCATIONS = 0x5000 };
enum { S_FIRST = 1, S_SECOND, S_SYMBOLS, S_INDEXES, S_RELOCATIONS, SECTIONS };
/* Of the first section 0x100 bytes: a distance at AT to 0x28 into the second, past a symbol at 0x20. */
enum { AT = 0x30, VALUE = 0x20, ADDEND = 8, DISTANCE = SECOND + VALUE + ADDEND - FIRST - AT };
enum { UNTOUCHED = 0 };

static unsigned char *p; /* on a page of its own, read-only */
static const struct target *t;
static bool big, wide;
static struct section v[SECTIONS];

static void put(uint64_t off, uint64_t value, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		p[off + i] = (unsigned char)(value >> 8 * (big ? width - 1 - i : i));
}

static void put_symbol(uint64_t i, uint64_t value, uint16_t section)
{
	uint64_t at = SYMBOLS + i * (wide ? 24 : 16);

	put(at + (wide ? 6 : 14), section, 2);
	put(at + (wide ? 8 : 4), value, wide ? 8 : 4);
}

static void put_relocation(uint64_t i, bool rela, uint64_t off, uint32_t symbol, uint32_t type, uint64_t addend)
{
	unsigned word = wide ? 8 : 4;
	uint64_t at = RELOCATIONS + i * word * (rela ? 3 : 2);

	put(at, off, word);
	if (wide && t->machine == EM_MIPS) {
		put(at + 8, symbol, 4);
		memset(p + at + 12, 0, 3);
		p[at + 15] = (unsigned char)type;
	} else {
		put(at + word, wide ? (uint64_t)symbol << 32 | type : symbol << 8 | type, word);
	}
	if (rela)
		put(at + 2 * word, addend, word);
}

/* A sound object of n relocations, of which the caller sets those it wants other than all-zero. */
static void begin(const struct target *target, bool rela, uint64_t n)
{
	t = target;
	big = t->data == ELFDATA2MSB;
	wide = t->elf_class == ELFCLASS64;
	if (p)
		munmap(p, SIZE);
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	memset(v, 0, sizeof v);
	v[S_FIRST] = (struct section){.off = FIRST, .size = 0x100, .type = SHT_PROGBITS, .alloc = true, .image = true};
	v[S_SECOND] = (struct section){.off = SECOND, .size = 0x100, .type = SHT_PROGBITS, .alloc = true, .image = true};
	v[S_SYMBOLS] = (struct section){.off = SYMBOLS, .size = 4 * (wide ? 24 : 16), .type = SHT_SYMTAB};
	v[S_INDEXES] = (struct section){.off = INDEXES, .size = 4 * 4, .type = SHT_SYMTAB_SHNDX, .link = S_SYMBOLS};
	v[S_RELOCATIONS] = (struct section){.off = RELOCATIONS, .size = n * (wide ? 8 : 4) * (rela ? 3 : 2),
	                                    .type = rela ? SHT_RELA : SHT_REL, .link = S_SYMBOLS, .info = S_FIRST};
	put_symbol(1, VALUE, S_SECOND);
	put_symbol(2, AT, S_FIRST);
}

static bool relocate(void)
{
	GElf_Ehdr eh = {.e_machine = t->machine};
	uint64_t budget = SIZE;

	eh.e_ident[EI_CLASS] = t->elf_class;
	eh.e_ident[EI_DATA] = t->data;
	mprotect(p, SIZE, PROT_READ);
	return relocate_images(p, &eh, v, SECTIONS, &budget);
}

static int64_t distance(void)
{
	return rccf_load_rel(p + FIRST + AT, big, t->width == 4);
}

static const struct target *elf_targets(size_t *n)
{
	const struct target *v0 = target_table(n);

	while (v0[*n - 1].object != OBJECT_ELF)
		--*n;
	return v0;
}

/* The relocations rcc makes for the distance: one, or two where the machine subtracts the place by itself. */
static void put_distance(bool rela)
{
	put_relocation(0, rela, AT, 1, t->self, ADDEND);
	if (t->minus)
		put_relocation(1, rela, AT, 2, t->minus, 0);
}

static void test_every_machine(void **state)
{
	size_t n;
	const struct target *all = elf_targets(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		begin(&all[i], true, all[i].minus ? 2 : 1);
		put(FIRST + AT, all[i].minus ? 0 : 77, all[i].width); /* RELA does not look at it, but where it adds */
		put_distance(true);
		assert_true(relocate());
		assert_int_equal(distance(), DISTANCE);
	}
}

static void test_addend_in_place(void **state)
{
	size_t n;
	const struct target *all = elf_targets(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (all[i].rela)
			continue;
		begin(&all[i], false, 1);
		put(FIRST + AT, ADDEND, 4);
		put_distance(false);
		assert_true(relocate());
		assert_int_equal(distance(), DISTANCE);
	}
}

static void test_backwards(void **state)
{
	(void)state;
	begin(target_find("mips64el"), true, 1);
	put_relocation(0, true, AT, 2, t->self, (uint64_t)-0x18);
	assert_true(relocate());
	assert_int_equal(distance(), -0x18);
	begin(target_find("i386"), true, 1);
	put_relocation(0, true, AT, 2, t->self, (uint32_t)-0x18);
	assert_true(relocate());
	assert_int_equal(distance(), -0x18);
}

static void test_many_sections(void **state)
{
	(void)state;
	begin(target_find("s390x"), true, 1);
	put_symbol(1, VALUE, SHN_XINDEX);
	put(INDEXES + 4, S_SECOND, 4);
	put_distance(true);
	assert_true(relocate());
	assert_int_equal(distance(), DISTANCE);
	/* There is no such table, or it is another's, or it is too short. */
	for (int i = 0; i < 3; i++) {
		begin(target_find("s390x"), true, 1);
		put_symbol(1, VALUE, SHN_XINDEX);
		put(INDEXES + 4, S_SECOND, 4);
		put_distance(true);
		if (!i)
			v[S_INDEXES].type = SHT_PROGBITS;
		else if (i == 1)
			v[S_INDEXES].link = S_FIRST;
		else
			v[S_INDEXES].size = 4;
		assert_true(relocate());
		assert_int_equal(distance(), UNTOUCHED);
	}
}

/* Nothing is written, and nothing read that is not there. */
static void check_untouched(void)
{
	static const unsigned char zeros[0x100];

	assert_true(relocate());
	assert_memory_equal(p + FIRST, zeros, sizeof zeros);
	assert_memory_equal(p + SECOND, zeros, sizeof zeros);
}

static void begin_hostile(void)
{
	begin(target_find("x86_64"), true, 1);
	put_distance(true);
}

static void test_other_kinds(void **state)
{
	(void)state;
	begin_hostile();
	put_relocation(0, true, AT, 1, t->none, ADDEND);
	check_untouched();
	begin_hostile();
	put_relocation(0, true, AT, 1, 1, ADDEND); /* R_X86_64_64 */
	check_untouched();
	begin_hostile();
	v[S_FIRST].image = false;
	check_untouched();
	begin_hostile();
	v[S_RELOCATIONS].type = SHT_PROGBITS;
	check_untouched();
	begin_hostile();
	t = &(struct target){.machine = 0xfefe, .elf_class = ELFCLASS64, .data = ELFDATA2LSB, .width = 8};
	check_untouched();
}

static void test_places(void **state)
{
	static const uint64_t outside[] = {0xf9, 0x100, 0x101, (uint64_t)-1, (uint64_t)-8, (uint64_t)-FIRST, 1ull << 63};

	(void)state;
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		begin_hostile();
		put_relocation(0, true, outside[i], 1, t->self, ADDEND);
		check_untouched();
	}
	begin_hostile();
	put_relocation(0, true, 0xf8, 1, t->self, ADDEND); /* the last that fits */
	assert_true(relocate());
	assert_int_not_equal(rccf_load64(p + FIRST + 0xf8), 0);
}

static void test_symbols(void **state)
{
	static const uint16_t sections[] = {SHN_UNDEF, SECTIONS, SHN_ABS, SHN_COMMON, SHN_LORESERVE, 0x7fff};

	(void)state;
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		begin_hostile();
		put_symbol(1, VALUE, sections[i]);
		check_untouched();
	}
	begin_hostile();
	put_relocation(0, true, AT, 4, t->self, ADDEND);
	check_untouched();
	begin_hostile();
	put_relocation(0, true, AT, UINT32_MAX, t->self, ADDEND);
	check_untouched();
	begin_hostile();
	put_symbol(1, VALUE, SHN_XINDEX);
	put(INDEXES + 4, UINT32_MAX, 4);
	check_untouched();
}

static void test_tables(void **state)
{
	(void)state;
	begin_hostile();
	v[S_RELOCATIONS].info = SECTIONS;
	check_untouched();
	begin_hostile();
	v[S_RELOCATIONS].link = UINT32_MAX;
	check_untouched();
	begin_hostile();
	v[S_RELOCATIONS].link = S_FIRST;
	check_untouched();
	begin_hostile();
	v[S_RELOCATIONS].size = 23;
	check_untouched();
	begin_hostile();
	v[S_RELOCATIONS].size = SIZE + 1; /* more than the budget */
	assert_false(relocate());
}

/* Of a table's last bytes, too few for one more, none is read. */
static void test_end_of_file(void **state)
{
	(void)state;
	begin_hostile();
	memcpy(p + SIZE - 24 - 7, p + RELOCATIONS, 24);
	v[S_RELOCATIONS].off = SIZE - 24 - 7;
	v[S_RELOCATIONS].size = 24 + 7;
	assert_true(relocate());
	assert_int_equal(distance(), DISTANCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_machine), cmocka_unit_test(test_addend_in_place),
		cmocka_unit_test(test_backwards),     cmocka_unit_test(test_many_sections),
		cmocka_unit_test(test_other_kinds),   cmocka_unit_test(test_places),
		cmocka_unit_test(test_symbols),       cmocka_unit_test(test_tables),
		cmocka_unit_test(test_end_of_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
