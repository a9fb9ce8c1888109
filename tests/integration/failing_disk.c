/* SPDX-License-Identifier: MIT */
/* A file system with one file, "file", that a failing disk seems to lie under: failing_disk FILE OFF DIR shows FILE in DIR, and what
 * lies from OFF on cannot be read (EIO). */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fd;
static off_t bad_from;

static int disk_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	(void)fi;
	memset(st, 0, sizeof *st);
	if (!strcmp(path, "/")) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	return strcmp(path, "/file") || fstat(fd, st) ? -ENOENT : 0;
}

static int disk_read(const char *path, char *buf, size_t n, off_t off, struct fuse_file_info *fi)
{
	ssize_t r;

	(void)path;
	(void)fi;
	if (off + (off_t)n > bad_from)
		return -EIO;
	r = pread(fd, buf, n, off);
	return r < 0 ? -errno : (int)r;
}

int main(int argc, char **argv)
{
	static const struct fuse_operations operations = {.getattr = disk_getattr, .read = disk_read};

	if (argc != 4)
		return 2;
	fd = open(argv[1], O_RDONLY);
	if (fd < 0)
		return 1;
	bad_from = atoll(argv[2]);
	argv[1] = argv[3];
	argv[2] = NULL;
	return fuse_main(2, argv, &operations, NULL); /* comes back when it is mounted, and goes on behind */
}
