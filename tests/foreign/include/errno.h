/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_ERRNO_H
#define FOREIGN_ERRNO_H
extern int *__error(void);
#define errno (*__error())
enum { EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, EBADF = 9, ENOMEM = 12, EINVAL = 22, EAGAIN = 35, ENOSYS = 78 };
#endif
