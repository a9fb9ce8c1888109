/* SPDX-License-Identifier: MIT */
/* Name to C identifier, for ELF symbols and the generated header alike. */
#ifndef RCC_IDENT_H
#define RCC_IDENT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "str.h"

/* Is s a C identifier (ASCII letters, digits, '_'; no digit first)? */
bool ident_ok(struct str s);

/* A bundle's default name from a directory's path: its base name with other bytes made '_'; "." and ".." are
 * resolved by the caller. Never empty. */
struct str ident_bundle(struct arena *a, struct str base);

/* One identifier fragment per name (to stand behind a prefix that ends in '_'), in the same order: every byte
 * that is no letter or digit becomes '_'; all names that would share one get "_x" and 8 hex digits of their
 * own XXH3-64 behind it, so that adding a file renames no other but those that clash with it. Distinct by
 * construction. */
struct str *ident_all(struct arena *a, const struct str *names, size_t n);

#endif
