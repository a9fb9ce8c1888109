/* SPDX-License-Identifier: MIT */
/* Says "found" if the bundle "web" is, "lost" if it is not, for notes.sh. With -DNAMED the descriptor is named too. */
#include <stdio.h>

#include "rcc.h"

#ifdef NAMED
RCC_DECLARE_BUNDLE(web);
#else
int in_library(void);
#endif

int main(void)
{
	rcc_memfile f;
	int r = rcc_read_memfile("web", "hello.txt", &f);

#ifdef NAMED
	if (!RCC_BUNDLE(web) != (r == RCC_ENOBUNDLE))
		return 1;
#else
	if (in_library())
		return 1;
#endif
	puts(!r ? "found" : r == RCC_ENOBUNDLE ? "lost" : rcc_strerror(r));
	rcc_release(&f);
	return 0;
}
