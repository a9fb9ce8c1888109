/* SPDX-License-Identifier: MIT */
/* See tree.h; roots are in tree_root.c. Directories wait on a stack and are opened one at a time by their path below the
 * root, so neither depth nor width is bounded by descriptors or by the C stack. */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "tree_link.h"

/* The directories above one that is read, so that a link back to one of them is noticed. */
struct above {
	const struct above *up;
	dev_t dev;
	ino_t ino;
};

/* A directory to be read. */
struct place {
	struct str name; /* in the bundle, as if it were a file's: a root's is its prefix; NUL-ended */
	uint32_t root;
	bool linked;     /* a link led here, and may do so again */
	const struct above *above;
};

struct child {
	size_t name; /* its offset in walk.names */
	unsigned char type;
};

struct walk {
	struct tree *t;
	struct arena *a;
	struct diag *d;
	const struct tree_options *o;
	struct at at;        /* the line that named what is looked at, or nowhere */
	struct place *stack; /* directories still to be read */
	size_t waiting, room;
	size_t files_room, dirs_room;
	struct child *child; /* the children of the directory that is read */
	size_t children_room;
	struct sb names;
	struct sb name;      /* of the child that is looked at */
};

/* Room for one more element of size bytes behind n of them. */
static void *grow(void *v, size_t *room, size_t n, size_t size)
{
	if (n < *room)
		return v;
	*room = *room ? 2 * *room : 64;
	v = *room < SIZE_MAX / 2 / size ? realloc(v, *room * size) : NULL;
	if (!v)
		die("out of memory");
	return v;
}

static struct asset asset_of(const struct tree *t, struct str name, uint32_t root)
{
	return (struct asset){name, root, (uint32_t)t->root[root].prefix.n};
}

