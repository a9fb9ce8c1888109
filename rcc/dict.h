/* SPDX-License-Identifier: MIT */
/* A plan's small files to one zstd dictionary (doc/format.md, section 10), if it pays. Sole caller of zstd's trainer. */
#ifndef RCC_DICT_H
#define RCC_DICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "diag.h"
#include "plan.h"
#include "tree.h"

enum {
	DICT_FILE_MAX = 128 << 10, /* larger files do without: they have enough to refer to in themselves */
	DICT_SIZE_MIN = 1 << 10,
	DICT_SIZE_MAX = 16 << 20
};

/* A finished dictionary: read by many threads. */
struct dict {
	void *p;
	size_t n;
	uint64_t hash;            /* XXH3-64 of it */
	struct codec_dict *ready; /* for every level of the plan's that may use it */
};

/* Trains from the files that may use it (item.dict), of size bytes at most; 0: as suits the files. The same files give
 * the same dictionary. *out stays as it is where no file may use one, where they are too few, or where it would not make the
 * bundle smaller; -v says so. Files that cannot be read are passed over, for pack to report. pieces: the bundle will be cut by
 * a linker, so no file may use one. False: one does, which was reported. */
bool dict_make(struct dict **out, struct diag *d, const struct plan *p, const struct tree *t, uint64_t size, bool pieces);
void dict_free(struct dict *d);

/* Is a frame made with the dictionary worth it, beside the n bytes that would be stored without? It cannot be read
 * without the bundle, so it must save 5 %. */
bool dict_gains(uint64_t n, uint64_t frame);

#endif
