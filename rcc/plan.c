/* SPDX-License-Identifier: MIT */
/* See plan.h. */
#include "plan.h"

#include <stdlib.h>

#include "../runtime-stub/core/core.h"
#include "mime.h"

enum { SAID_MOST = 10 }; /* of one kind of fault; more are counted only */

/* Reports or counts one more fault of a kind; a list that ends early says how long it is. */
static bool say_one_more(size_t *said)
{
	return ++*said <= SAID_MOST;
}

/* What is being decided. */
struct deciding {
	struct plan *p;
	struct arena *a;
	struct diag *d;
	const struct tree *t;
	struct select *s;
	const struct plan_options *o;
	struct at *name_at; /* of each asset: the rule that renamed it; NULL while none did */
	const struct how **how; /* all that were decided, by hash; the number of places is a power of two */
	size_t hows, places;
};

static uint8_t log2_of(uint32_t power)
{
	return (uint8_t)(power ? __builtin_ctz(power) : 0);
}

/* The place of what is equal to *h, or a free one. Bytes are compared, also those between the fields: what came from one
 * rule is in one place, and so are its strings. */
static size_t place_of(const struct deciding *c, const struct how *h)
{
	size_t k = rcc_i_hash64(h, sizeof *h) & (c->places - 1);

	while (c->how[k] && memcmp(c->how[k], h, sizeof *h))
		k = (k + 1) & (c->places - 1);
	return k;
}

static void make_room(struct deciding *c)
{
	const struct how **old = c->how;
	size_t n = c->places;

	c->places = n ? 2 * n : 16;
	c->how = calloc(c->places, sizeof(const struct how *));
	if (!c->how)
		die("out of memory");
	for (size_t i = 0; i < n; i++)
		if (old[i])
			c->how[place_of(c, old[i])] = old[i];
	free(old);
}

/* The only one that is equal to *h, whose every byte is set. */
static const struct how *share(struct deciding *c, const struct how *h)
{
	size_t k;

	if (2 * c->hows >= c->places)
		make_room(c);
	k = place_of(c, h);
	if (!c->how[k]) {
		c->how[k] = memcpy(new(c->a, struct how, 1), h, sizeof *h);
		c->hows++;
	}
	return c->how[k];
}

/* The codec of one file, from its rules and -z, --chunk and --dict. */
static void set_codec(struct how *h, const struct attrs *at, const struct plan_options *o)
{
	bool asked = at->codec == CODEC_ZSTD || (at->codec == CODEC_UNSAID && (at->chunk || at->dict == DICT_YES));

	h->codec = asked ? PLAN_ZSTD
	          : at->codec == CODEC_STORE ? PLAN_STORE
	          : o->compress ? PLAN_ZSTD_GAINS
	          : o->chunk || o->dict ? PLAN_ZSTD_PARTS : PLAN_STORE;
	h->chunk = at->chunk ? at->chunk : o->chunk;
	h->dict = at->dict == DICT_YES || (at->dict == DICT_UNSAID && o->dict);
	h->level = at->codec == CODEC_ZSTD && at->level ? at->level : o->level;
}

/* The name that name= gives, below the prefix that every name of its root has. */
static struct str renamed(const struct deciding *c, const struct asset *asset, struct str to)
{
	struct str prefix = c->t->root[asset->root].prefix;
	char *p = new(c->a, char, prefix.n + to.n + 1);

	memcpy(p, prefix.p, prefix.n);
	memcpy(p + prefix.n, to.p, to.n);
	return (struct str){p, prefix.n + to.n};
}

/* Decides one asset; it becomes the next item, or is left out. */
static void decide(struct deciding *c, const struct rules *r, const struct asset *asset)
{
	struct attrs at = rules_match(r, asset->name);
	struct str name = at.name.p ? renamed(c, asset, at.name) : asset->name;
	struct listed *kept = c->s->keeping ? name_list_find(&c->s->keep, name) : NULL;
	struct how how;

	if (c->s->keeping && !kept) {
		diag_verbose(c->d, "left out %s: not in the keep list", name.p);
		return;
	}
	if (kept)
		kept->seen = true;
	memset(&how, 0, sizeof how);
	how.align_log2 = log2_of(at.align);
	how.align_said = at.align != 0;
	how.mime = str_eq(at.mime, RULES_MIME_AUTO) ? mime_of(name) : at.mime;
	how.run = at.run;
	how.encode = at.encode;
	set_codec(&how, &at, c->o);
	c->p->v[c->p->n] = (struct item){.name = name, .asset = asset, .how = share(c, &how)};
	if (at.name.p) {
		if (!c->name_at)
			c->name_at = new(c->a, struct at, c->t->n);
		c->name_at[asset - c->t->v] = at.name_at;
	}
	c->p->n++;
}

static int by_name(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	int c = str_cmp(a->name, b->name);

	return c ? c : (a->asset > b->asset) - (a->asset < b->asset);
}

/* The rule that renamed an item, if one did. */
static void note_rename(const struct deciding *c, const struct item *it)
{
	size_t i = (size_t)(it->asset - c->t->v);

	if (c->name_at && c->name_at[i].file)
		diag_note(c->d, c->name_at[i], "this rule names '%s' so", tree_path(c->t, c->a, it->asset));
}

