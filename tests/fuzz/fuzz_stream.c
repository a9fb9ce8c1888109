/* SPDX-License-Identifier: MIT */
/* Hostile bytes as a compressed file's stored ones, read by a cursor and by ranges, in any order. What can be decoded whole must
 * read the same in parts. An input is codec (1 byte), size (3), what to read (8), stored bytes. */
#include "../../runtime-stub/core/core.h"
#include "../walk_all.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { FUZZ_HEAD = 12, FUZZ_READS = 24, FUZZ_PIECE = 5000 };

/* n bytes of what was asked for from off on; whole: the contents, or NULL if they do not decode. */
static void judge(const unsigned char *whole, uint64_t size, uint64_t off, const unsigned char *got, rcc_ssize n, size_t asked)
{
	uint64_t left = off < size ? size - off : 0;

	if (n > (rcc_ssize)asked || (n > 0 && (uint64_t)n > left))
		abort();
	if (whole && (n < 0 || (uint64_t)n != (asked < left ? asked : left) || (n && memcmp(got, whole + off, (size_t)n))))
		abort();
}

static void read_parts(const rcc_entry *e, uint64_t seed, const unsigned char *whole)
{
	static unsigned char piece[FUZZ_PIECE];
	rcc_dctx *ctx = rcc_dctx_new();
	rcc_cursor *c = NULL;
	uint64_t unit;

	if (rcc_cursor_open(e, &c) && whole)
		abort();
	if (!rcc_chunk_size(e, &unit) && e->size && !unit)
		abort();
	for (int i = 0; c && i < FUZZ_READS; i++) {
		size_t n = (size_t)(seed >> 40) % (FUZZ_PIECE + 1);
		uint64_t off = (seed >> 20) % (e->size + 3);

		if (seed & 1 << 13)
			off = rcc_cursor_tell(c);
		rcc_cursor_seek(c, off);
		judge(whole, e->size, off, piece, rcc_cursor_read(c, piece, n), n);
		judge(whole, e->size, off, piece, rcc_pread(e, piece, n, off, ctx), n);
		seed = seed * 6364136223846793005u + 1442695040888963407u;
	}
	rcc_cursor_close(c);
	rcc_dctx_free(ctx);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	rcc_entry e = {.name = "fuzz", .name_len = 4, .align = 1};
	unsigned char *stored, *whole;

	if (size < FUZZ_HEAD)
		return 0;
	stored = malloc(size - FUZZ_HEAD + 1); /* of its own, so that a sanitizer sees its ends */
	memcpy(stored, data + FUZZ_HEAD, size - FUZZ_HEAD);
	e.codec = data[0] & 1 ? RCC_CODEC_ZSTD_CHUNKS : RCC_CODEC_ZSTD;
	e.size = rccf_load32(data) >> 8 & (WALK_MOST - 1);
	e.stored = size - FUZZ_HEAD;
	e.data = stored;
	whole = malloc((size_t)e.size + 1);
	if (rcc_read(&e, whole, (size_t)e.size, NULL) == (rcc_ssize)e.size) {
		e.hash = rcc_i_hash64(whole, (size_t)e.size);
		read_parts(&e, rccf_load64(data + 4), whole);
		e.hash ^= 1;
	}
	read_parts(&e, rccf_load64(data + 4), NULL);
	free(whole);
	free(stored);
	return 0;
}
