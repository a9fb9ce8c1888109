/* SPDX-License-Identifier: MIT */
/* Rules text to rules; (rules, name) to attributes. Pure: no file system. interface.md section 2,
 * rcc-rules(5). */
#ifndef RCC_RULES_H
#define RCC_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "diag.h"
#include "str.h"

enum attr_codec { CODEC_UNSAID, CODEC_STORE, CODEC_ZSTD };
enum attr_dict { DICT_UNSAID, DICT_NO, DICT_YES };

/* What the rules say of one name. Zeroed: nothing. */
struct attrs {
	enum attr_codec codec;
	int level;         /* of CODEC_ZSTD; 0: zstd without a level */
	enum attr_dict dict;
	uint32_t chunk;    /* bytes, as rules_chunk_ok; 0: unsaid */
	uint32_t align;    /* bytes, a power of two; 0: unsaid */
	struct str name;   /* p NULL: unsaid; likewise below. They borrow from the rules */
	struct str mime;
	struct str run;
	uint8_t encode;    /* ENCODE_... */
	struct at name_at; /* the rule that said name=, for clashes */
};

struct rule;
struct rules {
	struct rule *v;
	size_t n;
	/* The -D tags that are on; set, as allow_run is, before rules_parse: lines whose conditions fail are
	 * not kept. */
	struct str *tags;
	size_t ntags;
	bool allow_run;
};

enum { RULES_LEVEL_MIN = -131072, RULES_LEVEL_MAX = 22 };

/* What mime= says where the name decides. */
#define RULES_MIME_AUTO STR("auto")

/* The words for what a chunk may be; and is this one? */
#define RULES_CHUNK "a power of two from 4K to 8M"
bool rules_chunk_ok(struct str size, uint32_t *out);

/* Adds the rules of one file (later files win). All faults are reported, each with FILE:LINE, the line and a
 * caret; a suggestion for a misspelt attribute. text must outlive the rules. */
void rules_parse(struct rules *r, struct arena *a, struct diag *d, const char *file, struct str text);

/* For each attribute the last line that matches wins. */
struct attrs rules_match(const struct rules *r, struct str name);

/* Is the name dropped? The last line with drop or keep that matches decides; by is set to it. */
bool rules_drop(const struct rules *r, struct str name, struct at *by);

/* May a name below this directory be wanted by the rules? False only if everything below it is dropped and no
 * later rule can say otherwise. */
bool rules_may_descend(const struct rules *r, struct str dir);

#endif
