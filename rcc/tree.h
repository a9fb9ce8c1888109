/* SPDX-License-Identifier: MIT */
/* DIR[:PREFIX] to sorted assets; the policy for links and dotfiles. Sole readdir. Contents are not opened
 * here. */
#ifndef RCC_TREE_H
#define RCC_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "arena.h"
#include "diag.h"
#include "str.h"

enum tree_links { LINKS_FOLLOW, LINKS_SKIP, LINKS_ERROR, LINKS_ANYWHERE };

/* One input directory. */
struct root {
	const char *path;   /* as the user wrote it, without :PREFIX */
	struct str prefix;  /* in front of every name, with its trailing slash; or empty */
	int fd;             /* the directory */
};

/* One file that was found. */
struct asset {
	struct str name;  /* in the bundle: the root's prefix, then the path below the root; NUL-ended */
	uint32_t root;    /* index in tree.root */
	uint32_t skip;    /* bytes of name before the path below the root */
};

struct tree {
	struct root *root;
	size_t nroots;
	struct asset *v;   /* sorted by name (str_cmp), then by root; tree_done frees the array, not the names */
	size_t n;
	struct str *dir;   /* every directory that was read, as a path on disk; sorted, NUL-ended */
	size_t ndirs;
	size_t dotfiles;   /* names left out because they begin with '.' (a directory counts once) */
	size_t links;      /* links left out under LINKS_SKIP */
};

struct tree_options {
	enum tree_links links;
	bool dotfiles;
	/* Is this name wanted? dir: may anything below it be? What is not wanted is neither opened nor judged
	 * (links, FIFOs). */
	bool (*want)(void *ctx, struct str name, bool dir);
	/* Is this file, to which a link led, one that is not to be taken whatever its name? NULL: none is. */
	bool (*shun)(void *ctx, struct str name, const struct stat *st);
	void *ctx;
};

/* Opens DIR[:PREFIX] as a root: operand is split at the last ':' unless a directory of the whole name exists;
 * prefix (of --prefix, may be empty) goes in front of the operand's own. Prefixes are checked as names.
 * False: reported. */
bool tree_add_root(struct tree *t, struct arena *a, struct diag *d, const char *operand, struct str prefix);

/* Reads all roots. Every fault (unreadable directory, FIFO, socket, device, link out of the tree, dangling
 * link, loop of links) is reported and the walk goes on; the caller asks diag_failed. */
void tree_scan(struct tree *t, struct arena *a, struct diag *d, const struct tree_options *o);

/* Instead of tree_scan: takes the paths listed in text (of file `list`, for messages), lines or with nul
 * NUL-ended, relative to the only root; a directory means all below it. Bad paths (absolute, "..", missing)
 * are reported with their line. */
void tree_take(struct tree *t, struct arena *a, struct diag *d, const struct tree_options *o, const char *list,
               struct str text, bool nul);

/* The path on disk for messages and depfiles: root path, '/', path below it. NUL-ended, in the arena. */
const char *tree_path(const struct tree *t, struct arena *a, const struct asset *s);

void tree_done(struct tree *t); /* closes the roots; assets go with it */

#endif
