/* SPDX-License-Identifier: MIT */
/* See pack_codec.h. */
#include "pack_codec.h"

bool pack_codec_tries(const struct item *it, const struct dict *dict, uint64_t n, int codec)
{
	bool chunks = it->how->chunk && n > it->how->chunk;

	if (it->how->codec == PLAN_STORE || !n)
		return false;
	switch (codec) {
	case RCC_CODEC_ZSTD: return !chunks && it->how->codec != PLAN_ZSTD_PARTS;
	case RCC_CODEC_ZSTD_DICT: return !chunks && dict && it->how->dict && n <= DICT_FILE_MAX;
	case RCC_CODEC_ZSTD_CHUNKS: return chunks;
	default: return false;
	}
}

int pack_codec_large(const struct item *it, uint64_t n)
{
	return pack_codec_tries(it, NULL, n, RCC_CODEC_ZSTD_CHUNKS) ? RCC_CODEC_ZSTD_CHUNKS
	       : pack_codec_tries(it, NULL, n, RCC_CODEC_ZSTD)      ? RCC_CODEC_ZSTD : RCC_CODEC_STORE;
}

uint8_t pack_codec_pick(const struct item *it, uint64_t n, const uint64_t frame[PACK_CODECS])
{
	static const uint8_t alone[] = {RCC_CODEC_ZSTD, RCC_CODEC_ZSTD_CHUNKS};
	uint8_t best = RCC_CODEC_STORE;

	for (size_t i = 0; i < sizeof alone; i++)
		if (frame[alone[i]] && codec_gains(n, frame[alone[i]], it->how->codec == PLAN_ZSTD)) {
			best = alone[i];
			n = frame[best];
		}
	/* Without its bundle it is worth nothing, so it must be clearly smaller. */
	return frame[RCC_CODEC_ZSTD_DICT] && codec_gains(n, frame[RCC_CODEC_ZSTD_DICT], false) ? RCC_CODEC_ZSTD_DICT : best;
}
