/* SPDX-License-Identifier: MIT */
/* Errors, warnings, notes: the sole writer to stderr. A function that reports returns failure and its caller
 * stays silent, so that one fault is one message. Threads other than the main one do not report. */
#ifndef RCC_DIAG_H
#define RCC_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

struct diag {
	unsigned errors, warnings;
	int verbose; /* -v adds, -q makes it negative: warnings and notes are not printed */
	bool bar;    /* a progress line is on the terminal and must be wiped before a message */
};

/* Where in the user's text. File NULL: nowhere, only "rcc: error: ...". line 0: the file as a whole. */
struct at {
	const char *file;
	unsigned long line;
	struct str text;  /* the source line, shown under the message when col is not 0; borrowed for the call. Its
	                   * control bytes are shown as '?', and of a long line only what is around the fault */
	size_t col, width; /* the fault in it: column from 1, and bytes */
};

#define AT_NONE ((struct at){0})
#define AT_FILE(path) ((struct at){.file = (path)})

/* rcc: FILE:LINE: error: MESSAGE. The message says what is wrong and, behind a semicolon, what to do. A
 * message that ends in ':' has the words of errno put behind it. Bytes of %s that would break the line are
 * escaped. */
void diag_error(struct diag *d, struct at at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_warn(struct diag *d, struct at at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Printed unless -q: belongs to the error or warning before it. */
void diag_note(struct diag *d, struct at at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Printed with -v only. */
void diag_verbose(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline bool diag_failed(const struct diag *d)
{
	return d->errors != 0;
}

/* A progress line, rewritten in place; NULL wipes it. The caller decides whether there is a terminal. */
void diag_progress(struct diag *d, const char *text);

/* Out of memory, a failed write: no caller can help. Prints and exits 1, removing unfinished outputs by
 * atexit. A trailing ':' as above. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
