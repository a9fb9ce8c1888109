/* SPDX-License-Identifier: MIT */
/* By which codecs an item is tried, and which of the frames is stored. Pure. */
#ifndef RCC_PACK_CODEC_H
#define RCC_PACK_CODEC_H

#include <stdint.h>

#include "../runtime-stub/rcc.h"
#include "dict.h"
#include "plan.h"

enum { PACK_CODECS = RCC_CODEC_ZSTD_CHUNKS + 1 };

/* Is the codec to be tried for n bytes of the item's contents? dict: NULL, there is none. */
bool pack_codec_tries(const struct item *it, const struct dict *dict, uint64_t n, int codec);

/* Of contents too large to hold, the only one; RCC_CODEC_STORE: none. */
int pack_codec_large(const struct item *it, uint64_t n);

/* The codec to store n bytes by; frame: the size of what each codec made, 0 where it made nothing. */
uint8_t pack_codec_pick(const struct item *it, uint64_t n, const uint64_t frame[PACK_CODECS]);

#endif
