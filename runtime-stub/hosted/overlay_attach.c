/* SPDX-License-Identifier: MIT */
/* Overlays that rcc_load sees by itself. Linked in where a program attaches one, and asked by no other program. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "overlay.h"

#ifdef __linux__
/* Held while one of them is loaded from, and to change the list. */
static pthread_rwlock_t attach_lock = PTHREAD_RWLOCK_INITIALIZER;
static rcc_overlay *attach_list;

/* The link to the overlay of b, or to the NULL at the end. The lock is held. */
static rcc_overlay **attached_to(const rcc_bundle *b)
{
	rcc_overlay **link = &attach_list;

	while (*link && (*link)->bundle != b)
		link = &(*link)->next;
	return link;
}

static int load_attached(const rcc_bundle *b, const char *name, rcc_memfile *out)
{
	rcc_overlay *o;
	int error;

	pthread_rwlock_rdlock(&attach_lock);
	o = *attached_to(b);
	error = o ? rcc_overlay_load(o, name, out) : rcc_i_load_bundled(b, name, out);
	pthread_rwlock_unlock(&attach_lock);
	return error;
}

static void overlay_end_attach(rcc_overlay *o)
{
	pthread_rwlock_wrlock(&attach_lock);
	*attached_to(o->bundle) = o->next;
	if (!attach_list)
		rcc_i_load_by(NULL);
	pthread_rwlock_unlock(&attach_lock);
}

int rcc_overlay_attach(rcc_overlay *o)
{
	int error = 0;

	if (!o || !o->bundle)
		return RCC_EINVAL;
	pthread_rwlock_wrlock(&attach_lock);
	if (*attached_to(o->bundle)) {
		error = RCC_EBUSY;
	} else {
		o->next = attach_list;
		attach_list = o;
		o->end_attach = overlay_end_attach;
		rcc_i_load_by(load_attached);
	}
	pthread_rwlock_unlock(&attach_lock);
	return error;
}

int rcc_overlay_from_env(const rcc_bundle *b, unsigned flags, rcc_overlay **out)
{
	const char *dir;
	int error = rcc_i_env("RCC_OVERLAY", &dir);

	return error ? error : rcc_overlay_open(b, dir, flags, out);
}
#endif
