/* SPDX-License-Identifier: MIT */
/* A thread that waits for changes, for programs without a loop. Apart, as nothing else starts a thread. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "overlay.h"

#ifdef __linux__
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void *overlay_thread(void *arg)
{
	rcc_overlay *o = arg;
	struct pollfd p[2] = {{0, POLLIN, 0}, {0, POLLIN, 0}};

	p[0].fd = o->events;
	p[1].fd = o->stop;
	do {
		if (p[0].revents)
			rcc_overlay_update(o, o->fn, o->arg);
		if (poll(p, 2, -1) < 0)
			p[0].revents = p[1].revents = 0; /* ENOMEM: again */
	} while (!p[1].revents);
	return NULL;
}

static void overlay_end_watch(rcc_overlay *o)
{
	const uint64_t one = 1;

	while (write(o->stop, &one, sizeof one) < 0 && errno == EINTR)
		;
	pthread_join(o->thread, NULL);
	close(o->stop);
}

int rcc_overlay_watch(rcc_overlay *o, void (*fn)(const char *name, void *arg), void *arg)
{
	sigset_t all, old;
	int error = 0;

	if (!o || !fn)
		return RCC_EINVAL;
	pthread_mutex_lock(&o->lock);
	if (o->end_watch) {
		error = RCC_EBUSY;
	} else {
		o->fn = fn;
		o->arg = arg;
		o->stop = eventfd(0, EFD_CLOEXEC);
		sigfillset(&all); /* they are for the program's own threads */
		pthread_sigmask(SIG_SETMASK, &all, &old);
		if (o->stop < 0)
			error = errno == ENOMEM ? RCC_ENOMEM : RCC_EIO;
		else if (pthread_create(&o->thread, NULL, overlay_thread, o)) {
			close(o->stop);
			error = RCC_ENOMEM;
		} else
			o->end_watch = overlay_end_watch;
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	pthread_mutex_unlock(&o->lock);
	return error;
}
#endif
