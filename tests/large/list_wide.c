/* SPDX-License-Identifier: MIT */
/* list_wide DIR N: lists the directory of the bundle "wide" and reads what lies there: N files, entry-000001 and so on, each
 * with "contents" and its number. Prints "ok" or what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rcc.h"

RCC_DECLARE_BUNDLE(wide);

int main(int argc, char **argv)
{
	const rcc_bundle *b = RCC_BUNDLE(wide);
	unsigned long n = 0, want = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	char name[64], text[64];
	rcc_dirent e;
	rcc_dir d;
	int r = rcc_dir_open(b, argc > 1 ? argv[1] : "", &d);

	while (!r && (r = rcc_dir_next(&d, &e)) == 1) {
		rcc_memfile f;

		n++;
		snprintf(name, sizeof name, "entry-%06lu", n);
		snprintf(text, sizeof text, "contents %lu\n", n);
		if (e.name_len != strlen(name) || memcmp(e.name, name, e.name_len) != 0) {
			printf("FAIL entry %lu is %.*s\n", n, (int)e.name_len, e.name);
			return 1;
		}
		snprintf(name, sizeof name, "%s/entry-%06lu", argv[1], n);
		if (rcc_load(b, name, &f) || f.size != strlen(text) || memcmp(f.data, text, f.size) != 0) {
			printf("FAIL %s\n", name);
			return 1;
		}
		rcc_release(&f);
		r = 0;
	}
	if (r < 0 || n != want) {
		printf("FAIL %lu entries, %d\n", n, r);
		return 1;
	}
	puts("ok");
	return 0;
}
