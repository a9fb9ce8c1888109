/* SPDX-License-Identifier: MIT */
/* See ident.h. */
#include "ident.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../runtime-stub/core/core.h"
#include "diag.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool ident_ok(struct str s)
{
	if (!s.n || is_digit(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_word(s.p[i]))
			return false;
	return true;
}

static void make_words(char *p, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		p[i] = is_word(s.p[i]) ? s.p[i] : '_';
}

struct str ident_bundle(struct arena *a, struct str base)
{
	char *p;
	size_t lead;

	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	for (size_t i = base.n; i-- > 0;)
		if (base.p[i] == '/') {
			base = (struct str){base.p + i + 1, base.n - i - 1};
			break;
		}
	if (!base.n)
		base = STR("bundle");
	lead = is_digit(base.p[0]);
	p = new(a, char, base.n + 2);
	p[0] = '_';
	make_words(p + lead, base);
	return (struct str){p, base.n + lead};
}

/* The identifier of names[i] after it has clashed `level` times. From level 3 on the place in the list and
 * the level are in it, so two that have come so far never clash with each other. */
static struct str spell(struct arena *a, const struct str *names, size_t i, unsigned level)
{
	enum { TAIL = 48 };
	struct str s = names[i];
	uint64_t hash = level ? rcc_i_hash64(s.p, s.n) : 0;
	size_t extra = level ? TAIL + (size_t)level : 0, n = s.n;
	char *p = new(a, char, s.n + extra + 1);

	make_words(p, s);
	if (level == 1)
		n += (size_t)snprintf(p + n, extra, "_x%08x", (unsigned)(hash >> 32));
	else if (level >= 2)
		n += (size_t)snprintf(p + n, extra, "_x%016llx", (unsigned long long)hash);
	if (level >= 3) {
		n += (size_t)snprintf(p + n, TAIL / 2, "_%zu", i);
		memset(p + n, '_', level);
		n += level;
	}
	return (struct str){p, n};
}

/* Marks in clash each identifier that occurs more than once; returns whether there is one. slot holds 1 + an
 * index into id. */
static bool find_clashes(const struct str *id, size_t n, uint32_t *slot, size_t slots, bool *clash)
{
	bool any = false;

	memset(slot, 0, slots * sizeof *slot);
	for (size_t i = 0; i < n; i++) {
		size_t k = rcc_i_hash64(id[i].p, id[i].n) & (slots - 1);

		while (slot[k] && !str_eq(id[slot[k] - 1], id[i]))
			k = (k + 1) & (slots - 1);
		if (slot[k])
			any = clash[i] = clash[slot[k] - 1] = true;
		else
			slot[k] = (uint32_t)i + 1;
	}
	return any;
}

struct str *ident_all(struct arena *a, const struct str *names, size_t n)
{
	struct str *id = new(a, struct str, n);
	size_t slots = 16;
	uint32_t *slot;
	bool *clash;
	unsigned *level;

	while (slots < 2 * n)
		slots *= 2;
	slot = malloc(slots * sizeof *slot);
	clash = calloc(n + 1, sizeof *clash);
	level = calloc(n + 1, sizeof *level);
	if (!slot || !clash || !level)
		die("out of memory");
	for (size_t i = 0; i < n; i++)
		id[i] = spell(a, names, i, 0);
	while (find_clashes(id, n, slot, slots, clash))
		for (size_t i = 0; i < n; i++)
			if (clash[i]) {
				id[i] = spell(a, names, i, ++level[i]);
				clash[i] = false;
			}
	free(slot);
	free(clash);
	free(level);
	return id;
}
