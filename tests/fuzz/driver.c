/* SPDX-License-Identifier: MIT */
/* Replays files through a fuzz entry, for compilers without libFuzzer and for regressions: driver FILE... prints
 * TAP. */
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	unsigned char *p;
	long n;

	if (!f || fseek(f, 0, SEEK_END) || (n = ftell(f)) < 0)
		return -1;
	rewind(f);
	p = malloc(n ? (size_t)n : 1);
	if (!p || fread(p, 1, (size_t)n, f) != (size_t)n)
		return -1;
	fclose(f);
	LLVMFuzzerTestOneInput(p, (size_t)n);
	free(p);
	return 0;
}

int main(int argc, char **argv)
{
	int bad = 0;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		int failed = replay(argv[i]);

		printf("%sok %d %s\n", failed ? "not " : "", i, argv[i]);
		fflush(stdout);
		bad |= failed;
	}
	return bad != 0;
}
