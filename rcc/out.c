/* SPDX-License-Identifier: MIT */
/* See out.h. An output is a file without a name, or a temporary one; what becomes of it is decided in
 * out_commit. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "out_list.h"

enum { BUFFER = 1 << 20, LINKS_MAX = 40, TEMP_NAME = 32 };

/* --- Messages ---------------------------------------------------------------------------------- */

/* What to do about an error, behind the words of errno. */
static const char *remedy(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return "; make room there, or write elsewhere";
	case EFBIG:
		return "; raise the limit on file sizes (ulimit -f), or write elsewhere";
	case EACCES:
	case EPERM:
		return "; its directory must be writable";
	case EROFS:
		return "; write elsewhere";
	case ENOENT:
		return "; make its directory first";
	case EISDIR:
		return "; name a file in it";
	default:
		return "";
	}
}

bool out_failed(struct diag *d, const char *path, const char *what)
{
	int e = errno;

	diag_error(d, AT_FILE(path), "cannot %s: %s%s", what, strerror(e), remedy(e));
	return false;
}

/* --- Opening ----------------------------------------------------------------------------------- */

static char *copy_of(const char *s, size_t n)
{
	char *p = strndup(s, n);

	if (!p)
		die("out of memory");
	return p;
}

/* The part of path behind its last slash. */
static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Is the path a name for an open file, which has no place in a directory? */
static bool is_descriptor(const char *path)
{
	return !fnmatch("/dev/fd/*", path, FNM_PATHNAME) || !fnmatch("/proc/*/fd/*", path, FNM_PATHNAME) ||
	       !fnmatch("/proc/*/task/*/fd/*", path, FNM_PATHNAME);
}

/* Follows the links path itself is, as opening it would; those of its directories are left to the kernel.
 * NULL: what path leads to is no place in a directory but an open file (/dev/stdout). */
static char *resolve(const char *path)
{
	char *at = copy_of(path, strlen(path)), link[PATH_MAX];

	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t n;
		char *to;

		if (is_descriptor(at)) {
			free(at);
			return NULL;
		}
		n = readlink(at, link, sizeof link - 1);
		if (n < 0)
			return at; /* no link, or nothing there yet; whatever else is wrong shows when it is opened */
		link[n] = 0;
		if (asprintf(&to, "%.*s%s", *link == '/' ? 0 : (int)(base_of(at) - at), at, link) < 0)
			die("out of memory");
		free(at);
		at = to;
	}
	return at;
}

/* A file for bytes on their way to a stream. No name is left. */
static int open_scratch(void)
{
	const char *env = getenv("TMPDIR"), *dirs[] = {env && *env ? env : "/var/tmp", "/var/tmp", "/tmp"};
	int fd = -1;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs && fd < 0; i++) {
		char path[PATH_MAX];

		fd = open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0 || snprintf(path, sizeof path, "%s/rcc-XXXXXX", dirs[i]) >= (int)sizeof path)
			continue;
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	return fd;
}

/* Chooses a temporary name and lists it for removal; the file is yet to be made. */
static bool take_name(struct out *o)
{
	unsigned long long r;

	if (getrandom(&r, sizeof r, 0) != sizeof r)
		return false;
	o->temp = malloc(TEMP_NAME);
	if (!o->temp)
		die("out of memory");
	snprintf(o->temp, TEMP_NAME, ".rcc-%016llx.tmp", r);
	out_list_add(o);
	return true;
}

/* The temporary name is gone, or never came to be. Keeps errno. */
static void forget_name(struct out *o)
{
	int e = errno;

	out_list_remove(o);
	free(o->temp);
	o->temp = NULL;
	errno = e;
}

