/* SPDX-License-Identifier: MIT */
/* Names two files of a directory of many: the linker leaves the others out, and no name is looked up when it runs. From the top of this tree:
 *   build/rcc compile --per-file-sections -n site --header build/site.h -o build/site.o examples/site
 *   cc -Ibuild -Iruntime-stub -Wl,--gc-sections -o build/prune examples/prune/prune.c build/site.o build/librcc.a -lzstd
 *   build/prune
 *   build/rcc list build/prune */
#include <stdio.h>

#include "site.h"

static int print(rcc_asset asset)
{
	rcc_entry e;
	rcc_span text;

	return rcc_asset_entry(asset, &e) || rcc_view(&e, &text) || fwrite(text.data, 1, text.size, stdout) != text.size;
}

int main(void)
{
	return print(RCC_ASSET(site, humans_txt)) || print(RCC_ASSET(site, robots_txt));
}
