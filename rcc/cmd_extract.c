/* SPDX-License-Identifier: MIT */
/* rcc extract: contents to files, each whole or not at all, and never outside the directory asked for: the
 * kernel is never given more of a name than one part, relative to a directory that was opened without
 * following a link. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "inside.h"
#include "opt.h"
#include "out.h"

struct extract {
	const char *dir, *bundle, *path;
	struct globs globs;
	struct diag d;
	struct arena a;
	rcc_dctx *ctx;
	/* The directory that the last file went to. Names come sorted, so the next one mostly goes there
	 * too. */
	int top, parent; /* -1: none yet, or it could not be entered and that was reported */
	struct sb top_path;    /* of top, for messages: DIR or DIR/BUNDLE */
	struct sb parent_name; /* of parent below top, with its last slash; empty: it is top */
};

enum { O_DIR, O_BUNDLE };

static const struct opt table[] = {
	[O_DIR] = {'C', "directory", OPT_VALUE, "DIR", "put files below DIR, which is made if need be;\ndefault: here"},
	[O_BUNDLE] = {0, "bundle", OPT_VALUE, "NAME", "only the bundle of that name"},
};

static bool set(void *ctx, size_t i, const char *value)
{
	struct extract *o = ctx;

	*(i == O_DIR ? &o->dir : &o->bundle) = value;
	return true;
}

static const struct opt_spec spec = {
	"extract", "[options] FILE [GLOB...]",
	"Writes the contents of FILE's bundles to files of their names; with GLOBs, of those that\n"
	"match one (patterns are those of gitignore). Nothing is written outside DIR: symbolic links\n"
	"below it are not followed. Contents are checked against their hash. A FILE with several\n"
	"bundles has each put below DIR/BUNDLE/. With -v names are printed.",
	table, sizeof table / sizeof *table, set
};

/* --- Directories ------------------------------------------------------------------------------ */

/* The directory part below at, made if it is not there. -1: errno, or EEXIST for what is no directory. */
static int enter(int at, const char *part)
{
	int fd = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && (!mkdirat(at, part, 0777) || errno == EEXIST))
		fd = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

static void report_enter(struct extract *o, int at, const char *part, const char *path)
{
	struct stat st;

	if ((errno == ENOTDIR || errno == ELOOP) && !fstatat(at, part, &st, AT_SYMLINK_NOFOLLOW))
		diag_error(&o->d, AT_FILE(path), "%s is where a directory must be; remove it, or extract elsewhere",
		           S_ISLNK(st.st_mode) ? "a symbolic link" : "a file");
	else
		diag_error(&o->d, AT_FILE(path), "cannot make or enter the directory:");
}

/* Goes down from top along dir, which ends in a slash, part by part; the old parent is left first.
 * Reports. */
static void enter_parent(struct extract *o, struct str dir)
{
	struct sb path = {0};
	int at = o->top;

	if (o->parent >= 0 && o->parent != o->top)
		close(o->parent);
	o->parent = -1;
	for (size_t i = 0, end; i < dir.n && at >= 0; i = end + 1) {
		char part[256];
		int fd = -1;

		end = (size_t)((const char *)memchr(dir.p + i, '/', dir.n - i) - dir.p);
		path.n = 0;
		sb_fmt(&path, "%s/%.*s", o->top_path.p, (int)end, dir.p);
		errno = ENAMETOOLONG;
		if (end - i < sizeof part) {
			memcpy(part, dir.p + i, end - i);
			part[end - i] = 0;
			fd = enter(at, part);
		} else {
			part[0] = 0;
		}
		if (fd < 0)
			report_enter(o, at, part, path.p);
		if (at != o->top)
			close(at);
		at = fd;
	}
	sb_done(&path);
	o->parent = at;
	o->parent_name.n = 0;
	sb_add(&o->parent_name, dir.p, dir.n);
}

