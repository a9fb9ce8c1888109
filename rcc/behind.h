/* SPDX-License-Identifier: MIT */
/* Writing behind the caller's back: a buffer is filled while a thread writes the one before. */
#ifndef RCC_BEHIND_H
#define RCC_BEHIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BEHIND_SIZE = 256 << 10 }; /* bytes of a buffer */

struct behind;

/* Writes to fd, by a thread of its own if threaded, else within behind_write. */
struct behind *behind_start(int fd, bool threaded);

/* The buffer to fill: BEHIND_SIZE bytes, another one after each behind_write. */
char *behind_buffer(const struct behind *b);

/* Writes the buffer's first n bytes to offset off; buffers are written in the order they come. False: this or an earlier
 * one could not be written, errno says why. */
bool behind_write(struct behind *b, size_t n, uint64_t off);

/* Waits until all is written, to be read back or judged. False: as above. */
bool behind_wait(struct behind *b);

/* Ends it; what was not waited for may be lost. NULL is fine. */
void behind_stop(struct behind *b);

#endif
