/* SPDX-License-Identifier: MIT */
/* JSON values to standard output, for the verbs that have --json. */
#ifndef RCC_JSON_H
#define RCC_JSON_H

#include <stddef.h>

/* The bytes of one well-formed UTF-8 character at p, of n at least 1, or 0. */
size_t utf8_length(const unsigned char *p, size_t n);
/* A string; a byte that is not UTF-8 becomes \udcXX, as in Python's surrogateescape. */
void json_string(const char *s, size_t n);
/* "key":"s" or, with s NULL, "key":null. */
void json_or_null(const char *key, const char *s, size_t n);

#endif
