/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_STAT_H
#define FOREIGN_STAT_H
#include <sys/types.h>
struct stat {
	unsigned short st_mode;
	off_t st_size;
};
#define S_ISREG(mode) (((mode) & 0170000) == 0100000)
#define S_ISCHR(mode) (((mode) & 0170000) == 0020000)
int fstat(int fd, struct stat *st);
#endif
