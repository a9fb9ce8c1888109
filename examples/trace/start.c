/* SPDX-License-Identifier: MIT */
/* A program that reads a few of its many assets when it starts, from all over a .rcb, as programs do. It counts what that cost: pages of the bundle it touched, pages of it that are in memory then, and how often it had to wait for the disk. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rcc_dev.h"

enum { READS = 60, STEP = 7919 }; /* a prime, so that they lie anywhere */

static int by_number(const void *x, const void *y)
{
	const unsigned long *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

/* Begins cold: nothing of the file is in memory, and nothing is read ahead, which differs from machine to machine, up to all of
 * so small a bundle. What is counted is what was asked for. */
static int cool_down(const rcc_bundle *b, const char *path, unsigned long page)
{
	int fd = open(path, O_RDWR), error;
	rcc_info info;

	if (fd < 0 || rcc_get_info(b, &info))
		return -1;
	error = madvise((void *)((uintptr_t)b / page * page), (size_t)info.size, MADV_RANDOM) ||
	        rcc_advise(b, NULL, RCC_ADV_DONTNEED) || fdatasync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	return error;
}

/* How many pages of the image are in memory, whoever wanted them there. */
static unsigned long resident(const rcc_bundle *b, unsigned long page)
{
	unsigned long from = (unsigned long)(uintptr_t)b / page, n = 0;
	unsigned char *there;
	rcc_info info;
	size_t pages;

	if (rcc_get_info(b, &info))
		return 0;
	pages = (size_t)(info.size / page);
	there = malloc(pages + 1);
	if (there && !mincore((void *)(uintptr_t)(from * page), pages * page, there))
		for (size_t i = 0; i < pages; i++)
			n += there[i] & 1;
	free(there);
	return n;
}

int main(int argc, char **argv)
{
	unsigned long places[8 * READS], page = (unsigned long)sysconf(_SC_PAGESIZE), pages = 0, before = 0;
	const rcc_bundle *b;
	unsigned sum = 0;
	size_t n = 0;
	struct rusage u;

	if (argc != 2 || rcc_open_bundle(argv[1], RCC_MAPPED, &b) || cool_down(b, argv[1], page))
		return 1;
	rcc_trace_from_env(); /* allowed */
	for (size_t i = 0; i < READS; i++) {
		char name[32];
		rcc_memfile f;

		snprintf(name, sizeof name, "asset-%05zu", i * STEP % rcc_count(b));
		if (rcc_load(b, name, &f))
			return 1;
		for (size_t k = 0; k < f.size; k++) /* use it */
			sum += f.data[k];
		for (unsigned long p = (unsigned long)f.data / page; p <= (unsigned long)(f.data + f.size) / page && n < 8 * READS; p++)
			places[n++] = p;
		rcc_release(&f);
	}
	qsort(places, n, sizeof *places, by_number);
	for (size_t i = 0; i < n; i++) {
		pages += !i || places[i] != before;
		before = places[i];
	}
	getrusage(RUSAGE_SELF, &u);
	printf("touched %lu resident %lu faults %ld sum %u\n", pages, resident(b, page), u.ru_majflt, sum);
	rcc_close_bundle(b);
	return rcc_trace_stop() != 0;
}
