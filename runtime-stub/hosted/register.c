/* SPDX-License-Identifier: MIT */
/* Bundles that were made known by hand: 64 slots, neither lock nor allocation. Finding them again is
 * find.c's. */
#include "hosted.h"

#ifndef __TINYC__
#include <stdatomic.h>

static _Atomic(const rcc_bundle *) register_slots[RCCI_REGISTER_SLOTS];

static const rcc_bundle *slot_load(unsigned i)
{
	return atomic_load(&register_slots[i]);
}

/* Puts b into slot i if old was there. */
static int slot_swap(unsigned i, const rcc_bundle *old, const rcc_bundle *b)
{
	return atomic_compare_exchange_strong(&register_slots[i], &old, b);
}
#else
#include <pthread.h>

/* tcc has no atomics: writers take turns, readers see a whole pointer on every machine tcc compiles for. */
static const rcc_bundle *volatile register_slots[RCCI_REGISTER_SLOTS];
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
#endif

const rcc_bundle *rcci_registered(unsigned i)
{
	return slot_load(i);
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
	error = rcci_check_header(b, UINTPTR_MAX - (uintptr_t)b);
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
	return found ? 0 : RCC_ENOENT;
}
