/* SPDX-License-Identifier: MIT */
/* many_bundles N: bundle_0 and so on are in this program, found by name and by symbol, each with its own files, and no other.
 * Prints "ok" or what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rcc.h"

#include "declared.h"

static int count(const rcc_bundle *b, void *n)
{
	(void)b;
	++*(int *)n;
	return 0;
}

static int reads(const char *bundle, int i)
{
	static const char *const file[] = {"a", "sub"};

	for (int k = 0; k < 2; k++) {
		char name[32], text[64];
		rcc_memfile f;

		snprintf(name, sizeof name, "%s.txt", file[k]);
		snprintf(text, sizeof text, "file %s of bundle %d\n", file[k], i);
		if (rcc_read_memfile(bundle, name, &f) || strcmp((const char *)f.data, text) != 0)
			return 0;
		rcc_release(&f);
	}
	return 1;
}

int main(int argc, char **argv)
{
	const rcc_bundle *symbol[] = {
#include "symbols.h"
	};
	int n = argc > 1 ? atoi(argv[1]) : 0, found = 0;

	for (int i = 0; i < n; i++) {
		char bundle[32];

		snprintf(bundle, sizeof bundle, "bundle_%d", i);
		if (rcc_find_bundle(bundle) != symbol[i] || rcc_count(symbol[i]) != 2 || !reads(bundle, i)) {
			printf("FAIL %s\n", bundle);
			return 1;
		}
	}
	if (rcc_find_bundle("bundle_64") || rcc_each_bundle(count, &found) || found != n) {
		printf("FAIL %d found\n", found);
		return 1;
	}
	puts("ok");
	return 0;
}
