/* SPDX-License-Identifier: MIT */
/* Start-up: a sorted table of pointers, one .incbin a file. */
#include <stddef.h>
#include <string.h>

extern const struct file {
	const char *name;
	const unsigned char *data;
	size_t size;
} files[];
extern const size_t files_count;

int main(int argc, char **argv)
{
	size_t lo = 0, hi = files_count;

	while (argc > 1 && lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(argv[1], files[mid].name);

		if (!c)
			return (int)(*(const volatile unsigned char *)files[mid].data & 0);
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return 1;
}
