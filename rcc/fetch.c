/* SPDX-License-Identifier: MIT */
/* See fetch.h. */
#include "fetch.h"

#ifdef RCC_URING
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "diag.h"
#include "pack_item.h"

struct fetcher {
	struct io_uring ring;
	int fd[FETCH_MAX];     /* of the files; -1: not open */
	int result[FETCH_MAX]; /* of the last round, for each file that had a part in it */
};

/* Does the kernel know all that is asked of it? */
static bool knows(struct io_uring *ring)
{
	struct io_uring_probe *p = io_uring_get_probe_ring(ring);
	bool all = p && io_uring_opcode_supported(p, IORING_OP_OPENAT) && io_uring_opcode_supported(p, IORING_OP_READ) &&
	           io_uring_opcode_supported(p, IORING_OP_CLOSE);

	io_uring_free_probe(p);
	return all;
}

struct fetcher *fetcher_new(unsigned threads)
{
	enum { OTHERS = 64 }; /* descriptors for all else that is open */
	struct rlimit limit;
	struct fetcher *f;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < (rlim_t)threads * FETCH_MAX + OTHERS)
		return NULL;
	f = malloc(sizeof *f);
	if (!f)
		die("out of memory");
	if (io_uring_queue_init(FETCH_MAX, &f->ring, 0)) {
		free(f);
		return NULL;
	}
	if (!knows(&f->ring)) {
		fetcher_free(f);
		return NULL;
	}
	return f;
}

void fetcher_free(struct fetcher *f)
{
	if (!f)
		return;
	io_uring_queue_exit(&f->ring);
	free(f);
}

/* A part in the next round. */
static struct io_uring_sqe *part(struct fetcher *f)
{
	struct io_uring_sqe *e = io_uring_get_sqe(&f->ring);

	if (!e)
		die("internal error: io_uring has no room");
	return e;
}

/* Has the n parts done, and waits for all of them. */
static void go_round(struct fetcher *f, size_t n)
{
	while (n) {
		int r = io_uring_submit_and_wait(&f->ring, (unsigned)n);
		struct io_uring_cqe *e;
		unsigned head, got = 0;

		if (r < 0 && r != -EINTR && r != -EAGAIN && r != -EBUSY) {
			errno = -r;
			die("cannot read files by io_uring");
		}
		io_uring_for_each_cqe(&f->ring, head, e) {
			f->result[e->user_data] = e->res;
			got++;
		}
		io_uring_cq_advance(&f->ring, got);
		n -= got;
	}
}

static void open_all(struct fetcher *f, const struct fetch *v, size_t n)
{
	size_t parts = 0;

	for (size_t i = 0; i < n; i++) {
		struct io_uring_sqe *e;

		f->result[i] = -1;
		if (strlen(v[i].path) >= PATH_MAX)
			continue;
		e = part(f);
		io_uring_prep_openat(e, v[i].dirfd, v[i].path, PACK_OPEN_FLAGS | O_CLOEXEC, 0);
		io_uring_sqe_set_data64(e, i);
		parts++;
	}
	go_round(f, parts);
	for (size_t i = 0; i < n; i++)
		f->fd[i] = f->result[i];
}

/* Sets st and at of each that is to be read, and for now done. */
static void find_room(struct fetcher *f, struct fetch *v, size_t n, struct sb *b)
{
	for (size_t i = 0; i < n; i++) {
		v[i].done = f->fd[i] >= 0 && !fstat(f->fd[i], &v[i].st) && S_ISREG(v[i].st.st_mode) && (uint64_t)v[i].st.st_size <= v[i].most;
		if (!v[i].done)
			continue;
		pack_item_room(b, (size_t)v[i].st.st_size + 1);
		v[i].at = b->n;
		b->n += (size_t)v[i].st.st_size + 1;
	}
}

/* One byte more than each has is asked for, to see a file that grew. */
static void read_all(struct fetcher *f, struct fetch *v, size_t n, const struct sb *b)
{
	size_t parts = 0;

	for (size_t i = 0; i < n; i++) {
		struct io_uring_sqe *e;

		if (!v[i].done)
			continue;
		e = part(f);
		io_uring_prep_read(e, f->fd[i], b->p + v[i].at, (unsigned)v[i].st.st_size + 1, 0);
		io_uring_sqe_set_data64(e, i);
		parts++;
	}
	go_round(f, parts);
}

static void close_all(struct fetcher *f, size_t n)
{
	size_t parts = 0;

	for (size_t i = 0; i < n; i++) {
		struct io_uring_sqe *e;

		if (f->fd[i] < 0)
			continue;
		e = part(f);
		io_uring_prep_close(e, f->fd[i]);
		io_uring_sqe_set_data64(e, i);
		parts++;
	}
	go_round(f, parts);
}

void fetch_all(struct fetcher *f, struct fetch *v, size_t n, struct sb *b)
{
	open_all(f, v, n);
	find_room(f, v, n, b);
	read_all(f, v, n, b);
	for (size_t i = 0; i < n; i++) {
		struct stat after;

		v[i].done = v[i].done && f->result[i] == v[i].st.st_size && !fstat(f->fd[i], &after) && pack_item_same(&v[i].st, &after);
	}
	close_all(f, n);
}
#else
struct fetcher *fetcher_new(unsigned threads)
{
	(void)threads;
	return NULL;
}

void fetch_all(struct fetcher *f, struct fetch *v, size_t n, struct sb *b)
{
	(void)f, (void)v, (void)n, (void)b;
}

void fetcher_free(struct fetcher *f)
{
	(void)f;
}
#endif
