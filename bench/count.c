/* SPDX-License-Identifier: MIT */
/* Work to be counted by callgrind: count MODE NAMES BUNDLE.rcb. MODE: hit, miss, read or list. What is done
 * between the first and the last of them happens in `counted`; prints how many there were. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime-stub/rcc.h"

enum { TIMES = 20000, CAP = 1 << 20 };

static const rcc_bundle *bundle;
static rcc_dctx *decoder;
static char **names, buffer[CAP];
static size_t *lens, count;

static void die(const char *why)
{
	fprintf(stderr, "count: %s\n", why);
	exit(1);
}

static void read_names(const char *path, char end)
{
	FILE *f = fopen(path, "rb");
	size_t cap = 0;
	char *line = NULL;

	if (!f)
		die(path);
	for (ssize_t n; (n = getline(&line, &(size_t){0}, f)) > 0; line = NULL) {
		if (count == cap) {
			cap = cap * 2 + 64;
			names = realloc(names, cap * sizeof *names);
			lens = realloc(lens, cap * sizeof *lens);
			if (!names || !lens)
				die("out of memory");
		}
		line[n - 1] = 0;
		if (end)
			line[n - 2] = end;
		names[count] = line;
		lens[count++] = (size_t)n - 1;
	}
	fclose(f);
}

static size_t look_up(int want)
{
	rcc_entry e;

	for (size_t i = 0; i < TIMES; i++)
		if (rcc_lookup(bundle, names[i % count], lens[i % count], &e) != want)
			die("a wrong answer");
	return TIMES;
}

/* In bytes. */
static size_t read_all(void)
{
	size_t all = 0;
	rcc_entry e;

	for (size_t i = 0; i < count; i++) {
		rcc_ssize n = rcc_lookup(bundle, names[i], lens[i], &e) ? -1 : rcc_read(&e, buffer, CAP, decoder);

		if (n < 0)
			die(names[i]);
		all += (size_t)n;
	}
	return all;
}

static size_t list(const char *dir)
{
	rcc_dir d;
	rcc_dirent e;
	size_t all = 0;
	char path[256];

	if (rcc_dir_open(bundle, dir, &d))
		die(dir);
	while (rcc_dir_next(&d, &e) == 1) {
		all++;
		if (!e.is_dir)
			continue;
		snprintf(path, sizeof path, "%s%s%.*s", dir, *dir ? "/" : "", (int)e.name_len, e.name);
		all += list(path);
	}
	return all;
}

/* The name by which callgrind is told when to count; never inlined, and the answer used, lest it be optimized
 * away. */
size_t counted(char mode);
__attribute__((noinline)) size_t counted(char mode)
{
	return mode == 'h' ? look_up(0) : mode == 'm' ? look_up(RCC_ENOENT) : mode == 'r' ? read_all() : list("");
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	read_names(argv[2], argv[1][0] == 'm' ? '~' : 0);
	decoder = rcc_dctx_new();
	if (!decoder || !count || rcc_open_bundle(argv[3], RCC_MAPPED, &bundle))
		die(argv[3]);
	printf("%zu\n", counted(argv[1][0]));
	return 0;
}
