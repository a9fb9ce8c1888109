/* SPDX-License-Identifier: MIT */
/* Many small files into memory with few calls into the kernel, by io_uring(7). What is out of the ordinary (a file that is not there, not
 * regular, large, or changes meanwhile) is left to who reads one file at a time, and says what is wrong. */
#ifndef RCC_FETCH_H
#define RCC_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "str.h"

/* A file to fetch. */
struct fetch {
	int dirfd;
	const char *path; /* from there */
	size_t most;      /* bytes; larger ones are left */
	/* Set by fetch_all: was it fetched; then as it was before and after, and where its st_size bytes begin. */
	bool done;
	struct stat st;
	size_t at;
};

enum { FETCH_MAX = 64 }; /* files at once, which is how many are open at once */

struct fetcher;

/* For one thread of so many that have one each. NULL: there is no io_uring here, or too few descriptors for all of them. */
struct fetcher *fetcher_new(unsigned threads);

/* Reads n <= FETCH_MAX files, to behind what b holds. */
void fetch_all(struct fetcher *f, struct fetch *v, size_t n, struct sb *b);

void fetcher_free(struct fetcher *f);

#endif
