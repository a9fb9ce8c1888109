/* SPDX-License-Identifier: MIT */
/* Slices that borrow, and a builder that owns. */
#ifndef RCC_STR_H
#define RCC_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "arena.h"

/* Bytes somewhere else; any bytes, not NUL-ended unless said so. */
struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})

static inline struct str str_of(const char *c)
{
	return (struct str){c, strlen(c)};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

/* The format's order of names: memcmp, the shorter first when one begins the other. */
int str_cmp(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);

/* A NUL-ended copy in the arena; n does not count the NUL. */
struct str str_copy(struct arena *a, struct str s);

/* The one of n candidates that is closest to s by edit distance, if close enough to be a typo; else NULL. For
 * "did you mean". */
const char *str_nearest(struct str s, const char *const *candidates, size_t n);

/* A growing string on the heap. Zeroed is empty; p is NUL-ended once anything was added. Dies when out of
 * memory. */
struct sb {
	char *p;
	size_t n, cap;
};

void sb_add(struct sb *b, const void *p, size_t n);
void sb_str(struct sb *b, const char *s);
void sb_char(struct sb *b, char c);
void sb_fmt(struct sb *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sb_vfmt(struct sb *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void sb_done(struct sb *b);

/* Appends s for a person's eyes on one line: control bytes and backslashes escaped as in C. */
void sb_escaped(struct sb *b, struct str s);

/* "12 B", "3.4 KiB", "5.6 MiB": a size for people. Returns buf. */
const char *str_size(char buf[static 32], unsigned long long bytes);

/* Parses a whole slice as a number with an optional suffix K, M, G, T (powers of 1024; KiB and KB too). */
bool str_to_size(struct str s, unsigned long long *out);
/* Parses a whole slice as a decimal number, with a sign allowed. */
bool str_to_long(struct str s, long *out);

#endif
