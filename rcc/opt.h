/* SPDX-License-Identifier: MIT */
/* One table of options: what is parsed and what --help prints. Command-line faults are exit status 2. */
#ifndef RCC_OPT_H
#define RCC_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "diag.h"

enum opt_kind {
	OPT_FLAG,     /* --verbose */
	OPT_VALUE,    /* --output FILE, --output=FILE, -o FILE, -oFILE */
	OPT_MAY_VALUE /* --compress, --compress=LEVEL, -z, -zLEVEL: never the next word */
};

struct opt {
	char brief;       /* 'o', or 0 */
	const char *name; /* "output", or NULL */
	enum opt_kind kind;
	const char *arg;  /* "FILE": what help calls the value */
	const char *help; /* one line; "\n" continues it */
};

/* Every verb takes these too: -h/--help (prints and returns OPT_HELPED), -v, -q. */
enum opt_result { OPT_OK, OPT_HELPED, OPT_BAD };

struct opt_spec {
	const char *verb;
	const char *usage; /* "[options] [-o FILE] DIR[:PREFIX]..." */
	const char *about; /* a few lines under the usage */
	const struct opt *table;
	size_t n;
	/* An option was seen: i is its index in the table, value NULL without one. False: the value is bad,
	 * and it has said so by opt_bad. */
	bool (*set)(void *ctx, size_t i, const char *value);
};

struct opt_args {
	const char **v; /* the operands in order, NULL behind the last */
	size_t n;
	const char **files; /* the @FILEs that were read, in order, without "-" */
	size_t nfiles;
	bool stdin_used;    /* "@-" was one of them: standard input is at its end */
};

/* Parses argv[1..]: options and operands in any order, "--" ends options, @FILE is replaced by the words in
 * FILE (white space separates, quotes and backslashes as in gcc's response files, nested at most 16 deep).
 * Strings live in the arena or argv. Adjusts d->verbose. */
enum opt_result opt_parse(const struct opt_spec *spec, struct diag *d, struct arena *a, int argc, char **argv,
                          void *ctx, struct opt_args *operands);

/* The same, but the first operand ends the options, as of env(1): what follows is for another program. */
enum opt_result opt_parse_program(const struct opt_spec *spec, struct diag *d, struct arena *a, int argc, char **argv,
                                  void *ctx, struct opt_args *operands);

/* "rcc: error: MESSAGE; try 'rcc VERB --help'". Returns false, for set functions. */
bool opt_bad(const struct opt_spec *spec, struct diag *d, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Flushes and checks standard output: status, or 1, with a message, when that was 0 and not all could be
 * written. The end of every verb that prints. */
int opt_close_stdout(struct diag *d, int status);

#endif
