/* SPDX-License-Identifier: MIT */
/* What takes the room in a bundle, and what of it is missing in another. Reads records, not contents. */
#ifndef RCC_REPORT_H
#define RCC_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "carrier.h"
#include "diag.h"
#include "str.h"

/* Everything borrows from the bundle. */
struct report_file {
	struct str name;
	uint64_t size, stored, hash;
	const unsigned char *data; /* the stored bytes */
	bool compressed;
};

/* Files whose names end alike: from the last dot of the last part on; empty for those without one. */
struct report_kind {
	struct str ending;
	size_t files;
	uint64_t size, stored;
};

enum { REPORT_LARGEST = 10 };

struct report {
	struct report_file *v; /* in name order */
	size_t n;
	uint64_t image;    /* bytes, as it lies in its file: stored bytes, index, dictionary, padding */
	uint64_t contents;
	uint64_t stored;   /* where files share bytes, those once */
	uint64_t index;    /* header, references, records, names, table */
	uint64_t dictionary;
	uint64_t padding;  /* with the NUL behind each file's bytes */
	bool split;        /* the form that linkers prune */
	size_t compressed; /* files, their contents, their stored bytes */
	uint64_t compressed_contents, compressed_stored;
	size_t equal_groups, equal_files; /* contents several files have; the files but for the first of each */
	uint64_t equal_contents;          /* of those files */
	uint64_t equal_spared, equal_again; /* their stored bytes that they share; that lie there once more */
	struct report_kind *kinds; /* by ending */
	size_t nkinds;
	const struct report_file *largest[REPORT_LARGEST]; /* by stored bytes, the largest first */
	size_t nlargest;
};

/* False: an entry is damaged; reported. */
bool report_make(struct report *r, struct arena *a, struct diag *d, const char *path, const struct found *f);

/* Names: in order; what they mean says the struct. */
struct report_names {
	const struct report_file **v;
	size_t n;
	uint64_t contents, stored;
};

/* From one bundle to another of its name. */
struct report_change {
	size_t kept; /* also those with other contents */
	struct report_names dropped, changed, added; /* of the first, of the second, of the second */
};

/* to NULL: everything was dropped. */
void report_compare(struct report_change *c, struct arena *a, const struct report *from, const struct report *to);

#endif
