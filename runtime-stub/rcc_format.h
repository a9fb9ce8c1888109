/* SPDX-License-Identifier: MIT */
/* The bundle format as C: structs' offsets, magics, loads. doc/format.md is the specification and
 * its section numbers stand beside each part. Private to rcc and its stub; needs a freestanding C11 and
 * a <string.h> that declares memchr, memcmp, memcpy and memset. */
#ifndef RCC_FORMAT_H
#define RCC_FORMAT_H

#include <stdint.h>
#include <string.h>

/* Section 1: the header. */
#define RCCF_MAGIC "\x89rcc-bundle\r\n\x1a\n" /* 16 bytes with the literal's NUL */
#define RCCF_MAGIC_SIZE 16
#define RCCF_VERSION 1
#define RCCF_HEADER_SIZE 128
#define RCCF_ALIGN_MAX 30
#define RCCF_MIME_MAX 255 /* bytes of a MIME type, without its NUL */
#define RCCF_WINDOW_MAX (8u << 20) /* bytes of a frame's window */

enum rccf_header {
	RCCF_H_INDEX_HASH = 16,
	RCCF_H_DATA_HASH = 24,
	RCCF_H_VERSION = 40,
	RCCF_H_HEADER_SIZE = 42,
	RCCF_H_FORM = 44,
	RCCF_H_ALIGN = 45,
	RCCF_H_ZERO2 = 46,
	RCCF_H_REQUIRED = 48,
	RCCF_H_OPTIONAL = 52,
	RCCF_H_SIZE = 56,
	RCCF_H_INDEX_SIZE = 64,
	RCCF_H_COUNT = 72,
	RCCF_H_REFS = 80,
	RCCF_H_TABLE = 88,
	RCCF_H_BUCKETS = 96,
	RCCF_H_NAME_LEN = 100,
	RCCF_H_NAME = 104,
	RCCF_H_DICT = 112, /* packed: section 10 */
	RCCF_H_DICT_SIZE = 120,
	RCCF_H_REFS_END = 112, /* split: section 9 */
	RCCF_H_FOOTER = 120
};

/* Sections 2 and 4: a reference; a bucket: a tag for each slot, `more`, three zeros, then a rec for each. */
#define RCCF_REF_SIZE 8
#define RCCF_BUCKET_SIZE 64
#define RCCF_BUCKET_SLOTS 12
#define RCCF_BUCKET_MORE 12 /* where that byte is */
#define RCCF_BUCKET_RECS 16 /* where they begin */
#define RCCF_BUCKET_FILL 7  /* entries a bucket that the writer reckons with */
#define RCCF_TABLE_MIN 8    /* and it makes no table for fewer */

/* Section 3: a record; its name begins at RCCF_R_NAME. */
enum rccf_record {
	RCCF_R_DATA = 0,
	RCCF_R_SIZE = 8,
	RCCF_R_STORED = 16,
	RCCF_R_HASH = 24,
	RCCF_R_MIME = 32,
	RCCF_R_NAME_LEN = 36,
	RCCF_R_CODEC = 40,
	RCCF_R_ALIGN = 41,
	RCCF_R_FLAGS = 42,
	RCCF_R_NAME = 44
};

/* Section 9: the split form; its bits and its reference. */
#define RCCF_FORM_SPLIT 1u
#define RCCF_FORM_BIG 2u
#define RCCF_FORM_NARROW 4u
#define RCCF_SPLIT_REF_SIZE 16
#define RCCF_REFS_END "\x89rcc-refs-end\r\n" /* 16 bytes with the literal's NUL */
#define RCCF_FOOTER "\x89rcc-footer\r\n\x1a\n"  /* as many */
#define RCCF_MARK_SIZE 16

enum rccf_split_ref {
	RCCF_S_RECORD = 0,
	RCCF_S_ORDINAL = 8,
	RCCF_S_CHECK = 12
};

/* Section 10: the dictionary. */
#define RCCF_REQUIRED_DICT 1u /* the header's feature bit */
#define RCCF_DICT_MIN 8
#define RCCF_DICT_MAX (16u << 20)

/* Section 11: chunks; the head of the skippable frame, the tail behind its offsets. */
#define RCCF_CHUNKS_HEAD 8
#define RCCF_CHUNKS_MAGIC 0x184D2A5Cu
#define RCCF_CHUNKS_TAIL 24
#define RCCF_CHUNKS_MARK "\x89rcc-chk"
#define RCCF_CHUNKS_MARK_SIZE 8 /* without the literal's NUL */
#define RCCF_CHUNK_MIN (4u << 10)
#define RCCF_CHUNK_MAX (8u << 20)

