/* SPDX-License-Identifier: MIT */
/* The index of an image in the split form (doc/format.md, section 9): its records lie behind each asset, so they are
 * made while the data stream past; header, strings, references and marks are written last. */
#ifndef RCC_INDEX_SPLIT_H
#define RCC_INDEX_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "index_parts.h"
#include "layout.h"
#include "plan.h"

struct index_split {
	struct header_parts at;
	uint64_t size;        /* of header, strings, references and end mark */
	struct mimes mimes;
	const struct split *form;
	unsigned char *record; /* room for the largest */
};

/* Dies when the strings exceed what the format can say. */
void index_split_init(struct index_split *s, const struct plan *p, const struct split *form);
void index_split_done(struct index_split *s);

/* The record and the name behind it, record_size bytes that live until the next call; at: where in the image they
 * will lie. The item keeps its check. */
const unsigned char *index_split_record(struct index_split *s, struct item *it, uint64_t at);

/* Writes the index to fd from base on. False: reported. */
bool index_split_write(const struct index_split *s, const struct layout *l, struct diag *d, int fd, uint64_t base,
                       const char *out_path, const uint64_t data_hash[2]);

#endif
