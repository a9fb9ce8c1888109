/* SPDX-License-Identifier: MIT */
/* Reads a bundle whose middle file has gigabytes: the files around it, its size and its last bytes. Prints "ok" or
 * what is wrong. read_large SIZE; with -DSHARED the bundle lies in a shared object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rcc.h"

#ifndef SHARED
RCC_DECLARE_BUNDLE(large);
#endif

static int fail(const char *what)
{
	printf("FAIL %s\n", what);
	return 1;
}

static int is_text(const rcc_bundle *b, const char *name, const char *text)
{
	rcc_memfile f;

	if (rcc_load(b, name, &f))
		return 0;
	return f.size == strlen(text) && !strcmp((const char *)f.data, text);
}

int main(int argc, char **argv)
{
	const rcc_bundle *b = rcc_find_bundle("large");
	unsigned long long size = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	rcc_entry e;
	rcc_span s;

	if (!b)
		return fail("not found by name");
#ifndef SHARED
	if (RCC_BUNDLE(large) != b)
		return fail("the symbol leads elsewhere");
#endif
	if (!is_text(b, "a.txt", "first\n") || !is_text(b, "z.txt", "last\n"))
		return fail("a small file");
	if (rcc_lookup(b, "disk.img", 8, &e) || e.size != size || rcc_view(&e, &s))
		return fail("the large file");
	if (memcmp(s.data + s.size - 7, "the end", 8))
		return fail("the large file's end");
	puts("ok");
	return 0;
}
