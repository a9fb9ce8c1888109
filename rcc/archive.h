/* SPDX-License-Identifier: MIT */
/* A static library in the making, as ar writes them: members and the index of their symbols, in the GNU form. It holds no
 * times, owners or modes but fixed ones. Knows no ELF. */
#ifndef RCC_ARCHIVE_H
#define RCC_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "str.h"

struct archive {
	int fd;
	struct diag *d;
	const char *path;
	uint64_t off;        /* in fd, of the next member's header */
	uint64_t index;      /* bytes of the index, its header not counted */
	unsigned width;      /* of a number in it: 4 or 8 */
	uint64_t nsymbols;
	struct sb members;   /* of each symbol, a uint64_t: its member's header */
	struct sb names;     /* of the symbols, each with its NUL */
};

/* Members may come. nsymbols and names: how many symbols will be in the index, and the bytes of their names, NULs counted;
 * size: more than the archive will have. Borrows fd, d and path. */
void archive_start(struct archive *a, int fd, struct diag *d, const char *path, uint64_t nsymbols, uint64_t names,
                   uint64_t size);
void archive_done(struct archive *a);

/* Where in fd the bytes of the next member begin. The caller writes them. */
uint64_t archive_member(const struct archive *a);
/* A symbol of the next member, for linkers to find it by: prefix, then name. In the order of the members. */
void archive_symbol(struct archive *a, const char *prefix, struct str name);
/* The member is there. name: of 15 characters at most. False: reported. */
bool archive_member_end(struct archive *a, const char *name, uint64_t size);

/* Writes the index and cuts fd behind the last member. False: reported. */
bool archive_finish(struct archive *a);

#endif
