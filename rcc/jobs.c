/* SPDX-License-Identifier: MIT */
/* See jobs.h. A ring of jobs: submitted at the head, done anywhere, taken at the tail. */
#include "jobs.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "diag.h"

struct slot {
	void *job;
	bool done;
};

struct jobs {
	void *(*begin)(void *ctx);
	void (*work)(void *state, void *job);
	void (*end)(void *state);
	void *ctx, *state; /* state: of the calling thread */
	pthread_t *thread;
	unsigned n; /* threads beside the caller's */
	struct slot *ring;
	size_t depth, head, taken, tail; /* counts that only grow: submitted, begun by a worker, given back */
	bool over;
	pthread_mutex_t lock;
	pthread_cond_t more, done;
};

unsigned jobs_default(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);

	return n > 0 ? (unsigned)n : 1;
}

/* Does the oldest job that nobody has begun. With the lock, which is given up meanwhile. */
static void do_one(struct jobs *j, void *state)
{
	struct slot *s = &j->ring[j->taken++ % j->depth];

	pthread_mutex_unlock(&j->lock);
	j->work(state, s->job);
	pthread_mutex_lock(&j->lock);
	s->done = true;
	if (s == &j->ring[j->tail % j->depth])
		pthread_cond_signal(&j->done);
}

static void *worker(void *arg)
{
	struct jobs *j = arg;
	void *state = j->begin(j->ctx);

	pthread_mutex_lock(&j->lock);
	for (;;) {
		while (j->taken == j->head && !j->over)
			pthread_cond_wait(&j->more, &j->lock);
		if (j->taken == j->head)
			break;
		do_one(j, state);
	}
	pthread_mutex_unlock(&j->lock);
	j->end(state);
	return NULL;
}

struct jobs *jobs_start(unsigned n, size_t depth, void *(*begin)(void *ctx), void (*work)(void *state, void *job),
                        void (*end)(void *state), void *ctx)
{
	struct jobs *j = calloc(1, sizeof *j);
	sigset_t all, old;

	if (!j || !(j->ring = calloc(depth, sizeof *j->ring)) || !(j->thread = calloc(n, sizeof *j->thread)))
		die("out of memory");
	j->begin = begin;
	j->work = work;
	j->end = end;
	j->ctx = ctx;
	j->depth = depth;
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->more, NULL);
	pthread_cond_init(&j->done, NULL);
	/* Signals are the main thread's, which knows what to remove. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (j->n + 1 < n && !pthread_create(&j->thread[j->n], NULL, worker, j)) /* a system that gives none: the caller is left */
		j->n++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	j->state = begin(ctx);
	return j;
}

bool jobs_room(const struct jobs *j)
{
	return j->head - j->tail < j->depth;
}

void jobs_submit(struct jobs *j, void *job)
{
	pthread_mutex_lock(&j->lock);
	j->ring[j->head++ % j->depth] = (struct slot){job, false};
	pthread_cond_signal(&j->more);
	pthread_mutex_unlock(&j->lock);
}

void *jobs_next(struct jobs *j)
{
	struct slot *s = &j->ring[j->tail % j->depth];
	void *job;

	if (j->tail == j->head)
		return NULL;
	pthread_mutex_lock(&j->lock);
	while (!s->done)
		if (j->taken < j->head)
			do_one(j, j->state);
		else
			pthread_cond_wait(&j->done, &j->lock);
	job = s->job;
	j->tail++;
	pthread_mutex_unlock(&j->lock);
	return job;
}

void jobs_stop(struct jobs *j)
{
	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->over = true;
	pthread_cond_broadcast(&j->more);
	pthread_mutex_unlock(&j->lock);
	for (unsigned i = 0; i < j->n; i++)
		pthread_join(j->thread[i], NULL);
	j->end(j->state);
	pthread_cond_destroy(&j->more);
	pthread_cond_destroy(&j->done);
	pthread_mutex_destroy(&j->lock);
	free(j->thread);
	free(j->ring);
	free(j);
}
