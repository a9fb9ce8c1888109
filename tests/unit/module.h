/* SPDX-License-Identifier: MIT */
/* find.c, compiled into a test, with a dl_iterate_phdr of ours: modules are made here, byte by byte. Included by one
 * file a program. */
#ifndef TEST_MODULE_H
#define TEST_MODULE_H

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image.h"

enum { PAGE = 4096, MODULE = 64 * PAGE, NOTE_DESC = 16, OWN_KIND = RCCF_HOST_BIG };

static unsigned char *memory; /* a module: program headers are beside it, notes in its first pages, images on pages */
static void (*while_comparing)(void); /* comes between when find.c reads what lies there */

static inline int compare(const void *a, const void *b, size_t n)
{
	uintptr_t at = (uintptr_t)a - (uintptr_t)memory;

	if (while_comparing && at < MODULE)
		while_comparing();
	return memcmp(a, b, n);
}

#define dl_iterate_phdr rcc_i_test_iterate_phdr
#define memcmp compare
#include "../../runtime-stub/hosted/find.c"
#undef memcmp

/* What the linker would gather: three records' room, so that __start_ and __stop_rcc_desc exist. */
static _Alignas(8) unsigned char own[3 * RCCF_DESC_SIZE] __attribute__((section("rcc_desc"), used));

static find_phdr headers[4];
static struct find_module modules[2];
static int module_count, walks;
static unsigned char scratch[IMAGE_MAX];

int rcc_i_test_iterate_phdr(int (*fn)(struct find_module *, size_t, void *), void *arg)
{
	int r = 0;

	walks++;
	for (int i = 0; !r && i < module_count; i++)
		r = fn(&modules[i], sizeof modules[i], arg);
	return r;
}

static inline void store_order(unsigned char *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[RCCF_HOST_BIG ? bytes - 1 - i : i] = (unsigned char)(v >> 8 * i);
}

/* A descriptor at p that points at image. */
static inline void put_desc(unsigned char *p, const unsigned char *image)
{
	memset(p, 0, RCCF_DESC_SIZE);
	memcpy(p, RCCF_DESC_MAGIC, RCCF_DESC_MAGIC_SIZE);
	p[RCCF_D_KIND] = OWN_KIND;
	store_order(p + RCCF_D_REL, (uint64_t)(intptr_t)((uintptr_t)image - (uintptr_t)(p + RCCF_D_REL)), 8);
	store_order(p + RCCF_D_BYTES, rccf_load64(image + RCCF_H_SIZE), 8);
}

static inline void put_note(unsigned char *p, const unsigned char *image)
{
	store_order(p, 4, 4);
	store_order(p + 4, RCCF_DESC_SIZE, 4);
	store_order(p + 8, RCCF_NOTE_TYPE, 4);
	memcpy(p + 12, "rcc", 4);
	put_desc(p + NOTE_DESC, image);
}

/* The bundle of that name at p, with one file of n bytes. */
static inline const rcc_bundle *put_image(unsigned char *p, const char *name, size_t n)
{
	static const char contents[PAGE];
	const struct image_file f = {"file", contents, n, RCC_CODEC_STORE, NULL};

	memcpy(p, scratch, image_write(scratch, name, &f, 1, 4));
	return (const rcc_bundle *)(const void *)p;
}

/* One module over all of memory, not writable, with one segment of notes over its first page. */
static inline int fresh(void **state)
{
	(void)state;
	memset(memory, 0, MODULE);
	memset(own, 0, sizeof own);
	memset(headers, 0, sizeof headers);
	headers[0].p_type = PT_LOAD;
	headers[0].p_flags = PF_R;
	headers[0].p_filesz = headers[0].p_memsz = MODULE;
	headers[1].p_type = PT_NOTE;
	headers[1].p_flags = PF_R;
	headers[1].p_filesz = headers[1].p_memsz = PAGE;
	modules[0] = (struct find_module){(uintptr_t)memory, "fake", headers, 2};
	module_count = 1;
	walks = 0;
	return 0;
}

struct seen {
	const rcc_bundle *b[8];
	int n, stop_at;
};

static inline int see(const rcc_bundle *b, void *arg)
{
	struct seen *s = arg;

	assert_in_range(s->n, 0, 7);
	s->b[s->n++] = b;
	return s->n == s->stop_at ? 77 : 0;
}

static inline struct seen all(void)
{
	struct seen s = {.n = 0};

	assert_int_equal(rcc_each_bundle(see, &s), 0);
	return s;
}

static inline int setup(void **state)
{
	(void)state;
	memory = aligned_alloc(PAGE, MODULE);
	return !memory;
}

static inline int teardown(void **state)
{
	(void)state;
	free(memory);
	memory = NULL;
	return 0;
}

#endif
