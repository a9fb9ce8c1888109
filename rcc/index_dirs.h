/* SPDX-License-Identifier: MIT */
/* The directory table of an index (doc/format.md, section 12): its size from the names alone, its bytes from the names
 * again. */
#ifndef RCC_INDEX_DIRS_H
#define RCC_INDEX_DIRS_H

#include <stddef.h>
#include <stdint.h>

#include "plan.h"

/* How many directories the plan's names have, those above other directories among them, but for the top. 0 also if
 * some are beyond what the table can hold. */
uint64_t dirs_count(const struct plan *p);

/* Buckets of the table of n directories. */
uint64_t dirs_buckets(uint64_t n);

/* The table of the plan's n directories, its first line and the buckets behind it, to zeroed bytes; record: the offset
 * of the plan's first record, the others follow. */
void dirs_put(unsigned char *table, const struct plan *p, uint64_t n, uint64_t record);

#endif
