/* SPDX-License-Identifier: MIT */
/* To be preloaded into rcc: the clock of file systems is an hour ahead, so that files made just now are old. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *t)
{
	int r = (int)syscall(SYS_clock_gettime, id, t);

	if (!r && id == CLOCK_REALTIME_COARSE)
		t->tv_sec += 3600;
	return r;
}
