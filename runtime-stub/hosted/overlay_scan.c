/* SPDX-License-Identifier: MIT */
/* An overlay's directory read through: which names there are, and a watch on each directory. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include "overlay.h"

#ifdef __linux__
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

void rcc_i_overlay_find_root(rcc_overlay *o)
{
	struct stat here, there;
	int fd;

	/* One that was moved away counts until there is another in its place. */
	if (fstat(o->root, &here) || stat(o->path, &there) || (here.st_dev == there.st_dev && here.st_ino == there.st_ino))
		return;
	fd = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	close(o->root);
	o->root = fd;
	o->rescan = 1;
}

/* Watches the open directory before it is read, so that nothing slips through between. What inotify has no room for is polled. */
static void overlay_watch_dir(rcc_overlay *o, int fd, struct overlay_dir *d)
{
	char self[40]; /* not its path, which may have become another's */

	if (o->polls)
		return;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	d->wd = inotify_add_watch(o->inotify, self, IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
	                          IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK);
	if (d->wd < 0)
		o->polls = 1;
}

/* A directory to read, at the end of the list; name is taken. */
static int overlay_add_dir(rcc_overlay *o, char *name)
{
	struct overlay_dir *grown = name ? rcc_i_overlay_grow(o->dirs, o->ndirs, &o->dirs_room, sizeof *o->dirs) : NULL;

	if (!grown) {
		free(name);
		return RCC_ENOMEM;
	}
	o->dirs = grown;
	o->dirs[o->ndirs].wd = -1;
	o->dirs[o->ndirs].name = name;
	o->ndirs++;
	return 0;
}

int rcc_i_overlay_look_at(rcc_overlay *o, struct overlay_file *f)
{
	struct overlay_stamp now;
	struct stat st;
	int fd = rcc_i_disk_open(o, f->name, O_PATH | O_NOFOLLOW);

	f->link = fd >= 0 && !fstat(fd, &st) && S_ISLNK(st.st_mode) && !rcc_i_overlay_is_whiteout(f);
	if (f->link) {
		close(fd);
		fd = rcc_i_disk_open(o, f->name, O_PATH);
	}
	if (fd < 0 && rcc_i_disk_is_passing(errno))
		return rcc_i_disk_error(errno);
	f->present = fd >= 0 && !fstat(fd, &st) && (S_ISREG(st.st_mode) || rcc_i_overlay_is_whiteout(f));
	if (f->present) {
		now = rcc_i_disk_stamp(&st);
		rcc_i_overlay_see(o, f, &now);
	}
	if (fd >= 0)
		close(fd);
	return 0;
}

/* One name of a directory: another directory to read, a file, link or whiteout to note, or nothing. */
static int overlay_meet(rcc_overlay *o, int fd, const char *dir, const char *part)
{
	int is_whiteout = !strncmp(part, ".wh.", 4);
	struct overlay_stamp stamp;
	struct overlay_file *f;
	struct stat st;
	char *name;

	if (!strcmp(part, ".") || !strcmp(part, "..") || rcc_i_disk_is_fleeting(part, strlen(part)))
		return 0;
	if (fstatat(fd, part, &st, AT_SYMLINK_NOFOLLOW))
		return 0; /* gone already */
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode) && !is_whiteout)
		return 0;
	name = rcc_i_overlay_join(dir, part);
	if (!name)
		return RCC_ENOMEM;
	if (S_ISDIR(st.st_mode) && !is_whiteout)
		return overlay_add_dir(o, name);
	f = rcc_i_overlay_file(o, name, 1);
	free(name);
	if (!f)
		return RCC_ENOMEM;
	if (S_ISLNK(st.st_mode))
		return rcc_i_overlay_look_at(o, f);
	f->present = 1;
	f->link = 0;
	stamp = rcc_i_disk_stamp(&st);
	rcc_i_overlay_see(o, f, &stamp);
	return 0;
}

/* Reads the i-th directory of the list; those in it come to the list's end. */
static int overlay_read_dir(rcc_overlay *o, size_t i)
{
	const char *name = o->dirs[i].name; /* which the list's growth leaves where it is */
	int fd = rcc_i_disk_open(o, *name ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW), error = 0;
	struct dirent *e;
	DIR *d;

	if (fd < 0) /* gone again, or not for us to read */
		return rcc_i_disk_is_passing(errno) ? rcc_i_disk_error(errno) : 0;
	overlay_watch_dir(o, fd, &o->dirs[i]);
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return RCC_ENOMEM;
	}
	while (!error && (errno = 0, e = readdir(d)))
		error = overlay_meet(o, fd, name, e->d_name);
	if (!error && errno)
		error = errno == ENOENT ? 0 : RCC_EIO; /* ENOENT: it was removed meanwhile */
	closedir(d);
	return error;
}

