/* SPDX-License-Identifier: MIT */
/* The example of README.md, which says how to build it. */
#include "rcc.h"
RCC_DECLARE_BUNDLE(assets);
int main(void)
{
	rcc_memfile f;
	return rcc_load(RCC_BUNDLE(assets), "hello.txt", &f) || fputs((const char *)f.data, stdout) < 0;
}
