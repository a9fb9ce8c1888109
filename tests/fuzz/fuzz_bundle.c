/* SPDX-License-Identifier: MIT */
/* Hostile bytes as a bundle, through everything the stub can be asked. Checksums are not fitted, so that most
 * inputs get past the header and no further than the checks at each access let them. */
#include "../walk_all.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

volatile unsigned fuzz_sum; /* so that no read is optimized away */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const names[] = {"hello.txt", "css/site.css", "a", ""};

	fuzz_sum += walk_all(data, size, names, sizeof names / sizeof *names);
	return 0;
}
