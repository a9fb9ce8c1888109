/* SPDX-License-Identifier: MIT */
/* See tree_link.h. */
#include "tree_link.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

enum { LINKS_MAX = 40 }; /* as the kernel */

static void close_kept(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/* The directory that holds the file a link leads to in the end, be it through further links; -1 with errno. */
static int target_parent(int dirfd, const char *leaf)
{
	char text[PATH_MAX], name[PATH_MAX];
	int fd = io_openat(dirfd, ".", O_PATH | O_DIRECTORY, 0);

	if (fd < 0 || strlen(leaf) >= sizeof name)
		return fd;
	strcpy(name, leaf);
	for (int i = 0; i <= LINKS_MAX; i++) {
		ssize_t n = readlinkat(fd, name, text, sizeof text - 1);
		char *slash;
		int next;

		if (n < 0 && errno == EINVAL) /* no link: it is the file itself */
			return fd;
		if (n < 0)
			break;
		text[n] = 0;
		slash = strrchr(text, '/');
		strcpy(name, slash ? slash + 1 : text);
		if (!slash)
			continue;
		slash[1] = 0;
		next = io_openat(fd, text, O_PATH | O_DIRECTORY, 0);
		close_kept(fd);
		fd = next;
		if (fd < 0)
			return -1;
	}
	close_kept(fd);
	return -1;
}

int link_stays(const struct stat *root, int dirfd, const char *leaf, bool is_dir)
{
	int fd = is_dir ? io_openat(dirfd, leaf, O_PATH | O_DIRECTORY, 0) : target_parent(dirfd, leaf);
	struct stat at = {0}, below;

	if (fd < 0)
		return -1;
	for (bool first = true;; first = false) {
		int up;

		below = at;
		if (fstat(fd, &at))
			break;
		if (at.st_dev == root->st_dev && at.st_ino == root->st_ino) {
			close(fd);
			return 1;
		}
		if (!first && at.st_dev == below.st_dev && at.st_ino == below.st_ino) { /* "/" is above itself */
			close(fd);
			return 0;
		}
		up = io_openat(fd, "..", O_PATH | O_DIRECTORY, 0);
		close_kept(fd);
		fd = up;
		if (fd < 0)
			return -1;
	}
	close_kept(fd);
	return -1;
}

const char *link_text(int dirfd, const char *leaf, char *buf, size_t size)
{
	ssize_t n = readlinkat(dirfd, leaf, buf, size - 1);

	buf[n < 0 ? 0 : n] = 0;
	return buf;
}
