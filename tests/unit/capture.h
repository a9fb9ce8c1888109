/* SPDX-License-Identifier: MIT */
/* What code under test writes to a standard stream, as a string. Included by one file a program. */
#ifndef TEST_CAPTURE_H
#define TEST_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct capture {
	int fd, saved, file;
	char text[8192];
};

static inline void capture_begin(struct capture *c, int fd)
{
	char path[] = "/tmp/rcc-test-XXXXXX";

	fflush(NULL);
	c->fd = fd;
	c->saved = dup(fd);
	c->file = mkstemp(path);
	if (c->saved < 0 || c->file < 0 || unlink(path))
		abort();
	dup2(c->file, fd);
}

/* What was written since; the stream is as before. */
static inline const char *capture_end(struct capture *c)
{
	ssize_t n;

	fflush(NULL);
	dup2(c->saved, c->fd);
	n = pread(c->file, c->text, sizeof c->text - 1, 0);
	c->text[n > 0 ? n : 0] = 0;
	close(c->saved);
	close(c->file);
	return c->text;
}

#endif
