/* SPDX-License-Identifier: MIT */
/* Advice for the pages under a bundle or a file: which pages, and what the kernel's answers mean. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#ifndef _WIN32
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "hosted.h"

int rcc_advise_readonly(const rcc_bundle *b)
{
	int error = rcc_advise(b, NULL, RCC_ADV_NOHUGEPAGE), second;

	if (error && error != RCC_ENOTSUP)
		return error;
	second = rcc_advise(b, NULL, RCC_ADV_DONTFORK); /* also where the kernel has no huge pages to keep out of */
	return second ? second : error;
}

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

int rcc_i_advise_pages(rcc_span pages, int advice)
{
	/* madvise and mlock take a pointer to what may change; nothing does. */
	unsigned char *p = (unsigned char *)(uintptr_t)pages.data;
	size_t n = pages.size;

	if (!n)
		return 0;
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
	uint64_t word;

	(void)*(const volatile unsigned char *)p; /* only a page that is there has the bit */
	return !rcc_i_pagemap(p, &word, 1) && word >> RCCI_PAGE_FILE & 1;
}

int rcc_advise(const rcc_bundle *b, const char *name, int advice)
{
	rcc_span bytes, pages;
	int error;

	if (!b || advice < RCC_ADV_WILLNEED || advice > RCC_ADV_UNLOCK)
		return RCC_EINVAL;
	error = rcc_i_bytes_of(b, name, &bytes);
	if (error)
		return error;
	if (advice == RCC_ADV_DONTNEED && !is_backed(b))
		return RCC_ENOTSUP;
	pages = rcc_i_pages_within(bytes);
	if (pages.size && advice == RCC_ADV_DONTNEED && !rcc_i_opened_as(b) && !is_file_page(pages.data))
		return RCC_ENOTSUP;
	return rcc_i_advise_pages(pages, advice);
}
#endif
