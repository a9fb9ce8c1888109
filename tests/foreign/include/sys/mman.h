/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_MMAN_H
#define FOREIGN_MMAN_H
#include <sys/types.h>
enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2 };
enum { MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_NORESERVE = 0x40, MAP_ANONYMOUS = 0x1000 };
#define MAP_FAILED ((void *)-1)
#define MADV_WILLNEED 3
#define MADV_DONTNEED 4
void *mmap(void *at, unsigned long n, int prot, int flags, int fd, off_t off);
int munmap(void *p, unsigned long n);
int mprotect(void *p, unsigned long n, int prot);
int madvise(void *p, unsigned long n, int advice);
int mlock(const void *p, unsigned long n);
int munlock(const void *p, unsigned long n);
#endif
