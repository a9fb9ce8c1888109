/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_FCNTL_H
#define FOREIGN_FCNTL_H
enum { O_RDONLY = 0, O_WRONLY = 1, O_NONBLOCK = 4, O_APPEND = 8, O_CREAT = 0x200, O_NOCTTY = 0x20000, O_CLOEXEC = 0x1000000 };
int open(const char *path, int flags, ...);
#endif
