/* SPDX-License-Identifier: MIT */
/* The command line of rcc compile, as values. */
#ifndef RCC_COMPILE_OPTIONS_H
#define RCC_COMPILE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "diag.h"
#include "emit.h"
#include "opt.h"
#include "plan.h"
#include "rules.h"
#include "select.h"
#include "target.h"
#include "tree.h"

enum compile_format { FORMAT_ELF, FORMAT_BUNDLE, FORMAT_ASM, FORMAT_ARCHIVE };

struct compile_options {
	struct diag *d;
	struct arena *a;
	const char *output;     /* NULL: from the bundle's name */
	struct str name;        /* p NULL: from the first directory */
	struct str prefix;
	struct str *rules_file; /* in order; likewise the lists below */
	size_t nrules_files;
	struct select select;   /* patterns; the lists are read later */
	struct rules rules;     /* tags and allow_run; the files are read later */
	const char *files_from, *keep, *order, *header, *depfile;
	bool nul;               /* -0 */
	struct plan_options plan;
	unsigned long long dict_size; /* of --dict; 0: rcc's choice */
	struct tree_options tree;
	unsigned workers;
	const struct target *target; /* with like NULL unless --target names one */
	bool target_list;
	const char *like;       /* NULL: not given */
	const char *cache;      /* NULL: none */
	unsigned long long cache_size;
	struct sb said;         /* options and texts that decide what the outputs hold, for the cache to compare */
	enum compile_format format;
	bool format_given;      /* else the output's ending may tell it */
	enum emit_symbols symbols;
	bool per_file_sections;
	bool check;
	bool progress;
};

/* Does it make what linkers read? */
static inline bool is_object(const struct compile_options *o)
{
	return o->format == FORMAT_ELF || o->format == FORMAT_ARCHIVE;
}

/* Fills o, the operands (DIRs) too. As opt_parse. */
enum opt_result compile_options_parse(struct compile_options *o, int argc, char **argv, struct opt_args *dirs);

/* Adds a text that was read to what was said. */
void compile_options_say(struct compile_options *o, struct str text);

#endif
