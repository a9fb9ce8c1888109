/* SPDX-License-Identifier: MIT */
/* Prints an asset, and again whenever it changes on disk: edit DIR/NAME while this runs. Ends with the asset "quit".
 *   show DIR [NAME]      or RCC_OVERLAY=DIR show, which this program allows */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "rcc_dev.h"

RCC_DECLARE_BUNDLE(assets);

struct show {
	const char *name;
	int again;
};

/* Directories and whiteouts may be told as well: whatever begins the name counts. */
static void changed(const char *what, void *arg)
{
	struct show *s = arg;
	size_t n = strlen(what);

	s->again |= !strncmp(s->name, what, n) && (!s->name[n] || s->name[n] == '/');
}

/* By the same call that a release makes. False: it was the last. */
static int print(const char *name)
{
	rcc_memfile f;
	int error = rcc_load(RCC_BUNDLE(assets), name, &f), last = 0;

	if (error) {
		printf("%s: %s\n", name, rcc_strerror(error));
	} else {
		printf("%s: %s", name, (const char *)f.data);
		last = !strcmp((const char *)f.data, "quit\n");
		rcc_release(&f);
	}
	fflush(stdout);
	return !last;
}

int main(int argc, char **argv)
{
	struct show s = {argc > 2 ? argv[2] : "greeting.txt", 0};
	rcc_overlay *o = NULL;
	struct pollfd p = {-1, POLLIN, 0};
	int error = argc > 1 ? rcc_overlay_open(RCC_BUNDLE(assets), argv[1], 0, &o)
	                     : rcc_overlay_from_env(RCC_BUNDLE(assets), 0, &o);

	if (error && error != RCC_ENOENT) {
		fprintf(stderr, "show: the overlay: %s\n", rcc_strerror(error));
		return 1;
	}
	if (!o) { /* as in a release */
		print(s.name);
		return 0;
	}
	rcc_overlay_attach(o);
	p.fd = rcc_overlay_fd(o);
	while (print(s.name)) {
		for (s.again = 0; !s.again && poll(&p, 1, -1) >= 0;)
			rcc_overlay_update(o, changed, &s);
	}
	rcc_overlay_close(o);
	return 0;
}
