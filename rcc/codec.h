/* SPDX-License-Identifier: MIT */
/* zstd frames, and whether they gain. No files; no threads but those that the library has for frames in pieces. */
#ifndef RCC_CODEC_H
#define RCC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_LEVEL_DEFAULT = 9 };

/* A compressor to reuse, one a thread. Dies when out of memory. */
struct codec;
struct codec *codec_new(void);
void codec_free(struct codec *c);

/* The most bytes a frame of n bytes can have. */
size_t codec_bound(size_t n);

/* One frame of n bytes at the level; returns its size. out holds codec_bound(n). The same bytes for the same
 * input always. */
size_t codec_frame(struct codec *c, int level, const void *p, size_t n, void *out);

/* A dictionary made ready to compress with, for as many levels as were added. Borrows its bytes. */
struct codec_dict;
struct codec_dict *codec_dict_new(const void *p, size_t n);
/* Not while frames are being made; those may be made by many threads at a time. */
void codec_dict_add(struct codec_dict *d, int level);
void codec_dict_free(struct codec_dict *d);
/* The level that stands for this one. Below it zstd would look for matches in one place only, and a large dictionary
 * would be worse than a small one. */
int codec_dict_level(int level);

/* As codec_frame, for a level that was added. The frame states no dictionary ID. */
size_t codec_frame_dict(struct codec *c, const struct codec_dict *d, int level, const void *p, size_t n, void *out);

/* A frame in pieces, for contents too large to hold: begin, then put with last set at the end. Each put takes
 * all of p and hands frame bytes to sink, which returns false to stop; false is returned then. workers: threads that
 * compress; the frame does not depend on their number. */
void codec_begin(struct codec *c, int level, uint64_t size, unsigned workers);
bool codec_put(struct codec *c, const void *p, size_t n, bool last, bool (*sink)(void *ctx, const void *p, size_t n),
               void *ctx);

/* The same for a file in chunks (doc/format.md, section 11): a frame for each chunk of the contents, and in the end their
 * table. */
void codec_begin_chunks(struct codec *c, int level, uint64_t size, size_t chunk);

/* Frames of another number may differ for the same input: the library's, and how it is asked. */
uint32_t codec_version(void);

/* Is a frame worth it? at_all: smaller by a byte suffices; otherwise it saves 5 %. */
bool codec_gains(uint64_t size, uint64_t frame, bool at_all);

#endif
