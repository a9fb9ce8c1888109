/* SPDX-License-Identifier: MIT */
/* The roots of a tree, and paths below them. What lies below is read in tree.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../runtime-stub/core/core.h"
#include "io.h"
#include "tree.h"

static int open_dir(const char *path)
{
	return *path ? io_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0) : (errno = ENOENT, -1);
}

static void report(struct diag *d, const char *path)
{
	if (errno == ENOENT)
		diag_error(d, AT_FILE(path), "no such directory");
	else if (errno == ENOTDIR)
		diag_error(d, AT_FILE(path), "is not a directory; give the directory that holds the files");
	else if (errno == EMFILE || errno == ENFILE)
		diag_error(d, AT_FILE(path), "cannot open the directory: %s; raise the limit (ulimit -n), or give directories "
		           "above these", strerror(errno));
	else
		diag_error(d, AT_FILE(path), "cannot open the directory:");
}

/* Adds a prefix and its slash behind what is in to; one slash at its end is forgiven. False: reported. */
static bool add_prefix(struct sb *to, struct diag *d, struct str prefix)
{
	if (prefix.n > 1 && prefix.p[prefix.n - 1] == '/')
		prefix.n--;
	if (!rcc_i_name_ok(prefix.p, prefix.n)) {
		diag_error(d, AT_NONE, "'%.*s' cannot be a prefix; names have no leading '/' and no empty, '.' or '..' part",
		           (int)prefix.n, prefix.p);
		return false;
	}
	sb_add(to, prefix.p, prefix.n);
	sb_char(to, '/');
	return true;
}

bool tree_add_root(struct tree *t, struct arena *a, struct diag *d, const char *operand, struct str prefix)
{
	const char *colon = strrchr(operand, ':');
	struct sb full = {0};
	struct root r = {.path = operand, .fd = open_dir(operand)};
	bool split = r.fd < 0 && colon && (errno == ENOENT || errno == ENOTDIR), ok;

	if (split) {
		r.path = str_copy(a, (struct str){operand, (size_t)(colon - operand)}).p;
		r.fd = open_dir(r.path);
	}
	if (r.fd < 0) {
		report(d, *r.path ? r.path : operand);
		return false;
	}
	ok = (!prefix.n || add_prefix(&full, d, prefix)) && (!split || add_prefix(&full, d, str_of(colon + 1)));
	r.prefix = str_copy(a, (struct str){full.p, full.n});
	sb_done(&full);
	if (!ok) {
		close(r.fd);
		return false;
	}
	t->root = one_more(a, struct root, t->root, t->nroots);
	t->root[t->nroots++] = r;
	return true;
}

const char *tree_path(const struct tree *t, struct arena *a, const struct asset *s)
{
	struct str top = str_of(t->root[s->root].path), rest = {s->name.p + s->skip, s->name.n - s->skip};
	bool slash = rest.n && top.n && top.p[top.n - 1] != '/';
	char *p = new(a, char, top.n + slash + rest.n + 1);

	memcpy(p, top.p, top.n);
	if (slash)
		p[top.n] = '/';
	memcpy(p + top.n + slash, rest.p, rest.n);
	return p;
}

void tree_done(struct tree *t)
{
	for (size_t i = 0; i < t->nroots; i++)
		close(t->root[i].fd);
	free(t->v);
	free(t->dir);
	*t = (struct tree){0};
}
