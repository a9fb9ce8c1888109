/* SPDX-License-Identifier: MIT */
/* What a stub built without zstd says of the bundle "packed": what is stored is read, what is compressed is
 * RCC_ENOTSUP and its frame can still be had. Prints "ok" or what is wrong. */
#include <stdio.h>
#include <string.h>

#include "rcc.h"

RCC_DECLARE_BUNDLE(packed);

static int fail(const char *what, int status)
{
	printf("FAIL %s: %s\n", what, status < 0 ? rcc_strerror(status) : "no error");
	return 1;
}

int main(void)
{
	const rcc_bundle *b = RCC_BUNDLE(packed);
	rcc_memfile f;
	rcc_entry e;
	rcc_span frame;
	int r;

	if (b != rcc_find_bundle("packed"))
		return fail("the symbol and the name differ", 0);
	r = rcc_load(b, "small", &f);
	if (r || f.size != 5 || memcmp(f.data, "small", 6))
		return fail("stored", r);
	rcc_release(&f);
	r = rcc_load(b, "large", &f);
	if (r != RCC_ENOTSUP)
		return fail("compressed", r);
	if (rcc_lookup(b, "large", 5, &e) || e.size != 300000 || e.stored >= e.size)
		return fail("the entry", 0);
	r = rcc_view_encoded(&e, &frame);
	if (r || frame.size != e.stored)
		return fail("the frame", r);
	r = rcc_verify(b);
	if (r != RCC_ENOTSUP)
		return fail("verify", r);
	puts("ok");
	return 0;
}
