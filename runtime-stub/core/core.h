/* SPDX-License-Identifier: MIT */
/* What the core's files, the hosted files and the compiler's look-inside verbs share. Not for programs: these
 * names begin with rcc_i_, for internal, so that no archive member has a global name without rcc_. */
#ifndef RCC_CORE_H
#define RCC_CORE_H

/* Each module that carries the stub keeps it to itself, or the dynamic linker would bind a plugin's calls to the
 * program's copy, which knows other bundles. Only librcc.so shows it. This must stand before rcc.h is first
 * included. */
#if !defined(RCC_SHARED) && !defined(RCC_PUBLIC) && !defined(_WIN32) && (defined(__GNUC__) || defined(__TINYC__))
#define RCC_PUBLIC __attribute__((visibility("hidden")))
#endif

#include "../rcc.h"
#include "../rcc_format.h"

/* check.c and split.c: the sole places that test a bound. */

/* Is there a sound header at image, for a bundle of at most avail bytes? 0, RCC_ECORRUPT or RCC_EVERSION. Reads the
 * header only. A bundle handed to any other function has passed it. */
RCC_HIDDEN int rcc_i_check_header(const void *image, uint64_t avail);

/* Its part for a header of the split form: all but the bundle's name. */
RCC_HIDDEN int rcc_i_check_split(const unsigned char *header, uint64_t avail);

/* The record at offset off, checked, as an entry. Touches the record and its MIME type's offset, not the data. */
RCC_HIDDEN int rcc_i_check_record(const rcc_bundle *b, uint64_t off, rcc_entry *out);

/* The i-th entry, i < rcc_count(b), checked; of a split bundle with its reference's check. */
RCC_HIDDEN int rcc_i_entry(const rcc_bundle *b, uint64_t i, rcc_entry *out);

/* The offset of the i-th record, i < count, in name order. It may lie anywhere: rcc_i_record_name judges it. */
RCC_HIDDEN uint64_t rcc_i_ref(const rcc_bundle *b, uint64_t i);

/* Its number among the entries there were before a linker left some out: ascending, from i on; below the header's
 * count. */
RCC_HIDDEN uint64_t rcc_i_ordinal(const rcc_bundle *b, uint64_t i);

/* Bytes of the image as it lies here, from the header on. */
RCC_HIDDEN uint64_t rcc_i_size(const rcc_bundle *b);
/* Where the part before the contents ends: of a split bundle, behind the end mark. */
RCC_HIDDEN uint64_t rcc_i_index_size(const rcc_bundle *b);
/* References there are; of a split bundle, that the linker kept. */
RCC_HIDDEN uint64_t rcc_i_count(const rcc_bundle *b);

/* The name of the record at offset off, for searching: no more is checked than that it can be read. */
RCC_HIDDEN int rcc_i_record_name(const rcc_bundle *b, uint64_t off, rcc_span *out);

/* That of the i-th record, i < count; of a split bundle with its reference's check. */
RCC_HIDDEN int rcc_i_name(const rcc_bundle *b, uint64_t i, rcc_span *out);

/* Where the bundle's dictionary lies. RCC_ENOENT: it has none. */
RCC_HIDDEN int rcc_i_dictionary(const rcc_bundle *b, rcc_span *out);

/* Is name one the format allows (format.md, 3)? */
RCC_HIDDEN int rcc_i_name_ok(const char *name, size_t len);

/* lookup.c */

/* memcmp order, the shorter first when one begins the other: <0, 0, >0. */
RCC_HIDDEN int rcc_i_compare(rcc_span a, const char *name, size_t len);

/* Does name lie before the place that is looked for? */
typedef int rcc_i_before(rcc_span name, const void *arg);
/* The first i in [lo, hi) whose name is not before that place, or hi, by halves. RCC_ECORRUPT: what was met on the way
 * is not in order. */
RCC_HIDDEN int rcc_i_search(const rcc_bundle *b, uint64_t lo, uint64_t hi, rcc_i_before *before, const void *arg,
                            uint64_t *out);

/* hash.c: the sole includer of xxhash.h in the stub. */
RCC_HIDDEN uint64_t rcc_i_hash64(const void *p, size_t n);
RCC_HIDDEN void rcc_i_hash128(const void *p, size_t n, uint64_t out[2]); /* low, high */

