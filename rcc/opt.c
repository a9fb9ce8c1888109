/* SPDX-License-Identifier: MIT */
/* See opt.h. The words on the command line and in @FILEs come as one stream; parsing sees no difference. */
#include "opt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "io.h"
#include "str.h"

enum { NEST_MAX = 16, HELP_COLUMN_MAX = 30, CANDIDATES_MAX = 96 };

static const struct opt common[] = {
	{'v', "verbose", OPT_FLAG, NULL, "say more"},
	{'q', "quiet", OPT_FLAG, NULL, "no warnings, no notes"},
	{'h', "help", OPT_FLAG, NULL, "this help"},
};
enum { COMMON = sizeof common / sizeof *common };

/* A list of words not yet used up: argv, or an @FILE's. */
struct words {
	const char **v;
	size_t n, i;
};

struct parser {
	const struct opt_spec *spec;
	struct diag *d;
	struct arena *a;
	void *ctx;
	struct words open[NEST_MAX + 1]; /* the innermost last */
	size_t depth;
	struct words files; /* the @FILEs that were read */
	size_t files_cap;
	bool stdin_used;
};

bool opt_bad(const struct opt_spec *spec, struct diag *d, const char *fmt, ...)
{
	struct str text;
	char *p = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	text = (struct str){p, (size_t)n};
	diag_error(d, AT_NONE, "%s%s try 'rcc %s --help'", p, text.n && p[text.n - 1] == '?' ? "" : ";", spec->verb);
	free(p);
	return false;
}

/* --- Help ------------------------------------------------------------------------------------- */

static void help_left(struct sb *b, const struct opt *o)
{
	sb_str(b, "  ");
	if (o->brief)
		sb_fmt(b, "-%c%s", o->brief, o->name ? ", " : "");
	else
		sb_str(b, "    ");
	if (o->name)
		sb_fmt(b, "--%s", o->name);
	if (o->kind == OPT_VALUE)
		sb_fmt(b, " %s", o->arg);
	else if (o->kind == OPT_MAY_VALUE)
		sb_fmt(b, o->name ? "[=%s]" : "[%s]", o->arg);
}

static void help_table(const struct opt *table, size_t n, size_t column)
{
	struct sb b = {0};

	for (size_t i = 0; i < n; i++) {
		const char *line = table[i].help, *end;

		b.n = 0;
		help_left(&b, &table[i]);
		fwrite(b.p, 1, b.n, stdout);
		if (b.n + 2 > column) {
			putchar('\n');
			b.n = 0;
		}
		for (; line; line = *end ? end + 1 : NULL) {
			end = strchrnul(line, '\n');
			printf("%*s%.*s\n", (int)(column - b.n), "", (int)(end - line), line);
			b.n = 0;
		}
	}
	sb_done(&b);
}

static size_t help_column(const struct opt *table, size_t n, size_t column)
{
	struct sb b = {0};

	for (size_t i = 0; i < n; i++) {
		b.n = 0;
		help_left(&b, &table[i]);
		if (b.n + 2 > column && b.n + 2 <= HELP_COLUMN_MAX)
			column = b.n + 2;
	}
	sb_done(&b);
	return column;
}

static void help(const struct opt_spec *spec)
{
	size_t column = help_column(common, COMMON, help_column(spec->table, spec->n, 0));

	printf("usage: rcc %s %s\n", spec->verb, spec->usage);
	if (spec->about)
		printf("\n%s\n", spec->about);
	printf("\noptions:\n");
	help_table(spec->table, spec->n, column);
	help_table(common, COMMON, column);
}

/* --- Words ------------------------------------------------------------------------------------ */

