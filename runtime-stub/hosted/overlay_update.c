/* SPDX-License-Identifier: MIT */
/* An overlay's life: opened, told by inotify or a timer that something happened, and what of it is worth telling. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include "overlay.h"

#ifdef __linux__
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { OVERLAY_POLL_NS = 500000000, OVERLAY_AGAIN_NS = RCCI_SETTLED_NS + 50000000 };

/* Does the file system change behind the kernel's back? The numbers are those of <linux/magic.h>. */
static int overlay_is_remote(int fd)
{
	static const uint32_t remote[] = {
		0x6969 /* NFS */, 0x517b, 0xff534d42, 0xfe534d42 /* SMB */, 0x65735546 /* FUSE */, 0x01021997 /* 9P */,
		0x5346414f, 0x6b414653 /* AFS */, 0x00c36400 /* Ceph */, 0x794c7630 /* overlayfs */, 0x786f4256 /* VirtualBox */
	};
	struct statfs s;

	if (fstatfs(fd, &s))
		return 1;
	for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
		if ((uint32_t)s.f_type == remote[i])
			return 1;
	return 0;
}

/* When the program is to be told to look, though no event may come. 0: never. */
static void overlay_set_timer(const rcc_overlay *o)
{
	struct itimerspec t = {{0, 0}, {0, 0}};
	struct stat here, there;

	if (o->polls || o->rescan || fstat(o->root, &here) || stat(o->path, &there) || here.st_ino != there.st_ino)
		t.it_value.tv_nsec = OVERLAY_POLL_NS;
	if (o->unsettled)
		t.it_value.tv_nsec = OVERLAY_AGAIN_NS;
	timerfd_settime(o->timer, 0, &t, NULL);
}

/* The directory that an event is about; NULL: it is watched no more. */
static const struct overlay_dir *overlay_dir_of(const rcc_overlay *o, int wd)
{
	for (size_t i = 0; i < o->ndirs; i++)
		if (o->dirs[i].wd == wd)
			return &o->dirs[i];
	return NULL;
}

/* Marks the name that the event is about to be looked at. */
static void overlay_take_event(rcc_overlay *o, const struct inotify_event *e)
{
	const struct overlay_dir *d = overlay_dir_of(o, e->wd);
	struct overlay_file *f;
	char *name;

	if (e->mask & (IN_Q_OVERFLOW | IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF))
		o->rescan = 1;
	if (!d || !e->len || (e->mask & IN_ISDIR) || rcc_i_disk_is_fleeting(e->name, strlen(e->name)))
		return;
	name = rcc_i_overlay_join(d->name, e->name);
	f = name ? rcc_i_overlay_file(o, name, 1) : NULL;
	free(name);
	if (!f) {
		o->rescan = 1; /* out of memory: later */
		return;
	}
	f->look = 1;
	f->written |= (e->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
}

static void overlay_take_events(rcc_overlay *o)
{
	_Alignas(struct inotify_event) char buf[8192];
	uint64_t times;
	ssize_t n;

	while (read(o->timer, &times, sizeof times) > 0)
		;
	while (o->inotify >= 0 && (n = read(o->inotify, buf, sizeof buf)) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(buf + at);

			overlay_take_event(o, e);
			at += (ssize_t)(sizeof *e + e->len);
		}
}

/* Is a file that has changed whole? If only time can tell, it is looked at again. */
static int overlay_may_be_told(rcc_overlay *o, struct overlay_file *f)
{
	int fd, held;

	if (rcc_i_overlay_is_whiteout(f))
		return 1;
	fd = rcc_i_disk_open(o, f->name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno != EAGAIN; /* what cannot be opened is not being waited for */
	held = rcc_i_disk_hold(o, fd);
	rcc_i_disk_close(fd);
	if (held == RCC_ENOTSUP && !rcc_i_overlay_is_settled(f)) {
		f->look = 1;
		return 0;
	}
	return held != RCC_EBUSY; /* who writes will close it, and then there is an event */
}

/* Is it other than what the program was told? */
static int overlay_has_changed(const struct overlay_file *f)
{
	static const struct overlay_stamp none;

	if (!f->present || rcc_i_overlay_is_whiteout(f)) /* which has no contents */
		return f->present == rcc_i_disk_same(&f->told, &none);
	return f->written || !rcc_i_disk_same(&f->told, &f->seen);
}

/* What an update has found. */
struct overlay_changes {
	char **v;
	size_t n, room;
};

/* The name that is another now: of a whiteout, what it hides. */
static int overlay_add_change(struct overlay_changes *c, const struct overlay_file *f)
{
	size_t len = strlen(f->name) + 1;
	char **grown = rcc_i_overlay_grow(c->v, c->n, &c->room, sizeof *c->v), *name = grown ? malloc(len) : NULL;

	if (grown)
		c->v = grown;
	if (!name)
		return RCC_ENOMEM;
	memcpy(name, f->name, len);
	if (rcc_i_overlay_is_whiteout(f)) {
		char *slash = strrchr(name, '/'), *part = slash ? slash + 1 : name;

		memmove(part, part + 4, strlen(part + 4) + 1);
	}
	c->v[c->n++] = name;
	return 0;
}

/* Puts a change of the file down, if there is one that can be told. On failure nothing has happened. */
static int overlay_judge(rcc_overlay *o, struct overlay_file *f, struct overlay_changes *c)
{
	static const struct overlay_stamp none;
	int error;

	if (!f->present)
		rcc_i_overlay_see(o, f, &none);
	if (!overlay_has_changed(f))
		return 0;
	/* Some editors move a file away before they write it anew: a while must pass until it is gone. */
	if (f->present ? !overlay_may_be_told(o, f) : !rcc_i_overlay_is_settled(f)) {
		f->look |= !f->present;
		return 0;
	}
	error = overlay_add_change(c, f);
	if (!error) {
		f->told = f->seen;
		f->written = 0;
	}
	return error;
}

/* Judges the records that are to be looked at; those of what is gone leave the table. */
static int overlay_judge_all(rcc_overlay *o, int scanned, struct overlay_changes *c)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < o->n; i++) {
		struct overlay_file *f = o->files[i];

		if (!error && (scanned || f->look || f->link)) {
			int met = !scanned || f->present;

			if (!scanned || !met)
				error = rcc_i_overlay_look_at(o, f);
			f->look = 0;
			if (!error && (met || !f->present)) /* else it is behind a link to a directory: known, but not told */
				error = overlay_judge(o, f, c);
			f->look |= error != 0;
			o->unsettled |= f->look;
			if (!error && !f->present && !f->link && !overlay_has_changed(f)) {
				rcc_i_overlay_free_file(f);
				continue;
			}
		}
		o->files[kept++] = f;
	}
	o->n = kept;
	return error;
}