/* The 64-bit hash of bytes that come in pieces. */
typedef struct rcc_i_hasher {
	_Alignas(64) uint64_t state[80]; /* an XXH3_state_t; hash.c asserts that it fits */
} rcc_i_hasher;
RCC_HIDDEN void rcc_i_hasher_begin(rcc_i_hasher *h);
RCC_HIDDEN void rcc_i_hasher_add(rcc_i_hasher *h, const void *p, size_t n);
RCC_HIDDEN uint64_t rcc_i_hasher_end(const rcc_i_hasher *h);

/* decode.c, or decode_none.c in a build without zstd: contents of compressed entries. RCC_ECORRUPT, RCC_ENOMEM,
 * RCC_ENOTSUP. Here n bytes from off on, both within the contents, to buf. */
RCC_HIDDEN int rcc_i_decode(const rcc_entry *e, void *buf, size_t n, uint64_t off, rcc_dctx *ctx);
/* All of the contents, handed to sink in small pieces. */
RCC_HIDDEN int rcc_i_decode_pieces(const rcc_entry *e, void (*sink)(void *arg, const void *p, size_t n), void *arg,
                                   rcc_dctx *ctx);

/* The contents of a compressed entry in order, with one decoder that goes along: what of a frame has been read is not
 * decoded again. */
typedef struct rcc_i_course {
	uint64_t state[24]; /* decode.c asserts that it fits */
} rcc_i_course;
/* e stays where it is until the end, and so does the bundle. Whatever it returns but 0, there is nothing to end. */
RCC_HIDDEN int rcc_i_course_begin(rcc_i_course *c, const rcc_entry *e);
/* n bytes from off on, both within the contents. From where the last read ended it goes on; further on in the same frame
 * it decodes what lies between; else it begins with the frame that off lies in. */
RCC_HIDDEN int rcc_i_course_read(rcc_i_course *c, void *buf, size_t n, uint64_t off);
RCC_HIDDEN void rcc_i_course_end(rcc_i_course *c);

/* hosted/dicts.c: all that the core asks of the hosted part, as it keeps no state itself. A program that has the core alone
 * is built with RCC_NO_ZSTD, or brings these two along: the one may find nothing, the other give back what it got. */

/* A dictionary made ready to decode with (a ZSTD_DDict, told so by decode_dict.c). */
typedef struct rcc_i_digest rcc_i_digest;
/* What it was made of. The hash tells an image from another that lay at the same address before, the place and the size
 * keep a hostile one from passing for it. */
typedef struct rcc_i_dict_of {
	const rcc_bundle *bundle;
	size_t hash;
	rcc_span bytes;
} rcc_i_dict_of;
/* The digest that some thread has shared; NULL: none. */
RCC_HIDDEN const rcc_i_digest *rcc_i_dicts_find(const rcc_i_dict_of *of);
/* Shares d. Returns the one to be used: d, or another thread's that came first. *own is d where d was not taken, also as
 * there is no room: the caller frees it after use; else NULL. */
RCC_HIDDEN const rcc_i_digest *rcc_i_dicts_share(const rcc_i_dict_of *of, rcc_i_digest *d, rcc_i_digest **own);
/* decode_dict.c, for the former. */
RCC_HIDDEN void rcc_i_digest_free(rcc_i_digest *d);

/* match.c: gitignore's patterns. Pure: rcc_glob, rules and select share it. */

/* Does pattern (of plen bytes) match name, or one of the directories above it? A trailing slash matches
 * directories only. */
RCC_HIDDEN int rcc_i_match(const char *pattern, size_t plen, const char *name, size_t nlen);
/* NULL, or what is wrong with the pattern, in words (an open bracket, a trailing backslash, nothing at all). */
RCC_HIDDEN const char *rcc_i_match_fault(const char *pattern, size_t plen);

/* Bytes of the image, and a header's numbers. The header was checked when the bundle was got. */
static inline const unsigned char *rcc_i_base(const rcc_bundle *b)
{
	return (const unsigned char *)b;
}

/* Has a linker the last word on what is in it (format.md, 9)? */
static inline int rcc_i_is_split(const rcc_bundle *b)
{
	return rcc_i_base(b)[RCCF_H_FORM] != 0;
}

static inline uint64_t rcc_i_header64(const rcc_bundle *b, unsigned field)
{
	return rccf_load64(rcc_i_base(b) + field);
}

#endif