/* The watches that the list before had, and this one has not. */
static void overlay_drop_watches(const rcc_overlay *o, struct overlay_dir *old, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < o->ndirs && o->dirs[k].wd != old[i].wd)
			k++;
		if (k == o->ndirs && old[i].wd >= 0)
			inotify_rm_watch(o->inotify, old[i].wd);
		free(old[i].name);
	}
	free(old);
}

int rcc_i_overlay_scan(rcc_overlay *o)
{
	struct overlay_dir *old = o->dirs;
	size_t nold = o->ndirs;
	int error;

	for (size_t i = 0; i < o->n; i++)
		o->files[i]->present = 0;
	o->dirs = NULL;
	o->ndirs = o->dirs_room = 0;
	error = overlay_add_dir(o, rcc_i_overlay_join("", ""));
	for (size_t i = 0; !error && i < o->ndirs; i++)
		error = overlay_read_dir(o, i);
	overlay_drop_watches(o, old, nold);
	o->rescan = error != 0;
	return error;
}

/* The names of the bundle and of the disk, merged. */
struct overlay_merge {
	rcc_overlay *o;
	char **disk; /* in order; whiteouts as they are */
	size_t n;
	int (*fn)(const char *name, int place, void *arg);
	void *arg;
};

static int overlay_names_on_disk(struct overlay_merge *m)
{
	rcc_overlay *o = m->o;
	int error, rescan;

	rcc_i_overlay_find_root(o);
	rescan = o->rescan;
	error = rcc_i_overlay_scan(o);
	o->rescan |= rescan; /* for this has told nobody */
	m->disk = error ? NULL : calloc(o->n + 1, sizeof *m->disk);
	if (!error && !m->disk)
		error = RCC_ENOMEM;
	for (size_t i = 0; !error && i < o->n; i++) {
		if (!o->files[i]->present || rcc_i_overlay_is_whiteout(o->files[i]))
			continue;
		m->disk[m->n] = rcc_i_overlay_join("", o->files[i]->name);
		if (!m->disk[m->n++])
			error = RCC_ENOMEM;
	}
	return error;
}

/* Those of the bundle that come before name, or all that are left if it is NULL; the next of them to *at. */
static int overlay_bundles_before(const struct overlay_merge *m, const char *name, size_t *at)
{
	rcc_entry e;
	int error;

	while (m->o->bundle && *at < rcc_count(m->o->bundle)) {
		error = rcc_at(m->o->bundle, *at, &e);
		if (error)
			return error;
		if (name && strcmp(e.name, name) >= 0) {
			*at += !strcmp(e.name, name);
			return 0;
		}
		++*at;
		error = rcc_overlay_where(m->o, e.name);
		if (error == RCC_IN_BUNDLE || error == RCC_ON_DISK) /* on disk: behind a link to a directory */
			error = m->fn(e.name, error, m->arg);
		else if (error != RCC_ENOMEM && error != RCC_ECORRUPT)
			error = 0; /* hidden */
		if (error)
			return error;
	}
	return 0;
}

int rcc_overlay_each(rcc_overlay *o, int (*fn)(const char *name, int place, void *arg), void *arg)
{
	struct overlay_merge m = {o, NULL, 0, fn, arg};
	size_t at = 0;
	int error;

	if (!o || !fn)
		return RCC_EINVAL;
	pthread_mutex_lock(&o->lock);
	error = overlay_names_on_disk(&m);
	pthread_mutex_unlock(&o->lock);
	for (size_t i = 0; !error && i < m.n; i++) {
		error = overlay_bundles_before(&m, m.disk[i], &at);
		if (!error)
			error = fn(m.disk[i], RCC_ON_DISK, arg);
	}
	if (!error)
		error = overlay_bundles_before(&m, NULL, &at);
	for (size_t i = 0; i < m.n; i++)
		free(m.disk[i]);
	free(m.disk);
	return error;
}
#endif
