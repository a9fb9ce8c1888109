/* SPDX-License-Identifier: MIT */
/* The depfile for make and ninja. Both read almost the same escapes: a backslash before a blank, '#' and ':',
 * "$$"; what only one of them could read is refused, so that no dependency is lost in silence. */
#include <stdlib.h>

#include "emit.h"

enum { SAID_MOST = 10 };

/* What was found on the way. */
struct dep {
	struct diag *d;
	size_t refused;
	size_t doubtful; /* names that ninja reads since 1.13 only */
	const char *first_doubtful;
};

static bool ends_in(struct str s, const char *any)
{
	return s.n && strchr(any, s.p[s.n - 1]);
}

/* What make or ninja cannot read in a path; NULL if they can. */
static const char *unsayable(struct str s)
{
	static const char never[] = ";|*<>^`";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c == 0x7f)
			return "a control byte in it";
		if (strchr(never, c))
			return "one of ; | * < > ^ ` in it";
		if (c == '\\' && i + 1 < s.n && strchr("#$:", s.p[i + 1]))
			return "a backslash before #, $ or : in it";
	}
	if (ends_in(s, "\\:) "))
		return "a backslash, a colon, a closing parenthesis or a space at its end";
	return NULL;
}

/* Is the path fit for the depfile? False: reported, or counted. */
static bool check(struct dep *dep, const char *path, const char *why)
{
	if (!why && strpbrk(path, "&'\"?") && !dep->doubtful++)
		dep->first_doubtful = path;
	if (!why)
		return true;
	if (++dep->refused <= SAID_MOST)
		diag_error(dep->d, AT_FILE(path), "a depfile cannot say a path with %s; rename it, or do without -M", why);
	return false;
}

static void add_path(struct sb *text, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ' ')
			for (size_t j = i; j-- > 0 && s.p[j] == '\\';)
				sb_char(text, '\\');
		if (strchr(" #:", s.p[i]))
			sb_char(text, '\\');
		else if (s.p[i] == '$')
			sb_char(text, '$');
		sb_char(text, s.p[i]);
	}
}

/* May it stand first? make takes "target: a=b" for a variable of the target, and "define" for a keyword there. */
static bool fit_for_first(struct str s)
{
	return !memchr(s.p, '=', s.n) && !str_eq(s, STR("define")) && !str_eq(s, STR("undefine"));
}

/* May "path:" stand on a line of its own? '%' would make it a pattern rule, '=' an assignment, "&:" a group; '?' is a
 * wildcard, that may bring in a name with a '%'. */
static bool fit_for_target(struct str s)
{
	return !memchr(s.p, '%', s.n) && !memchr(s.p, '=', s.n) && !memchr(s.p, '?', s.n) && !ends_in(s, "&");
}

/* A directory may be said with "/." behind it where its own last byte would mislead. */
static struct str dir_path(struct arena *a, struct str dir)
{
	char *p;

	if (!ends_in(dir, "\\:) &"))
		return dir;
	p = new(a, char, dir.n + 3);
	memcpy(p, dir.p, dir.n);
	memcpy(p + dir.n, "/.", 2);
	return (struct str){p, dir.n + 2};
}

static int by_path(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* All that was read: directories, files, lists; those of each kind in their order. */
static struct str *collect(struct arena *a, const struct tree *t, const struct plan *p, const struct str *extra,
                           size_t nextra, size_t *n)
{
	struct str *v = new(a, struct str, t->ndirs + p->n + nextra);

	*n = 0;
	for (size_t i = 0; i < t->ndirs; i++)
		v[(*n)++] = dir_path(a, t->dir[i]);
	for (size_t i = 0; i < p->n; i++)
		v[(*n)++] = str_of(tree_path(t, a, p->v[i].asset));
	for (size_t i = 0; i < nextra; i++)
		v[(*n)++] = str_copy(a, extra[i]);
	return v;
}

/* Sorts and drops what is there twice: a file that two prefixes share. */
static size_t sort(struct str *v, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(v, n, sizeof *v, by_path);
	for (size_t i = 0; i < n; i++)
		if (!kept || !str_eq(v[kept - 1], v[i]))
			v[kept++] = v[i];
	return kept;
}

static void write_rule(struct sb *text, struct str target, const struct str *v, size_t n, size_t first)
{
	add_path(text, target);
	sb_char(text, ':');
	if (n) {
		sb_char(text, ' ');
		add_path(text, v[first]);
	}
	for (size_t i = 0; i < n; i++)
		if (i != first) {
			sb_str(text, " \\\n ");
			add_path(text, v[i]);
		}
	sb_char(text, '\n');
	for (size_t i = 0; i < n; i++)
		if (fit_for_target(v[i])) {
			add_path(text, v[i]);
			sb_str(text, ":\n");
		}
}

bool emit_depfile(struct sb *text, struct arena *a, struct diag *d, const char *target, const struct tree *t,
                  const struct plan *p, const struct str *extra, size_t nextra)
{
	struct dep dep = {.d = d};
	size_t n, first = 0;
	struct str *v = collect(a, t, p, extra, nextra, &n), to = str_of(target);
	const char *why = unsayable(to);

	n = sort(v, n);
	if (!why && !fit_for_target(to))
		why = "%, = or ? in it, or & at its end, as the target";
	check(&dep, target, why);
	for (size_t i = 0; i < n; i++)
		check(&dep, v[i].p, unsayable(v[i]));
	while (first < n && !fit_for_first(v[first]))
		first++;
	if (first == n && n && !dep.refused)
		check(&dep, v[0].p, "= in it before all others (every path here has one; a relative path may have none)");
	if (dep.refused > SAID_MOST)
		diag_error(d, AT_NONE, "and %zu more paths that a depfile cannot say", dep.refused - SAID_MOST);
	if (dep.refused)
		return false;
	if (dep.doubtful)
		diag_warn(d, AT_FILE(dep.first_doubtful), "ninja before 1.13 cannot read & ' \" ? in a depfile and would rebuild "
		          "each time; %zu paths have them", dep.doubtful);
	write_rule(text, to, v, n, first);
	return true;
}
