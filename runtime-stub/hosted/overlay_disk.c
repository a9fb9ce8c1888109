/* SPDX-License-Identifier: MIT */
/* Names on disk: opened without a way out of the overlay's directory, and told from what editors leave for a moment. */
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
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of <linux/openat2.h>, which is younger than some C libraries. */
struct overlay_how {
	uint64_t flags, mode, resolve;
};
enum { OVERLAY_NO_MAGICLINKS = 0x02, OVERLAY_BENEATH = 0x08, OVERLAY_OPENAT2 = 437, OVERLAY_TRIES = 64 };

/* Each part by itself, without following a link: as where there is no openat2. */
static int disk_open_by_parts(const rcc_overlay *o, const char *name, int flags)
{
	int at = o->root;

	for (;;) {
		const char *slash = strchr(name, '/');
		size_t n = slash ? (size_t)(slash - name) : strlen(name);
		char part[256];
		struct stat st;
		int fd, saved;

		if (n >= sizeof part) {
			fd = -1;
			errno = ENAMETOOLONG;
		} else {
			memcpy(part, name, n);
			part[n] = 0;
			fd = openat(at, part, slash ? O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC : flags | O_NOFOLLOW);
			saved = errno;
			/* With O_DIRECTORY a link is "not a directory", with O_PATH it is opened itself. */
			if (fd < 0 ? saved == ENOTDIR && !fstatat(at, part, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode)
			           : !slash && (flags & O_PATH) && !fstat(fd, &st) && S_ISLNK(st.st_mode)) {
				if (fd >= 0)
					close(fd);
				fd = -1;
				saved = ELOOP;
			}
			errno = saved;
		}
		saved = errno;
		if (at != o->root)
			close(at);
		errno = saved;
		if (fd < 0 || !slash)
			return fd;
		at = fd;
		name = slash + 1;
	}
}

int rcc_i_disk_open(rcc_overlay *o, const char *name, int flags)
{
	struct overlay_how how = {(uint64_t)(flags | O_CLOEXEC), 0, OVERLAY_BENEATH | OVERLAY_NO_MAGICLINKS};

	/* EAGAIN: something was renamed meanwhile; the kernel could not tell whether a ".." of a link led out. */
	for (int i = 0; !o->no_openat2 && i < OVERLAY_TRIES; i++) {
		int fd = (int)syscall(OVERLAY_OPENAT2, o->root, name, &how, sizeof how);

		if (fd < 0 && (errno == ENOSYS || errno == EPERM)) /* some sandboxes say EPERM to what they do not know */
			o->no_openat2 = 1;
		else if (fd >= 0 || errno != EAGAIN)
			return fd;
	}
	return disk_open_by_parts(o, name, flags | O_CLOEXEC);
}

int rcc_i_disk_is_passing(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOMEM || err == EIO;
}

int rcc_i_disk_error(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return RCC_ENOENT;
	case EXDEV: /* it leads out */
	case ELOOP:
	case EACCES:
	case EPERM:
		return RCC_EPERM;
	case ENOMEM:
		return RCC_ENOMEM;
	case EAGAIN: /* another program's lease on it is being broken */
		return RCC_EBUSY;
	default:
		return RCC_EIO;
	}
}

static int disk_begins(const char *p, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(p, with, n);
}

static int disk_ends(const char *p, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(p + len - n, with, n);
}

static int disk_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* x.tmp, x.tmp-1, x.tmp.12; x.tmpAb3dEf as mkstemp makes them; not x.tmpl. */
static int disk_is_tmp(const char *p, size_t len)
{
	for (size_t i = 0; i + 4 <= len; i++) {
		const char *rest = p + i + 4;
		size_t n = len - i - 4, k = 0;

		if (memcmp(p + i, ".tmp", 4))
			continue;
		if (!n || !disk_is_letter(*rest))
			return 1;
		while (k < n && (disk_is_letter(rest[k]) || (rest[k] >= '0' && rest[k] <= '9')))
			k++;
		if (n == 6 && k == n)
			return 1;
	}
	return 0;
}

int rcc_i_disk_is_fleeting(const char *p, size_t len)
{
	return disk_begins(p, len, ".#") || (len > 1 && *p == '#' && p[len - 1] == '#') || disk_ends(p, len, "~") ||
	       (len > 5 && *p == '.' && !memcmp(p + len - 4, ".sw", 3) && disk_is_letter(p[len - 1])) ||
	       (len == 4 && !memcmp(p, "4913", 4)) || disk_begins(p, len, ".goutputstream-") ||
	       (disk_begins(p, len, ".~lock.") && p[len - 1] == '#') || disk_begins(p, len, ".nfs") || disk_begins(p, len, ".fuse_hidden") ||
	       disk_ends(p, len, "___jb_tmp___") || disk_ends(p, len, "___jb_old___") || disk_ends(p, len, ".vsctmp") || disk_is_tmp(p, len);
}

int rcc_i_disk_is_private(const char *name)
{
	for (;;) {
		size_t n = strcspn(name, "/");

		if (disk_begins(name, n, ".wh.") || rcc_i_disk_is_fleeting(name, n))
			return 1;
		if (!name[n])
			return 0;
		name += n + 1;
	}
}

static int64_t disk_ns(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

struct overlay_stamp rcc_i_disk_stamp(const struct stat *st)
{
	struct overlay_stamp s = {(uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size, disk_ns(&st->st_mtim),
	                          disk_ns(&st->st_ctim)};

	return s;
}

int rcc_i_disk_same(const struct overlay_stamp *a, const struct overlay_stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime == b->mtime && a->ctime == b->ctime;
}

int rcc_i_disk_hold(const rcc_overlay *o, int fd)
{
	if (o->distrusts)
		return RCC_ENOTSUP;
	/* Who opens the file for writing meanwhile waits, and we are sent a signal: one that nobody minds. */
	if (fcntl(fd, F_SETSIG, SIGURG))
		return RCC_ENOTSUP;
	if (!fcntl(fd, F_SETLEASE, F_RDLCK))
		return 0;
	return errno == EAGAIN ? RCC_EBUSY : RCC_ENOTSUP;
}

void rcc_i_disk_close(int fd)
{
	fcntl(fd, F_SETLEASE, F_UNLCK);
	close(fd);
}
#endif