static bool open_named(struct out *o)
{
	if (!take_name(o))
		return false;
	o->fd = openat(o->dirfd, o->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (o->fd < 0)
		forget_name(o);
	return o->fd >= 0;
}

static bool open_beside(struct out *o)
{
	/* Without /proc there is no way to give the file a name later. */
	if (!access("/proc/self/fd", X_OK)) {
		o->fd = openat(o->dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
		if (o->fd >= 0)
			return true;
		if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOSYS)
			return false;
	}
	return open_named(o);
}

/* The directory of o->path: its text with the last slash, or "./". */
static int open_directory(const struct out *o)
{
	size_t n = (size_t)(base_of(o->path) - o->path);
	char *dir = n ? copy_of(o->path, n) : copy_of("./", 2);
	int fd = io_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0), e = errno;

	free(dir);
	errno = e;
	return fd;
}

/* A path of the user's: links are followed, and what is no regular file gets the bytes copied. */
static bool open_user(struct out *o, struct diag *d, const char *path)
{
	struct stat st;
	bool there = strcmp(path, "-") && !stat(path, &st);

	if (!there && strcmp(path, "-") != 0 && errno == ELOOP)
		return out_failed(d, path, "write");
	if (there && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return out_failed(d, path, "write");
	}
	o->stream = !strcmp(path, "-") || (there && !S_ISREG(st.st_mode));
	if (!o->stream)
		o->path = resolve(path);
	if (!o->path) {
		o->stream = true;
		o->path = copy_of(path, strlen(path));
		o->fd = open_scratch();
		return o->fd >= 0 || out_failed(d, path, "make a temporary file (see TMPDIR) for");
	}
	o->dirfd = open_directory(o);
	return o->dirfd >= 0 || out_failed(d, path, "write");
}

/* The last part of path in a directory: it is made there, or replaces a regular file there, and nothing
 * else. */
static bool open_below(struct out *o, struct diag *d, int dirfd, const char *path)
{
	struct stat st;

	if (!fstatat(dirfd, base_of(path), &st, AT_SYMLINK_NOFOLLOW) && !S_ISREG(st.st_mode)) {
		diag_error(d, AT_FILE(path), "%s is in the way; remove it first",
		           S_ISLNK(st.st_mode)   ? "a symbolic link"
		           : S_ISDIR(st.st_mode) ? "a directory"
		                                 : "something that is no regular file");
		return false;
	}
	o->path = copy_of(base_of(path), strlen(base_of(path)));
	o->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	return o->dirfd >= 0 || out_failed(d, path, "write");
}

bool out_open(struct out *o, struct diag *d, int dirfd, const char *path)
{
	bool ok;

	*o = (struct out){.fd = -1, .dirfd = -1, .said = strcmp(path, "-") ? path : "standard output"};
	ok = dirfd == AT_FDCWD ? open_user(o, d, path) : open_below(o, d, dirfd, path);
	if (ok && !o->stream) {
		ok = *base_of(o->path) && open_beside(o);
		if (!ok) {
			if (!*base_of(o->path))
				errno = *o->path ? EISDIR : ENOENT;
			out_failed(d, path, "write");
		}
	}
	if (!ok)
		out_discard(o);
	return ok;
}

/* --- Ending ------------------------------------------------------------------------------------ */

