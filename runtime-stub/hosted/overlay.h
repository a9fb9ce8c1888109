/* SPDX-License-Identifier: MIT */
/* What the files of the overlay share: its state, names on disk, and what is known of each. */
#ifndef RCC_OVERLAY_H
#define RCC_OVERLAY_H

#include "hosted.h"

#ifdef __linux__
#include <pthread.h>
#include <sys/stat.h>

enum { RCCI_SETTLED_NS = 200000000 }; /* how long a file that no lease speaks for must stay as it is */

/* What tells one state of a file from another. All zero: no file. */
struct overlay_stamp {
	uint64_t dev, ino, size;
	int64_t mtime, ctime; /* ns */
};

/* A name on disk. */
struct overlay_file {
	struct overlay_stamp seen; /* what the last look saw, and */
	int64_t since;             /* from when on, ns; 0: from long ago */
	struct overlay_stamp told; /* what the program knows of */
	unsigned char *good;       /* the last whole contents that were loaded, or NULL */
	size_t size;
	unsigned char look;        /* for an update: something happened to it, */
	unsigned char written;     /* it was closed after writing or moved here, */
	unsigned char present;     /* a scan met it, */
	unsigned char link;        /* a symbolic link, of whose target no event tells by this name */
	char name[];               /* as on disk: a whiteout has its .wh. */
};

/* A directory that inotify watches. */
struct overlay_dir {
	int wd;
	int present;
	char *name; /* "" is the top */
};

struct rcc_overlay {
	const rcc_bundle *bundle;
	char *path; /* of the directory, absolute if that can be told */
	int root;
	int polls;       /* others change files behind the kernel's back, or inotify has no room */
	int distrusts;   /* the former: no lease tells that a file is whole */
	int no_openat2;
	int opening;     /* what is seen now was there before */
	pthread_mutex_t lock; /* for all below */
	struct overlay_file **files; /* by name */
	size_t n, room;
	struct overlay_dir *dirs;
	size_t ndirs, dirs_room;
	int inotify, timer, events; /* events: an epoll over the two */
	int rescan;      /* what is known is not all */
	int unsettled;   /* some file is to be looked at again */
	uint64_t generation;
	void (*end_watch)(rcc_overlay *); /* for closing: overlay_watch.c's, if there is a thread */
	void (*end_attach)(rcc_overlay *); /* overlay_attach.c's, if it is attached */
	rcc_overlay *next; /* of those attached */
	pthread_t thread;
	int stop;        /* an eventfd that ends the thread */
	void (*fn)(const char *name, void *arg);
	void *arg;
};

/* overlay_disk.c: opens what has that name ("." is the top), never anything outside. -1 with errno. */
RCC_HIDDEN int rcc_i_disk_open(rcc_overlay *o, const char *name, int flags);
/* Does the errno say nothing of the file? */
RCC_HIDDEN int rcc_i_disk_is_passing(int err);
/* An errno of the disk as an enum rcc_error. */
RCC_HIDDEN int rcc_i_disk_error(int err);
/* Is a part of the path one that editors leave for a moment? */
RCC_HIDDEN int rcc_i_disk_is_fleeting(const char *part, size_t len);
/* Has name such a part, or one that is a whiteout's? Then it is not there. */
RCC_HIDDEN int rcc_i_disk_is_private(const char *name);
RCC_HIDDEN struct overlay_stamp rcc_i_disk_stamp(const struct stat *st);
RCC_HIDDEN int rcc_i_disk_same(const struct overlay_stamp *a, const struct overlay_stamp *b);
/* May fd be read as a whole? 0: yes, and until it is closed who wants to write waits. RCC_EBUSY: somebody may be writing.
 * RCC_ENOTSUP: cannot be told here. */
RCC_HIDDEN int rcc_i_disk_hold(const rcc_overlay *o, int fd);
/* Closes it, and lets writers in even if a child that was forked meanwhile has it open. */
RCC_HIDDEN void rcc_i_disk_close(int fd);

/* overlay_table.c: the record of a name; made if add, then NULL means that memory is out. */
RCC_HIDDEN struct overlay_file *rcc_i_overlay_file(rcc_overlay *o, const char *name, int add);
/* A look has seen it so. */
RCC_HIDDEN void rcc_i_overlay_see(const rcc_overlay *o, struct overlay_file *f, const struct overlay_stamp *now);
/* Has it been so for long enough? */
RCC_HIDDEN int rcc_i_overlay_is_settled(const struct overlay_file *f);
RCC_HIDDEN void rcc_i_overlay_free_file(struct overlay_file *f);
/* dir/part, or part if dir is ""; free it. */
RCC_HIDDEN char *rcc_i_overlay_join(const char *dir, const char *part);
/* Is it ".wh.NAME"? */
RCC_HIDDEN int rcc_i_overlay_is_whiteout(const struct overlay_file *f);
/* v, n elements of size bytes, with room for one more. NULL: out of memory, and v is as it was. */
RCC_HIDDEN void *rcc_i_overlay_grow(void *v, size_t n, size_t *room, size_t size);

/* overlay_scan.c: takes the directory that is at o->path now, if it is another. */
RCC_HIDDEN void rcc_i_overlay_find_root(rcc_overlay *o);
/* Sees how the file is now: sets present, seen, link. 0, or an error of the moment that says nothing of the file. */
RCC_HIDDEN int rcc_i_overlay_look_at(rcc_overlay *o, struct overlay_file *f);
/* Reads the directory through and marks what it meets: present, seen. 0, RCC_ENOMEM, RCC_EIO. */
RCC_HIDDEN int rcc_i_overlay_scan(rcc_overlay *o);
#endif
#endif
