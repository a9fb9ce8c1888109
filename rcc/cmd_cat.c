/* SPDX-License-Identifier: MIT */
/* rcc cat: contents to standard output, in the order asked. */
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "inside.h"
#include "opt.h"

struct cat {
	const char *bundle, *path;
	struct diag d;
	rcc_dctx *ctx;
};

enum { O_BUNDLE };

static const struct opt table[] = {
	[O_BUNDLE] = {0, "bundle", OPT_VALUE, "NAME", "from the bundle of that name"},
};

static bool set(void *ctx, size_t i, const char *value)
{
	struct cat *o = ctx;

	if (i == O_BUNDLE)
		o->bundle = value;
	return true;
}

static const struct opt_spec spec = {
	"cat", "[options] FILE NAME...",
	"Writes the contents of each NAME in FILE to standard output, checked against their\n"
	"hash before. A NAME that begins with '-' or '@' goes behind '--'.",
	table, sizeof table / sizeof *table, set
};

/* Is name the last parts of full? */
static bool ends_with_parts(struct str full, struct str name)
{
	return full.n > name.n && full.p[full.n - name.n - 1] == '/' &&
	       str_eq((struct str){full.p + full.n - name.n, name.n}, name);
}

/* The name that was probably meant: one in another directory, or the nearest by spelling. NULL: none. */
static const char *nearest(const struct inside *in, struct str name)
{
	const char *best = NULL;
	rcc_entry e;

	for (size_t k = 0; k < in->n; k++)
		for (size_t i = 0; i < rcc_count(in->v[k].b) && !rcc_at(in->v[k].b, i, &e); i++)
			if (ends_with_parts((struct str){e.name, e.name_len}, name))
				return e.name;
	/* Pairs keep the memory small: the nearer of the best so far and this one. */
	for (size_t k = 0; k < in->n; k++)
		for (size_t i = 0; i < rcc_count(in->v[k].b) && !rcc_at(in->v[k].b, i, &e); i++)
			if (e.name_len <= 2 * name.n) {
				const char *pair[] = {best ? best : e.name, e.name};
				const char *near = str_nearest(name, pair, 2);

				best = near ? near : best;
			}
	return best;
}

/* Decoded once to be checked and once to be written: nothing that does not hold is written, and nothing kept
 * whole. */
static bool write_entry(struct cat *o, const rcc_entry *e)
{
	int r;

	if (!o->ctx && e->codec != RCC_CODEC_STORE)
		o->ctx = rcc_dctx_new();
	r = inside_write(e, o->ctx, -1);
	if (!r)
		r = inside_write(e, o->ctx, STDOUT_FILENO);
	if (r == INSIDE_WRITE)
		diag_error(&o->d, AT_FILE("standard output"), "cannot write:");
	else if (r)
		diag_error(&o->d, AT_FILE(o->path), "'%s': %s", e->name, rcc_strerror(r));
	return r != INSIDE_WRITE;
}

/* False: standard output takes no more. */
static bool cat_name(struct cat *o, const struct inside *in, const char *name)
{
	size_t hits = 0;
	rcc_entry e, at;

	for (size_t k = 0; k < in->n; k++) {
		int r = rcc_lookup(in->v[k].b, name, strlen(name), &at);

		if (!r && !hits++)
			e = at;
		if (r && r != RCC_ENOENT) {
			diag_error(&o->d, AT_FILE(o->path), "'%s': %s", name, rcc_strerror(r));
			return true;
		}
	}
	if (hits > 1) {
		diag_error(&o->d, AT_FILE(o->path), "'%s' is in %zu bundles; choose one with --bundle", name, hits);
	} else if (!hits) {
		const char *near = nearest(in, str_of(name));

		if (near)
			diag_error(&o->d, AT_FILE(o->path), "it holds no '%s'; did you mean '%s'?", name, near);
		else
			diag_error(&o->d, AT_FILE(o->path), "it holds no '%s'; 'rcc list' shows what it holds", name);
	}
	return hits != 1 || write_entry(o, &e);
}

int cmd_cat(int argc, char **argv)
{
	struct cat o = {0};
	struct arena a = {0};
	struct opt_args words = {0};
	struct inside in = {0};
	enum opt_result r = opt_parse(&spec, &o.d, &a, argc, argv, &o, &words);
	int status = r == OPT_HELPED ? 0 : 2;

	if (r == OPT_OK && words.n < 2) {
		opt_bad(&spec, &o.d, words.n ? "no NAME to write" : "no FILE and no NAME");
	} else if (r == OPT_OK) {
		o.path = words.v[0];
		if (inside_open(&in, &a, &o.d, o.path, o.bundle))
			for (size_t i = 1; i < words.n && cat_name(&o, &in, words.v[i]); i++)
				;
		status = diag_failed(&o.d);
	}
	status = opt_close_stdout(&o.d, status);
	rcc_dctx_free(o.ctx);
	inside_close(&in);
	arena_done(&a);
	return status;
}
