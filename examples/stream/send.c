/* SPDX-License-Identifier: MIT */
/* Sends a file of the bundle "site" to standard output, in memory that does not grow with it: send NAME. A stored one goes from the
 * program's own file by the kernel, or from where it lies; a compressed one piece by piece. send -l NAME gives it to a
 * function that wants a path, as some libraries do, and prints how many lines that counts. From the top of this tree:
 *   build/rcc compile -z -n site -o build/site.o examples/site
 *   cc -Iruntime-stub -o build/send examples/stream/send.c build/site.o build/librcc.a -lzstd
 *   build/send index.html; build/send -l robots.txt */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "rcc.h"

RCC_DECLARE_BUNDLE(site);

/* From the file that holds this program, if it can be known for sure. Bytes sent. */
static uint64_t send_from_file(const rcc_entry *e)
{
	uint64_t begin, done = 0;
	int fd = rcc_bundle_fd(e->bundle, &begin);
	off_t at;

	if (fd < 0)
		return 0;
	at = (off_t)begin + (off_t)(e->data - (const unsigned char *)e->bundle);
	while (done < e->size) {
		ssize_t n = sendfile(STDOUT_FILENO, fd, &at, (size_t)(e->size - done));

		if (n <= 0)
			break; /* not every kind of file takes it */
		done += (uint64_t)n;
	}
	close(fd);
	return done;
}

static int send_stored(const rcc_entry *e)
{
	for (uint64_t done = send_from_file(e); done < e->size;) {
		struct iovec v;
		int error = rcc_iov(e, done, e->size - done, &v);
		ssize_t n = error ? -1 : writev(STDOUT_FILENO, &v, 1);

		if (n < 0)
			return error ? error : RCC_EIO;
		done += (uint64_t)n;
	}
	return 0;
}

static int send_decoded(const rcc_entry *e)
{
	static char piece[1 << 16];
	rcc_cursor *c;
	rcc_ssize n = 0;
	int error = rcc_cursor_open(e, &c);

	if (error)
		return error;
	while ((n = rcc_cursor_read(c, piece, sizeof piece)) > 0)
		if (fwrite(piece, 1, (size_t)n, stdout) != (size_t)n)
			n = RCC_EIO;
	rcc_cursor_close(c);
	return n < 0 ? (int)n : fflush(stdout) ? RCC_EIO : 0;
}

static int lines_of(const char *path)
{
	FILE *f = fopen(path, "r");
	int n = 0, c;

	while (f && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

static int count_lines(const char *name)
{
	char path[32];
	int fd = rcc_memfd(RCC_BUNDLE(site), name), error = fd < 0 ? fd : rcc_fd_path(fd, path, sizeof path);

	if (!error)
		printf("%d\n", lines_of(path));
	if (fd >= 0)
		close(fd);
	return error;
}

int main(int argc, char **argv)
{
	rcc_entry e;
	int error;

	if (argc == 3 && !strcmp(argv[1], "-l")) {
		error = count_lines(argv[2]);
	} else if (argc == 2) {
		error = rcc_lookup(RCC_BUNDLE(site), argv[1], strlen(argv[1]), &e);
		if (!error)
			error = e.codec == RCC_CODEC_STORE ? send_stored(&e) : send_decoded(&e);
	} else {
		fputs("usage: send [-l] NAME\n", stderr);
		return 2;
	}
	if (error)
		fprintf(stderr, "send: %s: %s\n", argv[argc - 1], rcc_strerror(error));
	return error != 0;
}
