/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_UIO_H
#define FOREIGN_UIO_H
#include <sys/types.h>
struct iovec {
	void *iov_base;
	unsigned long iov_len;
};
ssize_t writev(int fd, const struct iovec *v, int n);
#endif
