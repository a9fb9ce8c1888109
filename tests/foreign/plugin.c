/* SPDX-License-Identifier: MIT */
/* A DLL with the bundle "plug" and a copy of the stub: what that copy finds. For windows.c. */
#include "rcc.h"

RCC_DECLARE_BUNDLE(plug);

const rcc_bundle *plugin_find(const char *name);

const rcc_bundle *plugin_find(const char *name)
{
	return RCC_BUNDLE(plug) ? rcc_find_bundle(name) : NULL;
}
