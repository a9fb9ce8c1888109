/* SPDX-License-Identifier: MIT */
/* See inside.h. */
#include "inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "out.h"

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
		diag_error(d, AT_FILE(path),
		           "it holds no bundle '%s'; 'rcc list' shows those it holds, the first is '%s'", bundle, names[0]);
	free(names);
}

void inside_guard(struct arena *a, const char *path, int status)
{
	struct sb line = {0};

	sb_str(&line, "rcc: ");
	sb_escaped(&line, str_of(path));
	sb_str(&line, ": error: it became shorter while it was read; do it again when nothing writes to it\n");
	out_on_bus_error(str_copy(a, (struct str){line.p, line.n}).p, status);
	sb_done(&line);
}

void inside_unguard(void)
{
	out_on_bus_error(NULL, 0);
}

bool inside_open(struct inside *in, struct arena *a, struct diag *d, const char *path, const char *bundle)
{
	*in = (struct inside){0};
	inside_guard(a, path, 1);
	if (!carrier_open(&in->c, a, d, path)) {
		inside_unguard();
		return false;
	}
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
	inside_unguard();
	in->n = 0;
}

bool globs_init(struct globs *g, struct arena *a, const struct opt_spec *spec, struct diag *d, const char **v,
                size_t n)
{
	*g = (struct globs){.v = v, .n = n, .hit = new(a, bool, n)};
	for (size_t i = 0; i < n; i++) {
		const char *fault = rcc_i_match_fault(v[i], strlen(v[i]));

		if (fault)
			return opt_bad(spec, d, "bad pattern '%s': %s", v[i], fault);
	}
	return true;
}

bool globs_match(struct globs *g, const rcc_entry *e)
{
	bool any = !g->n;

	for (size_t i = 0; i < g->n; i++)
		if ((!any || !g->hit[i]) && rcc_i_match(g->v[i], strlen(g->v[i]), e->name, e->name_len))
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

/* --- Contents --------------------------------------------------------------------------------- */

/* Small pieces are gathered: the decoder's are a page. */
struct writer {
	rcc_i_hasher hasher;
	int fd, error; /* of the first write that failed */
	size_t n;
	char gathered[1 << 16];
};

static void flush(struct writer *w)
{
	if (w->n && !w->error && io_write(w->fd, w->gathered, w->n))
		w->error = errno;
	w->n = 0;
}

static void add_piece(void *arg, const void *p, size_t n)
{
	struct writer *w = arg;

	rcc_i_hasher_add(&w->hasher, p, n);
	if (w->fd < 0)
		return;
	if (n > sizeof w->gathered - w->n)
		flush(w);
	if (n <= sizeof w->gathered) {
		memcpy(w->gathered + w->n, p, n);
		w->n += n;
	} else if (!w->error && io_write(w->fd, p, n)) {
		w->error = errno;
	}
}

/* Stored contents lie in memory; so many at a time are hashed and written while the processor has them at
 * hand. */
enum { PIECE = 1 << 20 };

static void add_stored(struct writer *w, rcc_span bytes)
{
	for (size_t n; bytes.size && !w->error; bytes.data += n, bytes.size -= n) {
		n = bytes.size < PIECE ? bytes.size : PIECE;
		add_piece(w, bytes.data, n);
	}
}

int inside_write(const rcc_entry *e, rcc_dctx *ctx, int fd)
{
	struct writer w;
	rcc_span bytes;
	int r = rcc_view(e, &bytes);

	w.fd = fd;
	w.error = 0;
	w.n = 0;
	rcc_i_hasher_begin(&w.hasher);
	if (!r)
		add_stored(&w, bytes);
	else if (r == RCC_EENCODED)
		r = rcc_i_decode_pieces(e, add_piece, &w, ctx);
	flush(&w);
	if (!r && w.error) {
		errno = w.error;
		return INSIDE_WRITE;
	}
	return r || rcc_i_hasher_end(&w.hasher) == e->hash ? r : RCC_ECORRUPT;
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
