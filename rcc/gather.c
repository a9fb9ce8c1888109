/* SPDX-License-Identifier: MIT */
/* See gather.h. */
#include "gather.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../runtime-stub/core/core.h"
#include "io.h"

/* More than any address space has room for. */
#define IMAGE_MAX ((uint64_t)1 << 46)

/* A symbol of a part, which another may refer to. */
struct known {
	struct str name;
	uint64_t place;
};

struct names {
	struct arena a;
	struct known *v;
	size_t n;
};

/* --- which members are parts ---------------------------------------------------------------------- */

/* The only piece of a member; NULL if it has none or several. */
static const struct section *only_piece(const struct part *m)
{
	const struct section *only = NULL;

	for (size_t i = 1; i < m->n; i++) {
		if (!m->v[i].image)
			continue;
		if (only)
			return NULL;
		only = &m->v[i];
	}
	return only;
}

static bool has_pieces(const struct part *m)
{
	for (size_t i = 1; i < m->n; i++)
		if (m->v[i].image)
			return true;
	return false;
}

bool gather_begins(const struct part *m)
{
	const struct section *s = only_piece(m);
	const unsigned char *h = s ? m->p + s->off : NULL;

	return s && s->size >= RCCF_HEADER_SIZE && !memcmp(h, RCCF_MAGIC, RCCF_MAGIC_SIZE) &&
	       h[RCCF_H_FORM] & RCCF_FORM_SPLIT && rccf_load64(h + RCCF_H_REFS) == s->size;
}

static bool is_footer(const struct part *m)
{
	const struct section *s = only_piece(m);

	return s && s->size == RCCF_MARK_SIZE && !memcmp(m->p + s->off, RCCF_FOOTER, RCCF_MARK_SIZE);
}

static void keep(struct gather *g, const struct part *m)
{
	struct part *to;

	g->part = one_more(g->a, struct part, g->part, g->n);
	to = &g->part[g->n++];
	*to = *m;
	to->v = new(g->a, struct section, m->n);
	memcpy(to->v, m->v, m->n * sizeof *m->v);
}

bool gather_take(struct gather *g, const struct part *m)
{
	if (gather_begins(m)) {
		gather_drop(g);
		g->open = true;
	} else if (!g->open || !has_pieces(m)) {
		return false;
	}
	keep(g, m);
	g->complete = is_footer(m);
	return true;
}

void gather_drop(struct gather *g)
{
	g->n = 0;
	g->open = g->complete = false;
}

/* --- the image ------------------------------------------------------------------------------------ */

static bool afford(struct gather *g, uint64_t n)
{
	if (n > g->budget)
		return false;
	g->budget -= n;
	return true;
}

/* Copies each piece behind the last, where a linker would. Does that make the image of size bytes? */
static bool place_pieces(struct gather *g, unsigned char *image, uint64_t size)
{
	uint64_t at = 0;

	for (size_t k = 0; k < g->n; k++) {
		const struct part *m = &g->part[k];

		for (size_t i = 1; i < m->n; i++) {
			struct section *s = &m->v[i];
			uint64_t align = s->align ? s->align : 1;

			s->left = !s->image;
			if (s->left)
				continue;
			if (align & (align - 1) || align > size)
				align = at ? 0 : 1; /* the first one's is for the program's pages */
			if (!align || align_up(at, align) > size || s->size > size - align_up(at, align) || !afford(g, s->size))
				return false;
			at = align_up(at, align);
			memcpy(image + at, m->p + s->off, (size_t)s->size);
			s->moved = at - s->off;
			at += s->size;
		}
	}
	return at == size;
}

static void know(void *ctx, struct str name, uint64_t place)
{
	struct names *t = ctx;

	t->v = one_more(&t->a, struct known, t->v, t->n);
	t->v[t->n++] = (struct known){name, place};
}

static int by_name(const void *x, const void *y)
{
	const struct known *a = x, *b = y;

	return str_cmp(a->name, b->name);
}

static bool find_name(void *ctx, struct str name, uint64_t *place)
{
	const struct names *t = ctx;
	const struct known key = {name, 0}, *found = t->n ? bsearch(&key, t->v, t->n, sizeof key, by_name) : NULL;

	if (found)
		*place = found->place;
	return found;
}

/* The distances between the pieces, by symbols that are one part's and another's. */
static bool relocate_parts(struct gather *g, unsigned char *image)
{
	struct names names = {0};
	bool ok = true;

	for (int apply = 0; ok && apply <= 1; apply++) {
		for (size_t k = 0; ok && k < g->n; k++) {
			struct part *m = &g->part[k];
			struct relocatable o = relocatable_of(m->p, &m->eh, m->v, m->n);

			o.images = image;
			o.find = find_name;
			o.ctx = &names;
			ok = apply ? relocatable_apply(&o, &g->budget) : relocatable_symbols(&o, know, &names, &g->budget);
		}
		if (!apply && names.n)
			qsort(names.v, names.n, sizeof *names.v, by_name);
	}
	arena_done(&names.a);
	return ok;
}

unsigned char *gather_image(struct gather *g, uint64_t *size)
{
	const unsigned char *h = g->part[0].p + only_piece(&g->part[0])->off;
	uint64_t n = rccf_load64(h + RCCF_H_SIZE);
	unsigned char *image = MAP_FAILED;

	if (n >= RCCF_HEADER_SIZE && n <= IMAGE_MAX)
		image = mmap(NULL, (size_t)n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (image != MAP_FAILED && (!place_pieces(g, image, n) || !relocate_parts(g, image))) {
		munmap(image, (size_t)n);
		image = MAP_FAILED;
	}
	gather_drop(g);
	*size = n;
	return image == MAP_FAILED ? NULL : image;
}
