/* SPDX-License-Identifier: MIT */
/* rcc list: every bundle and name in a file; as lines, as a table, as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd.h"
#include "inside.h"
#include "json.h"
#include "opt.h"

struct list {
	bool table, json, nul;
	const char *bundle, *path;
	struct globs globs;
	struct diag d;
};

enum { O_LONG, O_JSON, O_NUL, O_BUNDLE };

static const struct opt table[] = {
	[O_LONG] = {'l', "long", OPT_FLAG, NULL,
	            "a table: size, stored bytes, codec, alignment, content hash,\nMIME type, name"},
	[O_JSON] = {0, "json", OPT_FLAG, NULL, "all of it as one JSON value"},
	[O_NUL] = {'0', "null", OPT_FLAG, NULL, "end each name with a NUL byte instead of a newline; no headings"},
	[O_BUNDLE] = {0, "bundle", OPT_VALUE, "NAME", "only the bundle of that name"},
};

static bool set(void *ctx, size_t i, const char *value)
{
	struct list *o = ctx;

	switch (i) {
	case O_LONG: o->table = true; break;
	case O_JSON: o->json = true; break;
	case O_NUL: o->nul = true; break;
	case O_BUNDLE: o->bundle = value; break;
	}
	return true;
}

static const struct opt_spec spec = {
	"list", "[options] FILE [GLOB...]",
	"Prints the names in FILE: an object, archive, executable, shared object or .rcb.\n"
	"With GLOBs, only those that match one; patterns are those of gitignore. A FILE with\n"
	"several bundles has each headed by its name. On a terminal control bytes are escaped.\n"
	"In JSON a byte of a name that is not UTF-8 becomes \\udcXX, as in Python's surrogateescape.",
	table, sizeof table / sizeof *table, set
};

static const char *codec_word(int codec)
{
	switch (codec) {
	case RCC_CODEC_STORE: return "store";
	case RCC_CODEC_ZSTD: return "zstd";
	case RCC_CODEC_ZSTD_DICT: return "dict";
	case RCC_CODEC_ZSTD_CHUNKS: return "chunk";
	}
	return "?";
}

/* --- Lines ------------------------------------------------------------------------------------ */

static void print_heading(const struct list *o, const struct found *f, bool first, bool several)
{
	rcc_info info;

	if (o->nul || rcc_get_info(f->b, &info) || (!o->table && !several))
		return;
	if (!first)
		putchar('\n');
	inside_print(info.name, info.name_len);
	putchar(':');
	if (o->table)
		printf(" %zu files, %" PRIu64 " bytes, index %016" PRIx64 ", data %016" PRIx64 "%016" PRIx64,
		       info.count, info.size, info.index_hash, info.data_hash[1], info.data_hash[0]);
	if (o->table && f->member.n) {
		fputs(", in ", stdout);
		inside_print(f->member.p, f->member.n);
	}
	putchar('\n');
}

static void print_line(const struct list *o, const rcc_entry *e)
{
	if (o->table) {
		printf("%12" PRIu64 " %12" PRIu64 " %-5s %7zu %016" PRIx64 " ", e->size, e->stored,
		       codec_word(e->codec), e->align, e->hash);
		inside_print(e->mime ? e->mime : "-", e->mime ? strlen(e->mime) : 1);
		putchar(' ');
	}
	inside_print(e->name, e->name_len);
	putchar(o->nul ? 0 : '\n');
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_heading(const struct found *f, bool first)
{
	rcc_info info = {0};

	rcc_get_info(f->b, &info);
	fputs(first ? "\n{" : ",\n{", stdout);
	json_or_null("name", info.name, info.name_len);
	putchar(',');
	json_or_null("member", f->member.n ? f->member.p : NULL, f->member.n);
	printf(",\"offset\":%" PRIu64 ",\"size\":%" PRIu64 ",\"count\":%zu,\"index_hash\":\"%016" PRIx64
	       "\",\"data_hash\":\"%016" PRIx64 "%016" PRIx64 "\",\"entries\":[",
	       f->off, info.size, info.count, info.index_hash, info.data_hash[1], info.data_hash[0]);
}

static void json_entry(const rcc_entry *e, bool first)
{
	fputs(first ? "\n{" : ",\n{", stdout);
	json_or_null("name", e->name, e->name_len);
	printf(",\"size\":%" PRIu64 ",\"stored\":%" PRIu64 ",\"codec\":\"%s\",\"align\":%zu,\"hash\":\"%016" PRIx64
	       "\",", e->size, e->stored, codec_word(e->codec), e->align, e->hash);
	json_or_null("mime", e->mime, e->mime ? strlen(e->mime) : 0);
	putchar('}');
}

/* --- The walk --------------------------------------------------------------------------------- */

static void list_bundle(struct list *o, const struct inside *in, size_t which, bool *headed)
{
	const struct found *f = &in->v[which];
	size_t n = rcc_count(f->b), printed = 0;
	bool heading = false;
	rcc_entry e;

	if (o->json)
		json_heading(f, !which);
	/* A bundle that a pattern finds nothing in has no heading. */
	for (size_t i = 0; i < n && !ferror(stdout) && inside_at(f, i, &o->d, o->path, &e); i++) {
		if (!globs_match(&o->globs, &e))
			continue;
		if (o->json) {
			json_entry(&e, !printed++);
			continue;
		}
		if (!heading)
			print_heading(o, f, !*headed, in->n > 1);
		heading = *headed = true;
		print_line(o, &e);
	}
	if (o->json) {
		fputs(printed ? "\n]}" : "]}", stdout);
	} else if (!heading && !o->globs.n) {
		print_heading(o, f, !*headed, in->n > 1);
		*headed = true;
	}
}

static int list(struct list *o, struct arena *a)
{
	struct inside in;
	bool headed = false;

	if (!inside_open(&in, a, &o->d, o->path, o->bundle))
		return 1;
	if (o->json)
		fputs("{\"bundles\":[", stdout);
	for (size_t i = 0; i < in.n; i++)
		list_bundle(o, &in, i, &headed);
	if (o->json)
		puts("\n]}");
	globs_unmatched(&o->globs, &o->d, o->path);
	inside_close(&in);
	return diag_failed(&o->d);
}

int cmd_list(int argc, char **argv)
{
	struct list o = {0};
	struct arena a = {0};
	struct opt_args files = {0};
	enum opt_result r = opt_parse(&spec, &o.d, &a, argc, argv, &o, &files);
	int status = r == OPT_HELPED ? 0 : 2;

	if (r == OPT_OK && !files.n)
		opt_bad(&spec, &o.d, "no FILE to list");
	else if (r == OPT_OK && o.json && (o.table || o.nul))
		opt_bad(&spec, &o.d, "--json goes with neither -l nor -0");
	else if (r == OPT_OK && globs_init(&o.globs, &a, &spec, &o.d, files.v + 1, files.n - 1)) {
		o.path = files.v[0];
		status = list(&o, &a);
	}
	status = opt_close_stdout(&o.d, status);
	arena_done(&a);
	return status;
}
