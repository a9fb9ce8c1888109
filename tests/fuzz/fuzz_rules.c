/* SPDX-License-Identifier: MIT */
/* Any text as a rules file, and its patterns against a few names. */
#include "../../rcc/rules.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const names[] = {"index.html", "a/b/c/d.png", "a", ".x/y", "deep/er/and/deep/er/[1]*?.txt"};
	struct diag d = {.verbose = -1};
	struct arena a = {0};
	struct rules r = {0};
	struct str text = str_copy(&a, (struct str){(const char *)data, size});

	rules_parse(&r, &a, &d, "fuzz", text);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		rules_match(&r, str_of(names[i]));
		rules_may_descend(&r, str_of(names[i]));
	}
	arena_done(&a);
	return 0;
}
