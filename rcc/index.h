/* SPDX-License-Identifier: MIT */
/* The index of an image (doc/format.md, sections 1 to 4): its size before any contents are read, its bytes
 * when all are placed. */
#ifndef RCC_INDEX_H
#define RCC_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "layout.h"
#include "plan.h"

/* Bytes of the index, where the data begin. Dies when the names exceed what the format can say (32 GiB). */
uint64_t index_size(const struct plan *p);

/* Writes header, table, references, strings and records to fd from base on. False: reported. */
bool index_write(const struct layout *l, struct diag *d, int fd, uint64_t base, const char *out_path,
                 const uint64_t data_hash[2]);

#endif
