/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_UNISTD_H
#define FOREIGN_UNISTD_H
#include <sys/types.h>
enum { _SC_PAGESIZE = 29 };
long sysconf(int name);
int close(int fd);
ssize_t write(int fd, const void *buf, unsigned long n);
unsigned getuid(void);
unsigned geteuid(void);
unsigned getgid(void);
unsigned getegid(void);
ssize_t pread(int fd, void *buf, unsigned long n, off_t off);
unsigned getuid(void);
unsigned geteuid(void);
unsigned getgid(void);
unsigned getegid(void);
#endif
