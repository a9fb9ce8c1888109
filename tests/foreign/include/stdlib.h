/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_STDLIB_H
#define FOREIGN_STDLIB_H
#include <stddef.h>
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void free(void *p);
char *getenv(const char *name);
#endif
