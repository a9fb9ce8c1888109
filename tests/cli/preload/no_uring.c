/* SPDX-License-Identifier: MIT */
/* To be preloaded into rcc: a kernel without io_uring, as many containers have it. */
#include <errno.h>

struct io_uring;
int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);

int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	(void)entries, (void)ring, (void)flags;
	return -ENOSYS;
}
