/* SPDX-License-Identifier: MIT */
/* What linkers compare between objects, read from an example (--like): an object, a member of an archive or a
 * program. The file may be hostile. */
#ifndef RCC_LIKE_H
#define RCC_LIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "diag.h"
#include "target.h"

/* A section of notes or attributes, as it lies in the example. */
struct like_section {
	const char *name;
	uint32_t type;
	uint64_t flags, align, entsize;
	const void *p;
	size_t n;
};

enum { LIKE_SECTIONS_MAX = 5 };

struct like {
	struct target target;  /* the row of the machine, with the example's e_flags */
	unsigned char osabi, abi_version;
	const char *path;      /* the file that was read, for the depfile: without a member */
	struct like_section section[LIKE_SECTIONS_MAX];
	size_t n;
};

/* file: a path, or "archive(member)"; an archive alone stands for its first object. asked: the row that
 * --target names, which the example must agree with, or NULL. False: reported. Copies to the arena. */
bool like_read(struct like *l, struct arena *a, struct diag *d, const char *file, const struct target *asked);

#endif
