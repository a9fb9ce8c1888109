/* SPDX-License-Identifier: MIT */
/* Files read and written whole, paths of any length. Silent: errno says what failed. */
#ifndef RCC_IO_H
#define RCC_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "str.h"

/* v rounded up to a multiple of align, a power of two; the caller knows it does not overflow. */
static inline uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

/* openat for paths of any length, also beyond PATH_MAX. Always O_CLOEXEC. -1 with errno. */
int io_openat(int dirfd, const char *path, int flags, mode_t mode);

/* All of it, or -1 with errno; retries EINTR and short counts. io_read and io_pread return fewer only at the
 * file's end. */
ssize_t io_read(int fd, void *buf, size_t n);
ssize_t io_pread(int fd, void *buf, size_t n, uint64_t off);
int io_write(int fd, const void *buf, size_t n);
int io_pwrite(int fd, const void *buf, size_t n, uint64_t off);

/* Lets the n bytes of fd at off, beyond which it need not reach yet, be those of from at from_off, in the same blocks of the
 * disk, as some file systems can: FICLONERANGE(2). All three are multiples of a block. -1 with errno where they cannot. */
int io_share(int fd, uint64_t off, int from, uint64_t from_off, uint64_t n);

/* The whole file ("-": standard input) into b, which it appends to. -1 with errno. For texts: rules, lists. */
int io_read_file(const char *path, struct sb *b);

#endif