int rcc_overlay_update(rcc_overlay *o, void (*fn)(const char *name, void *arg), void *arg)
{
	struct overlay_changes c = {NULL, 0, 0};
	int error = 0, scanned = 0;

	if (!o)
		return RCC_EINVAL;
	pthread_mutex_lock(&o->lock);
	rcc_i_overlay_find_root(o);
	overlay_take_events(o);
	o->unsettled = 0;
	if (o->rescan || o->polls) {
		error = rcc_i_overlay_scan(o);
		scanned = !error;
	}
	if (!error)
		error = overlay_judge_all(o, scanned, &c);
	o->generation += c.n != 0;
	overlay_set_timer(o);
	pthread_mutex_unlock(&o->lock);
	for (size_t i = 0; i < c.n; i++) {
		if (fn)
			fn(c.v[i], arg);
		free(c.v[i]);
	}
	free(c.v);
	return c.n ? (int)(c.n < INT_MAX ? c.n : INT_MAX) : error;
}

static int overlay_add_events(rcc_overlay *o, int fd)
{
	struct epoll_event e = {0};

	e.events = EPOLLIN;
	return epoll_ctl(o->events, EPOLL_CTL_ADD, fd, &e);
}

/* The descriptors, the first scan. What is there from the beginning is nothing new. */
static int overlay_begin(rcc_overlay *o, const char *dir, unsigned flags)
{
	int error;

	o->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->root < 0)
		return errno == ENOMEM ? RCC_ENOMEM : RCC_EIO;
	o->path = realpath(dir, NULL);
	if (!o->path)
		return errno == ENOMEM ? RCC_ENOMEM : RCC_EIO;
	o->distrusts = (flags & RCC_OVERLAY_POLL) || overlay_is_remote(o->root);
	o->polls = o->distrusts;
	o->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	o->events = epoll_create1(EPOLL_CLOEXEC);
	if (o->timer < 0 || o->events < 0 || overlay_add_events(o, o->timer))
		return RCC_EIO;
	if (!o->polls) {
		o->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		if (o->inotify < 0 || overlay_add_events(o, o->inotify))
			o->polls = 1; /* as many as this user may have */
	}
	o->opening = 1;
	error = rcc_i_overlay_scan(o);
	o->opening = 0;
	for (size_t i = 0; i < o->n; i++)
		o->files[i]->told = o->files[i]->seen;
	o->generation = 1;
	overlay_set_timer(o);
	return error;
}

int rcc_overlay_open(const rcc_bundle *b, const char *dir, unsigned flags, rcc_overlay **out)
{
	rcc_overlay *o;
	int error, saved;

	if (!dir || !out || flags & ~(unsigned)RCC_OVERLAY_POLL)
		return RCC_EINVAL;
	o = calloc(1, sizeof *o);
	if (!o)
		return RCC_ENOMEM;
	pthread_mutex_init(&o->lock, NULL);
	o->bundle = b;
	o->root = o->inotify = o->timer = o->events = o->stop = -1;
	error = overlay_begin(o, dir, flags);
	if (error) {
		saved = errno;
		rcc_overlay_close(o);
		errno = saved;
		return error;
	}
	*out = o;
	return 0;
}

void rcc_overlay_close(rcc_overlay *o)
{
	int fds[4];

	if (!o)
		return;
	if (o->end_watch)
		o->end_watch(o);
	if (o->end_attach)
		o->end_attach(o);
	for (size_t i = 0; i < o->n; i++)
		rcc_i_overlay_free_file(o->files[i]);
	for (size_t i = 0; i < o->ndirs; i++)
		free(o->dirs[i].name);
	fds[0] = o->root, fds[1] = o->inotify, fds[2] = o->timer, fds[3] = o->events;
	for (int i = 0; i < 4; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	pthread_mutex_destroy(&o->lock);
	free(o->files);
	free(o->dirs);
	free(o->path);
	free(o);
}
#endif
