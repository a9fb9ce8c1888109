/* SPDX-License-Identifier: MIT */
/* --like of hostile bytes: every bit of a small object and of an archive flipped, and every truncation. Whatever
 * is wrong is told, in at most one message, and what is taken is sound. */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "../../rcc/like.h"
#include "capture.h"

/* An archive with one member, the object, which is also taken alone. */
static struct {
	char before[4]; /* not of the archive: its header shall end where the object is aligned */
	char magic[8];
	char header[60];
	struct {
		Elf64_Ehdr eh;
		unsigned char property[32];
		char names[32];
		Elf64_Shdr sh[3];
	} object;
} image;
enum { ARCHIVE = 4, OBJECT = offsetof(__typeof__(image), object), OBJECT_SIZE = sizeof image.object };
_Static_assert(OBJECT == ARCHIVE + 8 + 60, "no padding");

static const unsigned char property[32] = {4, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0, 'G', 'N', 'U', 0,
                                           2, 0, 0, 0xc0, 4, 0, 0, 0, 3};

static int build(void **state)
{
	static const char names[] = "\0.note.gnu.property\0.shstrtab";
	size_t base = OBJECT;
	Elf64_Ehdr *eh = &image.object.eh;
	char header[61];

	(void)state;
	memcpy(image.magic, "!<arch>\n", 8);
	snprintf(header, sizeof header, "%-16s%-12d%-6d%-6d%-8d%-10d`\n", "main.o/", 0, 0, 0, 644, OBJECT_SIZE);
	memcpy(image.header, header, 60);
	memcpy(eh->e_ident, "\177ELF\2\1\1", 7);
	eh->e_type = ET_REL;
	eh->e_machine = EM_X86_64;
	eh->e_version = 1;
	eh->e_shoff = offsetof(__typeof__(image), object.sh) - base;
	eh->e_ehsize = sizeof *eh;
	eh->e_shentsize = sizeof image.object.sh[0];
	eh->e_shnum = 3;
	eh->e_shstrndx = 2;
	memcpy(image.object.property, property, sizeof property);
	memcpy(image.object.names, names, sizeof names);
	image.object.sh[1] = (Elf64_Shdr){.sh_name = 1, .sh_type = SHT_NOTE, .sh_flags = SHF_ALLOC, .sh_addralign = 8,
	                                  .sh_offset = offsetof(__typeof__(image), object.property) - base,
	                                  .sh_size = sizeof property};
	image.object.sh[2] = (Elf64_Shdr){.sh_name = 20, .sh_type = SHT_STRTAB, .sh_addralign = 1,
	                                  .sh_offset = offsetof(__typeof__(image), object.names) - base,
	                                  .sh_size = sizeof image.object.names};
	return 0;
}

/* like_read of n bytes at p; what it takes lives as long as the arena, so it is judged here. whole: nothing is
 * damaged. */
static bool read_bytes(const char *p, size_t n, bool whole)
{
	struct arena a = {0};
	struct diag d = {0};
	struct capture c;
	struct like l;
	char path[64];
	int fd = memfd_create("example", 0);
	bool ok;

	assert_true(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	capture_begin(&c, 2);
	ok = like_read(&l, &a, &d, path, NULL);
	capture_end(&c);
	close(fd);
	assert_int_equal(d.errors, !ok);
	for (size_t i = 0; ok && i < l.n; i++) {
		const struct like_section *s = &l.section[i];
		unsigned char sum = 0;

		assert_true(s->n <= n && s->align && !(s->align & (s->align - 1)));
		for (size_t k = 0; k < s->n; k++)
			sum = (unsigned char)(sum + ((const unsigned char *)s->p)[k]);
		(void)sum; /* it was read: the sanitizers have seen it */
	}
	if (whole) {
		assert_true(ok);
		assert_int_equal(l.n, 1);
		assert_int_equal(l.section[0].n, sizeof property);
		assert_memory_equal(l.section[0].p, property, sizeof property);
		assert_int_equal(l.target.machine, EM_X86_64);
	}
	arena_done(&a);
	return ok;
}

static void damage(char *p, size_t n)
{
	for (size_t i = 0; i < 8 * n; i++) {
		p[i / 8] = (char)(p[i / 8] ^ 1 << i % 8);
		read_bytes(p, n, false);
		p[i / 8] = (char)(p[i / 8] ^ 1 << i % 8);
	}
	for (size_t i = 0; i < n; i++)
		assert_false(read_bytes(p, i, false));
}

static void test_object(void **state)
{
	(void)state;
	read_bytes((char *)&image + OBJECT, OBJECT_SIZE, true);
	damage((char *)&image + OBJECT, OBJECT_SIZE);
}

static void test_archive(void **state)
{
	(void)state;
	read_bytes((char *)&image + ARCHIVE, sizeof image - ARCHIVE, true);
	damage((char *)&image + ARCHIVE, sizeof image - ARCHIVE);
}

/* Sizes and places near the ends of 64 bits. */
static void test_overflow(void **state)
{
	static const uint64_t odd[] = {0, 1, 31, 65536, 65537, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX - 31, UINT64_MAX};
	Elf64_Shdr *names = &image.object.sh[2], *note = &image.object.sh[1];

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		Elf64_Xword *const at[] = {&names->sh_offset, &names->sh_size, &note->sh_offset, &note->sh_size, &note->sh_addralign,
		                           &image.object.eh.e_shoff};

		for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
			Elf64_Xword old = *at[k];

			*at[k] = odd[i];
			read_bytes((char *)&image + OBJECT, OBJECT_SIZE, false);
			*at[k] = old;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_object),
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, build, NULL);
}
