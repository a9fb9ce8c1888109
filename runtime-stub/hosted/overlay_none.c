/* SPDX-License-Identifier: MIT */
/* The overlay on systems that have neither inotify nor leases. */
#include "hosted.h"

#ifndef __linux__
int rcc_overlay_open(const rcc_bundle *b, const char *dir, unsigned flags, rcc_overlay **out)
{
	(void)b;
	(void)dir;
	(void)flags;
	(void)out;
	return RCC_ENOTSUP;
}

void rcc_overlay_close(rcc_overlay *o)
{
	(void)o;
}

int rcc_overlay_load(rcc_overlay *o, const char *name, rcc_memfile *out)
{
	(void)o;
	(void)name;
	if (out)
		memset(out, 0, sizeof *out);
	return RCC_ENOTSUP;
}

int rcc_overlay_where(rcc_overlay *o, const char *name)
{
	(void)o;
	(void)name;
	return RCC_ENOTSUP;
}

int rcc_overlay_each(rcc_overlay *o, int (*fn)(const char *name, int place, void *arg), void *arg)
{
	(void)o;
	(void)fn;
	(void)arg;
	return RCC_ENOTSUP;
}

int rcc_overlay_fd(rcc_overlay *o)
{
	(void)o;
	return RCC_ENOTSUP;
}

int rcc_overlay_update(rcc_overlay *o, void (*fn)(const char *name, void *arg), void *arg)
{
	(void)o;
	(void)fn;
	(void)arg;
	return RCC_ENOTSUP;
}

uint64_t rcc_overlay_generation(rcc_overlay *o)
{
	(void)o;
	return 0;
}

int rcc_overlay_watch(rcc_overlay *o, void (*fn)(const char *name, void *arg), void *arg)
{
	(void)o;
	(void)fn;
	(void)arg;
	return RCC_ENOTSUP;
}

int rcc_overlay_attach(rcc_overlay *o)
{
	(void)o;
	return RCC_ENOTSUP;
}

int rcc_overlay_from_env(const rcc_bundle *b, unsigned flags, rcc_overlay **out)
{
	(void)b;
	(void)flags;
	(void)out;
	return RCC_ENOTSUP;
}
#endif
