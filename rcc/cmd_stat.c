/* SPDX-License-Identifier: MIT */
/* rcc stat: what takes the room in a file's bundles, and what a linker has left of them in a program; as lines, as
 * JSON. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd.h"
#include "inside.h"
#include "io.h"
#include "json.h"
#include "opt.h"
#include "out.h"
#include "report.h"
#include "treemap.h"

struct stat_options {
	bool json;
	const char *bundle, *path;
	const char *program; /* or NULL */
	const char *html;    /* or NULL */
	struct sb page;
	bool printed; /* a bundle was */
	struct diag d;
	struct arena a;
};

enum { O_JSON, O_HTML, O_BUNDLE };

static const struct opt table[] = {
	[O_JSON] = {0, "json", OPT_FLAG, NULL, "all of it as one JSON value"},
	[O_HTML] = {0, "html", OPT_VALUE, "OUT", "a page with a map of it, instead of lines"},
	[O_BUNDLE] = {0, "bundle", OPT_VALUE, "NAME", "only the bundle of that name"},
};

static bool set(void *ctx, size_t i, const char *value)
{
	struct stat_options *o = ctx;

	switch (i) {
	case O_JSON: o->json = true; break;
	case O_HTML: o->html = value; break;
	case O_BUNDLE: o->bundle = value; break;
	}
	return true;
}

static const struct opt_spec spec = {
	"stat", "[options] FILE [PROGRAM]",
	"Prints what takes the room in FILE's bundles: contents, stored bytes, index, padding, equal\n"
	"contents, endings, the largest files. With PROGRAM, which FILE was linked into, also the names\n"
	"that the linker dropped from each bundle (see rcc compile --per-file-sections), and those whose\n"
	"contents are others there.",
	table, sizeof table / sizeof *table, set
};

/* --- Lines ------------------------------------------------------------------------------------ */

