/* SPDX-License-Identifier: MIT */
/* See behind.h. A ring of buffers: the caller fills the one at head, the thread writes from tail on. */
#include "behind.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "diag.h"
#include "io.h"

enum { BUFFERS = 4 };

struct behind {
	int fd;
	bool threaded, over;
	int error; /* errno of the first write that failed */
	char *buf[BUFFERS];
	size_t n[BUFFERS];
	uint64_t off[BUFFERS];
	size_t head, tail; /* counts that only grow: handed over, written */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more, less;
};

/* After a failure nothing more is written: the file is void. Returns errno of the first. */
static int write_one(struct behind *b, int error)
{
	size_t i = b->tail % BUFFERS;

	return error || !io_pwrite(b->fd, b->buf[i], b->n[i], b->off[i]) ? error : errno;
}

static void *run(void *behind)
{
	struct behind *b = behind;

	pthread_mutex_lock(&b->lock);
	for (;;) {
		int error;

		while (b->tail == b->head && !b->over)
			pthread_cond_wait(&b->more, &b->lock);
		if (b->tail == b->head)
			break;
		error = b->error;
		pthread_mutex_unlock(&b->lock);
		error = write_one(b, error);
		pthread_mutex_lock(&b->lock);
		b->error = error;
		b->tail++;
		pthread_cond_signal(&b->less);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* Signals are for the thread that began. False: no thread could be had. */
static bool start_thread(struct behind *b)
{
	sigset_t all, old;
	bool ok;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ok = !pthread_create(&b->thread, NULL, run, b);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ok;
}

struct behind *behind_start(int fd, bool threaded)
{
	struct behind *b = calloc(1, sizeof *b);

	if (!b)
		die("out of memory");
	b->fd = fd;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->more, NULL);
	pthread_cond_init(&b->less, NULL);
	b->threaded = threaded && start_thread(b);
	for (size_t i = 0; i < (b->threaded ? BUFFERS : 1); i++) {
		b->buf[i] = malloc(BEHIND_SIZE);
		if (!b->buf[i])
			die("out of memory");
	}
	return b;
}

char *behind_buffer(const struct behind *b)
{
	return b->buf[b->head % BUFFERS];
}

/* Waits until no more than n buffers are under way. */
static bool wait_for(struct behind *b, size_t n)
{
	int error;

	pthread_mutex_lock(&b->lock);
	while (b->head - b->tail > n)
		pthread_cond_wait(&b->less, &b->lock);
	error = b->error;
	pthread_mutex_unlock(&b->lock);
	errno = error;
	return !error;
}

bool behind_write(struct behind *b, size_t n, uint64_t off)
{
	size_t i = b->head % BUFFERS;

	b->n[i] = n;
	b->off[i] = off;
	if (!b->threaded) {
		errno = b->error = write_one(b, b->error); /* head and tail stay: there is one buffer */
		return !b->error;
	}
	pthread_mutex_lock(&b->lock);
	b->head++;
	pthread_cond_signal(&b->more);
	pthread_mutex_unlock(&b->lock);
	return wait_for(b, BUFFERS - 1);
}

bool behind_wait(struct behind *b)
{
	return wait_for(b, 0);
}

void behind_stop(struct behind *b)
{
	if (!b)
		return;
	if (b->threaded) {
		pthread_mutex_lock(&b->lock);
		b->over = true;
		pthread_cond_signal(&b->more);
		pthread_mutex_unlock(&b->lock);
		pthread_join(b->thread, NULL);
	}
	pthread_mutex_destroy(&b->lock);
	pthread_cond_destroy(&b->more);
	pthread_cond_destroy(&b->less);
	for (size_t i = 0; i < BUFFERS; i++)
		free(b->buf[i]);
	free(b);
}
