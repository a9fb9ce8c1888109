/* SPDX-License-Identifier: MIT */
/* See tree.h; roots are in tree_root.c, lists in tree_list.c. Directories wait on a stack and are opened one
 * at a time by their path below the root, so neither depth nor width is bounded by descriptors or by the C
 * stack. */
#include "tree_walk.h"

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

_Static_assert((int)WALK_UNKNOWN == (int)DT_UNKNOWN, "as readdir says");

struct child {
	size_t name; /* its offset in walk.names */
	unsigned char type;
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

void walk_complain(struct walk *w, uint32_t root, struct str name, const char *fmt, ...)
{
	int saved = errno;
	struct asset as = asset_of(w->t, name, root);
	struct sb text = {0};
	const char *path;
	va_list ap;

	if (++w->faults > WALK_FAULTS_TOLD)
		return;
	path = tree_path(w->t, w->a, &as);
	if (w->at.file)
		sb_fmt(&text, "'%s' ", path);
	va_start(ap, fmt);
	sb_vfmt(&text, fmt, ap);
	va_end(ap);
	errno = saved;
	diag_error(w->d, w->at.file ? w->at : AT_FILE(path), "%s", text.p);
	sb_done(&text);
}

void walk_push(struct walk *w, struct place p)
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

bool walk_follow(struct walk *w, const struct place *dir, int fd, const char *leaf, struct str name, struct stat *st)
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
		walk_complain(w, dir->root, name, "is a symbolic link, to '%s'; use --links follow or --links skip",
		              text);
		return false;
	}
	errno = why;
	if (!there && (why == ENOENT || why == ENOTDIR))
		walk_complain(w, dir->root, name, "is a symbolic link to '%s', which does not exist; "
		         "remove it, or use -x or --links skip", text);
	else if (!there && why == ELOOP)
		walk_complain(w, dir->root, name, "is in a loop of symbolic links, to '%s'; "
		              "remove it, or use -x or --links skip", text);
	else if (!there)
		walk_complain(w, dir->root, name, "cannot follow the symbolic link to '%s':", text);
	if (there && w->o->links == LINKS_FOLLOW) {
		stays = fstat(w->t->root[dir->root].fd, &top) ? -1 : link_stays(&top, fd, leaf, is_dir);
		if (stays < 0)
			walk_complain(w, dir->root, name, "cannot follow the symbolic link to '%s':", text);
		else if (!stays)
			walk_complain(w, dir->root, name, "is a symbolic link out of the tree, to '%s'; "
			         "use --links skip, or --links follow-anywhere", text);
	}
	for (const struct above *up = dir->above; is_dir && stays > 0 && up; up = up->up)
		if (up->dev == st->st_dev && up->ino == st->st_ino) {
			walk_complain(w, dir->root, name, "loop of symbolic links: '%s' is a directory above it; "
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

/* Only what a link led to is looked at: st, or what lies in a directory it led to. */
static bool is_shunned(struct walk *w, const struct place *dir, int fd, const char *leaf, struct str name,
                       const struct stat *st)
{
	struct stat found;

	if (!w->o->shun || (!st && (!dir->alias || fstatat(fd, leaf, &found, 0))))
		return false;
	return w->o->shun(w->o->ctx, name, st ? st : &found);
}

void walk_visit(struct walk *w, const struct place *dir, int fd, const char *leaf, unsigned char type)
{
	struct str name = child_name(w, dir, leaf);
	struct stat st = {.st_mode = (mode_t)DTTOIF(type)};
	bool linked;

	if (type == DT_UNKNOWN && fstatat(fd, leaf, &st, AT_SYMLINK_NOFOLLOW)) {
		walk_complain(w, dir->root, name, errno == ENOENT ? "no such file or directory" : "cannot look at it:");
		return;
	}
	linked = S_ISLNK(st.st_mode);
	if (linked) {
		if (!walk_follow(w, dir, fd, leaf, name, &st))
			return;
	} else if (!w->o->want(w->o->ctx, name, S_ISDIR(st.st_mode))) {
		return;
	}
	if (S_ISREG(st.st_mode) && is_shunned(w, dir, fd, leaf, name, linked ? &st : NULL))
		return;
	if (S_ISREG(st.st_mode))
		add_file(w, name, dir->root);
	else if (S_ISDIR(st.st_mode))
		walk_push(w, (struct place){str_copy(w->a, name), dir->root, linked, linked || dir->alias, dir->above});
	else
		walk_complain(w, dir->root, name, "is a %s, not a file; exclude it with -x", kind(st.st_mode));
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
		walk_complain(w, p->root, p->name, "cannot read the directory:");
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
		walk_complain(w, p.root, p.name, "cannot read the directory:");
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
		walk_visit(w, &p, fd, w->names.p + w->child[i].name, w->child[i].type);
	closedir(dir);
}

struct place walk_top(const struct tree *t, size_t root)
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

void walk_finish(struct walk *w)
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
	if (w->faults > WALK_FAULTS_TOLD)
		diag_error(w->d, AT_NONE, "and %zu more faults in the tree", w->faults - WALK_FAULTS_TOLD);
	free(w->stack);
	free(w->child);
	sb_done(&w->names);
	sb_done(&w->name);
}

void tree_scan(struct tree *t, struct arena *a, struct diag *d, const struct tree_options *o)
{
	struct walk w = {.t = t, .a = a, .d = d, .o = o};

	for (size_t i = t->nroots; i-- > 0;)
		walk_push(&w, walk_top(t, i));
	walk_finish(&w);
}
