/* SPDX-License-Identifier: MIT */
/* The walk through the roots: what tree.c and tree_list.c share. */
#ifndef RCC_TREE_WALK_H
#define RCC_TREE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "tree.h"

/* The directories above one that is read, so that a link back to one of them is noticed. */
struct above {
	const struct above *up;
	dev_t dev;
	ino_t ino;
};

/* A directory to be read. */
struct place {
	struct str name; /* in the bundle, as if it were a file's: a root's is its prefix; NUL-ended */
	uint32_t root;
	bool linked;     /* a link led here, and may do so again */
	bool alias;      /* a link led here or to a directory above */
	const struct above *above;
};

struct child;

struct walk {
	struct tree *t;
	struct arena *a;
	struct diag *d;
	const struct tree_options *o;
	struct at at;        /* the line that named what is looked at, or nowhere */
	struct place *stack; /* directories still to be read */
	size_t waiting, room;
	size_t files_room, dirs_room;
	struct child *child; /* private: the children of the directory that is read */
	size_t children_room;
	struct sb names;
	struct sb name;      /* of the child that is looked at */
	size_t faults;       /* that were found; WALK_FAULTS_TOLD of them were reported */
};

enum { WALK_FAULTS_TOLD = 50 };

/* A root, as a directory to be read. */
struct place walk_top(const struct tree *t, size_t root);

/* Lets a directory wait to be read. */
void walk_push(struct walk *w, struct place p);

enum { WALK_UNKNOWN = 0 }; /* DT_UNKNOWN, for those that read no directory */

/* Judges one child of a directory (open as fd) and takes it, or lets it wait to be read. type: as readdir says. */
void walk_visit(struct walk *w, const struct place *dir, int fd, const char *leaf, unsigned char type);

/* What a link leads to, in *st. False: it is left out, or its fault was reported. */
bool walk_follow(struct walk *w, const struct place *dir, int fd, const char *leaf, struct str name, struct stat *st);

/* Reads what waits, then puts all in order; what a list named twice counts once. */
void walk_finish(struct walk *w);

/* A fault of the name in the root: told at the line that named it, or else at its path. A trailing ':' adds
 * errno's words. */
void walk_complain(struct walk *w, uint32_t root, struct str name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
