/* SPDX-License-Identifier: MIT */
/* A file of the cache that is read whole and replaced whole; what was damaged reads as missing. */
#ifndef RCC_CACHE_FILE_H
#define RCC_CACHE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "str.h"

enum { CACHE_NAME = 32 }; /* bytes of a name in the cache's directory */

/* What the file holds: the first word of its head. A change of the format is a new word. */
#define CACHE_KIND_INDEX 0x3178646e69636372u /* "rccindx1" */
#define CACHE_KIND_TREE 0x3165657274636372u  /* "rcctree1" */

struct cache_file {
	void *own;          /* to be freed by cache_file_done */
	const char *p;      /* what was put, aligned for any type */
	size_t n;
	struct stat st;
};

/* False: there is none, or none that holds what was put. errno of the fault, 0 when damaged. */
bool cache_file_get(struct cache_file *f, int dir, const char *name, uint64_t kind);
void cache_file_done(struct cache_file *f);

/* Replaces the file by n parts, whole or not at all. False with errno. */
bool cache_file_put(int dir, const char *name, uint64_t kind, const struct str *part, size_t n);

/* A new file for writing under a name that begins with "tmp-". -1 with errno. */
int cache_file_temp(int dir, char name[static CACHE_NAME]);

/* A regular file; no link is followed, nothing is waited for. -1 with errno. */
int cache_file_open(int dir, const char *name, int flags);

uint64_t cache_random(void);

#endif