/* Like mkdir -p; links of the user's own DIR are followed. -1: reported. */
static int open_top(struct extract *o)
{
	char *p = strdup(o->dir);
	int fd;

	if (!p)
		die("out of memory");
	for (char *s = p + 1; *p && *s; s++)
		if (*s == '/') {
			*s = 0;
			mkdir(p, 0777); /* what fails shows below */
			*s = '/';
		}
	fd = mkdir(p, 0777) && errno != EEXIST && errno != EISDIR ? -1 : open(p, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		diag_error(&o->d, AT_FILE(o->dir), "cannot make or enter the directory:");
	free(p);
	return fd;
}

/* --- Files ------------------------------------------------------------------------------------ */

static bool write_file(struct extract *o, const char *path, const rcc_entry *e)
{
	struct out out;
	int r;

	if (!out_open(&out, &o->d, o->parent, path))
		return false;
	if (!o->ctx && e->codec != RCC_CODEC_STORE)
		o->ctx = rcc_dctx_new();
	r = inside_write(e, o->ctx, out.fd);
	if (!r)
		return out_commit(&out, &o->d, false) != OUT_FAILED;
	if (r == INSIDE_WRITE)
		out_failed(&o->d, path, "write");
	else
		diag_error(&o->d, AT_FILE(o->path), "'%s': %s", e->name, rcc_strerror(r));
	out_discard(&out);
	return false;
}

static void extract_entry(struct extract *o, const rcc_entry *e)
{
	struct sb path = {0};
	struct str dir = {e->name, e->name_len};

	if (!rcc_i_name_ok(e->name, e->name_len)) {
		diag_error(&o->d, AT_FILE(o->path),
		           "the name '%s' could lead anywhere and is refused; the bundle is damaged", e->name);
		return;
	}
	while (dir.n && dir.p[dir.n - 1] != '/')
		dir.n--;
	if (!o->parent_name.p || !str_eq(dir, (struct str){o->parent_name.p, o->parent_name.n}))
		enter_parent(o, dir);
	if (o->parent < 0)
		return;
	sb_fmt(&path, "%s/%s", o->top_path.p, e->name);
	if (write_file(o, path.p, e) && o->d.verbose > 0) {
		inside_print(e->name, e->name_len);
		putchar('\n');
	}
	sb_done(&path);
}

static void extract_bundle(struct extract *o, const struct found *f)
{
	rcc_entry e;
	size_t n = rcc_count(f->b);

	o->parent = -1;
	sb_done(&o->parent_name);
	for (size_t i = 0; i < n && inside_at(f, i, &o->d, o->path, &e); i++)
		if (globs_match(&o->globs, &e))
			extract_entry(o, &e);
	if (o->parent >= 0 && o->parent != o->top)
		close(o->parent);
}

/* A bundle of several goes into a directory of its name, which is as hostile as any other. */
static void extract_below(struct extract *o, int dir, const struct inside *in, size_t which)
{
	struct str name = inside_name(in->v[which].b);

	for (size_t i = 0; i < which; i++)
		if (str_eq(name, inside_name(in->v[i].b))) {
			diag_error(&o->d, AT_FILE(o->path),
			           "two bundles are named '%s'; extract them from files of their own", name.p);
			return;
		}
	if (!rcc_i_name_ok(name.p, name.n) || memchr(name.p, '/', name.n)) {
		diag_error(&o->d, AT_FILE(o->path),
		           "a bundle's name, '%s', cannot be that of a directory; choose one with --bundle", name.p);
		return;
	}
	o->top_path.n = 0;
	sb_fmt(&o->top_path, "%s/%s", o->dir, name.p);
	o->top = enter(dir, name.p);
	if (o->top < 0) {
		report_enter(o, dir, name.p, o->top_path.p);
		return;
	}
	extract_bundle(o, &in->v[which]);
	close(o->top);
}

static void extract(struct extract *o)
{
	struct inside in;
	int dir;

	if (!inside_open(&in, &o->a, &o->d, o->path, o->bundle))
		return;
	dir = open_top(o);
	if (dir >= 0 && in.n == 1) {
		o->top = dir;
		sb_str(&o->top_path, o->dir);
		extract_bundle(o, &in.v[0]);
	}
	for (size_t i = 0; dir >= 0 && in.n > 1 && i < in.n; i++)
		extract_below(o, dir, &in, i);
	if (dir >= 0) {
		globs_unmatched(&o->globs, &o->d, o->path);
		close(dir);
	}
	inside_close(&in);
}

int cmd_extract(int argc, char **argv)
{
	struct extract o = {.dir = ".", .parent = -1};
	struct opt_args words = {0};
	enum opt_result r = opt_parse(&spec, &o.d, &o.a, argc, argv, &o, &words);
	int status = r == OPT_HELPED ? 0 : 2;

	if (r == OPT_OK && !words.n) {
		opt_bad(&spec, &o.d, "no FILE to extract from");
	} else if (r == OPT_OK && globs_init(&o.globs, &o.a, &spec, &o.d, words.v + 1, words.n - 1)) {
		o.path = words.v[0];
		extract(&o);
		status = diag_failed(&o.d);
	}
	status = opt_close_stdout(&o.d, status);
	rcc_dctx_free(o.ctx);
	sb_done(&o.top_path);
	sb_done(&o.parent_name);
	arena_done(&o.a);
	return status;
}
