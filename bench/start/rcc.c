/* SPDX-License-Identifier: MIT */
/* Start-up: a bundle of rcc, found by its symbol, one file looked up and touched. */
#include <string.h>

#include "rcc.h"

RCC_DECLARE_BUNDLE(files);

int main(int argc, char **argv)
{
	rcc_entry e;

	if (argc < 2 || rcc_lookup(RCC_BUNDLE(files), argv[1], strlen(argv[1]), &e))
		return 1;
	return *(const volatile unsigned char *)e.data & 0;
}
