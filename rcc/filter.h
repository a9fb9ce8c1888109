/* SPDX-License-Identifier: MIT */
/* run=COMMAND: a file's contents through a command. Sole fork and exec of the compiler. */
#ifndef RCC_FILTER_H
#define RCC_FILTER_H

#include "str.h"

/* Runs command by /bin/sh -c with fd (the file, at its beginning) as standard input, and appends its standard output to out. Thread-safe. NULL, or what went wrong in words
 * ("exited with status 3", "was killed by signal 9", or a system error), in a static or thread-local buffer. */
const char *filter_run(struct str command, int fd, struct sb *out);

#endif