enum rccf_chunks {
	RCCF_C_COUNT = 0,
	RCCF_C_CHUNK = 8,
	RCCF_C_MARK = 16
};

/* Section 12: the directory table: one line with its sizes, then buckets of slots; a slot with count 0 is free. */
#define RCCF_OPTIONAL_DIRS 1u /* the header's feature bit */
#define RCCF_DIR_SIZE 16
#define RCCF_DIR_SLOTS 4
#define RCCF_DIR_NAME_MAX 65535

enum rccf_dirs {
	RCCF_DIRS_BUCKETS = 0,
	RCCF_DIRS_COUNT = 4,
	RCCF_DIRS_ZERO = 8
};

enum rccf_dir {
	RCCF_DIR_KEY = 0,
	RCCF_DIR_REC = 4,
	RCCF_DIR_FIRST = 8,
	RCCF_DIR_COUNT = 12
};

/* Section 7: the descriptor record and the note around it. */
#define RCCF_DESC_MAGIC "\x89rcc-desc\r\n\x1a\n\0\1"
#define RCCF_DESC_MAGIC_SIZE 15
#define RCCF_DESC_SIZE 32
#define RCCF_NOTE_TYPE 1
#define RCCF_NOTE_DESC 16 /* the record in the note */
#define RCCF_NOTE_SIZE 48

enum rccf_desc {
	RCCF_D_KIND = 15,
	RCCF_D_REL = 16,
	RCCF_D_BYTES = 24 /* the size field */
};

#define RCCF_KIND_BIG 1u    /* numbers are big-endian */
#define RCCF_KIND_NARROW 2u /* rel is 4 bytes wide */

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define RCCF_HOST_BIG 1
#else
#define RCCF_HOST_BIG 0
#endif

/* Loads and stores of unaligned little-endian numbers; compilers make one instruction of each. */
static inline uint16_t rccf_load16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t rccf_load32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t rccf_load64(const unsigned char *p)
{
	return (uint64_t)rccf_load32(p) | (uint64_t)rccf_load32(p + 4) << 32;
}

static inline void rccf_store16(unsigned char *p, uint16_t v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
}

static inline void rccf_store32(unsigned char *p, uint32_t v)
{
	rccf_store16(p, (uint16_t)v);
	rccf_store16(p + 2, (uint16_t)(v >> 16));
}

static inline void rccf_store64(unsigned char *p, uint64_t v)
{
	rccf_store32(p, (uint32_t)v);
	rccf_store32(p + 4, (uint32_t)(v >> 32));
}

/* The same for a machine's own order, as descriptors and notes have it. */
static inline uint32_t rccf_load32_order(const unsigned char *p, int big)
{
	uint32_t v = rccf_load32(p);

	return big ? v >> 24 | (v >> 8 & 0xff00u) | (v << 8 & 0xff0000u) | v << 24 : v;
}

static inline uint64_t rccf_load64_order(const unsigned char *p, int big)
{
	return big ? (uint64_t)rccf_load32_order(p, 1) << 32 | rccf_load32_order(p + 4, 1)
	           : rccf_load64(p);
}

/* Section 4: what a name's hash says. Tags are never zero, which means a free slot. */
static inline unsigned rccf_tag(uint64_t hash)
{
	unsigned tag = (unsigned)hash & 0xff;

	return tag + !tag;
}

static inline uint64_t rccf_bucket(uint64_t hash, uint64_t buckets)
{
	return (hash >> 32) * buckets >> 32;
}

/* Section 12: what a slot knows of the directory's name, beside its bucket: 16 bits of the hash, and how long it is. */
static inline uint32_t rccf_dir_key(uint64_t hash, size_t len)
{
	return (uint32_t)(hash & 0xffff) | (uint32_t)len << 16;
}

/* A distance that a linker wrote, sign-extended from its width. */
static inline int64_t rccf_load_rel(const unsigned char *p, int big, int narrow)
{
	return narrow ? (int32_t)rccf_load32_order(p, big) : (int64_t)rccf_load64_order(p, big);
}

static inline int64_t rccf_desc_rel(const unsigned char *desc)
{
	unsigned kind = desc[RCCF_D_KIND];

	return rccf_load_rel(desc + RCCF_D_REL, (kind & RCCF_KIND_BIG) != 0, (kind & RCCF_KIND_NARROW) != 0);
}

#endif
