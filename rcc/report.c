/* SPDX-License-Identifier: MIT */
/* See report.h. */
#include "report.h"

#include <stdlib.h>

#include "inside.h"
#include "io.h"

typedef const struct report_file *file_ref;

/* --- Orders ----------------------------------------------------------------------------------- */

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_place(const void *x, const void *y)
{
	const file_ref *a = x, *b = y;

	return by_number((uintptr_t)(*a)->data, (uintptr_t)(*b)->data);
}

static bool same_contents(file_ref a, file_ref b)
{
	return a->hash == b->hash && a->size == b->size;
}

static int by_contents(const void *x, const void *y)
{
	const file_ref *a = x, *b = y;
	int r = by_number((*a)->hash, (*b)->hash);

	if (!r)
		r = by_number((*a)->size, (*b)->size);
	return r ? r : by_place(x, y);
}

static struct str ending_of(file_ref f)
{
	struct str s = f->name;

	for (size_t i = s.n; i > 1 && s.p[i - 1] != '/'; i--)
		if (s.p[i - 1] == '.')
			return s.p[i - 2] == '/' ? STR("") : (struct str){s.p + i - 1, s.n - i + 1};
	return STR("");
}

static int by_ending(const void *x, const void *y)
{
	const file_ref *a = x, *b = y;

	return str_cmp(ending_of(*a), ending_of(*b));
}

/* --- One bundle ------------------------------------------------------------------------------- */

static bool take_file(struct report_file *f, struct diag *d, const char *path, const struct found *in, size_t i)
{
	rcc_entry e;
	rcc_span bytes;
	int r;

	if (!inside_at(in, i, d, path, &e))
		return false;
	r = rcc_view_encoded(&e, &bytes);
	if (r) {
		diag_error(d, AT_FILE(path), "'%s': %s", e.name, rcc_strerror(r));
		return false;
	}
	*f = (struct report_file){{e.name, e.name_len}, e.size, e.stored, e.hash, bytes.data,
	                          e.codec != RCC_CODEC_STORE};
	return true;
}

/* The stored bytes, each counted once whoever shares it. */
static uint64_t count_stored(file_ref *v, size_t n)
{
	const unsigned char *end = NULL;
	uint64_t sum = 0;

	qsort(v, n, sizeof *v, by_place);
	for (size_t i = 0; i < n; i++) {
		const unsigned char *from = v[i]->data, *to = from + v[i]->stored;

		if (end && from < end)
			from = end;
		if (to > from) {
			sum += (uint64_t)(to - from);
			end = to;
		}
	}
	return sum;
}

/* Empty files are all alike, and of no interest. */
static void count_equal(struct report *r, file_ref *v, size_t n)
{
	qsort(v, n, sizeof *v, by_contents);
	for (size_t i = 1; i < n; i++) {
		if (!v[i]->size || !same_contents(v[i - 1], v[i]))
			continue;
		r->equal_groups += i < 2 || !same_contents(v[i - 2], v[i]);
		r->equal_files++;
		r->equal_contents += v[i]->size;
		*(v[i]->data == v[i - 1]->data ? &r->equal_spared : &r->equal_again) += v[i]->stored;
	}
}

static void count_kinds(struct report *r, struct arena *a, file_ref *v, size_t n)
{
	qsort(v, n, sizeof *v, by_ending);
	for (size_t i = 0; i < n; i++) {
		struct report_kind *k;

		if (!i || by_ending(&v[i - 1], &v[i])) {
			r->kinds = one_more(a, struct report_kind, r->kinds, r->nkinds);
			r->kinds[r->nkinds++] = (struct report_kind){.ending = ending_of(v[i])};
		}
		k = &r->kinds[r->nkinds - 1];
		k->files++;
		k->size += v[i]->size;
		k->stored += v[i]->stored;
	}
}

/* Among the largest, if it is one; of equals the first by name is first. */
static void place_largest(struct report *r, file_ref f)
{
	size_t i = r->nlargest;

	if (i == REPORT_LARGEST) {
		if (r->largest[i - 1]->stored >= f->stored)
			return;
		i--;
	} else {
		r->nlargest++;
	}
	for (; i && r->largest[i - 1]->stored < f->stored; i--)
		r->largest[i] = r->largest[i - 1];
	r->largest[i] = f;
}

/* Of the split form, each asset has its record beside it. */
static uint64_t count_index(const struct report *r, const rcc_bundle *b)
{
	uint64_t sum = rcc_i_index_size(b);

	if (r->split) {
		sum += RCCF_MARK_SIZE;
		for (size_t i = 0; i < r->n; i++)
			sum += align_up(RCCF_R_NAME + r->v[i].name.n + 1, 8);
	}
	return sum;
}

bool report_make(struct report *r, struct arena *a, struct diag *d, const char *path, const struct found *f)
{
	file_ref *order;
	rcc_span dictionary;
	uint64_t used;

	*r = (struct report){.n = rcc_count(f->b), .image = rcc_i_size(f->b), .split = rcc_i_is_split(f->b)};
	r->v = new(a, struct report_file, r->n);
	order = new(a, file_ref, r->n);
	for (size_t i = 0; i < r->n; i++) {
		struct report_file *v = &r->v[i];

		if (!take_file(v, d, path, f, i))
			return false;
		order[i] = v;
		r->contents += v->size;
		if (v->compressed) {
			r->compressed++;
			r->compressed_contents += v->size;
			r->compressed_stored += v->stored;
		}
		place_largest(r, v);
	}
	r->stored = r->n ? count_stored(order, r->n) : 0;
	r->index = count_index(r, f->b);
	if (!rcc_i_dictionary(f->b, &dictionary))
		r->dictionary = dictionary.size;
	used = r->stored + r->index + r->dictionary;
	r->padding = r->image > used ? r->image - used : 0;
	if (r->n)
		count_equal(r, order, r->n);
	if (r->n)
		count_kinds(r, a, order, r->n);
	return true;
}

/* --- Two of them ------------------------------------------------------------------------------ */

static void add_name(struct report_names *names, struct arena *a, file_ref f)
{
	names->v = one_more(a, file_ref, names->v, names->n);
	names->v[names->n++] = f;
	names->contents += f->size;
	names->stored += f->stored;
}

void report_compare(struct report_change *c, struct arena *a, const struct report *from, const struct report *to)
{
	size_t i = 0, k = 0, n = to ? to->n : 0;

	*c = (struct report_change){0};
	while (i < from->n || k < n) {
		int order = i == from->n ? 1 : k == n ? -1 : str_cmp(from->v[i].name, to->v[k].name);

		if (!order) {
			c->kept++;
			if (!same_contents(&from->v[i], &to->v[k]))
				add_name(&c->changed, a, &to->v[k]);
		} else {
			add_name(order < 0 ? &c->dropped : &c->added, a, order < 0 ? &from->v[i] : &to->v[k]);
		}
		i += order <= 0;
		k += order >= 0;
	}
}
