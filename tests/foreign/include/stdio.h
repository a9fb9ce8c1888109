/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_STDIO_H
#define FOREIGN_STDIO_H
#include <sys/types.h>
typedef struct foreign_file FILE;
typedef off_t fpos_t;
enum { SEEK_SET, SEEK_CUR, SEEK_END };
FILE *funopen(const void *cookie, int (*read)(void *, char *, int), int (*write)(void *, const char *, int),
              fpos_t (*seek)(void *, fpos_t, int), int (*close)(void *));
int snprintf(char *to, size_t n, const char *format, ...);
#endif
