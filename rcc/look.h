/* SPDX-License-Identifier: MIT */
/* One object under the eye, a whole file or an archive's member: where in it are bundles? Offsets out of the
 * file are tested where they are used, against the object they lie in. For carrier.c only. */
#ifndef RCC_LOOK_H
#define RCC_LOOK_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "carrier.h"
#include "gather.h"
#include "str.h"

/* Beside the codes of enum rcc_error: a descriptor that leads to no bundle; an object that ends before its section
 * headers. */
enum { FAULT_DANGLING = 1, FAULT_CUT };

struct hit {
	uint64_t off; /* from the file's first byte */
	uint64_t hint; /* dangling: the size its descriptor tells */
	int fault;    /* 0: a sound header */
	struct str member;
	enum found_by by;
	const unsigned char *image; /* put together of an archive's members, where it does not lie in the file; else NULL */
	uint64_t end; /* then: behind the last of its pieces, as off */
};

struct load {
	uint64_t addr, off, size; /* size within the file */
};

struct look {
	struct arena *a;
	/* The object; the caller sets these. */
	const unsigned char *p;
	uint64_t size;
	uint64_t base; /* of p in the file */
	struct str member;
	/* What was found, in all objects so far. */
	struct hit *v;
	size_t n;
	/* Of an archive, the image whose members are being looked at; NULL: it is none. */
	struct gather *gather;
	struct hit begun; /* what will be found there */
	/* Images put together; the caller unmaps them. */
	struct whole *whole;
	size_t nwholes;
	bool gave_up; /* the file is made to be searched forever: not all of it was */
	/* Private, of this object. */
	struct load *load;
	size_t loads;
	uint64_t mask;   /* of an address: its machine's width */
	uint64_t budget; /* bytes that may yet be searched */
	size_t descs;
	enum found_by by; /* of the hits to come */
};

/* No member comes any more. */
void look_end(struct look *l);

/* Adds to the hits. False: the object is of no known kind. elf may be NULL. */
bool look_object(struct look *l, Elf *elf);

#endif
