/* SPDX-License-Identifier: MIT */
/* read_at BUNDLE NAME ORIGINAL OFF...: opens the bundle file and compares 64 KiB of the named file from each offset on, or
 * what there is, with the original's. Prints "ok" or what is wrong. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rcc.h"

static int fail(const char *what)
{
	printf("FAIL %s\n", what);
	return 1;
}

static int same_at(const rcc_entry *e, int fd, unsigned long long off)
{
	static char a[65536], b[65536];
	ssize_t n = rcc_pread(e, a, sizeof a, off, NULL);

	return n > 0 && pread(fd, b, sizeof b, (off_t)off) == n && !memcmp(a, b, (size_t)n);
}

int main(int argc, char **argv)
{
	const rcc_bundle *b;
	rcc_entry e;
	int fd;

	if (argc < 4 || rcc_open_bundle(argv[1], RCC_MAPPED, &b))
		return fail("the bundle cannot be opened");
	if (rcc_lookup(b, argv[2], strlen(argv[2]), &e))
		return fail("the file is not found");
	fd = open(argv[3], O_RDONLY);
	if (fd < 0 || lseek(fd, 0, SEEK_END) != (off_t)e.size)
		return fail("another size");
	for (int i = 4; i < argc; i++)
		if (!same_at(&e, fd, strtoull(argv[i], NULL, 10)))
			return fail(argv[i]);
	puts(rcc_close_bundle(b) ? "FAIL closing" : "ok");
	return 0;
}
