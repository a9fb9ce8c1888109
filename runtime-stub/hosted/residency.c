/* SPDX-License-Identifier: MIT */
/* Where the pages under a bundle or file are: what mincore, cachestat and two files of /proc say, added up. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include "hosted.h"

#ifndef __linux__
int rcc_residency(const rcc_bundle *b, const char *name, rcc_resident *out)
{
	(void)name;
	return b && out ? RCC_ENOTSUP : RCC_EINVAL;
}
#else
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { RESIDENT_PIECE = 512 }; /* pages asked about at a time */

/* A mapping, as /proc/self/smaps tells of it. */
struct residency_map {
	uintptr_t from, to;
	uint64_t off; /* in the file */
	unsigned major, minor;
	unsigned long long inode; /* 0: no file */
	const char *path;
};

/* The system call, which C libraries do not have yet. */
struct residency_range {
	uint64_t off, len;
};
struct residency_stat {
	uint64_t cache, dirty, writeback, evicted, recently_evicted; /* pages */
};

static int cachestat_of(int fd, struct residency_range *range, struct residency_stat *out)
{
#if defined(SYS_cachestat)
	return (int)syscall(SYS_cachestat, fd, range, out, 0);
#elif !defined(__alpha__)
	return (int)syscall(451, fd, range, out, 0); /* the same number on all others */
#else
	(void)fd;
	(void)range;
	(void)out;
	return -1;
#endif
}

/* Does fd have the pages that are mapped? Of overlayfs the file below has them. */
static int is_mapped_file(int fd, const struct residency_map *m)
{
	enum { OVERLAYFS = 0x794c7630 }; /* linux/magic.h */
	struct statfs fs;
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_ino == m->inode && major(st.st_dev) == m->major &&
	       minor(st.st_dev) == m->minor && !fstatfs(fd, &fs) && fs.f_type != OVERLAYFS;
}

/* Adds what the page cache has of s, within m, if the kernel tells. */
static int add_cachestat(const struct residency_map *m, rcc_span s, rcc_resident *r)
{
	struct residency_range range = {m->off + ((uintptr_t)s.data - m->from), s.size};
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct residency_stat found = {0};
	int fd, ok;

	if (!m->inode || *m->path != '/')
		return 0;
	fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ok = fd >= 0 && is_mapped_file(fd, m) && !cachestat_of(fd, &range, &found);
	if (fd >= 0)
		close(fd);
	if (ok) {
		r->cached += found.cache * page;
		if (r->evicted != RCC_UNKNOWN)
			r->evicted += found.evicted * page;
	}
	return ok;
}

static int add_mincore(rcc_span s, rcc_resident *r)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char vec[RESIDENT_PIECE];

	for (size_t done = 0, piece; done < s.size; done += piece) {
		piece = s.size - done < RESIDENT_PIECE * page ? s.size - done : RESIDENT_PIECE * page;
		if (mincore((void *)(uintptr_t)(s.data + done), piece, vec))
			return errno == ENOSYS ? RCC_ENOTSUP : RCC_EIO;
		for (size_t i = 0; i < piece / page; i++)
			r->cached += (vec[i] & 1) * page;
	}
	return 0;
}

/* The part of s in the mapping, if there is one. */
static rcc_span clip(const struct residency_map *m, rcc_span s)
{
	uintptr_t begin = (uintptr_t)s.data, from = begin > m->from ? begin : m->from;
	uintptr_t to = begin + s.size < m->to ? begin + s.size : m->to;
	rcc_span part = {s.data, 0};

	if (from < to) {
		part.data += from - begin;
		part.size = to - from;
	}
	return part;
}

static int add_map(const struct residency_map *m, rcc_span part, rcc_resident *r)
{
	if (add_cachestat(m, part, r))
		return 0;
	r->evicted = RCC_UNKNOWN;
	return add_mincore(part, r);
}

/* The first line of a mapping: from-to rights offset major:minor inode path. */
static int parse_map(char *line, struct residency_map *m)
{
	unsigned long from, to;
	unsigned long long off;
	int at = 0;

	if (sscanf(line, "%lx-%lx %*s %llx %x:%x %llu %n", &from, &to, &off, &m->major, &m->minor, &m->inode, &at) < 6 || !at)
		return 0;
	line[strcspn(line, "\n")] = 0;
	m->from = from;
	m->to = to;
	m->off = off;
	m->path = line + at;
	return 1;
}

/* A line "Key: n kB" of those that count huge pages: the bytes; else 0. */
static uint64_t parse_huge(const char *line)
{
	static const char *const keys[] = {"AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:", "Shared_Hugetlb:",
	                                   "Private_Hugetlb:"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strncmp(line, keys[i], strlen(keys[i])))
			return strtoull(line + strlen(keys[i]), NULL, 10) * 1024;
	return 0;
}

static int add_smaps(FILE *f, rcc_span s, rcc_resident *r)
{
	struct residency_map m;
	char *line = NULL;
	size_t cap = 0;
	int error = 0, inside = 0;

	while (!error && getline(&line, &cap, f) > 0)
		if (parse_map(line, &m)) {
			rcc_span part = clip(&m, s);

			inside = part.size != 0;
			if (inside)
				error = add_map(&m, part, r);
		} else if (inside) {
			r->huge += parse_huge(line);
		}
	if (!error && ferror(f))
		error = errno == ENOMEM ? RCC_ENOMEM : RCC_EIO;
	free(line);
	if (r->huge > r->size)
		r->huge = r->size;
	return error;
}

static int add_pagemap(rcc_span s, rcc_resident *r)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = s.size / page;
	uint64_t words[RESIDENT_PIECE];

	for (size_t done = 0, piece; done < pages; done += piece) {
		piece = pages - done < RESIDENT_PIECE ? pages - done : RESIDENT_PIECE;
		if (rcc_i_pagemap(s.data + done * page, words, piece))
			return RCC_ENOTSUP;
		for (size_t i = 0; i < piece; i++)
			if (words[i] >> RCCI_PAGE_PRESENT & 1) {
				r->mapped += page;
				r->private_dirty += words[i] >> RCCI_PAGE_FILE & 1 ? 0 : page;
			}
	}
	return 0;
}

int rcc_residency(const rcc_bundle *b, const char *name, rcc_resident *out)
{
	rcc_resident r = {0};
	rcc_span bytes;
	FILE *f;
	int error;

	if (!b || !out)
		return RCC_EINVAL;
	error = rcc_i_bytes_of(b, name, &bytes);
	if (error)
		return error;
	bytes = rcc_i_pages_around(bytes);
	r.size = bytes.size;
	error = add_pagemap(bytes, &r);
	if (error)
		return error;
	f = fopen("/proc/self/smaps", "re");
	if (!f)
		return errno == ENOMEM ? RCC_ENOMEM : RCC_ENOTSUP;
	error = add_smaps(f, bytes, &r);
	fclose(f);
	if (!error)
		*out = r;
	return error;
}
#endif
