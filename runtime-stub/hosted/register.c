/* SPDX-License-Identifier: MIT */
/* Bundles that were made known by hand: 64 slots, neither lock nor allocation; and who is walking over them, for a
 * bundle that is taken back. Finding them again is find.c's. */
#ifdef _WIN32
__declspec(dllimport) int __stdcall SwitchToThread(void); /* of <windows.h>, which is large */
#define sched_yield SwitchToThread
#else
#include <sched.h>
#endif

#include "hosted.h"

#ifndef __TINYC__
#include <stdatomic.h>

static _Atomic(const rcc_bundle *) register_slots[RCCI_REGISTER_SLOTS];
static atomic_uint register_walkers[2];
static atomic_uint register_turn; /* which of the two counts those who come */

static const rcc_bundle *slot_load(unsigned i)
{
	return atomic_load(&register_slots[i]);
}

/* Puts b into slot i if old was there. */
static int slot_swap(unsigned i, const rcc_bundle *old, const rcc_bundle *b)
{
	return atomic_compare_exchange_strong(&register_slots[i], &old, b);
}

/* Adds n to the count of that turn; what it was. */
static unsigned walkers_add(unsigned turn, unsigned n)
{
	return atomic_fetch_add(&register_walkers[turn], n);
}
#else
#include <pthread.h>

/* tcc has no atomics: writers take turns, readers see a whole pointer on every machine tcc compiles for. */
static const rcc_bundle *volatile register_slots[RCCI_REGISTER_SLOTS];
static volatile unsigned register_walkers[2], register_turn;
static pthread_mutex_t register_lock = PTHREAD_MUTEX_INITIALIZER;

static const rcc_bundle *slot_load(unsigned i)
{
	return register_slots[i];
}

static int slot_swap(unsigned i, const rcc_bundle *old, const rcc_bundle *b)
{
	int same;

	pthread_mutex_lock(&register_lock);
	same = register_slots[i] == old;
	if (same)
		register_slots[i] = b;
	pthread_mutex_unlock(&register_lock);
	return same;
}

static unsigned walkers_add(unsigned turn, unsigned n)
{
	unsigned was;

	pthread_mutex_lock(&register_lock);
	was = register_walkers[turn];
	register_walkers[turn] = was + n;
	pthread_mutex_unlock(&register_lock);
	return was;
}
#endif

unsigned rcc_i_walk_begin(const rcc_bundle *slots[RCCI_REGISTER_SLOTS])
{
	unsigned turn = register_turn;

	walkers_add(turn, 1);
	/* Downwards: keep_lowest fills the lower slot before it clears the higher one, so none is missed on the way. */
	for (unsigned i = RCCI_REGISTER_SLOTS; i-- > 0;)
		slots[i] = slot_load(i);
	return turn;
}

void rcc_i_walk_end(unsigned turn)
{
	walkers_add(turn, -1u);
}

/* Waits for those who may have seen a slot that is empty now. Whoever is not counted when a count is seen at zero
 * comes later and finds the slot empty; so each count need be seen so once. That others come all the time must not
 * make this endless: they are sent to the other count. It does not matter whether all of them follow. */
static void await_walkers(void)
{
	for (unsigned turn = 0; turn < 2; turn++) {
		register_turn = !turn;
		while (walkers_add(turn, 0)) {
			sched_yield();
			register_turn = !turn; /* another thread that waits may have sent them here */
		}
	}
}

int rcc_i_is_registered(const rcc_bundle *b)
{
	for (unsigned i = RCCI_REGISTER_SLOTS; i-- > 0;)
		if (slot_load(i) == b)
			return 1;
	return 0;
}

/* b was put into slot own; another thread may have put it elsewhere at the same time. The lowest slot
 * stays: whoever sees two of them clears the higher, and of two threads at least the later one sees both. */
static void keep_lowest(const rcc_bundle *b, unsigned own)
{
	for (unsigned i = 0; i < RCCI_REGISTER_SLOTS; i++)
		if (i != own && slot_load(i) == b) {
			slot_swap(i < own ? own : i, b, NULL);
			own = i < own ? i : own;
		}
}

int rcc_register_bundle(const rcc_bundle *b)
{
	int error;

	if (!b)
		return RCC_EINVAL;
	error = rcc_i_check_header(b, UINTPTR_MAX - (uintptr_t)b);
	if (error)
		return error;
	for (unsigned i = 0; i < RCCI_REGISTER_SLOTS; i++)
		if (slot_load(i) == b)
			return 0;
	for (unsigned i = 0; i < RCCI_REGISTER_SLOTS; i++)
		if (!slot_load(i) && slot_swap(i, NULL, b)) {
			keep_lowest(b, i);
			return 0;
		}
	return RCC_ENOMEM;
}

int rcc_unregister_bundle(const rcc_bundle *b)
{
	int found = 0;

	if (!b)
		return RCC_EINVAL;
	for (unsigned i = 0; i < RCCI_REGISTER_SLOTS; i++)
		if (slot_load(i) == b)
			found |= slot_swap(i, b, NULL);
	await_walkers();
	return found ? 0 : RCC_ENOENT;
}
