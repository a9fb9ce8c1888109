/* SPDX-License-Identifier: MIT */
/* A directory over a bundle: whose contents a name has, and those contents, whole. What changed is overlay_scan.c's. */
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
#include <stdlib.h>
#include <unistd.h>

enum { OVERLAY_FROM_BUNDLE = 1 }; /* beside the errors: the disk has nothing to say */

/* Does ".wh.PART" lie beside name, or beside a directory above it? */
static int overlay_hides(rcc_overlay *o, const char *name)
{
	size_t len = strlen(name), start = 0;
	char *path = malloc(len + 5);
	int found = 0;

	if (!path)
		return RCC_ENOMEM;
	while (start < len && !found) {
		size_t end = start + strcspn(name + start, "/");
		int fd;

		memcpy(path, name, start);
		memcpy(path + start, ".wh.", 4);
		memcpy(path + start + 4, name + start, end - start);
		path[end + 4] = 0;
		fd = rcc_i_disk_open(o, path, O_PATH | O_NOFOLLOW);
		found = fd >= 0;
		if (found)
			close(fd);
		start = end + 1;
	}
	free(path);
	return found;
}

/* What is said of a name that the disk does not have. */
static int overlay_not_on_disk(rcc_overlay *o, const char *name)
{
	int hidden = overlay_hides(o, name);

	return hidden < 0 ? hidden : hidden ? RCC_ENOENT : OVERLAY_FROM_BUNDLE;
}

static int overlay_in_bundle(const rcc_overlay *o, const char *name, rcc_entry *e)
{
	return o->bundle ? rcc_lookup(o->bundle, name, strlen(name), e) : RCC_ENOENT;
}

/* 0 and *st if the disk has a regular file of that name; FROM_BUNDLE, or an error. */
static int overlay_find_on_disk(rcc_overlay *o, const char *name, struct stat *st)
{
	rcc_entry e;
	int fd, bad;

	if (!rcc_i_name_ok(name, strlen(name))) /* nobody has it, and its parts may lead out */
		return OVERLAY_FROM_BUNDLE;
	if (rcc_i_disk_is_private(name))
		return overlay_not_on_disk(o, name);
	rcc_i_overlay_find_root(o);
	fd = rcc_i_disk_open(o, name, O_PATH); /* which waits for nobody, and wakes nobody up */
	if (fd < 0 && (errno == ENOENT || errno == ENAMETOOLONG))
		return overlay_not_on_disk(o, name);
	if (fd < 0)
		return rcc_i_disk_error(errno);
	bad = fstat(fd, st);
	close(fd);
	if (bad)
		return RCC_EIO;
	if (S_ISDIR(st->st_mode) && overlay_in_bundle(o, name, &e) == RCC_ENOENT)
		return RCC_ENOENT;
	return S_ISREG(st->st_mode) ? 0 : RCC_EINVAL;
}

/* size bytes of fd, and behind them a NUL and the name with one of its own. RCC_EBUSY: it has more or fewer. */
static int overlay_read_all(int fd, uint64_t size, const char *name, unsigned char **out)
{
	size_t len = strlen(name) + 1, done = 0;
	unsigned char *p;
	ssize_t r = 1;

	if (size > PTRDIFF_MAX - 1 - len)
		return RCC_ENOMEM;
	p = malloc((size_t)size + 1 + len);
	if (!p)
		return RCC_ENOMEM;
	/* One byte more is asked for, to see the end. */
	while (done <= size && (r = pread(fd, p + done, (size_t)size + 1 - done, (off_t)done)) != 0) {
		if (r > 0)
			done += (size_t)r;
		else if (errno != EINTR)
			break;
	}
	if (r < 0 || done != size) {
		int saved = errno;

		free(p);
		errno = saved;
		return r < 0 ? RCC_EIO : RCC_EBUSY;
	}
	p[size] = 0;
	memcpy(p + size + 1, name, len);
	*out = p;
	return 0;
}

/* The contents of the open file, if they are whole. */
static int overlay_read_whole(const rcc_overlay *o, struct overlay_file *f, int fd, unsigned char **out, size_t *size)
{
	struct overlay_stamp before, after;
	struct stat st;
	int held = rcc_i_disk_hold(o, fd), error;

	if (held == RCC_EBUSY)
		return held;
	if (fstat(fd, &st))
		return RCC_EIO;
	before = rcc_i_disk_stamp(&st);
	rcc_i_overlay_see(o, f, &before);
	if (held && !rcc_i_overlay_is_settled(f))
		return RCC_EBUSY;
	error = overlay_read_all(fd, before.size, f->name, out);
	if (error)
		return error;
	*size = (size_t)before.size;
	if (!held)
		return 0;
	if (!fstat(fd, &st)) {
		after = rcc_i_disk_stamp(&st);
		if (rcc_i_disk_same(&before, &after))
			return 0;
	}
	free(*out);
	return RCC_EBUSY;
}

