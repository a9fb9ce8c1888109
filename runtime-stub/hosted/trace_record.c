/* SPDX-License-Identifier: MIT */
/* Names in the order of their first use: each once, to a file or a function. Knows nothing of how use is noticed: trace.c
 * does, and the library that `rcc trace` preloads. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include "hosted.h"

#ifdef _WIN32
int rcc_i_trace_begin(const char *path, const char *bundle, rcc_i_tracer *fn, void *arg)
{
	(void)path;
	(void)bundle;
	(void)fn;
	(void)arg;
	return RCC_ENOTSUP;
}

void rcc_i_trace_note(const rcc_bundle *b, const char *name, size_t len)
{
	(void)b;
	(void)name;
	(void)len;
}

int rcc_i_trace_end(void)
{
	return 0;
}
#else
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRACE_FIRST = 256 };

static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;

/* What is recorded now, under the lock. */
static struct {
	int on, fd;
	int error, err; /* why it ended by itself, and errno then */
	rcc_i_tracer *fn;
	void *arg;
	char *bundle;   /* of no other, unless NULL */
	uint64_t *seen; /* hashes of names, 0 for none: at most half of the slots, a power of two of them */
	size_t n, slots;
} trace;

/* The file, made if need be, and appended to: a program's children and later runs add to it. */
static int trace_open(const char *path, int *out)
{
	/* A FIFO that nobody reads must not hold the program up, and a pipe could end it by a signal. */
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
	struct stat st;

	if (fd < 0)
		return RCC_EIO;
	if (fstat(fd, &st) || !(S_ISREG(st.st_mode) || S_ISCHR(st.st_mode))) {
		close(fd);
		return RCC_EINVAL;
	}
	*out = fd;
	return 0;
}

static void trace_before_fork(void)
{
	pthread_mutex_lock(&trace_lock);
}

static void trace_after_fork(void)
{
	pthread_mutex_unlock(&trace_lock);
}

static void trace_mind_forks(void)
{
	pthread_atfork(trace_before_fork, trace_after_fork, trace_after_fork);
}

static void trace_drop(void)
{
	free(trace.seen);
	free(trace.bundle);
	if (trace.fd >= 0)
		close(trace.fd);
	trace.on = 0;
	trace.seen = NULL;
	trace.bundle = NULL;
	trace.fd = -1;
	trace.n = trace.slots = 0;
}

static int trace_begin(const char *path, const char *bundle, rcc_i_tracer *fn, void *arg)
{
	int error = 0;

	trace.fd = -1;
	trace.error = 0;
	trace.fn = fn;
	trace.arg = arg;
	trace.slots = TRACE_FIRST;
	trace.seen = calloc(TRACE_FIRST, sizeof *trace.seen);
	trace.bundle = bundle ? malloc(strlen(bundle) + 1) : NULL;
	if (!trace.seen || (bundle && !trace.bundle))
		error = RCC_ENOMEM;
	else if (path)
		error = trace_open(path, &trace.fd);
	if (!error && bundle)
		memcpy(trace.bundle, bundle, strlen(bundle) + 1);
	if (error) {
		int saved = errno;

		trace_drop();
		errno = saved;
	}
	trace.on = !error;
	return error;
}

int rcc_i_trace_begin(const char *path, const char *bundle, rcc_i_tracer *fn, void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int error;

	pthread_once(&once, trace_mind_forks);
	pthread_mutex_lock(&trace_lock);
	error = trace.on ? RCC_EBUSY : trace_begin(path, bundle, fn, arg);
	pthread_mutex_unlock(&trace_lock);
	return error;
}

/* The slot of that hash, or the empty one where it belongs. */
static uint64_t *trace_slot(uint64_t *slots, size_t n, uint64_t hash)
{
	size_t i = (size_t)hash & (n - 1);

	while (slots[i] && slots[i] != hash)
		i = (i + 1) & (n - 1);
	return &slots[i];
}

static int trace_grow(void)
{
	uint64_t *more = calloc(2 * trace.slots, sizeof *more);

	if (!more)
		return RCC_ENOMEM;
	for (size_t i = 0; i < trace.slots; i++)
		if (trace.seen[i])
			*trace_slot(more, 2 * trace.slots, trace.seen[i]) = trace.seen[i];
	free(trace.seen);
	trace.seen = more;
	trace.slots *= 2;
	return 0;
}

/* A line, in one piece where the system can, for other processes append to the file too. A name with a line's end in it
 * cannot be said in lines. */
static int trace_write_line(const char *name, size_t len)
{
	size_t done = 0;
	char *line;
	int saved;

	if (memchr(name, '\n', len))
		return 0;
	line = malloc(len + 1);
	if (!line)
		return RCC_ENOMEM;
	memcpy(line, name, len);
	line[len] = '\n';
	while (done <= len) {
		ssize_t n = write(trace.fd, line + done, len + 1 - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			break;
	}
	saved = errno;
	free(line);
	errno = saved;
	return done <= len ? RCC_EIO : 0;
}

/* Is the name new, and of a bundle that is asked for? 1, 0, or an error. */
static int trace_is_first_use(const rcc_bundle *b, const char *name, size_t len)
{
	size_t n = rccf_load32(rcc_i_base(b) + RCCF_H_NAME_LEN);
	const char *bundle = (const char *)rcc_i_base(b) + rcc_i_header64(b, RCCF_H_NAME);
	uint64_t of = rcc_i_hash64(bundle, n), hash = rcc_i_hash64(name, len) ^ (of << 1 | of >> 63), *slot;

	if (trace.bundle && (strlen(trace.bundle) != n || memcmp(trace.bundle, bundle, n)))
		return 0;
	hash += !hash;
	slot = trace_slot(trace.seen, trace.slots, hash);
	if (*slot)
		return 0;
	if (2 * (trace.n + 1) > trace.slots) {
		if (trace_grow())
			return RCC_ENOMEM;
		slot = trace_slot(trace.seen, trace.slots, hash);
	}
	*slot = hash;
	trace.n++;
	return 1;
}

void rcc_i_trace_note(const rcc_bundle *b, const char *name, size_t len)
{
	rcc_i_tracer *fn = NULL;
	void *arg = NULL;
	int saved = errno, first;

	pthread_mutex_lock(&trace_lock);
	first = trace.on ? trace_is_first_use(b, name, len) : 0;
	if (first > 0) {
		fn = trace.fn;
		arg = trace.arg;
		if (!fn)
			first = trace_write_line(name, len);
	}
	if (first < 0) {
		trace.err = errno;
		trace_drop();
		trace.error = first;
	}
	pthread_mutex_unlock(&trace_lock);
	if (fn) /* without the lock: it may read more */
		fn(b, name, len, arg);
	errno = saved;
}

int rcc_i_trace_end(void)
{
	int error;

	pthread_mutex_lock(&trace_lock);
	if (trace.on)
		trace_drop();
	error = trace.error;
	if (error)
		errno = trace.err;
	trace.error = 0;
	pthread_mutex_unlock(&trace_lock);
	return error;
}
#endif
