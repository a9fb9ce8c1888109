/* SPDX-License-Identifier: MIT */
/* Makes inputs that are the same on every machine. generate names N: N paths, one a line; generate tree DIR N:
 * as many JSON-like files of 200 to 2000 bytes under those paths; generate file PATH BYTES: one file, two
 * fifths of it text. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORIES = 10000, SMALLEST = 200, SPREAD = 1801, RECORD = 1024, BLOCK = 1 << 20 };

static const char *const words[16] = {"alpha", "river", "stone", "window", "copper", "lantern", "orbit", "velvet",
	"harbor", "signal", "timber", "quartz", "meadow", "cinder", "falcon", "ribbon"};
static uint64_t state = 0x9e3779b97f4a7c15ull;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int fail(const char *path)
{
	perror(path);
	return 1;
}

static const char *word(uint64_t r)
{
	return words[r & 15];
}

/* Exactly want bytes, want being SMALLEST at least. */
static size_t write_json(char *to, size_t want, size_t id)
{
	size_t n = (size_t)sprintf(to, "{\"id\":%zu,\"kind\":\"%s\",\"tags\":[", id, word(draw()));

	while (n + 80 < want) {
		uint64_t r = draw();

		n += (size_t)sprintf(to + n, "{\"name\":\"%s-%s\",\"value\":%u,\"ok\":%s},", word(r), word(r >> 4),
		                     (unsigned)(r >> 8 & 0xfffff), r >> 40 & 1 ? "true" : "false");
	}
	memset(to + n, ' ', want - n - 3);
	memcpy(to + want - 3, "0]}", 3);
	return want;
}

/* Ten thousand directories at most, with equally many files each; the words come from the number alone. */
static void write_name(char *to, size_t i, size_t all)
{
	size_t each = all > DIRECTORIES ? (all + DIRECTORIES - 1) / DIRECTORIES : 10;
	size_t dir = i / each;
	uint64_t r = (i + 1) * 0x9e3779b97f4a7c15ull;

	sprintf(to, "assets-%02zu/group-%02zu/%s_%s-%06zu.json", dir / 100, dir % 100, word(r >> 40), word(r >> 50), i);
}

static int make_names(size_t n)
{
	char name[128];

	for (size_t i = 0; i < n; i++) {
		write_name(name, i, n);
		puts(name);
	}
	return 0;
}

static void make_parents(char *path)
{
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0777);
		*slash = '/';
	}
}

static int make_tree(const char *dir, size_t n)
{
	char name[128], text[SMALLEST + SPREAD];

	if (chdir(dir))
		return fail(dir);
	for (size_t i = 0; i < n; i++) {
		size_t size = write_json(text, SMALLEST + draw() % SPREAD, i);
		int fd;

		write_name(name, i, n);
		fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0666);
		if (fd < 0) {
			make_parents(name);
			fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0666);
		}
		if (fd < 0 || write(fd, text, size) != (ssize_t)size || close(fd))
			return fail(name);
	}
	return 0;
}

static size_t fill(char *to)
{
	size_t n = 0;

	while (n + RECORD <= BLOCK) {
		if (draw() % 8 < 5) {
			for (size_t i = 0; i < RECORD; i += 8)
				memcpy(to + n + i, &(uint64_t){draw()}, 8);
			n += RECORD;
		} else {
			n += write_json(to + n, RECORD, n);
		}
	}
	return n;
}

static int make_file(const char *path, uint64_t size)
{
	static char block[BLOCK];
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0666);

	if (fd < 0)
		return fail(path);
	while (size) {
		size_t n = fill(block);

		n = n < size ? n : (size_t)size;
		if (write(fd, block, n) != (ssize_t)n)
			return fail(path);
		size -= n;
	}
	return close(fd) ? fail(path) : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "names"))
		return make_names(strtoul(argv[2], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "tree"))
		return make_tree(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "file"))
		return make_file(argv[2], strtoull(argv[3], NULL, 10));
	fputs("usage: generate names N | tree DIR N | file PATH BYTES\n", stderr);
	return 2;
}
