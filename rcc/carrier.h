/* SPDX-License-Identifier: MIT */
/* Any FILE to the bundles in it: objects, archives, programs, shared objects (stripped, without section
 * headers), .rcb, of any ELF class and byte order. The libelf reader; its input is hostile. What a bundle
 * holds is read by the stub's own core. */
#ifndef RCC_CARRIER_H
#define RCC_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../runtime-stub/core/core.h"
#include "arena.h"
#include "diag.h"
#include "str.h"

/* What led to a bundle. A linker script, strip or objcopy may have taken the note away, or the descriptor too. */
enum found_by { FOUND_BY_NOTE, FOUND_BY_DESC, FOUND_BY_MAGIC };

struct found {
	const rcc_bundle *b; /* its header is sound; lies in the carrier's mappings */
	uint64_t off;        /* from the file's first byte; of an image shared out among members, of its header */
	struct str member;   /* of an archive, or empty */
	enum found_by by;    /* of a bare bundle the first: it needs nothing; of an object, what is there for the linker */
};

/* An image that was put together, in memory of its own. */
struct whole {
	void *p;
	size_t n;
};

struct carrier {
	const unsigned char *map;
	size_t size;
	struct whole *whole;
	size_t nwholes;
	struct found *v; /* in the order they lie in the file */
	size_t n;
	bool damaged; /* a bundle was there whose header is not sound; it was reported and is not in v */
};

/* Maps path and finds its bundles. False: it cannot be read, is of no known kind, or holds no sound one:
 * reported. A damaged bundle is reported too; sound ones beside it are still found. carrier_close keeps
 * damaged, and is fine after a failure. */
bool carrier_open(struct carrier *c, struct arena *a, struct diag *d, const char *path);
/* The same, but that there is no bundle at all is no fault: n is 0 then. */
bool carrier_open_any(struct carrier *c, struct arena *a, struct diag *d, const char *path);
void carrier_close(struct carrier *c);

#endif
