/* SPDX-License-Identifier: MIT */
/* What the files that decode share. Only they include it, so that zstd.h stays theirs. */
#ifndef RCC_DECODE_H
#define RCC_DECODE_H

#ifndef RCC_NO_ZSTD
#include "core.h"

#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_createDDict_byReference, which every libzstd exports */
#include <zstd.h>
#include <zstd_errors.h>

/* One zstd frame, as it lies. */
typedef struct rcc_i_frame {
	rcc_span bytes;
	uint64_t size;          /* of its contents */
	const ZSTD_DDict *dict; /* NULL: it needs none */
} rcc_i_frame;

/* decode_frame.c. Whole: straight into buf. Part: n bytes from off on, both within the contents. Pieces: all of it,
 * handed to sink in small ones. 0, RCC_ECORRUPT or RCC_ENOMEM. */
RCC_HIDDEN int rcc_i_frame_whole(const rcc_i_frame *f, void *buf, ZSTD_DCtx *z);
RCC_HIDDEN int rcc_i_frame_part(const rcc_i_frame *f, void *buf, size_t n, uint64_t off, ZSTD_DCtx *z);
RCC_HIDDEN int rcc_i_frame_pieces(const rcc_i_frame *f, void (*sink)(void *arg, const void *p, size_t n), void *arg,
                                  ZSTD_DCtx *z);

/* decode_frame.c: a frame that is being decoded in order. Begin forgets what z was at. Take: exactly n more bytes of the
 * contents. After an error it must begin again. */
typedef struct rcc_i_flow {
	ZSTD_DCtx *z;
	ZSTD_inBuffer in;
} rcc_i_flow;
RCC_HIDDEN int rcc_i_flow_begin(rcc_i_flow *w, const rcc_i_frame *f, ZSTD_DCtx *z);
RCC_HIDDEN int rcc_i_flow_take(rcc_i_flow *w, void *buf, size_t n);
RCC_HIDDEN int rcc_i_flow_skip(rcc_i_flow *w, uint64_t n);

/* decode_dict.c: the bundle's dictionary, made ready to decode with. *own is what rcc_i_digest_free takes back; NULL
 * where all threads share it. 0, RCC_ECORRUPT (also: the bundle has none) or RCC_ENOMEM. */
RCC_HIDDEN int rcc_i_dict_get(const rcc_bundle *b, const ZSTD_DDict **dict, rcc_i_digest **own);

/* decode_chunks.c: an entry's chunks (format.md, 11). */
typedef struct rcc_i_chunks {
	const unsigned char *ends; /* where each frame ends */
	uint64_t count;
	uint64_t chunk;            /* bytes of contents a frame, but for the last */
	uint64_t frames;           /* bytes of all frames */
} rcc_i_chunks;
RCC_HIDDEN int rcc_i_chunks_open(const rcc_entry *e, rcc_i_chunks *out);
/* Frame k, k < count. */
RCC_HIDDEN int rcc_i_chunks_frame(const rcc_entry *e, const rcc_i_chunks *c, uint64_t k, rcc_i_frame *out);
#endif
#endif
