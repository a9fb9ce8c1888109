/* SPDX-License-Identifier: MIT */
/* See inside.h. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct str inside_name(const rcc_bundle *b)
{
	rcc_info info;

	if (rcc_get_info(b, &info))
		return STR("?"); /* never: the header was checked */
	return (struct str){info.name, info.name_len};
}

static void report_no_bundle(const struct inside *in, struct diag *d, const char *path, const char *bundle)
{
	const char **names = calloc(in->c.n, sizeof *names), *near;

	if (!names)
		die("out of memory");
	for (size_t i = 0; i < in->c.n; i++)
		names[i] = inside_name(in->c.v[i].b).p;
	near = str_nearest(str_of(bundle), names, in->c.n);
	if (near)
		diag_error(d, AT_FILE(path), "it holds no bundle '%s'; did you mean '%s'?", bundle, near);
	else
		diag_error(d, AT_FILE(path), "it holds no bundle '%s'; 'rcc list' shows those it holds, the first is '%s'", bundle,
		           names[0]);
	free(names);
}

bool inside_open(struct inside *in, struct arena *a, struct diag *d, const char *path, const char *bundle)
{
	*in = (struct inside){0};
	if (!carrier_open(&in->c, a, d, path))
		return false;
	in->v = in->c.v;
	in->n = in->c.n;
	if (!bundle)
		return true;
	in->v = new(a, struct found, in->c.n);
	in->n = 0;
	for (size_t i = 0; i < in->c.n; i++)
		if (str_eq(inside_name(in->c.v[i].b), str_of(bundle)))
			in->v[in->n++] = in->c.v[i];
	if (in->n)
		return true;
	report_no_bundle(in, d, path, bundle);
	inside_close(in);
	return false;
}

void inside_close(struct inside *in)
{
	carrier_close(&in->c);
	in->n = 0;
}

bool globs_init(struct globs *g, struct arena *a, const struct opt_spec *spec, struct diag *d, const char **v, size_t n)
{
	*g = (struct globs){.v = v, .n = n, .hit = new(a, bool, n)};
	for (size_t i = 0; i < n; i++) {
		const char *fault = rcci_match_fault(v[i], strlen(v[i]));

		if (fault)
			return opt_bad(spec, d, "bad pattern '%s': %s", v[i], fault);
	}
	return true;
}

bool globs_match(struct globs *g, const rcc_entry *e)
{
	bool any = !g->n;

	for (size_t i = 0; i < g->n; i++)
		if ((!any || !g->hit[i]) && rcci_match(g->v[i], strlen(g->v[i]), e->name, e->name_len))
			any = g->hit[i] = true;
	return any;
}

void globs_unmatched(const struct globs *g, struct diag *d, const char *path)
{
	for (size_t i = 0; i < g->n; i++)
		if (!g->hit[i])
			diag_error(d, AT_FILE(path), "no name matches '%s'", g->v[i]);
}

bool inside_at(const struct found *f, size_t i, struct diag *d, const char *path, rcc_entry *out)
{
	int r = rcc_at(f->b, i, out);

	if (r)
		diag_error(d, AT_FILE(path), "bundle '%s', entry %zu: %s", inside_name(f->b).p, i, rcc_strerror(r));
	return !r;
}

int inside_contents(const rcc_entry *e, rcc_dctx *ctx, rcc_span *out, void **heap)
{
	rcc_ssize n = 0;
	int r = rcc_view(e, out);

	*heap = NULL;
	if (r && r != RCC_EENCODED)
		return r;
	if (r == RCC_EENCODED) {
		if (e->size >= PTRDIFF_MAX || !(*heap = malloc((size_t)e->size + 1)))
			return RCC_ENOMEM;
		n = rcc_read(e, *heap, (size_t)e->size, ctx);
		*out = (rcc_span){*heap, (size_t)e->size};
	}
	if (n >= 0 && rcci_hash64(out->data, out->size) == e->hash)
		return 0;
	free(*heap);
	*heap = NULL;
	return n < 0 ? (int)n : RCC_ECORRUPT;
}

void inside_print(const char *name, size_t len)
{
	static int terminal = -1;
	struct sb b = {0};

	if (terminal < 0)
		terminal = isatty(STDOUT_FILENO);
	if (!terminal) {
		fwrite(name, 1, len, stdout);
		return;
	}
	sb_escaped(&b, (struct str){name, len});
	if (b.n)
		fwrite(b.p, 1, b.n, stdout);
	sb_done(&b);
}
