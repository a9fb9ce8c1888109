/* SPDX-License-Identifier: MIT */
/* run=COMMAND: a file's contents through a command. Sole fork and exec of the compiler. */
#ifndef RCC_FILTER_H
#define RCC_FILTER_H

#include "str.h"

enum { FILTER_WORDS = 128 };

/* Runs command by /bin/sh -c with fd (the file, at its beginning) as standard input, and appends its standard
 * output to out. Thread-safe. False: words say what went wrong ("exited with status 3", "was killed by signal
 * 9"). */
bool filter_run(struct str command, int fd, struct sb *out, char words[static FILTER_WORDS]);

#endif
