/* SPDX-License-Identifier: MIT */
/* find_deep NAME...: prints each file of the bundle "deep", and opens every directory above it on the way down. */
#include <stdio.h>
#include <string.h>

#include "rcc.h"

RCC_DECLARE_BUNDLE(deep);

/* Does each directory above the name have an entry that leads on to it? */
static int reaches(const rcc_bundle *b, const char *name)
{
	static char dir[1 << 16];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		rcc_dirent e;
		rcc_dir d;

		snprintf(dir, sizeof dir, "%.*s", (int)(slash - name), name);
		if (rcc_dir_open(b, dir, &d) || rcc_dir_next(&d, &e) != 1)
			return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	const rcc_bundle *b = RCC_BUNDLE(deep);

	for (int i = 1; i < argc; i++) {
		rcc_memfile f;

		if (!reaches(b, argv[i]) || rcc_load(b, argv[i], &f)) {
			printf("FAIL %s\n", argv[i]);
			return 1;
		}
		fwrite(f.data, 1, f.size, stdout);
		rcc_release(&f);
	}
	return 0;
}
