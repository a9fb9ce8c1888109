/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_TYPES_H
#define FOREIGN_TYPES_H
typedef long ssize_t;
typedef long long off_t;
#endif
