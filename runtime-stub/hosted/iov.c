/* SPDX-License-Identifier: MIT */
/* Where stored bytes lie, for calls that take them from there: in memory as an iovec, in a file as a descriptor and an
 * offset. What of the latter is said is what the kernel says of its mappings. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#ifndef _WIN32
#include <sys/uio.h>
#endif
#ifdef __linux__
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#endif

#include "hosted.h"

int rcc_iov(const rcc_entry *e, uint64_t off, uint64_t n, struct iovec *out)
{
	rcc_span s;
	int error = e && out ? rcc_view(e, &s) : RCC_EINVAL;

	if (error)
		return error;
#ifdef _WIN32
	(void)off;
	(void)n;
	return RCC_ENOTSUP;
#else
	if (off > s.size)
		off = s.size;
	out->iov_base = (void *)(uintptr_t)(s.data + off); /* writev takes a pointer to what may change; it changes nothing */
	out->iov_len = n < s.size - off ? (size_t)n : s.size - (size_t)off;
	return 0;
#endif
}

#ifndef __linux__
int rcc_bundle_fd(const rcc_bundle *b, uint64_t *off)
{
	return b && off ? RCC_ENOTSUP : RCC_EINVAL;
}
#else
/* One line of /proc/self/maps (proc(5)). */
struct mapping {
	uintptr_t begin, end;
	uint64_t off, inode;
	dev_t device;
	int writable;
	char *path; /* in the line, as long as that stays */
};

static int mapping_parse(char *line, struct mapping *m)
{
	unsigned major, minor;
	char mode[5];
	int at = 0;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &m->begin, &m->end, mode, &m->off,
	           &major, &minor, &m->inode, &at) != 7)
		return 0;
	line[strcspn(line, "\n")] = 0;
	m->path = line + at;
	m->device = makedev(major, minor);
	m->writable = mode[1] == 'w';
	return m->inode && *m->path == '/';
}

/* The file that all of [begin, end) is a read-only mapping of, in one run of offsets, open; or a negative error. */
static int file_under(FILE *maps, uintptr_t begin, uintptr_t end, uint64_t *off)
{
	struct mapping m, first = {0};
	uintptr_t at = begin;
	size_t room = 0;
	char *line = NULL;
	struct stat st;
	int fd = RCC_ENOTSUP;

	while (at < end && getline(&line, &room, maps) > 0) {
		int known = mapping_parse(line, &m);

		if (m.end <= at)
			continue;
		if (!known || m.writable || m.begin > at || (first.path && (m.inode != first.inode || m.device != first.device ||
		                                                            m.off + (at - m.begin) != first.off + (at - begin))))
			break;
		if (!first.path) {
			first = m;
			first.off += begin - m.begin;
			first.path = strdup(m.path);
			if (!first.path)
				break;
		}
		at = m.end;
	}
	if (at >= end) {
		fd = open(first.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0) {
			fd = errno == EMFILE || errno == ENFILE ? RCC_EIO : RCC_ENOTSUP;
		} else if (fstat(fd, &st) || st.st_dev != first.device || st.st_ino != first.inode) {
			close(fd);
			fd = RCC_ENOTSUP;
		}
	}
	if (fd >= 0)
		*off = first.off;
	free(first.path);
	free(line);
	return fd;
}

int rcc_bundle_fd(const rcc_bundle *b, uint64_t *off)
{
	uintptr_t begin = (uintptr_t)b;
	FILE *maps;
	int fd;

	if (!b || !off)
		return RCC_EINVAL;
	maps = fopen("/proc/self/maps", "re");
	if (!maps)
		return errno == EMFILE || errno == ENFILE ? RCC_EIO : RCC_ENOTSUP;
	fd = file_under(maps, begin, begin + (uintptr_t)rcc_i_size(b), off);
	fclose(maps);
	return fd;
}
#endif