static const char *files_word(size_t n)
{
	return n == 1 ? "file" : "files";
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

static void print_sizes(const struct report *r)
{
	printf("  contents   %12" PRIu64 " bytes\n", r->contents);
	printf("  stored     %12" PRIu64 " bytes, %.1f %% of the contents\n", r->stored, percent(r->stored, r->contents));
	printf("  compressed %12zu %s, %" PRIu64 " bytes to %" PRIu64 "\n", r->compressed, files_word(r->compressed),
	       r->compressed_contents, r->compressed_stored);
	printf("  index      %12" PRIu64 " bytes", r->index);
	if (r->n)
		printf(", %.1f a file", (double)r->index / (double)r->n);
	if (r->dictionary)
		printf("\n  dictionary %12" PRIu64 " bytes", r->dictionary);
	printf("\n  padding    %12" PRIu64 " bytes\n", r->padding);
	printf("  image      %12" PRIu64 " bytes\n", r->image);
	printf("  duplicates %12zu %s of %zu contents, %" PRIu64 " bytes; stored, %" PRIu64 " bytes are shared, %" PRIu64
	       " lie there again\n",
	       r->equal_files, files_word(r->equal_files), r->equal_groups, r->equal_contents, r->equal_spared,
	       r->equal_again);
}

static int by_stored(const void *x, const void *y)
{
	const struct report_kind *a = x, *b = y;

	if (a->stored != b->stored)
		return a->stored < b->stored ? 1 : -1;
	return str_cmp(a->ending, b->ending);
}

/* Those that take the most room; the others as one. */
static void print_kinds(struct arena *a, const struct report *r)
{
	enum { SHOWN = 10 };
	struct report_kind *v = new(a, struct report_kind, r->nkinds), others = {0};

	if (!r->nkinds)
		return;
	memcpy(v, r->kinds, r->nkinds * sizeof *v);
	qsort(v, r->nkinds, sizeof *v, by_stored);
	puts("\n         files     contents       stored  ending");
	for (size_t i = 0; i < r->nkinds; i++) {
		if (i >= SHOWN) {
			others.files += v[i].files;
			others.size += v[i].size;
			others.stored += v[i].stored;
			continue;
		}
		printf("  %12zu %12" PRIu64 " %12" PRIu64 "  ", v[i].files, v[i].size, v[i].stored);
		inside_print(v[i].ending.n ? v[i].ending.p : "(none)", v[i].ending.n ? v[i].ending.n : 6);
		putchar('\n');
	}
	if (others.files)
		printf("  %12zu %12" PRIu64 " %12" PRIu64 "  (%zu others)\n", others.files, others.size, others.stored,
		       r->nkinds - SHOWN);
}

static void print_largest(const struct report *r)
{
	if (r->nlargest)
		puts("\n      contents       stored  largest files");
	for (size_t i = 0; i < r->nlargest; i++) {
		printf("  %12" PRIu64 " %12" PRIu64 "  ", r->largest[i]->size, r->largest[i]->stored);
		inside_print(r->largest[i]->name.p, r->largest[i]->name.n);
		putchar('\n');
	}
}

static void print_names(const struct report_names *names, const char *what)
{
	if (!names->n)
		return;
	printf("  %s %zu %s, %" PRIu64 " bytes of contents, %" PRIu64 " stored:\n", what, names->n, files_word(names->n),
	       names->contents, names->stored);
	for (size_t i = 0; i < names->n && !ferror(stdout); i++) {
		fputs("    ", stdout);
		inside_print(names->v[i]->name.p, names->v[i]->name.n);
		putchar('\n');
	}
}

static void print_change(const struct stat_options *o, const struct report_change *c, const struct found *to)
{
	fputs("\nIn ", stdout);
	inside_print(o->program, strlen(o->program));
	if (to)
		printf(": kept %zu %s\n", c->kept, files_word(c->kept));
	else
		puts(": no bundle of that name");
	print_names(&c->dropped, "dropped");
	print_names(&c->changed, "changed");
	print_names(&c->added, "added");
}

static void print_bundle(struct stat_options *o, const struct found *f, const struct report *r)
{
	struct str name = inside_name(f->b);

	inside_print(name.p, name.n);
	printf(": %zu %s", r->n, files_word(r->n));
	if (r->split)
		fputs(", in sections of their own", stdout);
	if (f->member.n) {
		fputs(", in ", stdout);
		inside_print(f->member.p, f->member.n);
	}
	putchar('\n');
	print_sizes(r);
	print_kinds(&o->a, r);
	print_largest(r);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_bundle(const struct found *f, const struct report *r)
{
	struct str name = inside_name(f->b);

	putchar('{');
	json_or_null("name", name.p, name.n);
	putchar(',');
	json_or_null("member", f->member.n ? f->member.p : NULL, f->member.n);
	printf(",\"offset\":%" PRIu64 ",\"form\":\"%s\",\"files\":%zu,\"contents\":%" PRIu64 ",\"stored\":%" PRIu64
	       ",\"index\":%" PRIu64 ",\"dictionary\":%" PRIu64 ",\"padding\":%" PRIu64 ",\"image\":%" PRIu64,
	       f->off, r->split ? "split" : "packed", r->n, r->contents, r->stored, r->index,
	       r->dictionary, r->padding, r->image);
	printf(",\n\"compressed\":{\"files\":%zu,\"contents\":%" PRIu64 ",\"stored\":%" PRIu64 "}", r->compressed,
	       r->compressed_contents, r->compressed_stored);
	printf(",\n\"duplicates\":{\"groups\":%zu,\"files\":%zu,\"contents\":%" PRIu64 ",\"shared\":%" PRIu64
	       ",\"again\":%" PRIu64 "}",
	       r->equal_groups, r->equal_files, r->equal_contents, r->equal_spared, r->equal_again);
	fputs(",\n\"endings\":[", stdout);
	for (size_t i = 0; i < r->nkinds && !ferror(stdout); i++) {
		fputs(i ? ",\n{" : "\n{", stdout);
		json_or_null("ending", r->kinds[i].ending.p, r->kinds[i].ending.n);
		printf(",\"files\":%zu,\"contents\":%" PRIu64 ",\"stored\":%" PRIu64 "}", r->kinds[i].files,
		       r->kinds[i].size, r->kinds[i].stored);
	}
	putchar(']');
}

/* The files as an array of objects. */
static void json_files(const char *key, const struct report_file *const *v, size_t n)
{
	printf(",\n\"%s\":[", key);
	for (size_t i = 0; i < n && !ferror(stdout); i++) {
		fputs(i ? ",\n{" : "\n{", stdout);
		json_or_null("name", v[i]->name.p, v[i]->name.n);
		printf(",\"size\":%" PRIu64 ",\"stored\":%" PRIu64 ",\"hash\":\"%016" PRIx64 "\"}", v[i]->size, v[i]->stored,
		       v[i]->hash);
	}
	putchar(']');
}

static void json_change(const struct report_change *c, const struct found *to)
{
	fputs(",\n\"linked\":{\"offset\":", stdout);
	if (to)
		printf("%" PRIu64, to->off);
	else
		fputs("null", stdout);
	printf(",\"kept\":%zu,\"dropped_contents\":%" PRIu64 ",\"dropped_stored\":%" PRIu64, c->kept,
	       c->dropped.contents, c->dropped.stored);
	json_files("dropped", c->dropped.v, c->dropped.n);
	json_files("changed", c->changed.v, c->changed.n);
	json_files("added", c->added.v, c->added.n);
	putchar('}');
}

/* --- Bundles of one name ---------------------------------------------------------------------- */

static int by_name(const void *x, const void *y)
{
	const struct found *const *a = x, *const *b = y;
	int r = str_cmp(inside_name((*a)->b), inside_name((*b)->b));

	return r ? r : ((*a)->off > (*b)->off) - ((*a)->off < (*b)->off);
}

static const struct found **sorted(struct arena *a, const struct found *v, size_t n)
{
	const struct found **out = new(a, const struct found *, n);

	for (size_t i = 0; i < n; i++)
		out[i] = &v[i];
	if (n)
		qsort(out, n, sizeof *out, by_name);
	return out;
}

/* For each bundle of the file the one it became in the program, or NULL. Of several of one name the first became the
 * first. */
static const struct found **pair(struct arena *a, const struct inside *in, const struct carrier *program)
{
	const struct found **out = new(a, const struct found *, in->n);
	const struct found **from = sorted(a, in->v, in->n), **to = sorted(a, program->v, program->n);

	for (size_t i = 0, k = 0; i < in->n && k < program->n;) {
		int order = str_cmp(inside_name(from[i]->b), inside_name(to[k]->b));

		if (!order)
			out[from[i] - in->v] = to[k];
		i += order <= 0;
		k += order >= 0;
	}
	return out;
}

/* --- The verb --------------------------------------------------------------------------------- */

static void stat_bundle(struct stat_options *o, const struct inside *in, size_t which, const struct found *to)
{
	const struct found *f = &in->v[which];
	struct report r, there;
	struct report_change c;

	if (!report_make(&r, &o->a, &o->d, o->path, f) ||
	    (to && !report_make(&there, &o->a, &o->d, o->program, to)))
		return;
	if (o->program)
		report_compare(&c, &o->a, &r, to ? &there : NULL);
	if (o->json) {
		fputs(o->printed ? ",\n" : "\n", stdout);
		json_bundle(f, &r);
		json_files("largest", r.largest, r.nlargest);
		if (o->program)
			json_change(&c, to);
		putchar('}');
	} else if (o->html) {
		treemap_add(&o->page, inside_name(f->b), &r, o->program ? &c : NULL);
	} else {
		if (o->printed)
			putchar('\n');
		print_bundle(o, f, &r);
		if (o->program)
			print_change(o, &c, to);
	}
	o->printed = true;
}

/* The page to its file, if nothing went wrong. */
static void write_page(struct stat_options *o)
{
	struct out out;

	if (diag_failed(&o->d) || !out_open(&out, &o->d, AT_FDCWD, o->html))
		return;
	if (!io_write(out.fd, o->page.p, o->page.n)) {
		out_commit(&out, &o->d, false);
		return;
	}
	out_failed(&o->d, o->html, "write");
	out_discard(&out);
}

static void stat_all(struct stat_options *o, const struct inside *in)
{
	struct carrier program = {0};
	const struct found **to;

	if (o->program) {
		struct sb both = {0};

		sb_fmt(&both, "%s or %s", o->path, o->program);
		inside_guard(&o->a, both.p, 1);
		sb_done(&both);
		if (!carrier_open_any(&program, &o->a, &o->d, o->program))
			return;
	}
	to = pair(&o->a, in, &program);
	if (o->json)
		fputs("{\"bundles\":[", stdout);
	if (o->html)
		treemap_begin(&o->page, str_of(o->path));
	for (size_t i = 0; i < in->n; i++)
		stat_bundle(o, in, i, to[i]);
	if (o->json)
		puts("\n]}");
	if (o->html) {
		treemap_end(&o->page);
		write_page(o);
		sb_done(&o->page);
	}
	carrier_close(&program);
}

/* The file that the page would take the place of, or NULL. */
static const char *written_over(const char *html, const struct opt_args *files)
{
	struct stat page, st;

	for (size_t i = 0; html && i < files->n; i++)
		if (!stat(html, &page) && !stat(files->v[i], &st) && page.st_dev == st.st_dev && page.st_ino == st.st_ino)
			return files->v[i];
	return NULL;
}

int cmd_stat(int argc, char **argv)
{
	struct stat_options o = {0};
	struct opt_args files = {0};
	struct inside in;
	enum opt_result r = opt_parse(&spec, &o.d, &o.a, argc, argv, &o, &files);
	const char *lost = r == OPT_OK ? written_over(o.html, &files) : NULL;
	int status = r == OPT_HELPED ? 0 : 2;

	if (r == OPT_OK && !files.n) {
		opt_bad(&spec, &o.d, "no FILE to measure");
	} else if (r == OPT_OK && files.n > 2) {
		opt_bad(&spec, &o.d, "one FILE and one PROGRAM, not also '%s'", files.v[2]);
	} else if (r == OPT_OK && o.json && o.html) {
		opt_bad(&spec, &o.d, "--json or --html, not both");
	} else if (lost) {
		opt_bad(&spec, &o.d, "--html would write over '%s', which is to be measured; give OUT another name", lost);
	} else if (r == OPT_OK) {
		o.path = files.v[0];
		o.program = files.v[1];
		if (inside_open(&in, &o.a, &o.d, o.path, o.bundle)) {
			stat_all(&o, &in);
			inside_close(&in);
		}
		status = diag_failed(&o.d);
	}
	status = opt_close_stdout(&o.d, status);
	arena_done(&o.a);
	return status;
}
