/* SPDX-License-Identifier: MIT */
/* The files that a list names, one path below the root a line. See tree.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "tree_walk.h"

/* The parts of a listed path, without "." and doubled slashes, joined by one slash. False: it cannot be below
 * a root. */
static bool tidy(struct sb *to, struct str path)
{
	to->n = 0;
	sb_add(to, "", 0);
	if (!path.n || path.p[0] == '/' || memchr(path.p, 0, path.n))
		return false;
	for (size_t i = 0; i < path.n;) {
		const char *p = path.p + i, *slash = memchr(p, '/', path.n - i);
		size_t n = slash ? (size_t)(slash - p) : path.n - i;

		if (n == 2 && !memcmp(p, "..", 2))
			return false;
		if (n && !(n == 1 && *p == '.')) {
			if (to->n)
				sb_char(to, '/');
			sb_add(to, p, n);
		}
		i += n + 1;
	}
	return true;
}

/* Where the listed paths are, kept from one line to the next: most neighbours in a list share their directory. */
struct cursor {
	struct place dir;
	int fd; /* dir, or -1 when nothing is open */
};

/* Goes to a directory that was opened as fd; errno says why if it was not. False: reported. */
static bool enter(struct walk *w, struct cursor *c, int fd, struct str name)
{
	struct above *here = new(w->a, struct above, 1);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		walk_complain(w, 0, name, "cannot look at it:");
		if (fd >= 0)
			close(fd);
		fd = -1;
	} else {
		*here = (struct above){c->dir.above, st.st_dev, st.st_ino};
		c->dir.above = here;
		c->dir.name = name;
	}
	if (c->fd >= 0)
		close(c->fd);
	c->fd = fd;
	return fd >= 0;
}

/* One step down, to the child whose name is the first n bytes of full; a link is judged. False: left out, or
 * reported. */
static bool step(struct walk *w, struct cursor *c, struct str full, size_t n)
{
	size_t now = c->dir.name.n;
	struct stat st;
	const char *leaf;
	bool linked;

	w->name.n = 0;
	sb_add(&w->name, full.p, n);
	leaf = w->name.p + now + (now != w->t->root[0].prefix.n);
	full.n = n;
	if (fstatat(c->fd, leaf, &st, AT_SYMLINK_NOFOLLOW)) {
		walk_complain(w, 0, full, errno == ENOENT ? "no such file or directory" : "cannot look at it:");
		return false;
	}
	linked = S_ISLNK(st.st_mode);
	if (linked && !walk_follow(w, &c->dir, c->fd, leaf, (struct str){w->name.p, n}, &st))
		return false;
	if (!enter(w, c, io_openat(c->fd, leaf, O_PATH | O_DIRECTORY, 0), full))
		return false;
	c->dir.alias |= linked;
	return true;
}

/* Goes down to a directory, from where the cursor is if that lies above it. False: left out, or reported. */
static bool descend(struct walk *w, struct cursor *c, struct str parent)
{
	const struct root *root = &w->t->root[0];
	size_t skip = root->prefix.n, now = c->fd >= 0 ? c->dir.name.n - skip : 0;
	struct str full;

	if (c->fd < 0 || !str_starts(parent, (struct str){c->dir.name.p + skip, now}) ||
	    (now && now < parent.n && parent.p[now] != '/')) {
		c->dir = walk_top(w->t, 0);
		if (!enter(w, c, io_openat(root->fd, ".", O_PATH | O_DIRECTORY, 0), root->prefix))
			return false;
	} else if (now == parent.n) {
		return true;
	}
	w->name.n = 0;
	sb_add(&w->name, root->prefix.p, skip);
	sb_add(&w->name, parent.p, parent.n);
	full = str_copy(w->a, (struct str){w->name.p, w->name.n});
	while (c->dir.name.n < full.n) {
		size_t from = c->dir.name.n + (c->dir.name.n != skip);
		const char *slash = memchr(full.p + from, '/', full.n - from);

		if (!step(w, c, full, slash ? (size_t)(slash - full.p) : full.n))
			return false;
	}
	return true;
}

/* One path of the list; path is tidy. */
static void take_one(struct walk *w, struct cursor *c, struct sb *path)
{
	char *slash = path->n ? strrchr(path->p, '/') : NULL;
	struct str parent = {path->p, slash ? (size_t)(slash - path->p) : 0};

	if (!path->n)
		walk_push(w, walk_top(w->t, 0));
	else if (descend(w, c, parent))
		walk_visit(w, &c->dir, c->fd, slash ? slash + 1 : path->p, WALK_UNKNOWN);
}

/* A directory, then all that lies below it: as if '/' were the least of bytes. */
static int by_place(const void *x, const void *y)
{
	struct str a = ((const struct place *)x)->name, b = ((const struct place *)y)->name;
	size_t i = 0;

	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	if (i == a.n || i == b.n)
		return (a.n > b.n) - (a.n < b.n);
	return (a.p[i] == '/' ? 0 : (unsigned char)a.p[i]) - (b.p[i] == '/' ? 0 : (unsigned char)b.p[i]);
}

/* Does p lie below top, or is it the same? skip: the bytes of the root's own name. */
static bool lies_below(struct str p, struct str top, size_t skip)
{
	return str_starts(p, top) && (p.n == top.n || top.n == skip || p.p[top.n] == '/');
}

/* Is there a part that begins with a dot between top and p, below it? */
static bool dot_between(struct str p, struct str top, size_t skip)
{
	for (size_t i = top.n; i < p.n; i++)
		if (p.p[i] == '.' && (i == skip || p.p[i - 1] == '/'))
			return true;
	return false;
}

/* Takes out of what waits each directory that reading another comes to: a list of a tree names them all
 * (find's does). A link on the way there was judged for the list as it will be then. What a leading dot hides
 * is kept. */
static void drop_nested(struct walk *w)
{
	enum { NONE = 0 };
	size_t skip = w->t->root[0].prefix.n, n = 0;
	size_t *over = new(w->a, size_t, w->waiting); /* 1 + the index of the nearest that is kept above it, or NONE */

	if (w->waiting)
		qsort(w->stack, w->waiting, sizeof *w->stack, by_place);
	for (size_t i = 0; i < w->waiting; i++) {
		struct str name = w->stack[i].name;
		size_t k = n;

		while (k != NONE && !lies_below(name, w->stack[k - 1].name, skip))
			k = over[k - 1];
		if (k != NONE && (w->o->dotfiles || !dot_between(name, w->stack[k - 1].name, skip)))
			continue;
		over[n] = k;
		w->stack[n++] = w->stack[i];
	}
	w->waiting = n;
}

void tree_take(struct tree *t, struct arena *a, struct diag *d, const struct tree_options *o, const char *list,
               struct str text, bool nul)
{
	struct walk w = {.t = t, .a = a, .d = d, .o = o, .at = AT_FILE(list)};
	struct cursor c = {.fd = -1};
	struct sb path = {0};

	for (size_t i = 0; i < text.n; i++) {
		const char *p = text.p + i, *end = memchr(p, nul ? 0 : '\n', text.n - i);
		struct str item = {p, end ? (size_t)(end - p) : text.n - i};

		w.at.line++;
		i += item.n;
		if (!item.n)
			continue;
		if (tidy(&path, item))
			take_one(&w, &c, &path);
		else
			diag_error(d, w.at, "'%.*s' is no path below the directory; give it without a leading '/' or '..'",
			           (int)item.n, item.p);
	}
	if (c.fd >= 0)
		close(c.fd);
	sb_done(&path);
	w.at = AT_NONE;
	drop_nested(&w);
	walk_finish(&w);
}
