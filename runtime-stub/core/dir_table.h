/* SPDX-License-Identifier: MIT */
/* The directory table of a packed image (doc/format.md, section 12), for those that list and for those that verify. */
#ifndef RCC_DIR_TABLE_H
#define RCC_DIR_TABLE_H

#include "core.h"

/* What the table says of a directory. */
typedef struct rcc_i_dir {
	uint64_t first, count; /* entries in and below it */
	uint64_t rec;          /* offset of the first one's record */
} rcc_i_dir;

/* The table's first line, which with its buckets lies within the index. RCC_ENOENT: there is none; RCC_ECORRUPT. */
RCC_HIDDEN int rcc_i_dir_table(const rcc_bundle *b, const unsigned char **out);

/* In the table the directory of that name, which has no slash at its end: which entries lie in and below it, at least
 * one, and all of them there. RCC_ENOENT, RCC_ECORRUPT. */
RCC_HIDDEN int rcc_i_dir_find(const rcc_bundle *b, const unsigned char *table, rcc_span dir, rcc_i_dir *out);

#endif
