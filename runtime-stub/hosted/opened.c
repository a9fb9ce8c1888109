/* SPDX-License-Identifier: MIT */
/* Which bundles rcc_open_bundle has opened, and who still holds them: the bytes go with the last of their opener, the
 * memfiles and rcc_hold. Opening, and what the bytes are, is file.c's; hold.c asks for the program. */
#ifdef _WIN32
#include <stdatomic.h>
#else
#include <pthread.h>
#endif

#include "hosted.h"

static rcc_i_opened *opened_list;

/* How many there are, and how often one has gone. Changed under the lock, and read without it: a program that opens
 * none shall pay nothing. The builtins, as tcc has no others; it reads a whole word all the same. */
static size_t opened_live, opened_gone;

#ifdef __TINYC__
#define opened_read(p) (*(volatile size_t *)(p))
#define opened_write(p, v) ((void)(*(volatile size_t *)(p) = (v)))
#else
#define opened_read(p) __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define opened_write(p, v) __atomic_store_n(p, v, __ATOMIC_SEQ_CST)
#endif

#ifdef _WIN32
static atomic_flag opened_busy = ATOMIC_FLAG_INIT;

/* Held for a few instructions only. */
static void lock_opened(void)
{
	while (atomic_flag_test_and_set(&opened_busy))
		;
}

static void unlock_opened(void)
{
	atomic_flag_clear(&opened_busy);
}
#else
static pthread_mutex_t opened_lock = PTHREAD_MUTEX_INITIALIZER;

static void lock_opened(void)
{
	pthread_mutex_lock(&opened_lock);
}

static void unlock_opened(void)
{
	pthread_mutex_unlock(&opened_lock);
}

static pthread_once_t opened_once = PTHREAD_ONCE_INIT;
static void opened_mind_forks(void)
{
	pthread_atfork(lock_opened, unlock_opened, unlock_opened);
}
#endif

/* The link to the bundle at b, or to the NULL at the end. The lock is held; nothing is read at b. */
static rcc_i_opened **find_opened(const rcc_bundle *b)
{
	rcc_i_opened **link = &opened_list;

	while (*link && (*link)->image != (const unsigned char *)b)
		link = &(*link)->next;
	return link;
}

/* Takes the one at link out of the list if nobody holds it any more. Returns it then, else NULL. The lock is held; the
 * caller lets go of the bytes without it. */
static rcc_i_opened *take_unheld(rcc_i_opened **link)
{
	rcc_i_opened *o = *link;

	if (!o || !o->closed || o->holds || o->files)
		return NULL;
	*link = o->next;
	opened_write(&opened_gone, opened_gone + 1); /* before live: see rcc_i_opened_gone */
	opened_write(&opened_live, opened_live - 1);
	return o;
}

/* A memfile has been released. */
static void drop_file(rcc_i_owner *owner)
{
	rcc_i_opened *o = (rcc_i_opened *)(void *)owner;

	lock_opened();
	o->files--;
	o = take_unheld(find_opened((const rcc_bundle *)(const void *)o->image));
	unlock_opened();
	if (o)
		o->give_back(o);
}

void rcc_i_opened_add(rcc_i_opened *o)
{
	o->owner.drop = drop_file;
	o->holds = o->files = 0;
	o->closed = 0;
#ifndef _WIN32
	pthread_once(&opened_once, opened_mind_forks);
#endif
	lock_opened();
	o->next = opened_list;
	opened_list = o;
	opened_write(&opened_live, opened_live + 1);
	unlock_opened();
}

int rcc_i_opened_close(const rcc_bundle *b)
{
	rcc_i_opened *o;

	lock_opened();
	o = *find_opened(b);
	if (o) {
		o->closed = 1;
		o->holds++;
	}
	unlock_opened();
	return !!o;
}

int rcc_i_opened_as(const rcc_bundle *b)
{
	rcc_i_opened *o;
	int mode;

	lock_opened();
	o = *find_opened(b);
	mode = o ? o->mode : 0;
	unlock_opened();
	return mode;
}

size_t rcc_i_opened_gone(void)
{
	return opened_read(&opened_gone);
}

rcc_i_owner *rcc_i_opened_hold(const rcc_bundle *b)
{
	rcc_i_opened *o;

	if (!opened_read(&opened_live))
		return NULL;
	lock_opened();
	o = *find_opened(b);
	if (o)
		o->files++;
	unlock_opened();
	return o ? &o->owner : NULL;
}

int rcc_i_opened_keep(const rcc_bundle *b)
{
	rcc_i_opened *o;

	lock_opened();
	o = *find_opened(b);
	if (o)
		o->holds++;
	unlock_opened();
	return !!o;
}

void rcc_i_opened_drop(const rcc_bundle *b)
{
	rcc_i_opened **link, *o;

	lock_opened();
	link = find_opened(b);
	if (*link && (*link)->holds)
		(*link)->holds--;
	o = take_unheld(link);
	unlock_opened();
	if (o)
		o->give_back(o);
}
