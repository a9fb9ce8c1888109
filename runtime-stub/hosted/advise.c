/* SPDX-License-Identifier: MIT */
/* Advice for the pages under a bundle or a file: which pages, and what the kernel's answers mean. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#ifndef _WIN32
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "hosted.h"

#ifdef _WIN32
int rcc_advise(const rcc_bundle *b, const char *name, int advice)
{
	(void)name;
	return !b || advice < RCC_ADV_WILLNEED || advice > RCC_ADV_UNLOCK ? RCC_EINVAL : RCC_ENOTSUP;
}
#else
#if defined(__linux__) && !defined(MADV_POPULATE_READ)
#define MADV_POPULATE_READ 22 /* Linux 5.14, newer than some C libraries */
#endif

enum { WILLNEED_PIECE = 2 << 20 }; /* one call reads no more than the device's read-ahead */

static int advise_error(int err)
{
	switch (err) {
	case EINVAL: /* the range is a good one, so it is the advice */
	case ENOSYS:
	case EBADF:
		return RCC_ENOTSUP;
	case ENOMEM:
	case EAGAIN:
		return RCC_ENOMEM;
	case EPERM:
		return RCC_EPERM;
	default:
		return RCC_EIO;
	}
}

static int kernel_says(int r)
{
	return r ? advise_error(errno) : 0;
}

/* Whole pages within [p, p + n); their number of bytes, which may be 0. */
static size_t whole_pages(const unsigned char **p, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), head = -(uintptr_t)*p & (page - 1);

	if (n < head)
		return 0;
	*p += head;
	return (n - head) / page * page;
}

static int willneed(unsigned char *p, size_t n)
{
	for (size_t done = 0, piece; done < n; done += piece) {
		int error;

		piece = n - done < WILLNEED_PIECE ? n - done : WILLNEED_PIECE;
		error = kernel_says(madvise(p + done, piece, MADV_WILLNEED));
		if (error)
			return error;
	}
	return 0;
}

static int populate(unsigned char *p, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

#ifdef MADV_POPULATE_READ
	if (!madvise(p, n, MADV_POPULATE_READ))
		return 0;
	if (errno != EINVAL)
		return kernel_says(-1);
#endif
	for (size_t done = 0; done < n; done += page)
		(void)*(const volatile unsigned char *)(p + done);
	return 0;
}

static int advise_pages(unsigned char *p, size_t n, int advice)
{
	switch (advice) {
	case RCC_ADV_WILLNEED:
		return willneed(p, n);
	case RCC_ADV_POPULATE:
		return populate(p, n);
	case RCC_ADV_LOCK:
		return kernel_says(mlock(p, n));
	case RCC_ADV_UNLOCK:
		return kernel_says(munlock(p, n));
#ifdef MADV_DONTFORK /* Linux has them all, others none but DONTNEED, in another meaning */
	case RCC_ADV_DONTNEED:
		return kernel_says(madvise(p, n, MADV_DONTNEED));
	case RCC_ADV_DONTFORK:
		return kernel_says(madvise(p, n, MADV_DONTFORK));
	case RCC_ADV_DOFORK:
		return kernel_says(madvise(p, n, MADV_DOFORK));
	case RCC_ADV_NOHUGEPAGE:
		return kernel_says(madvise(p, n, MADV_NOHUGEPAGE));
	case RCC_ADV_HUGEPAGE:
		return kernel_says(madvise(p, n, MADV_HUGEPAGE));
#endif
	default:
		return RCC_ENOTSUP;
	}
}

/* Do dropped pages of b come back from a file? Those of a copy, or of memory the program made itself,
 * would be zeros. */
static int is_backed(const rcc_bundle *b)
{
	int mode = rcc_i_opened_as(b);

	return mode ? mode == RCC_MAPPED : rcc_i_in_module(b, (size_t)rcc_i_size(b));
}

/* Is the page at p a file's? A packer (UPX) unpacks a module to memory of its own, and its program headers do not
 * tell. */
static int is_file_page(const unsigned char *p)
{
	enum { FILE_PAGE = 61 }; /* the kernel's Documentation/admin-guide/mm/pagemap.rst */
	uint64_t word = 0;
	off_t at = (off_t)((uintptr_t)p / (size_t)sysconf(_SC_PAGESIZE) * sizeof word);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), ok;

	(void)*(const volatile unsigned char *)p; /* only a page that is there has the bit */
	ok = fd >= 0 && pread(fd, &word, sizeof word, at) == (ssize_t)sizeof word && word >> FILE_PAGE & 1;
	if (fd >= 0)
		close(fd);
	return ok;
}

int rcc_advise(const rcc_bundle *b, const char *name, int advice)
{
	const unsigned char *p;
	uint64_t n;

	if (!b || advice < RCC_ADV_WILLNEED || advice > RCC_ADV_UNLOCK)
		return RCC_EINVAL;
	p = rcc_i_base(b);
	n = rcc_i_size(b);
	if (name) {
		rcc_entry e;
		int error = rcc_lookup(b, name, strlen(name), &e);

		if (error)
			return error;
		p = e.data;
		n = e.stored;
	}
	if (advice == RCC_ADV_DONTNEED && !is_backed(b))
		return RCC_ENOTSUP;
	n = whole_pages(&p, (size_t)n);
	if (n && advice == RCC_ADV_DONTNEED && !rcc_i_opened_as(b) && !is_file_page(p))
		return RCC_ENOTSUP;
	/* madvise and mlock take a pointer to what may change; nothing does. */
	return n ? advise_pages((unsigned char *)(uintptr_t)p, (size_t)n, advice) : 0;
}
#endif