/* Items with one name. The tree's order is the names' own unless a rule renamed one, so sorting is seldom needed. */
static void refuse_clashes(const struct deciding *c)
{
	struct plan *p = c->p;
	size_t clashes = 0;

	if (c->name_at)
		qsort(p->v, p->n, sizeof *p->v, by_name);
	for (size_t i = 1; i < p->n; i++) {
		const struct item *a = &p->v[i - 1], *b = &p->v[i];

		if (!str_eq(a->name, b->name) || !say_one_more(&clashes))
			continue;
		diag_error(c->d, AT_NONE, "two inputs with one name, '%s': '%s' and '%s'; rename or exclude one, or give "
		           "their directories different prefixes", a->name.p, tree_path(c->t, c->a, a->asset),
		           tree_path(c->t, c->a, b->asset));
		note_rename(c, a);
		note_rename(c, b);
	}
	if (clashes > SAID_MOST)
		diag_error(c->d, AT_NONE, "and %zu more inputs whose names clash", clashes - SAID_MOST);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_but_case(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

/* Names that one directory of a file system without upper and lower case could not hold. slot holds 1 + an index. */
static void warn_of_case(const struct deciding *c)
{
	struct plan *p = c->p;
	size_t slots = 16, said = 0;
	struct sb low = {0};
	uint32_t *slot;

	while (slots < 2 * p->n)
		slots *= 2;
	slot = calloc(slots, sizeof *slot);
	if (!slot)
		die("out of memory");
	for (size_t i = 0; i < p->n; i++) {
		struct str name = p->v[i].name;
		size_t k;

		low.n = 0;
		sb_add(&low, name.p, name.n);
		for (size_t j = 0; j < low.n; j++)
			low.p[j] = lower(low.p[j]);
		k = rcc_i_hash64(low.p, low.n) & (slots - 1);
		while (slot[k] && !same_but_case(p->v[slot[k] - 1].name, name))
			k = (k + 1) & (slots - 1);
		if (!slot[k])
			slot[k] = (uint32_t)i + 1;
		else if (!str_eq(p->v[slot[k] - 1].name, name) && say_one_more(&said))
			diag_warn(c->d, AT_NONE, "names that differ by case only: '%s' and '%s'; "
			          "some file systems cannot hold both", p->v[slot[k] - 1].name.p, name.p);
	}
	if (said > SAID_MOST)
		diag_warn(c->d, AT_NONE, "and %zu more names that differ by case only", said - SAID_MOST);
	free(slot);
	sb_done(&low);
}

static int by_rank(const void *x, const void *y)
{
	const struct listed *const *a = x, *const *b = y;

	return ((*a)->rank > (*b)->rank) - ((*a)->rank < (*b)->rank);
}

/* Tells of the names of a list that are not there, in the order of the list. */
static void warn_of_missing(const struct deciding *c, const struct name_list *l, const char *option)
{
	const struct listed **missing = new(c->a, const struct listed *, l->n);
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (!l->v[i].seen)
			missing[n++] = &l->v[i];
	if (n)
		qsort(missing, n, sizeof *missing, by_rank);
	for (size_t i = 0; i < n && i < SAID_MOST; i++)
		diag_warn(c->d, AT_NONE, "%s lists '%s', which is not there", option, missing[i]->name.p);
	if (n > SAID_MOST)
		diag_warn(c->d, AT_NONE, "%s lists %zu more names that are not there", option, n - SAID_MOST);
}

struct ranked {
	uint32_t rank, index;
};

static int by_rank_then_name(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* The order of the data: what --order lists, then the rest by name. */
static void set_order(const struct deciding *c)
{
	struct plan *p = c->p;
	struct ranked *v;

	p->order = new(c->a, uint32_t, p->n);
	for (size_t i = 0; i < p->n; i++)
		p->order[i] = (uint32_t)i;
	if (!c->s->order.n || !p->n)
		return;
	v = calloc(p->n, sizeof *v);
	if (!v)
		die("out of memory");
	for (size_t i = 0; i < p->n; i++) {
		struct listed *l = name_list_find(&c->s->order, p->v[i].name);

		v[i] = (struct ranked){l ? l->rank : UINT32_MAX, (uint32_t)i};
		if (l)
			l->seen = true;
	}
	qsort(v, p->n, sizeof *v, by_rank_then_name);
	for (size_t i = 0; i < p->n; i++)
		p->order[i] = v[i].index;
	free(v);
}

void plan_make(struct plan *p, struct arena *a, struct diag *d, const struct tree *t, const struct rules *r,
               struct select *s, const struct plan_options *o)
{
	struct deciding c = {.p = p, .a = a, .d = d, .t = t, .s = s, .o = o};

	p->v = new(a, struct item, t->n);
	p->n = 0;
	for (size_t i = 0; i < t->n; i++)
		decide(&c, r, &t->v[i]);
	free(c.how);
	refuse_clashes(&c);
	warn_of_case(&c);
	set_order(&c);
	warn_of_missing(&c, &s->keep, "--keep");
	warn_of_missing(&c, &s->order, "--order");
	if (!p->n)
		diag_warn(d, AT_NONE, "no files: the bundle is empty");
}
