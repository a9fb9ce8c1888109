/* SPDX-License-Identifier: MIT */
/* Assets, rules and options to one decided record an entry; name clashes. Pure. */
#ifndef RCC_PLAN_H
#define RCC_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "diag.h"
#include "rules.h"
#include "select.h"
#include "str.h"
#include "tree.h"

/* What is to be tried for one file. */
enum plan_codec {
	PLAN_STORE,
	PLAN_ZSTD,      /* a rule asked for it: compressed if that is smaller at all */
	PLAN_ZSTD_GAINS, /* -z: compressed if it saves 5 % */
	PLAN_ZSTD_PARTS  /* --chunk or --dict without -z: in chunks or with the dictionary if it saves 5 %, else stored */
};

struct encoded;

/* What rules and options decide for an entry. Shared by all for which it is the same: there may be millions of them. */
struct how {
	enum plan_codec codec;
	int level;                  /* zstd's; meaningless for PLAN_STORE */
	uint8_t align_log2;         /* what a rule asked for; 0: none did */
	bool align_said;
	bool dict;                  /* may be compressed with the dictionary */
	uint8_t encode;             /* ENCODE_...: further encodings that are asked for */
	uint32_t chunk;             /* larger contents become chunks of so many bytes; 0: never */
	struct str mime;            /* p NULL: none */
	struct str run;             /* p NULL: no filter */
	const struct encoded *encoded; /* its bytes are there already: a further encoding; NULL: they are the asset's */
};

/* One entry of the bundle to be. */
struct item {
	struct str name;            /* final: renamed, with its prefix; NUL-ended */
	const struct asset *asset;
	const struct how *how;
	/* Decided when the contents were read (pack, layout): */
	uint8_t stored_codec;       /* RCC_CODEC_... */
	uint8_t stored_align;       /* log2 */
	uint32_t check;             /* of the record, in the split form */
	uint64_t size, stored, hash;
	uint64_t off;               /* of the stored bytes, from the image's first byte */
};

struct dict;

struct plan {
	struct str bundle;      /* its name */
	const struct dict *dict; /* NULL: none. Borrowed, made of the plan */
	struct item *v;         /* sorted by name */
	size_t n;
	uint32_t *order;        /* indices into v in the order the data shall lie: --order first, then by name */
};

struct plan_options {
	bool compress;  /* -z */
	int level;      /* of -z, and of a zstd rule without one */
	bool dict;      /* --dict */
	uint32_t chunk; /* of --chunk; 0: not given */
};

/* Decides every asset of the tree: rules (codec, chunk, dict, align, name=, mime, run, encode), --keep, --order. Reports two
 * inputs with one name (both paths); warns of names that differ by case only, and of --keep and --order names
 * that are not there. -v says what --keep left out. What rules drop never comes here: the tree asked first.
 * */
void plan_make(struct plan *p, struct arena *a, struct diag *d, const struct tree *t, const struct rules *r,
               struct select *s, const struct plan_options *o);

#endif
