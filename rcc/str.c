/* SPDX-License-Identifier: MIT */
/* See str.h. */
#include "str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "diag.h"

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (!prefix.n || !memcmp(s.p, prefix.p, prefix.n));
}

struct str str_copy(struct arena *a, struct str s)
{
	char *p = new(a, char, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct str){p, s.n};
}

enum { TYPO_MAX = 48 };

static size_t edit_distance(struct str a, struct str b)
{
	size_t row[TYPO_MAX + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t up = row[j], best = corner + (a.p[i - 1] != b.p[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = up;
		}
	}
	return row[b.n];
}

const char *str_nearest(struct str s, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	size_t least = s.n / 3 + 2; /* one more than the most that counts as a typo */

	if (s.n > TYPO_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct str c = str_of(candidates[i]);
		size_t d = c.n > TYPO_MAX ? SIZE_MAX : edit_distance(s, c);

		if (d < least && d < c.n) {
			least = d;
			best = candidates[i];
		}
	}
	return best;
}

static void sb_reserve(struct sb *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;

	if (more >= SIZE_MAX / 2 - b->n)
		die("out of memory");
	while (cap < b->n + more + 1)
		cap *= 2;
	if (cap == b->cap)
		return;
	b->p = realloc(b->p, cap);
	if (!b->p)
		die("out of memory");
	b->cap = cap;
}

void sb_add(struct sb *b, const void *p, size_t n)
{
	sb_reserve(b, n);
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

void sb_str(struct sb *b, const char *s)
{
	sb_add(b, s, strlen(s));
}

void sb_char(struct sb *b, char c)
{
	sb_add(b, &c, 1);
}

void sb_vfmt(struct sb *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		die("cannot format a message");
	sb_reserve(b, (size_t)n);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void sb_fmt(struct sb *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sb_vfmt(b, fmt, ap);
	va_end(ap);
}

void sb_done(struct sb *b)
{
	free(b->p);
	*b = (struct sb){0};
}

void sb_escaped(struct sb *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\n')
			sb_str(b, "\\n");
		else if (c == '\t')
			sb_str(b, "\\t");
		else if (c == '\\')
			sb_str(b, "\\\\");
		else if (c < ' ' || c == 0x7f)
			sb_fmt(b, "\\%03o", c);
		else
			sb_char(b, (char)c);
	}
}

const char *str_size(char buf[static 32], unsigned long long bytes)
{
	static const char unit[] = "KMGTPE";
	double v = (double)bytes;
	int u = -1;

	while (v >= 1024 && u < 5) {
		v /= 1024;
		u++;
	}
	if (u < 0)
		snprintf(buf, 32, "%llu B", bytes);
	else
		snprintf(buf, 32, "%.1f %ciB", v, unit[u]);
	return buf;
}

bool str_to_long(struct str s, long *out)
{
	unsigned long long v = 0;
	bool minus = s.n && s.p[0] == '-';
	size_t i = minus || (s.n && s.p[0] == '+');

	if (i == s.n || s.n - i > 15)
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	*out = minus ? -(long)v : (long)v;
	return true;
}

bool str_to_size(struct str s, unsigned long long *out)
{
	static const char unit[] = "KMGT";
	size_t digits = 0;
	unsigned shift = 0;
	long v;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!digits || !str_to_long((struct str){s.p, digits}, &v))
		return false;
	if (digits < s.n) {
		const char *u = strchr(unit, toupper((unsigned char)s.p[digits]));
		struct str rest = {s.p + digits + 1, s.n - digits - 1};

		if (!u || !*u || (rest.n && !str_eq(rest, STR("iB")) && !str_eq(rest, STR("B"))))
			return false;
		shift = 10 * ((unsigned)(u - unit) + 1);
	}
	if ((unsigned long long)v > UINT64_MAX >> shift)
		return false;
	*out = (unsigned long long)v << shift;
	return true;
}