/* Keeps a copy of what is given, for as long as the file will not be whole. */
static int overlay_keep_good(struct overlay_file *f, const unsigned char *p, size_t size)
{
	unsigned char *copy;

	if (f->good && f->size == size && !memcmp(f->good, p, size))
		return 0;
	copy = malloc(size + 1);
	if (!copy)
		return RCC_ENOMEM;
	memcpy(copy, p, size);
	free(f->good);
	f->good = copy;
	f->size = size;
	return 0;
}

/* Another copy of that, as read_all makes it. */
static int overlay_give_good(const struct overlay_file *f, unsigned char **out, size_t *size)
{
	size_t len = strlen(f->name) + 1;
	unsigned char *p = malloc(f->size + 1 + len);

	if (!p)
		return RCC_ENOMEM;
	memcpy(p, f->good, f->size);
	p[f->size] = 0;
	memcpy(p + f->size + 1, f->name, len);
	*out = p;
	*size = f->size;
	return 0;
}

/* What to give of a regular file: its contents, or what is left of better days. */
static int overlay_take(rcc_overlay *o, const char *name, unsigned char **out, size_t *size)
{
	struct overlay_file *f = rcc_i_overlay_file(o, name, 1);
	int fd, error, saved;
	struct stat st;

	if (!f)
		return RCC_ENOMEM;
	fd = rcc_i_disk_open(o, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) /* ENOENT: it was there a moment ago */
		return errno == ENOENT ? overlay_not_on_disk(o, name) : rcc_i_disk_error(errno);
	error = fstat(fd, &st) ? RCC_EIO : S_ISREG(st.st_mode) ? overlay_read_whole(o, f, fd, out, size) : RCC_EINVAL;
	saved = errno;
	rcc_i_disk_close(fd);
	errno = saved;
	if (!error) {
		error = overlay_keep_good(f, *out, *size);
		if (error)
			free(*out);
	} else if (error == RCC_EBUSY) {
		rcc_entry e;

		if (f->good)
			error = overlay_give_good(f, out, size);
		else if (overlay_not_on_disk(o, name) == OVERLAY_FROM_BUNDLE && !overlay_in_bundle(o, name, &e))
			error = OVERLAY_FROM_BUNDLE;
	}
	return error;
}

int rcc_overlay_load(rcc_overlay *o, const char *name, rcc_memfile *out)
{
	unsigned char *p = NULL;
	rcc_i_owner *hold;
	size_t size = 0;
	struct stat st;
	rcc_entry e;
	int error;

	if (!out)
		return RCC_EINVAL;
	memset(out, 0, sizeof *out);
	if (!o || !name)
		return RCC_EINVAL;
	pthread_mutex_lock(&o->lock);
	error = overlay_find_on_disk(o, name, &st);
	if (!error)
		error = overlay_take(o, name, &p, &size);
	pthread_mutex_unlock(&o->lock);
	if (error == OVERLAY_FROM_BUNDLE)
		return o->bundle ? rcc_i_load_bundled(o->bundle, name, out) : RCC_ENOENT;
	if (error)
		return error;
	hold = rcc_i_opened_hold(o->bundle);
	out->heap = rcc_i_own(p, hold);
	if (!out->heap) {
		if (hold)
			hold->drop(hold);
		free(p);
		return RCC_ENOMEM;
	}
	out->data = p;
	out->size = size;
	out->stored = size;
	out->name = (const char *)p + size + 1;
	out->name_len = strlen(name);
	out->hash = rcc_i_hash64(p, size);
	out->mime = overlay_in_bundle(o, name, &e) ? NULL : e.mime;
	out->align = _Alignof(long double);
	out->codec = RCC_CODEC_STORE;
	return 0;
}

int rcc_overlay_where(rcc_overlay *o, const char *name)
{
	struct stat st;
	rcc_entry e;
	int error;

	if (!o || !name)
		return RCC_EINVAL;
	pthread_mutex_lock(&o->lock);
	error = overlay_find_on_disk(o, name, &st);
	pthread_mutex_unlock(&o->lock);
	if (!error)
		return RCC_ON_DISK;
	if (error != OVERLAY_FROM_BUNDLE)
		return error;
	error = overlay_in_bundle(o, name, &e);
	return error ? error : RCC_IN_BUNDLE;
}

uint64_t rcc_overlay_generation(rcc_overlay *o)
{
	uint64_t g;

	if (!o)
		return 0;
	pthread_mutex_lock(&o->lock);
	g = o->generation;
	pthread_mutex_unlock(&o->lock);
	return g;
}

int rcc_overlay_fd(rcc_overlay *o)
{
	return o ? o->events : RCC_EINVAL;
}
#endif
