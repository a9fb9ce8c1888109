/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_ASSERT_H
#define FOREIGN_ASSERT_H
#define static_assert _Static_assert
#define assert(x) ((void)(x))
#endif
