/* SPDX-License-Identifier: MIT */
/* A program without a bundle that loads plugin.so from its current folder and lets it run as read_all. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *h = dlopen("./plugin.so", RTLD_NOW | RTLD_LOCAL);
	int (*run)(int, char **);

	if (!h) {
		puts(dlerror());
		return 1;
	}
	*(void **)&run = dlsym(h, "run");
	return run ? run(argc, argv) : 1;
}
