/* SPDX-License-Identifier: MIT */
/* Has a linker torn a split image apart in a way that its references alone do not show? */
#ifndef RCC_TORN_H
#define RCC_TORN_H

#include <stdint.h>

#include "../runtime-stub/rcc.h"

/* Bytes between the assets of a split image that belong to none of them and are not the linker's zeros: assets whose
 * references lie outside the table. 0 for others. The image is sound otherwise, as rcc_verify says. */
uint64_t torn_bytes(const rcc_bundle *b);

#endif
