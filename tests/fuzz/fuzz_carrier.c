/* SPDX-License-Identifier: MIT */
/* Hostile bytes as any FILE the verbs look into: ELF of every kind, archives, bundles. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../rcc/carrier.h"
#include "../walk_all.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

volatile unsigned fuzz_sum; /* so that no read is optimized away */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct diag d = {.verbose = -1};
	struct arena a = {0};
	struct carrier c = {0};
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	carrier_open(&c, &a, &d, path);
	for (size_t i = 0; i < c.n; i++)
		fuzz_sum += walk_all(c.v[i].b, (size_t)rcc_i_size(c.v[i].b), NULL, 0);
	carrier_close(&c);
	arena_done(&a);
	close(fd);
	return 0;
}
