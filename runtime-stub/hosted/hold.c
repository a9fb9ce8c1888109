/* SPDX-License-Identifier: MIT */
/* A program's own hold on a bundle that another thread may close. Counting is opened.c's. */
#include "hosted.h"

int rcc_hold(const rcc_bundle *b)
{
	if (!b)
		return RCC_EINVAL;
	return rcc_i_opened_keep(b) || rcc_i_in_module(b, 1) ? 0 : RCC_ENOBUNDLE;
}

void rcc_drop(const rcc_bundle *b)
{
	if (b)
		rcc_i_opened_drop(b);
}
