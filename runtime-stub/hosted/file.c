/* SPDX-License-Identifier: MIT */
/* .rcb files: mapped, or copied into memory of their own (on Windows always that). Who holds them is opened.c's. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include <errno.h>
#include <stdlib.h>
#ifdef _WIN32
#include <malloc.h>
#include <sys/stat.h>
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "hosted.h"

/* How much of a file to take, of total bytes that begin with this header, and on what to lay it. Only that is judged
 * here: what the header says of the index can be judged when the index is there. */
static int measure(const unsigned char header[RCCF_HEADER_SIZE], uint64_t total, size_t *size, size_t *align)
{
	/* How much of a split image a linker left, it alone knows. */
	uint64_t bytes = header[RCCF_H_FORM] ? total : rccf_load64(header + RCCF_H_SIZE);

	if (rcc_i_check_header(header, RCCF_HEADER_SIZE) == RCC_EVERSION)
		return RCC_EVERSION;
	if (bytes < RCCF_HEADER_SIZE || bytes > total || bytes > PTRDIFF_MAX || header[RCCF_H_ALIGN] > RCCF_ALIGN_MAX)
		return RCC_ECORRUPT;
	*size = (size_t)bytes;
	*align = (size_t)1 << header[RCCF_H_ALIGN];
	return 0;
}

/* The file ended before n bytes were read. It had total bytes when it was opened: if that would have done, somebody has
 * cut it since. */
static int cut_short(size_t n, uint64_t total)
{
	errno = EIO;
	return total < n ? RCC_ECORRUPT : RCC_EIO;
}

#ifdef _WIN32
static void free_image(const rcc_i_opened *o)
{
	_aligned_free(o->image);
}

/* n bytes from where f stands; the file had total bytes when it was opened. As read_start below. */
static int read_next(FILE *f, unsigned char *buf, size_t n, uint64_t total)
{
	if (fread(buf, 1, n, f) == n)
		return 0;
	return ferror(f) ? RCC_EIO : cut_short(n, total);
}

/* The image of f in memory of its own, whatever the mode: as for take below. */
static int take_file(FILE *f, rcc_i_opened *o)
{
	unsigned char header[RCCF_HEADER_SIZE];
	size_t align;
	struct _stat64 st;
	int error;

	if (_fstat64(_fileno(f), &st))
		return RCC_EIO;
	if ((st.st_mode & _S_IFMT) != _S_IFREG)
		return RCC_EINVAL;
	error = read_next(f, header, sizeof header, (uint64_t)st.st_size);
	if (!error)
		error = measure(header, (uint64_t)st.st_size, &o->size, &align);
	if (error)
		return error;
	o->image = _aligned_malloc(o->size, align < sizeof header ? sizeof header : align);
	if (!o->image)
		return RCC_ENOMEM;
	memcpy(o->image, header, sizeof header);
	error = read_next(f, o->image + sizeof header, o->size - sizeof header, (uint64_t)st.st_size);
	if (!error)
		error = rcc_i_check_header(o->image, o->size);
	if (error)
		free_image(o);
	return error;
}