bool out_same_place(const struct out *a, const struct out *b)
{
	const char *x = strrchr(a->path, '/'), *y = strrchr(b->path, '/');
	struct stat s, t;

	if (a->stream || b->stream)
		return a->stream && b->stream && !strcmp(a->path, "-") && !strcmp(b->path, "-");
	return !strcmp(x ? x + 1 : a->path, y ? y + 1 : b->path) && !fstat(a->dirfd, &s) && !fstat(b->dirfd, &t) &&
	       s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

void out_discard(struct out *o)
{
	if (!o->path && !o->said) /* zeroed: 0 is not its descriptor */
		return;
	if (o->fd >= 0)
		close(o->fd);
	if (o->temp) {
		unlinkat(o->dirfd, o->temp, 0);
		out_list_remove(o);
	}
	if (o->dirfd >= 0)
		close(o->dirfd);
	free(o->temp);
	free(o->path);
	*o = (struct out){.fd = -1, .dirfd = -1};
}

static char *buffer(void)
{
	char *p = malloc(2 * BUFFER);

	if (!p)
		die("out of memory");
	return p;
}

static bool same_bytes(int a, int b)
{
	char *buf = buffer();
	uint64_t off = 0;
	bool same = true;

	for (ssize_t n = BUFFER; same && n == BUFFER; off += BUFFER) {
		n = io_pread(a, buf, BUFFER, off);
		same = n >= 0 && io_pread(b, buf + BUFFER, BUFFER, off) == n && !memcmp(buf, buf + BUFFER, (size_t)n);
	}
	free(buf);
	return same;
}

static bool copy_bytes(int from, int to)
{
	char *buf = buffer();
	uint64_t off = 0;
	ssize_t n;
	int e;

	while ((n = io_pread(from, buf, BUFFER, off)) > 0 && !io_write(to, buf, (size_t)n))
		off += (uint64_t)n;
	e = errno;
	free(buf);
	errno = e;
	return n == 0;
}

static enum out_result commit_stream(struct out *o, struct diag *d)
{
	int fd = STDOUT_FILENO;
	bool ok;

	if (strcmp(o->path, "-"))
		fd = open(o->path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
	ok = fd >= 0 && copy_bytes(o->fd, fd);
	if (fd >= 0 && fd != STDOUT_FILENO && close(fd))
		ok = false;
	if (!ok)
		out_failed(d, o->said, "write");
	out_discard(o);
	return ok ? OUT_WRITTEN : OUT_FAILED;
}

/* Has the old file these bytes? When it is there and regular, *mode gets its permissions. */
static bool compare_old(const struct out *o, mode_t *mode)
{
	struct stat old, now;
	const char *base = base_of(o->path);
	bool same = false;
	int fd;

	if (fstatat(o->dirfd, base, &old, AT_SYMLINK_NOFOLLOW) || !S_ISREG(old.st_mode) || fstat(o->fd, &now))
		return false;
	*mode = old.st_mode & 0777;
	if (old.st_size != now.st_size)
		return false;
	fd = openat(o->dirfd, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		same = same_bytes(o->fd, fd);
		close(fd);
	}
	return same;
}

/* Gives an unnamed file its place where that is free, or else a temporary name, to be renamed. */
static bool give_name(struct out *o)
{
	char self[64];
	int unnamed = o->fd, e;
	bool ok;

	snprintf(self, sizeof self, "/proc/self/fd/%d", unnamed);
	if (!linkat(AT_FDCWD, self, o->dirfd, base_of(o->path), AT_SYMLINK_FOLLOW))
		return true;
	if (!take_name(o))
		return false;
	if (!linkat(AT_FDCWD, self, o->dirfd, o->temp, AT_SYMLINK_FOLLOW))
		return true;
	/* Some file systems make files without names and then let them have none. */
	forget_name(o);
	ok = open_named(o) && copy_bytes(unnamed, o->fd);
	e = errno;
	close(unnamed);
	errno = e;
	return ok;
}

static bool put_in_place(struct out *o, mode_t mode)
{
	if (!o->temp && !give_name(o))
		return false;
	if (mode != (mode_t)-1 && fchmod(o->fd, mode) && errno != EPERM && errno != EOPNOTSUPP)
		return false;
	if (!o->temp)
		return true;
	/* Errors that a file system keeps back until closing must come before the old file goes. */
	if (close(o->fd)) {
		o->fd = -1;
		return false;
	}
	o->fd = -1;
	if (renameat(o->dirfd, o->temp, o->dirfd, base_of(o->path)))
		return false;
	forget_name(o);
	return true;
}

enum out_result out_commit(struct out *o, struct diag *d, bool check)
{
	mode_t mode = (mode_t)-1;
	enum out_result r = OUT_WRITTEN;

	if (o->stream && !check)
		return commit_stream(o, d);
	if (!o->stream && compare_old(o, &mode))
		r = OUT_SAME;
	else if (check)
		r = OUT_DIFFERS;
	else if (!put_in_place(o, mode)) {
		out_failed(d, o->said, "write");
		r = OUT_FAILED;
	}
	out_discard(o);
	return r;
}
