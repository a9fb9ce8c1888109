/* SPDX-License-Identifier: MIT */
/* Contents as a descriptor, for libraries that want a file: a sealed memfd, or where there is none an unnamed file. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include <errno.h>
#ifdef __linux__
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "hosted.h"

#if !defined(__linux__) || !defined(MFD_CLOEXEC)
int rcc_memfd(const rcc_bundle *b, const char *name)
{
	return b && name ? RCC_ENOTSUP : RCC_EINVAL;
}

int rcc_fd_path(int fd, char *buf, size_t cap)
{
	(void)cap;
	return fd >= 0 && buf ? RCC_ENOTSUP : RCC_EINVAL;
}
#else
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u /* Linux 6.3, newer than some C libraries */
#endif
enum { MEMFD_PIECE = 64 << 10, MEMFD_NAME = 200 /* the kernel takes 249 */ };

static int memfd_new(const char *name)
{
	size_t len = strlen(name);
	int fd;

	name += len > MEMFD_NAME ? len - MEMFD_NAME : 0;
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

/* A file in dir that has no name, or no longer. */
static int unnamed_in(const char *dir)
{
	char path[32];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0400);

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof path, "%s/rcc.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* An empty file; *seals says if it can be sealed. */
static int file_new(const char *name, int *seals)
{
	int fd = memfd_new(name);

	*seals = fd >= 0;
	if (fd >= 0 || errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		return fd;
	fd = unnamed_in("/dev/shm");
	return fd >= 0 ? fd : unnamed_in("/tmp");
}

static int write_all(int fd, const unsigned char *p, size_t n, uint64_t off)
{
	while (n) {
		ssize_t done = pwrite(fd, p, n < PTRDIFF_MAX ? n : PTRDIFF_MAX, (off_t)off);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return RCC_EIO;
		p += done;
		n -= (size_t)done;
		off += (uint64_t)done;
	}
	return 0;
}

/* The contents of a compressed entry, piece by piece. */
static int write_decoded(int fd, const rcc_entry *e)
{
	unsigned char *piece = malloc(MEMFD_PIECE);
	rcc_cursor *c = NULL;
	int error = piece ? rcc_cursor_open(e, &c) : RCC_ENOMEM;
	uint64_t off = 0;

	while (!error && off < e->size) {
		rcc_ssize n = rcc_cursor_read(c, piece, MEMFD_PIECE);

		error = n < 0 ? (int)n : write_all(fd, piece, (size_t)n, off);
		off += n < 0 ? 0 : (uint64_t)n;
	}
	rcc_cursor_close(c);
	free(piece);
	return error;
}

static int write_contents(int fd, const rcc_entry *e)
{
	rcc_span s;
	int error = rcc_view(e, &s);

	if (error == RCC_EENCODED)
		return write_decoded(fd, e);
	return error ? error : write_all(fd, s.data, s.size, 0);
}

static int file_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return RCC_EIO;
}

/* The same file by a descriptor that cannot write: of one that can, a sealed file could not be mapped shared before
 * Linux 6.7. Without /proc, the one there is. */
static int read_only(int fd)
{
	char path[32];
	int other = rcc_fd_path(fd, path, sizeof path) ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (other < 0)
		return errno == EMFILE || errno == ENFILE ? file_close(fd) : fd;
	close(fd);
	return other;
}

int rcc_memfd(const rcc_bundle *b, const char *name)
{
	rcc_entry e;
	int fd, seals, error = b && name ? rcc_lookup(b, name, strlen(name), &e) : RCC_EINVAL;

	if (error)
		return error;
	fd = file_new(e.name, &seals);
	if (fd < 0)
		return errno == ENOMEM ? RCC_ENOMEM : RCC_EIO;
	error = write_contents(fd, &e);
	if (!error && seals && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		error = RCC_EIO;
	if (error) {
		file_close(fd);
		return error;
	}
	rcc_i_load_used(b, e.name);
	return read_only(fd);
}

int rcc_fd_path(int fd, char *buf, size_t cap)
{
	char path[32];
	int n;

	if (!buf || fcntl(fd, F_GETFD) < 0)
		return RCC_EINVAL;
	n = snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (access(path, F_OK))
		return RCC_ENOTSUP;
	if ((size_t)n >= cap)
		return RCC_EBUFFER;
	memcpy(buf, path, (size_t)n + 1);
	return 0;
}
#endif
