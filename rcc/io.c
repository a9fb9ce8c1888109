/* SPDX-License-Identifier: MIT */
/* See io.h. */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#endif

int io_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	size_t len = strlen(path);
	int at = dirfd, next;

	/* The kernel takes at most PATH_MAX bytes with the NUL: go down in steps that fit, cut at a slash. */
	while (len >= PATH_MAX) {
		char step[PATH_MAX];
		size_t n = PATH_MAX - 1;

		while (n && path[n] != '/')
			n--;
		if (!n) {
			errno = ENAMETOOLONG;
			next = -1;
		} else {
			memcpy(step, path, n);
			step[n] = 0;
			next = openat(at, step, O_PATH | O_DIRECTORY | O_CLOEXEC);
		}
		if (at != dirfd) {
			int saved = errno;

			close(at);
			errno = saved;
		}
		if (next < 0)
			return -1;
		at = next;
		while (path[n] == '/')
			n++;
		path += n;
		len -= n;
	}
	next = openat(at, len ? path : ".", flags | O_CLOEXEC, mode);
	if (at != dirfd) {
		int saved = errno;

		close(at);
		errno = saved;
	}
	return next;
}

/* One loop for the four of them: step is done again until n bytes are through, a file ends or an error comes. */
#define TRANSFER(step)                                                                                                 \
	do {                                                                                                           \
		size_t done = 0;                                                                                       \
		while (done < n) {                                                                                     \
			size_t left = n - done < SSIZE_MAX ? n - done : SSIZE_MAX;                                     \
			ssize_t r = (step);                                                                            \
			if (r < 0 && errno == EINTR)                                                                   \
				continue;                                                                              \
			if (r < 0)                                                                                     \
				return -1;                                                                             \
			if (!r)                                                                                        \
				break;                                                                                 \
			done += (size_t)r;                                                                             \
		}                                                                                                      \
		return (ssize_t)done;                                                                                  \
	} while (0)

ssize_t io_read(int fd, void *buf, size_t n)
{
	TRANSFER(read(fd, (char *)buf + done, left));
}

ssize_t io_pread(int fd, void *buf, size_t n, uint64_t off)
{
	TRANSFER(pread(fd, (char *)buf + done, left, (off_t)(off + done)));
}

static ssize_t write_all(int fd, const void *buf, size_t n)
{
	TRANSFER(write(fd, (const char *)buf + done, left));
}

static ssize_t pwrite_all(int fd, const void *buf, size_t n, uint64_t off)
{
	TRANSFER(pwrite(fd, (const char *)buf + done, left, (off_t)(off + done)));
}

/* A device that takes nothing and gives no reason is a full one. */
static int all_or_enospc(ssize_t done, size_t n)
{
	if (done < 0)
		return -1;
	if ((size_t)done < n) {
		errno = ENOSPC;
		return -1;
	}
	return 0;
}

int io_write(int fd, const void *buf, size_t n)
{
	return all_or_enospc(write_all(fd, buf, n), n);
}

int io_pwrite(int fd, const void *buf, size_t n, uint64_t off)
{
	return all_or_enospc(pwrite_all(fd, buf, n, off), n);
}

int io_share(int fd, uint64_t off, int from, uint64_t from_off, uint64_t n)
{
#ifdef FICLONERANGE
	struct file_clone_range range = {.src_fd = from, .src_offset = from_off, .src_length = n, .dest_offset = off};

	return ioctl(fd, FICLONERANGE, &range);
#else
	(void)fd, (void)off, (void)from, (void)from_off, (void)n;
	errno = EOPNOTSUPP;
	return -1;
#endif
}

int io_read_file(const char *path, struct sb *b)
{
	char buf[1 << 16];
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO, saved;
	ssize_t r = -1;

	if (fd < 0)
		return -1;
	while ((r = io_read(fd, buf, sizeof buf)) > 0)
		sb_add(b, buf, (size_t)r);
	saved = errno;
	if (fd != STDIN_FILENO)
		close(fd);
	errno = saved;
	return r < 0 ? -1 : 0;
}
