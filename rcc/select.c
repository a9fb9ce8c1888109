/* SPDX-License-Identifier: MIT */
/* See select.h. */
#include "select.h"

#include <stdlib.h>

#include "../runtime-stub/core/core.h"

bool select_add(struct select *s, struct arena *a, const char *pattern, bool include)
{
	struct str p = str_of(pattern);

	if (rcc_i_match_fault(p.p, p.n))
		return false;
	s->glob = one_more(a, struct select_glob, s->glob, s->nglobs);
	s->glob[s->nglobs++] = (struct select_glob){str_copy(a, p), include};
	return true;
}

bool select_name(const struct select *s, struct str name)
{
	for (size_t i = s->nglobs; i-- > 0;)
		if (rcc_i_match(s->glob[i].pattern.p, s->glob[i].pattern.n, name.p, name.n))
			return s->glob[i].include;
	return !s->nglobs || !s->glob[0].include;
}

/* An include may take a name from below an excluded directory only when it comes later: then all must be looked
 * at. */
bool select_may_descend(const struct select *s, struct str dir)
{
	for (size_t i = s->nglobs; i-- > 0;) {
		struct str p = s->glob[i].pattern;

		if (s->glob[i].include)
			return true;
		/* Without its last slash a pattern for directories matches the directory as if it were a name. */
		p.n -= p.p[p.n - 1] == '/';
		if (rcc_i_match(p.p, p.n, dir.p, dir.n))
			return false;
	}
	return true;
}

static int by_name(const void *x, const void *y)
{
	const struct listed *a = x, *b = y;
	int c = str_cmp(a->name, b->name);

	return c ? c : (a->rank > b->rank) - (a->rank < b->rank);
}

void name_list_parse(struct name_list *l, struct arena *a, struct diag *d, const char *file, struct str text)
{
	struct at at = AT_FILE(file);
	size_t lines = 1, kept = 0;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	*l = (struct name_list){.v = new(a, struct listed, lines)};
	for (size_t i = 0; i < text.n; i++) {
		const char *p = text.p + i, *end = memchr(p, '\n', text.n - i);
		size_t n = end ? (size_t)(end - p) : text.n - i;

		at.line++;
		i += n;
		if (!n)
			continue;
		if (rcc_i_name_ok(p, n))
			l->v[l->n++] = (struct listed){.name = str_copy(a, (struct str){p, n}), .rank = (uint32_t)at.line};
		else
			diag_error(d, at, "'%.*s' cannot be a name; names have no leading '/' and no empty, '.' or '..' part",
			           (int)(n < 4096 ? n : 4096), p);
	}
	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, by_name);
	for (size_t i = 0; i < l->n; i++)
		if (!kept || !str_eq(l->v[kept - 1].name, l->v[i].name))
			l->v[kept++] = l->v[i];
	l->n = kept;
}

struct listed *name_list_find(const struct name_list *l, struct str name)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(l->v[mid].name, name);

		if (!c)
			return &l->v[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
