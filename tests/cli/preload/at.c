/* SPDX-License-Identifier: MIT */
/* To be preloaded into rcc: at the Nth call of one function something happens. The environment says what:
 * AT_CALL the function; AT_N the call, from 1; AT_PATH only calls on files of that base name; AT_NO_TMPFILE files without a
 * name cannot be made; AT_SEEN a file to make when it happens; AT_DO one of
 *	fail ERRNO      the call fails, once
 *	fail-on ERRNO   it and all that follow fail
 *	raise NUMBER    the process gets the signal and the call never returns
 *	sh COMMAND      the shell runs the command first, then the call goes on
 * A process that has not ended after two minutes is ended by SIGALRM. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FDS = 1024 };

static const char *call, *path, *seen, *command;
static bool no_tmpfile, on;
static int error, sig;
static long at_n;
static atomic_long count;
static atomic_bool watched[FDS];
static _Thread_local bool spared;

static int errno_of(const char *name)
{
	static const struct {
		const char *name;
		int value;
	} table[] = {{"EACCES", EACCES}, {"EAGAIN", EAGAIN}, {"EDQUOT", EDQUOT}, {"EIO", EIO}, {"EMFILE", EMFILE},
	             {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC}, {"EOPNOTSUPP", EOPNOTSUPP}};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].name, name))
			return table[i].value;
	abort();
}

/* Children are left alone: the commands of "sh" and of rules. */
__attribute__((constructor)) static void begin(void)
{
	const char *todo = getenv("AT_DO"), *n = getenv("AT_N");

	unsetenv("LD_PRELOAD");
	alarm(120);
	path = getenv("AT_PATH");
	seen = getenv("AT_SEEN");
	no_tmpfile = getenv("AT_NO_TMPFILE") != NULL;
	at_n = n ? atol(n) : 1;
	if (!todo)
		return;
	if (!strncmp(todo, "fail ", 5))
		error = errno_of(todo + 5);
	else if (!strncmp(todo, "fail-on ", 8))
		error = errno_of(todo + 8), on = true;
	else if (!strncmp(todo, "raise ", 6))
		sig = atoi(todo + 6);
	else if (!strncmp(todo, "sh ", 3))
		command = todo + 3;
	else
		abort();
	call = getenv("AT_CALL"); /* last: from here on calls count */
}

static bool named(const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	return file && !strcmp(slash ? slash + 1 : file, path);
}

/* Is it time? True: the call shall fail, with errno set. fd -1: the call is on file, or on nothing. */
static bool strikes(const char *name, int fd, const char *file)
{
	long n;
	int made;

	if (!call || spared || strcmp(call, name) || (path && !(fd < 0 ? named(file) : fd < FDS && watched[fd])))
		return false;
	n = atomic_fetch_add(&count, 1) + 1;
	if (n < at_n || (n > at_n && !on))
		return false;
	if (n == at_n && seen && (made = creat(seen, 0666)) >= 0)
		close(made);
	if (sig) {
		kill(getpid(), sig);
		for (;;)
			pause();
	}
	if (command && system(command))
		abort();
	errno = error;
	return error != 0;
}

/* The function that this one stands in front of. */
#define NEXT(name) ((__typeof__(&name))next_of(#name))

static void *next_of(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (!p)
		abort();
	return p;
}

static int opened(int fd, const char *file)
{
	if (fd >= 0 && fd < FDS)
		watched[fd] = path && named(file);
	return fd;
}

/* What open and openat share; then the real call is made by `real`. */
#define OPEN(name, dirfd, real)                                                                                        \
	va_list ap;                                                                                                    \
	mode_t mode;                                                                                                   \
	va_start(ap, flags);                                                                                           \
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;                                               \
	va_end(ap);                                                                                                    \
	if (no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {                                                          \
		errno = EOPNOTSUPP;                                                                                    \
		return -1;                                                                                             \
	}                                                                                                              \
	return strikes(name, -1, file) ? -1 : opened(real, file)

int open(const char *file, int flags, ...)
{
	OPEN("open", AT_FDCWD, NEXT(open)(file, flags, mode));
}

int openat(int dirfd, const char *file, int flags, ...)
{
	OPEN("open", dirfd, NEXT(openat)(dirfd, file, flags, mode));
}

/* Calls on a descriptor, by the name a program with large files may use for them. */
#define ON_FD(type, said, name, fd, params, args)                                                                      \
	type name params                                                                                               \
	{                                                                                                              \
		return strikes(said, fd, NULL) ? -1 : NEXT(name) args;                                                 \
	}

/* Messages always get through. */
ssize_t write(int fd, const void *buf, size_t n)
{
	return fd != STDERR_FILENO && strikes("write", fd, NULL) ? -1 : NEXT(write)(fd, buf, n);
}

ON_FD(ssize_t, "read", read, fd, (int fd, void *buf, size_t n), (fd, buf, n))
ON_FD(ssize_t, "pread", pread, fd, (int fd, void *buf, size_t n, off_t off), (fd, buf, n, off))
ON_FD(ssize_t, "pwrite", pwrite, fd, (int fd, const void *buf, size_t n, off_t off), (fd, buf, n, off))
ON_FD(int, "ftruncate", ftruncate, fd, (int fd, off_t size), (fd, size))
ON_FD(int, "fstat", fstat, fd, (int fd, struct stat *st), (fd, st))
ON_FD(int, "fchmod", fchmod, fd, (int fd, mode_t mode), (fd, mode))
ON_FD(int, "close", close, fd, (int fd), (fd))
ON_FD(int, "linkat", linkat, -1, (int from, const char *old, int to, const char *new, int flags), (from, old, to, new, flags))
ON_FD(int, "renameat", renameat, -1, (int from, const char *old, int to, const char *new), (from, old, to, new))

struct dirent *readdir(DIR *dir)
{
	return strikes("readdir", -1, NULL) ? NULL : NEXT(readdir)(dir);
}

#ifdef __GLIBC__
int open64(const char *file, int flags, ...)
{
	OPEN("open", AT_FDCWD, NEXT(open64)(file, flags, mode));
}

int openat64(int dirfd, const char *file, int flags, ...)
{
	OPEN("open", dirfd, NEXT(openat64)(dirfd, file, flags, mode));
}

ON_FD(ssize_t, "pread", pread64, fd, (int fd, void *buf, size_t n, off64_t off), (fd, buf, n, off))
ON_FD(ssize_t, "pwrite", pwrite64, fd, (int fd, const void *buf, size_t n, off64_t off), (fd, buf, n, off))
ON_FD(int, "ftruncate", ftruncate64, fd, (int fd, off64_t size), (fd, size))
ON_FD(int, "fstat", fstat64, fd, (int fd, struct stat64 *st), (fd, st))

struct dirent64 *readdir64(DIR *dir)
{
	return strikes("readdir", -1, NULL) ? NULL : NEXT(readdir64)(dir);
}
#endif

void *malloc(size_t n)
{
	return strikes("malloc", -1, NULL) ? NULL : NEXT(malloc)(n);
}

void *calloc(size_t n, size_t size)
{
	return strikes("malloc", -1, NULL) ? NULL : NEXT(calloc)(n, size);
}

void *realloc(void *p, size_t n)
{
	return strikes("malloc", -1, NULL) ? NULL : NEXT(realloc)(p, n);
}

/* The runtime of a sanitizer asks this of each new thread, and does not live without an answer. */
int pthread_getattr_np(pthread_t thread, pthread_attr_t *attr)
{
	int r;

	spared = true;
	r = NEXT(pthread_getattr_np)(thread, attr);
	spared = false;
	return r;
}