/* A fault of the name in the root: told at the line that named it, or else at its path. A trailing ':' adds errno's words. */
__attribute__((format(printf, 4, 5)))
static void complain(struct walk *w, uint32_t root, struct str name, const char *fmt, ...)
{
	int saved = errno;
	struct asset as = asset_of(w->t, name, root);
	const char *path = tree_path(w->t, w->a, &as);
	struct sb text = {0};
	char words[PATH_MAX + 256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	if (w->at.file)
		sb_fmt(&text, "'%s' ", path);
	sb_str(&text, words);
	errno = saved;
	diag_error(w->d, w->at.file ? w->at : AT_FILE(path), "%s", text.p);
	sb_done(&text);
}

static void push(struct walk *w, struct place p)
{
	w->stack = grow(w->stack, &w->room, w->waiting, sizeof *w->stack);
	w->stack[w->waiting++] = p;
}

static void add_file(struct walk *w, struct str name, uint32_t root)
{
	struct tree *t = w->t;

	t->v = grow(t->v, &w->files_room, t->n, sizeof *t->v);
	t->v[t->n++] = asset_of(t, str_copy(w->a, name), root);
}

static void add_dir(struct walk *w, const struct place *p)
{
	struct tree *t = w->t;
	struct asset as = asset_of(t, p->name, p->root);

	t->dir = grow(t->dir, &w->dirs_room, t->ndirs, sizeof *t->dir);
	t->dir[t->ndirs++] = str_of(tree_path(t, w->a, &as));
}

/* Sets w->name to that of a child of the directory. */
static struct str child_name(struct walk *w, const struct place *dir, const char *leaf)
{
	w->name.n = 0;
	sb_add(&w->name, dir->name.p, dir->name.n);
	if (dir->name.n != w->t->root[dir->root].prefix.n)
		sb_char(&w->name, '/');
	sb_str(&w->name, leaf);
	return (struct str){w->name.p, w->name.n};
}

/* What a link leads to, in *st. False: it is left out, or its fault was reported. */
static bool follow(struct walk *w, const struct place *dir, int fd, const char *leaf, struct str name, struct stat *st)
{
	char text[PATH_MAX];
	bool there = !fstatat(fd, leaf, st, 0), is_dir = there && S_ISDIR(st->st_mode);
	int why = errno, stays = 1;
	struct stat top;

	if (!w->o->want(w->o->ctx, name, is_dir))
		return false;
	if (w->o->links == LINKS_SKIP) {
		w->t->links++;
		return false;
	}
	link_text(fd, leaf, text, sizeof text);
	if (w->o->links == LINKS_ERROR) {
		complain(w, dir->root, name, "is a symbolic link, to '%s'; use --links follow or --links skip", text);
		return false;
	}
	errno = why;
	if (!there && (why == ENOENT || why == ENOTDIR))
		complain(w, dir->root, name, "is a symbolic link to '%s', which does not exist; "
		         "remove it, or use -x or --links skip", text);
	else if (!there && why == ELOOP)
		complain(w, dir->root, name, "is in a loop of symbolic links, to '%s'; remove it, or use -x or --links skip", text);
	else if (!there)
		complain(w, dir->root, name, "cannot follow the symbolic link to '%s':", text);
	if (there && w->o->links == LINKS_FOLLOW) {
		stays = fstat(w->t->root[dir->root].fd, &top) ? -1 : link_stays(&top, fd, leaf, is_dir);
		if (stays < 0)
			complain(w, dir->root, name, "cannot follow the symbolic link to '%s':", text);
		else if (!stays)
			complain(w, dir->root, name, "is a symbolic link out of the tree, to '%s'; "
			         "use --links skip, or --links follow-anywhere", text);
	}
	for (const struct above *up = dir->above; is_dir && stays > 0 && up; up = up->up)
		if (up->dev == st->st_dev && up->ino == st->st_ino) {
			complain(w, dir->root, name, "loop of symbolic links: '%s' is a directory above it; "
			         "remove it, or use -x or --links skip", text);
			return false;
		}
	return there && stays > 0;
}

static const char *kind(mode_t mode)
{
	return S_ISFIFO(mode) ? "FIFO" : S_ISSOCK(mode) ? "socket" : S_ISCHR(mode) ? "character device"
	     : S_ISBLK(mode) ? "block device" : "special file";
}

/* Judges one child of a directory (open as fd) and takes it, or lets it wait to be read. */
static void visit(struct walk *w, const struct place *dir, int fd, const char *leaf, unsigned char type)
{
	struct str name = child_name(w, dir, leaf);
	struct stat st = {.st_mode = (mode_t)DTTOIF(type)};
	bool linked;

	if (type == DT_UNKNOWN && fstatat(fd, leaf, &st, AT_SYMLINK_NOFOLLOW)) {
		complain(w, dir->root, name, errno == ENOENT ? "no such file or directory" : "cannot look at it:");
		return;
	}
	linked = S_ISLNK(st.st_mode);
	if (linked) {
		if (!follow(w, dir, fd, leaf, name, &st))
			return;
	} else if (!w->o->want(w->o->ctx, name, S_ISDIR(st.st_mode))) {
		return;
	}
	if (S_ISREG(st.st_mode))
		add_file(w, name, dir->root);
	else if (S_ISDIR(st.st_mode))
		push(w, (struct place){str_copy(w->a, name), dir->root, linked, dir->above});
	else
		complain(w, dir->root, name, "is a %s, not a file; exclude it with -x", kind(st.st_mode));
}

static int by_leaf(const void *x, const void *y, void *names)
{
	const struct child *a = x, *b = y;

	return strcmp((const char *)names + a->name, (const char *)names + b->name);
}

/* Collects the children, sorted so that messages do not depend on the directory's own order. Returns their number. */
static size_t list_children(struct walk *w, const struct place *p, DIR *dir)
{
	struct dirent *e;
	size_t n = 0;

	w->names.n = 0;
	while (errno = 0, (e = readdir(dir))) {
		const char *leaf = e->d_name;

		if (leaf[0] == '.' && (!leaf[1] || (leaf[1] == '.' && !leaf[2])))
			continue;
		if (leaf[0] == '.' && !w->o->dotfiles) {
			w->t->dotfiles++;
			continue;
		}
		w->child = grow(w->child, &w->children_room, n, sizeof *w->child);
		w->child[n++] = (struct child){w->names.n, e->d_type};
		sb_add(&w->names, leaf, strlen(leaf) + 1);
	}
	if (errno)
		complain(w, p->root, p->name, "cannot read the directory:");
	if (n)
		qsort_r(w->child, n, sizeof *w->child, by_leaf, w->names.p);
	return n;
}

static void read_dir(struct walk *w, struct place p)
{
	const struct root *root = &w->t->root[p.root];
	int fd = io_openat(root->fd, p.name.p + root->prefix.n, O_RDONLY | O_DIRECTORY | (p.linked ? 0 : O_NOFOLLOW), 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct above *here = new(w->a, struct above, 1);
	struct stat st;
	size_t n;

	if (!dir || fstat(fd, &st)) {
		complain(w, p.root, p.name, "cannot read the directory:");
		if (dir)
			closedir(dir);
		else if (fd >= 0)
			close(fd);
		return;
	}
	*here = (struct above){p.above, st.st_dev, st.st_ino};
	p.above = here;
	add_dir(w, &p);
	n = list_children(w, &p, dir);
	for (size_t i = 0; i < n; i++)
		visit(w, &p, fd, w->names.p + w->child[i].name, w->child[i].type);
	closedir(dir);
}

static struct place top_of(const struct tree *t, size_t root)
{
	return (struct place){.name = t->root[root].prefix, .root = (uint32_t)root, .linked = true};
}

static int by_name(const void *x, const void *y)
{
	const struct asset *a = x, *b = y;
	int c = str_cmp(a->name, b->name);

	return c ? c : (a->root > b->root) - (a->root < b->root);
}

static int by_path(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* Reads what waits, then puts all in order; what a list named twice counts once. */
static void finish(struct walk *w)
{
	struct tree *t = w->t;
	size_t n = 0;

	while (w->waiting)
		read_dir(w, w->stack[--w->waiting]);
	if (t->n)
		qsort(t->v, t->n, sizeof *t->v, by_name);
	for (size_t i = 0; i < t->n; i++)
		if (!n || by_name(&t->v[n - 1], &t->v[i]))
			t->v[n++] = t->v[i];
	t->n = n;
	if (t->ndirs)
		qsort(t->dir, t->ndirs, sizeof *t->dir, by_path);
	n = 0;
	for (size_t i = 0; i < t->ndirs; i++)
		if (!n || !str_eq(t->dir[n - 1], t->dir[i]))
			t->dir[n++] = t->dir[i];
	t->ndirs = n;
	free(w->stack);
	free(w->child);
	sb_done(&w->names);
	sb_done(&w->name);
}

void tree_scan(struct tree *t, struct arena *a, struct diag *d, const struct tree_options *o)
{
	struct walk w = {.t = t, .a = a, .d = d, .o = o};

	for (size_t i = t->nroots; i-- > 0;)
		push(&w, top_of(t, i));
	finish(&w);
}

/* The parts of a listed path, without "." and doubled slashes, joined by one slash. False: it cannot be below a root. */
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

/* Goes down to a directory, judging each link on the way. False: left out, or reported. */
static bool descend(struct walk *w, struct cursor *c, struct str parent)
{
	struct str rest = parent;
	struct stat st;

	if (c->fd >= 0)
		close(c->fd);
	c->dir = top_of(w->t, 0);
	c->fd = io_openat(w->t->root[0].fd, ".", O_PATH | O_DIRECTORY, 0);
	while (c->fd >= 0) {
		const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
		struct str part = {rest.p, slash ? (size_t)(slash - rest.p) : rest.n}, leaf;
		struct above *here = new(w->a, struct above, 1);
		struct str name;
		int next;

		if (fstat(c->fd, &st))
			break;
		*here = (struct above){c->dir.above, st.st_dev, st.st_ino};
		c->dir.above = here;
		if (!rest.n)
			return true;
		leaf = str_copy(w->a, part);
		name = str_copy(w->a, child_name(w, &c->dir, leaf.p));
		if (fstatat(c->fd, leaf.p, &st, AT_SYMLINK_NOFOLLOW)) {
			complain(w, 0, name, errno == ENOENT ? "no such file or directory" : "cannot look at it:");
			break;
		}
		if (S_ISLNK(st.st_mode) && !follow(w, &c->dir, c->fd, leaf.p, name, &st))
			break;
		next = io_openat(c->fd, leaf.p, O_PATH | O_DIRECTORY, 0);
		if (next < 0)
			complain(w, 0, name, "cannot look at it:");
		close(c->fd);
		c->fd = next;
		c->dir.name = name;
		rest = (struct str){rest.p + part.n + (slash != NULL), rest.n - part.n - (slash != NULL)};
	}
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	return false;
}

/* One path of the list; path is tidy. */
static void take_one(struct walk *w, struct cursor *c, struct sb *path)
{
	char *slash = path->n ? strrchr(path->p, '/') : NULL;
	struct str parent = {path->p, slash ? (size_t)(slash - path->p) : 0}, now = c->dir.name;
	size_t skip = w->t->root[0].prefix.n;

	if (!path->n) {
		push(w, top_of(w->t, 0));
		return;
	}
	if (c->fd < 0 || !str_eq((struct str){now.p + skip, now.n - skip}, parent))
		if (!descend(w, c, parent))
			return;
	visit(w, &c->dir, c->fd, slash ? slash + 1 : path->p, DT_UNKNOWN);
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
	finish(&w);
}
