/* SPDX-License-Identifier: MIT */
/* The part of find.c that looks into Mach-O modules, compiled here with a dynamic loader of ours: no Mac is
 * needed. What is common to all systems is test_find.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image.h"

/* As macOS would name them, but for what this program's own start-up code has. */
#define __APPLE__ 1
#define __dso_handle rcc_i_test_own_header
#include "../../runtime-stub/hosted/find.c"

enum { PAGE = 4096, SECTION = 8 * PAGE };

const unsigned char rcc_i_test_own_header[1];
static const unsigned char header_a[1], header_b[1];

/* The sections of a module; NULL: it has none of that name. */
static struct {
	const unsigned char *header, *text, *data;
	unsigned long ntext, ndata;
} modules[3];
static uint32_t nmodules;
static _Alignas(PAGE) unsigned char text[SECTION], data[SECTION + 16];

uint32_t _dyld_image_count(void)
{
	return nmodules;
}

find_header *_dyld_get_image_header(uint32_t i)
{
	return (find_header *)(const void *)modules[i].header;
}

unsigned char *getsectiondata(find_header *header, const char *segment, const char *section, unsigned long *size)
{
	assert_string_equal(section, "__rcc");
	for (uint32_t i = 0; i < nmodules; i++)
		if (modules[i].header == (const unsigned char *)header) {
			int is_text = !strcmp(segment, "__TEXT");

			*size = is_text ? modules[i].ntext : modules[i].ndata;
			return (unsigned char *)(uintptr_t)(is_text ? modules[i].text : modules[i].data);
		}
	return NULL;
}

static const rcc_bundle *put_image(unsigned char *at, const char *name)
{
	static unsigned char image[IMAGE_MAX];
	static const struct image_file files[] = {{"f", "file", 4, RCC_CODEC_STORE, NULL}};
	size_t n = image_write(image, name, files, 1, 4);

	memcpy(at, image, n);
	return (const rcc_bundle *)(const void *)at;
}

/* What rcc_each_bundle tells. */
struct told {
	const rcc_bundle *b[8];
	unsigned n;
};

static int tell(const rcc_bundle *b, void *arg)
{
	struct told *t = arg;

	assert_true(t->n < 8);
	t->b[t->n++] = b;
	return 0;
}

static struct told all(void)
{
	struct told t = {.n = 0};

	assert_int_equal(rcc_each_bundle(tell, &t), 0);
	return t;
}

static int set_up(void **state)
{
	(void)state;
	memset(text, 0, sizeof text);
	memset(data, 0, sizeof data);
	memset(modules, 0, sizeof modules);
	nmodules = 0;
	return 0;
}

static void add_module(const unsigned char *header, unsigned long ntext, unsigned long ndata)
{
	modules[nmodules].header = header;
	modules[nmodules].text = ntext ? text : NULL;
	modules[nmodules].ntext = ntext;
	modules[nmodules].data = ndata ? data + 16 : NULL;
	modules[nmodules++].ndata = ndata;
}

static void no_section(void **state)
{
	(void)state;
	assert_null(rcc_find_bundle("a"));
	add_module(header_a, 0, 0);
	assert_null(rcc_find_bundle("a"));
	assert_int_equal(all().n, 0);
}

static void beside_the_stub(void **state)
{
	const rcc_bundle *a = put_image(text, "a");

	(void)state;
	add_module(rcc_i_test_own_header, SECTION, 0);
	assert_ptr_equal(rcc_find_bundle("a"), a);
	assert_int_equal(all().n, 1); /* though the module is among the loaded ones too */
}

static void several_in_a_section(void **state)
{
	const rcc_bundle *a = put_image(text, "a"), *b = put_image(text + PAGE, "b"), *c = put_image(text + 6 * PAGE, "c");

	(void)state;
	add_module(header_a, SECTION, 0);
	assert_ptr_equal(rcc_find_bundle("a"), a);
	assert_ptr_equal(rcc_find_bundle("b"), b);
	assert_ptr_equal(rcc_find_bundle("c"), c);
	assert_int_equal(all().n, 3);
	text[0] ^= 1; /* a damaged one does not hide the others */
	assert_null(rcc_find_bundle("a"));
	assert_ptr_equal(rcc_find_bundle("b"), b);
}

static void of_sectcreate(void **state)
{
	const rcc_bundle *a = put_image(data + 16, "a");

	(void)state;
	add_module(header_a, 0, 0);
	add_module(header_b, 0, (unsigned long)rcc_i_header64(a, RCCF_H_SIZE)); /* neither padded nor on a page */
	assert_ptr_equal(rcc_find_bundle("a"), a);
	modules[1].ndata--;
	assert_null(rcc_find_bundle("a"));
}

static void a_modules_own_bytes(void **state)
{
	(void)state;
	add_module(header_a, 100, 100);
	assert_true(rcc_i_in_module(text, 100));
	assert_true(rcc_i_in_module(text + 99, 1));
	assert_false(rcc_i_in_module(text, 101));
	assert_false(rcc_i_in_module(text + 100, 1));
	assert_false(rcc_i_in_module(data + 16, 1)); /* writable */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_section, set_up),
		cmocka_unit_test_setup(beside_the_stub, set_up),
		cmocka_unit_test_setup(several_in_a_section, set_up),
		cmocka_unit_test_setup(of_sectcreate, set_up),
		cmocka_unit_test_setup(a_modules_own_bytes, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
