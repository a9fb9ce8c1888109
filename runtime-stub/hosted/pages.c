/* SPDX-License-Identifier: MIT */
/* Which pages a bundle or file lies in, and what the kernel says of them. What to do with them is for others. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include "hosted.h"

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int rcc_i_bytes_of(const rcc_bundle *b, const char *name, rcc_span *out)
{
	rcc_entry e;
	int error;

	if (!name) {
		out->data = rcc_i_base(b);
		out->size = (size_t)rcc_i_size(b);
		return 0;
	}
	error = rcc_lookup(b, name, strlen(name), &e);
	if (!error) {
		out->data = e.data;
		out->size = (size_t)e.stored;
	}
	return error;
}

rcc_span rcc_i_pages_within(rcc_span s)
{
	size_t page = page_bytes(), head = -(uintptr_t)s.data & (page - 1);
	rcc_span in = {s.data + head, 0};

	if (s.size >= head)
		in.size = (s.size - head) / page * page;
	return in;
}

rcc_span rcc_i_pages_around(rcc_span s)
{
	size_t page = page_bytes(), head = (uintptr_t)s.data & (page - 1);
	rcc_span out = {s.data - head, 0};

	if (s.size)
		out.size = (s.size + head + page - 1) / page * page;
	return out;
}

int rcc_i_pagemap(const unsigned char *p, uint64_t *words, size_t n)
{
	off_t at = (off_t)((uintptr_t)p / page_bytes() * sizeof *words);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), ok;

	ok = fd >= 0 && pread(fd, words, n * sizeof *words, at) == (ssize_t)(n * sizeof *words);
	if (fd >= 0)
		close(fd);
	return ok ? 0 : RCC_ENOTSUP;
}
#endif
