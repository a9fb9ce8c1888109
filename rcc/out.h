/* SPDX-License-Identifier: MIT */
/* An output that appears whole or not at all: the sole creator of files that rcc leaves behind. Written
 * beside its place without a name (O_TMPFILE) where the file system can, else under a temporary name that a
 * signal, an exit or a failure removes; then renamed. */
#ifndef RCC_OUT_H
#define RCC_OUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "diag.h"

struct out {
	int fd;           /* readable, writable, seekable: write the contents here */
	char *path;       /* where they shall be: links resolved, so that a linked output is written through */
	const char *said; /* as the user wrote it, for messages; borrowed */
	int dirfd;        /* the directory of path, or -1 */
	char *temp;       /* temporary name within dirfd, or NULL while the file has none */
	bool stream;      /* path is no regular file ("-", /dev/null, a FIFO): bytes are copied to it at the end */
	struct out *next; /* private: unfinished outputs, for exit and signals */
};

/* Opens an output beside path ("-": standard output). False: reported. dirfd AT_FDCWD; or the directory in
 * which path's last part is made, what lies before it being for messages only: then nothing but a regular
 * file is replaced, and no link followed (for extract). */
bool out_open(struct out *o, struct diag *d, int dirfd, const char *path);

/* Would a take the place of b? */
bool out_same_place(const struct out *a, const struct out *b);

enum out_result {
	OUT_FAILED,  /* reported; the old file is untouched */
	OUT_SAME,    /* the old file had these bytes: it and its mtime stay */
	OUT_WRITTEN,
	OUT_DIFFERS  /* with check: the old file is missing or has other bytes; nothing was written */
};

/* Puts the file in its place: with the mode of the file that it replaces, a new one with 0666 less the umask.
 * check: only compares. Either way o is done. */
enum out_result out_commit(struct out *o, struct diag *d, bool check);

/* Drops what was written; nothing is left. Fine on a zeroed or committed one. */
void out_discard(struct out *o);

/* PATH: error: cannot WHAT, with the words of errno and what to do about it: for faults met while the
 * contents are written. Returns false. */
bool out_failed(struct diag *d, const char *path, const char *what);

/* SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXCPU: temporaries are removed, then the signal does what it
 * does. A file beyond the limit (SIGXFSZ) is an error like any other. Called once by main. */
void out_catch_signals(void);

/* While a file is mapped that another may cut: reading what is gone (SIGBUS) prints message, a whole line,
 * removes temporaries and exits with status. Message NULL: no longer. The message is borrowed. */
void out_on_bus_error(const char *message, int status);

#endif