static void push(struct arena *a, struct words *w, size_t *cap, const char *s)
{
	if (w->n + 1 >= *cap) {
		size_t more = *cap ? *cap * 2 : 16;
		const char **v = new(a, const char *, more);

		if (w->n)
			memcpy(v, w->v, w->n * sizeof *v);
		w->v = v;
		*cap = more;
	}
	w->v[w->n++] = s;
	w->v[w->n] = NULL;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One word from p on, unquoted in place: the result is never longer than its source. False: an open quote. */
static bool cut_word(char **p, char *end, char **word, size_t *len)
{
	char *from = *p, *to = *p, quote = 0;

	*word = to;
	for (; from < end && (quote || !is_space(*from)); from++) {
		if (*from == '\\' && from + 1 < end)
			*to++ = *++from;
		else if (quote ? *from == quote : *from == '\'' || *from == '"')
			quote = quote ? 0 : *from;
		else
			*to++ = *from;
	}
	*len = (size_t)(to - *word);
	*p = from;
	return !quote;
}

static bool split(struct parser *p, const char *path, struct sb *text, struct words *out)
{
	char *at = text->p, *end = text->p + text->n;
	size_t cap = 0;

	for (;;) {
		char *word;
		size_t len;

		while (at < end && is_space(*at))
			at++;
		if (at == end)
			return true;
		if (!cut_word(&at, end, &word, &len))
			return opt_bad(p->spec, p->d, "'@%s' ends within a quoted word; close the quote", path);
		push(p->a, out, &cap, str_copy(p->a, (struct str){word, len}).p);
	}
}

/* Puts the words of FILE before those that are left. */
static bool expand(struct parser *p, const char *path)
{
	struct sb text = {0};
	struct words w = {0};
	bool ok = false;

	if (p->depth > NEST_MAX)
		return opt_bad(p->spec, p->d, "'@%s' is nested more than %d deep; does it name itself?", path, NEST_MAX);
	if (io_read_file(path, &text) < 0)
		opt_bad(p->spec, p->d,
		        "cannot read the arguments that '@%s' stands for from '%s' (%s); a path that begins with '@' is "
		        "written './@%s', any other word goes behind '--'",
		        path, path, strerror(errno), path);
	else if (text.n && memchr(text.p, 0, text.n))
		opt_bad(p->spec, p->d, "'@%s' holds a NUL byte; its words are parted by white space", path);
	else
		ok = split(p, path, &text, &w);
	sb_done(&text);
	if (!ok)
		return false;
	p->open[p->depth++] = w;
	if (strcmp(path, "-"))
		push(p->a, &p->files, &p->files_cap, path);
	else
		p->stdin_used = true;
	return true;
}

static const char *next(struct parser *p)
{
	while (p->depth) {
		struct words *w = &p->open[p->depth - 1];

		if (w->i < w->n)
			return w->v[w->i++];
		p->depth--;
	}
	return NULL;
}

/* --- Options ---------------------------------------------------------------------------------- */

static const char *nearest(const struct opt_spec *spec, struct str name)
{
	const char *v[CANDIDATES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < COMMON; i++)
		v[n++] = common[i].name;
	for (size_t i = 0; i < spec->n && n < CANDIDATES_MAX; i++)
		if (spec->table[i].name)
			v[n++] = spec->table[i].name;
	return str_nearest(name, v, n);
}

/* said: the option as written; name: what may be another's, misspelt. */
static bool unknown(struct parser *p, struct str said, struct str name)
{
	const char *near = name.n > 1 ? nearest(p->spec, name) : NULL;

	if (near)
		return opt_bad(p->spec, p->d, "unknown option '%.*s'; did you mean '--%s'?", (int)said.n, said.p, near);
	return opt_bad(p->spec, p->d, "unknown option '%.*s'", (int)said.n, said.p);
}

/* The common options as set() sees them. Index is that of the table above. */
static bool set_common(struct parser *p, size_t i)
{
	if (common[i].brief == 'v')
		p->d->verbose = p->d->verbose < 0 ? 1 : p->d->verbose + 1;
	else if (common[i].brief == 'q')
		p->d->verbose = -1;
	return true;
}

/* Finds an option by its letter, or by name where that is given; the verb's own first. NULL: unknown. */
static const struct opt *find(const struct opt_spec *spec, char brief, struct str name)
{
	for (size_t i = 0; i < spec->n + COMMON; i++) {
		const struct opt *o = i < spec->n ? &spec->table[i] : &common[i - spec->n];

		if (name.n ? o->name && str_eq(name, str_of(o->name)) : o->brief == brief)
			return o;
	}
	return NULL;
}

static bool set(struct parser *p, const struct opt *o, const char *value)
{
	if (o >= common && o < common + COMMON)
		return set_common(p, (size_t)(o - common));
	return p->spec->set(p->ctx, (size_t)(o - p->spec->table), value);
}

static bool is_help(const struct opt *o)
{
	return o >= common && o < common + COMMON && o->brief == 'h';
}

/* The next word as the value of an option written as in said. */
static bool set_with_next(struct parser *p, const struct opt *o, const char *said)
{
	const char *value = next(p);

	if (!value)
		return opt_bad(p->spec, p->d, "option '%s' needs a value, %s", said, o->arg);
	return set(p, o, value);
}

static enum opt_result parse_long(struct parser *p, const char *word)
{
	const char *eq = strchrnul(word, '=');
	struct str name = {word + 2, (size_t)(eq - word) - 2};
	const struct opt *o = name.n ? find(p->spec, 0, name) : NULL;
	bool ok;

	if (!o)
		ok = unknown(p, (struct str){word, name.n + 2}, name);
	else if (o->kind == OPT_FLAG && *eq)
		ok = opt_bad(p->spec, p->d, "option '--%s' takes no value", o->name);
	else if (is_help(o))
		return OPT_HELPED;
	else if (o->kind == OPT_VALUE && !*eq)
		ok = set_with_next(p, o, word);
	else
		ok = set(p, o, *eq ? eq + 1 : NULL);
	return ok ? OPT_OK : OPT_BAD;
}

/* Letters behind one dash: flags, and at the end perhaps one with a value. */
static enum opt_result parse_short(struct parser *p, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		const struct opt *o = find(p->spec, *c, (struct str){0});
		const char said[] = {'-', *c, 0};
		bool ok;

		if (!o)
			ok = c == word + 1 ? unknown(p, str_of(word), str_of(c)) : unknown(p, str_of(said), STR(""));
		else if (is_help(o))
			return OPT_HELPED;
		else if (o->kind == OPT_FLAG)
			ok = set(p, o, NULL);
		else if (o->kind == OPT_VALUE && !c[1])
			ok = set_with_next(p, o, said);
		else
			ok = set(p, o, c[1] ? c + 1 : NULL);
		if (!ok)
			return OPT_BAD;
		if (o->kind != OPT_FLAG)
			break;
	}
	return OPT_OK;
}

