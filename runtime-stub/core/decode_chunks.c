/* SPDX-License-Identifier: MIT */
/* The table of an entry that is many frames (format.md, 11). A read asks for the frames it needs, and no other is looked
 * at. */
#ifndef RCC_NO_ZSTD
#include "decode.h"

int rcc_i_chunks_open(const rcc_entry *e, rcc_i_chunks *out)
{
	const unsigned char *tail, *head;
	rcc_i_chunks c;

	if (e->stored < RCCF_CHUNKS_HEAD + RCCF_CHUNKS_TAIL)
		return RCC_ECORRUPT;
	tail = e->data + e->stored - RCCF_CHUNKS_TAIL;
	c.count = rccf_load64(tail + RCCF_C_COUNT);
	c.chunk = rccf_load64(tail + RCCF_C_CHUNK);
	if (memcmp(tail + RCCF_C_MARK, RCCF_CHUNKS_MARK, RCCF_CHUNKS_MARK_SIZE) || c.chunk < RCCF_CHUNK_MIN ||
	    c.chunk > RCCF_CHUNK_MAX || (c.chunk & (c.chunk - 1)) || !c.count ||
	    c.count != e->size / c.chunk + (e->size % c.chunk != 0) ||
	    c.count > (e->stored - RCCF_CHUNKS_HEAD - RCCF_CHUNKS_TAIL) / 8)
		return RCC_ECORRUPT;
	c.ends = tail - 8 * c.count;
	head = c.ends - RCCF_CHUNKS_HEAD;
	if (rccf_load32(head) != RCCF_CHUNKS_MAGIC || rccf_load32(head + 4) != 8 * c.count + RCCF_CHUNKS_TAIL)
		return RCC_ECORRUPT;
	c.frames = (uint64_t)(head - e->data);
	*out = c;
	return 0;
}

int rcc_i_chunks_frame(const rcc_entry *e, const rcc_i_chunks *c, uint64_t k, rcc_i_frame *out)
{
	uint64_t begin = k ? rccf_load64(c->ends + 8 * (k - 1)) : 0, end = rccf_load64(c->ends + 8 * k);
	int last = k + 1 == c->count;

	if (begin >= end || end > c->frames || (last && end != c->frames))
		return RCC_ECORRUPT;
	out->bytes.data = e->data + begin;
	out->bytes.size = (size_t)(end - begin);
	out->size = last ? e->size - k * c->chunk : c->chunk;
	out->dict = NULL;
	return 0;
}

int rcc_chunk_size(const rcc_entry *e, uint64_t *out)
{
	rcc_i_chunks c;
	int error = 0;

	if (!e || !out)
		return RCC_EINVAL;
	switch (e->codec) {
	case RCC_CODEC_STORE: c.chunk = 1; break;
	case RCC_CODEC_ZSTD:
	case RCC_CODEC_ZSTD_DICT: c.chunk = e->size; break;
	case RCC_CODEC_ZSTD_CHUNKS: error = rcc_i_chunks_open(e, &c); break;
	default: error = RCC_ENOTSUP;
	}
	if (!error)
		*out = c.chunk;
	return error;
}
#endif
