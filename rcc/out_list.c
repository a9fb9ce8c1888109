/* SPDX-License-Identifier: MIT */
/* See out_list.h. */
#include "out_list.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct out *unfinished;
static pid_t owner; /* a child between fork and exec must not remove its parent's files */
static atomic_flag list_busy = ATOMIC_FLAG_INIT;

static const int caught[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGXCPU};

/* Signals stay out while the list changes: their handler takes this lock and never gives it back. */
static void lock_list(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		sigaddset(&set, caught[i]);
	pthread_sigmask(SIG_BLOCK, &set, old);
	while (atomic_flag_test_and_set(&list_busy))
		;
}

static void unlock_list(const sigset_t *old)
{
	atomic_flag_clear(&list_busy);
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

static void remove_unfinished(void)
{
	if (getpid() != owner)
		return;
	for (struct out *o = unfinished; o; o = o->next)
		unlinkat(o->dirfd, o->temp, 0);
}

static void at_exit(void)
{
	sigset_t old;

	lock_list(&old);
	remove_unfinished();
	unfinished = NULL;
	unlock_list(&old);
}

/* The name is listed before the file is made: a signal in between finds nothing to remove, never too late. */
void out_list_add(struct out *o)
{
	static bool registered;
	sigset_t old;

	if (!registered) {
		registered = true;
		owner = getpid();
		atexit(at_exit);
	}
	lock_list(&old);
	o->next = unfinished;
	unfinished = o;
	unlock_list(&old);
}

void out_list_remove(struct out *o)
{
	sigset_t old;

	lock_list(&old);
	for (struct out **p = &unfinished; *p; p = &(*p)->next)
		if (*p == o) {
			*p = o->next;
			break;
		}
	o->next = NULL;
	unlock_list(&old);
}

/* --- Signals ----------------------------------------------------------------------------------- */

static void on_signal(int sig)
{
	if (getpid() == owner)
		while (atomic_flag_test_and_set(&list_busy))
			;
	remove_unfinished();
	raise(sig); /* SA_RESETHAND: it does its own work as soon as this returns */
}

void out_catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, old;

	owner = getpid();
	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		if (!sigaction(caught[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(caught[i], &sa, NULL);
	signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit is an error like any other: EFBIG */
}

/* --- Mapped files that shrink ------------------------------------------------------------------ */

static const char *bus_message;
static int bus_status;

static void on_bus_error(int sig, siginfo_t *info, void *context)
{
	ssize_t ignored; /* a standard error that takes nothing is past helping */

	(void)context;
	if (info->si_code != BUS_ADRERR) {
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	remove_unfinished();
	ignored = write(STDERR_FILENO, bus_message, strlen(bus_message));
	(void)ignored;
	_Exit(bus_status);
}

void out_on_bus_error(const char *message, int status)
{
	struct sigaction sa = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};

	sigfillset(&sa.sa_mask);
	if (!message) {
		sa.sa_flags = 0;
		sa.sa_handler = SIG_DFL;
	}
	bus_message = message;
	bus_status = status;
	sigaction(SIGBUS, &sa, NULL);
}