static enum opt_result parse(const struct opt_spec *spec, struct diag *d, struct arena *a, int argc, char **argv, void *ctx,
                             struct opt_args *operands, bool first_ends)
{
	struct parser p = {.spec = spec, .d = d, .a = a, .ctx = ctx};
	struct words all = {.v = new(a, const char *, 1)};
	size_t cap = 1;
	bool plain = false; /* no options any more */
	const char *word;

	p.open[p.depth++] = (struct words){.v = (const char **)argv, .n = (size_t)argc, .i = 1};
	while ((word = next(&p))) {
		enum opt_result r = OPT_OK;

		if (plain || (*word != '-' && *word != '@') || !word[1]) {
			push(a, &all, &cap, word);
			plain |= first_ends;
		} else if (*word == '@') {
			r = expand(&p, word + 1) ? OPT_OK : OPT_BAD;
		} else if (!strcmp(word, "--")) {
			plain = true;
		} else {
			r = word[1] == '-' ? parse_long(&p, word) : parse_short(&p, word);
		}
		if (r == OPT_HELPED)
			help(spec);
		if (r != OPT_OK)
			return r;
	}
	*operands = (struct opt_args){
		.v = all.v, .n = all.n, .files = p.files.v, .nfiles = p.files.n, .stdin_used = p.stdin_used
	};
	return OPT_OK;
}

enum opt_result opt_parse(const struct opt_spec *spec, struct diag *d, struct arena *a, int argc, char **argv,
                          void *ctx, struct opt_args *operands)
{
	return parse(spec, d, a, argc, argv, ctx, operands, false);
}

enum opt_result opt_parse_program(const struct opt_spec *spec, struct diag *d, struct arena *a, int argc, char **argv,
                                  void *ctx, struct opt_args *operands)
{
	return parse(spec, d, a, argc, argv, ctx, operands, true);
}

int opt_close_stdout(struct diag *d, int status)
{
	bool failed;

	errno = 0;
	failed = ferror(stdout);
	if (fflush(stdout) || (fclose(stdout) && errno != EBADF))
		failed = true;
	if (!failed)
		return status;
	/* An error met earlier, in the midst of printing, has left no reason behind. */
	if (errno)
		diag_error(d, AT_FILE("standard output"), "cannot write: %s", strerror(errno));
	else
		diag_error(d, AT_FILE("standard output"), "it could not all be written");
	return status ? status : 1;
}