/* The image of the file at path in memory, by o->mode, into o->image and o->size. On failure nothing is left. */
static int take(const char *path, rcc_i_opened *o)
{
	FILE *f = fopen(path, "rb");
	int error, saved = errno;

	if (!f) {
		struct _stat64 st;
		int is_dir = !_stat64(path, &st) && (st.st_mode & _S_IFMT) == _S_IFDIR;

		errno = saved; /* of a folder it says that access was denied */
		return is_dir ? RCC_EINVAL : RCC_EIO;
	}
	error = take_file(f, o);
	saved = errno;
	fclose(f);
	errno = saved;
	return error;
}
#else
static void free_image(const rcc_i_opened *o)
{
	munmap(o->image, o->size);
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Reserves size bytes of address space on a multiple of align. NULL: none left. */
static unsigned char *reserve(size_t size, size_t align)
{
	size_t page = page_size(), more = align > page ? align - page : 0, head, tail;
	unsigned char *p;

	if (size > PTRDIFF_MAX - page || more > PTRDIFF_MAX - page - size)
		return NULL;
	size = (size + page - 1) / page * page;
	p = mmap(NULL, size + more, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	head = more ? -(uintptr_t)p & (align - 1) : 0;
	tail = more - head;
	if (head)
		munmap(p, head);
	if (tail)
		munmap(p + head + size, tail);
	return p + head;
}

/* n bytes from the beginning of fd, a file of total bytes. 0, RCC_EIO (also: it has been cut since), or RCC_ECORRUPT
 * where it is shorter. */
static int read_start(int fd, unsigned char *buf, size_t n, uint64_t total)
{
	size_t done = 0;

	while (done < n) {
		size_t left = n - done < PTRDIFF_MAX ? n - done : PTRDIFF_MAX;
		ssize_t r = pread(fd, buf + done, left, (off_t)done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r ? RCC_EIO : cut_short(n, total);
		done += (size_t)r;
	}
	return 0;
}

/* Has the file stayed what it was while it was copied? A write within the clock's last tick (some milliseconds) is not
 * told; rcc_verify tells what it did. */
static int is_same(int fd, const struct stat *was)
{
	struct stat now;

	if (fstat(fd, &now) || now.st_size != was->st_size)
		return 0;
#ifdef __linux__ /* the name of the field differs elsewhere */
	return now.st_mtim.tv_sec == was->st_mtim.tv_sec && now.st_mtim.tv_nsec == was->st_mtim.tv_nsec;
#else
	return 1;
#endif
}

/* A copy of the file in the reserved bytes at o->image, which nobody can write to. */
static int copy(int fd, const struct stat *st, const rcc_i_opened *o)
{
	int error;

	if (mmap(o->image, o->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return RCC_ENOMEM;
	error = read_start(fd, o->image, o->size, (uint64_t)st->st_size);
	if (error)
		return error;
	if (!is_same(fd, st)) {
		errno = EIO;
		return RCC_EIO;
	}
	return mprotect(o->image, o->size, PROT_READ) ? RCC_ENOMEM : 0;
}

/* Fills the reserved bytes at o->image with the file, by o->mode. */
static int fill(int fd, const struct stat *st, const rcc_i_opened *o)
{
	int error = 0;

	if (o->mode == RCC_GUARDED)
		error = copy(fd, st, o);
	else if (mmap(o->image, o->size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		error = errno == ENOMEM ? RCC_ENOMEM : RCC_EIO;
	/* The file may have changed since its header was read. */
	return error ? error : rcc_i_check_header(o->image, o->size);
}

/* The image of fd in memory, by o->mode, into o->image and o->size. On failure nothing is left mapped. */
static int take_file(int fd, rcc_i_opened *o)
{
	unsigned char header[RCCF_HEADER_SIZE];
	struct stat st;
	size_t align;
	int error, saved;

	if (fstat(fd, &st))
		return RCC_EIO;
	if (!S_ISREG(st.st_mode))
		return RCC_EINVAL;
	error = read_start(fd, header, sizeof header, (uint64_t)st.st_size);
	if (!error)
		error = measure(header, (uint64_t)st.st_size, &o->size, &align);
	if (error)
		return error;
	o->image = reserve(o->size, align);
	if (!o->image)
		return RCC_ENOMEM;
	error = fill(fd, &st, o);
	if (error) {
		saved = errno;
		free_image(o);
		errno = saved;
	}
	return error;
}

static int take(const char *path, rcc_i_opened *o)
{
	/* Without O_NONBLOCK, opening a FIFO would wait for a writer; a regular file does not mind. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error, saved;

	if (fd < 0)
		return RCC_EIO;
	error = take_file(fd, o);
	saved = errno;
	close(fd);
	errno = saved;
	return error;
}
#endif

/* Nobody holds it any more. */
static void give_back(rcc_i_opened *o)
{
	rcc_i_dicts_forget((const rcc_bundle *)(const void *)o->image);
	free_image(o);
	free(o);
}

int rcc_open_bundle(const char *path, int mode, const rcc_bundle **out)
{
	rcc_i_opened *o;
	int error, saved;

	if (!path || !out || (mode != RCC_MAPPED && mode != RCC_GUARDED))
		return RCC_EINVAL;
	o = malloc(sizeof *o);
	if (!o)
		return RCC_ENOMEM;
	o->mode = mode;
	o->give_back = give_back;
	error = take(path, o);
	saved = errno;
	if (error) {
		free(o);
		errno = saved;
		return error;
	}
	*out = (const rcc_bundle *)(const void *)o->image;
	rcc_i_opened_add(o);
	return 0;
}

int rcc_close_bundle(const rcc_bundle *b)
{
	if (!b || !rcc_i_opened_close(b))
		return 0;
	rcc_unregister_bundle(b);
	rcc_i_opened_drop(b);
	return 0;
}
