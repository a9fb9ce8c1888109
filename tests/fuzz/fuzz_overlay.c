/* SPDX-License-Identifier: MIT */
/* Names and links to the overlay: the first byte says how a link is made, up to the first NUL is where it leads, what follows
 * is the name asked for. Whatever they are, contents come from within the directory, or from the bundle. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runtime-stub/core/core.h"
#include "../../runtime-stub/rcc_dev.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/rcc-fuzz-overlay-XXXXXX/in";
static rcc_overlay *overlay;

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

static void end(void)
{
	static const char *const made[] = {"in/a", "in/d/b", "in/d", "in", "secrets/a", "secrets", "secret"};

	rcc_overlay_close(overlay);
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		remove(made[i]);
	dir[strlen(dir) - 3] = 0;
	rmdir(dir);
}

/* DIR/in is laid over nothing; secrets lie beside it and above. */
static void begin(void)
{
	dir[strlen(dir) - 3] = 0;
	if (!mkdtemp(dir) || chdir(dir))
		abort();
	put("secret", "secret");
	dir[strlen(dir)] = '/';
	if (mkdir("in", 0700) || mkdir("in/d", 0700) || mkdir("secrets", 0700))
		abort();
	put("secrets/a", "secret");
	put("in/a", "public");
	put("in/d/b", "public");
	if (rcc_overlay_open(NULL, dir, 0, &overlay) || atexit(end))
		abort();
}

static int each(const char *name, int place, void *arg)
{
	(void)arg;
	if (!rcc_i_name_ok(name, strlen(name)) || place != RCC_ON_DISK)
		abort();
	return 0;
}

static void check(const char *name)
{
	rcc_memfile f;

	if (!rcc_overlay_load(overlay, name, &f)) {
		if (f.size < 6 || memcmp(f.data, "public", 6) || rcc_overlay_where(overlay, name) != RCC_ON_DISK)
			abort();
	} else if (f.data) {
		abort();
	}
	rcc_release(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const links[] = {"in/l", "in/d/l", "in/a", "in/d", "in/.wh.a", "in/d/.wh.d"};
	char to[256] = "", name[4096], by_link[4100];
	const uint8_t *end;
	size_t n;

	if (!overlay)
		begin();
	if (!size)
		return 0;
	end = memchr(data + 1, 0, size - 1);
	n = end ? (size_t)(end - data) - 1 : size - 1;
	if (n < sizeof to)
		memcpy(to, data + 1, n);
	size = end ? size - n - 2 : 0;
	if (size >= sizeof name)
		size = sizeof name - 1;
	if (size)
		memcpy(name, end + 1, size);
	name[size] = 0;
	/* What a link takes the place of moves aside. */
	rename(links[data[0] % 6], "aside");
	if (*to && symlink(to, links[data[0] % 6]) < 0)
		*to = 0;
	check(name);
	snprintf(by_link, sizeof by_link, "l/%s", name);
	check(by_link);
	check("l");
	check("d/l");
	check("d/b");
	check("a");
	if (rcc_overlay_update(overlay, NULL, NULL) < 0 || rcc_overlay_each(overlay, each, NULL))
		abort();
	unlink(links[data[0] % 6]);
	rename("aside", links[data[0] % 6]);
	return 0;
}
