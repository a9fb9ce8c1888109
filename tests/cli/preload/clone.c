/* SPDX-License-Identifier: MIT */
/* To be preloaded into rcc: a file system that lets files share blocks, as far as rcc sees. CLONE_SEEN: a file that gets a line
 * "offset bytes" for each range shared. CLONE_DO: "copy" the bytes are copied there; "hole" they are not, so that it shows in the
 * output whether rcc writes them nevertheless; else an errno's number, and nothing is shared. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int clone_range(int fd, const struct file_clone_range *r)
{
	const char *todo = getenv("CLONE_DO");
	FILE *seen = fopen(getenv("CLONE_SEEN"), "a");
	struct stat st;
	char *bytes;

	if (!seen)
		abort();
	fprintf(seen, "%llu %llu\n", (unsigned long long)r->dest_offset, (unsigned long long)r->src_length);
	fclose(seen);
	if ((r->src_offset | r->src_length | r->dest_offset) % 4096) {
		errno = EINVAL;
		return -1;
	}
	if (!strcmp(todo, "copy")) {
		bytes = malloc(r->src_length);
		if (!bytes || pread((int)r->src_fd, bytes, r->src_length, (off_t)r->src_offset) != (ssize_t)r->src_length ||
		    pwrite(fd, bytes, r->src_length, (off_t)r->dest_offset) != (ssize_t)r->src_length)
			abort();
		free(bytes);
	} else if (!strcmp(todo, "hole")) {
		if (fstat(fd, &st) || (st.st_size < (off_t)(r->dest_offset + r->src_length) && ftruncate(fd, (off_t)(r->dest_offset + r->src_length))))
			abort();
	} else {
		errno = atoi(todo);
		return -1;
	}
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int, unsigned long, ...);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (request == FICLONERANGE)
		return clone_range(fd, arg);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "ioctl");
	return next(fd, request, arg);
}
