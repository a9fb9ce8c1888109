/* SPDX-License-Identifier: MIT */
/* What the stub and xxhash.h need of macOS's headers, which are in Apple's SDK only: enough to compile, never to run. */
#ifndef FOREIGN_STRING_H
#define FOREIGN_STRING_H
#include <stddef.h>
void *memchr(const void *p, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *p, int c, size_t n);
size_t strlen(const char *s);
#endif
