/* SPDX-License-Identifier: MIT */
/* What the verbs that look inside a file share: choosing bundles and names, and getting contents. */
#ifndef RCC_INSIDE_H
#define RCC_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "carrier.h"
#include "diag.h"
#include "opt.h"

/* A file and the bundles of it that were asked for. */
struct inside {
	struct carrier c;
	struct found *v;
	size_t n; /* at least 1 */
};

/* From here on, reading what another has cut from path says so and exits with status, until
 * inside_unguard. */
void inside_guard(struct arena *a, const char *path, int status);
void inside_unguard(void);

/* Opens path, guarded; of its bundles only that called bundle, unless that is NULL. False: reported. */
bool inside_open(struct inside *in, struct arena *a, struct diag *d, const char *path, const char *bundle);
void inside_close(struct inside *in);

/* A bundle's own name, NUL-ended. A hostile one holds any bytes. */
struct str inside_name(const rcc_bundle *b);

/* Patterns of the command line, and whether each has matched anything. */
struct globs {
	const char **v;
	bool *hit;
	size_t n;
};

/* False: one is no pattern; reported by opt_bad. */
bool globs_init(struct globs *g, struct arena *a, const struct opt_spec *spec, struct diag *d, const char **v,
                size_t n);
/* Is the name asked for? All are where there is no pattern. */
bool globs_match(struct globs *g, const rcc_entry *e);
/* Reports each pattern that has matched nothing in path. */
void globs_unmatched(const struct globs *g, struct diag *d, const char *path);

/* The i-th entry; false: it is damaged, reported. */
bool inside_at(const struct found *f, size_t i, struct diag *d, const char *path, rcc_entry *out);

/* Beside the codes of enum rcc_error: a write failed, errno says how. */
enum { INSIDE_WRITE = 1 };

/* Contents to the descriptor, or nowhere if that is -1, in pieces, and checked against their hash: whoever
 * must not write what does not hold asks twice, or drops what was written. 0, an enum rcc_error or
 * INSIDE_WRITE. ctx may be NULL. */
int inside_write(const rcc_entry *e, rcc_dctx *ctx, int fd);

/* Writes a name to standard output: raw, but escaped where that is a terminal. */
void inside_print(const char *name, size_t len);

#endif
