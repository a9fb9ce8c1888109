/* SPDX-License-Identifier: MIT */
/* An image whose pieces are shared out among the members of an archive (doc/format.md, section 9), put together again. The
 * members are hostile. For look.c only. */
#ifndef RCC_GATHER_H
#define RCC_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "relocate.h"

/* A member that was taken; what it points to outlives the gathering. */
struct part {
	unsigned char *p;
	GElf_Ehdr eh;
	struct section *v;
	size_t n;
};

/* Zeroed is ready, but for a and budget. */
struct gather {
	struct arena *a;
	struct part *part;
	size_t n;
	bool open;        /* an image has begun */
	bool complete;    /* and its last piece has come */
	uint64_t budget;  /* bytes of the members that may yet be read to put images together */
};

/* The next member, with its sections. Is it a part of an image that other members have parts of? Then it is kept; if the
 * image before it was not complete, the caller has asked for gather_begins and seen to that. */
bool gather_take(struct gather *g, const struct part *member);
/* Does such an image begin in the member? */
bool gather_begins(const struct part *member);
/* Drops what was kept. */
void gather_drop(struct gather *g);

/* The image of what was kept, in private memory of *size bytes, which the caller unmaps; what was kept is dropped. NULL: it does
 * not hold together. */
unsigned char *gather_image(struct gather *g, uint64_t *size);

#endif
