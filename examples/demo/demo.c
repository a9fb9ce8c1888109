/* SPDX-License-Identifier: MIT */
/* Holds the bundle "demo" against the tree it was made from, which it walks by itself: each file on disk must be
 * in the bundle, byte for byte, and each name of the bundle on disk. Prints one row of run.sh's table. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rcc.h"

RCC_DECLARE_BUNDLE(demo);

struct names {
	char **v;
	size_t n, cap;
};

struct sums {
	uint64_t all;      /* bytes of all files */
	uint64_t distinct; /* the same, those of equal stored bytes once */
	uint64_t stored;   /* those once, as they lie */
};

static const char *program;

static _Noreturn void fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", program);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void *must(void *p)
{
	if (!p)
		fail("out of memory");
	return p;
}

static char *join(const char *dir, const char *last)
{
	char *s = must(malloc(strlen(dir) + strlen(last) + 2));

	sprintf(s, "%s%s%s", dir, *dir ? "/" : "", last);
	return s;
}

static void add(struct names *l, char *name)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 1024;
		l->v = must(realloc(l->v, l->cap * sizeof *l->v));
	}
	l->v[l->n++] = name;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One directory: files to one list, directories to the other. follow: links count as what they point at. */
static void read_dir(int root, const char *name, int follow, const char *leave_out, struct names *files, struct names *dirs)
{
	int fd = openat(root, *name ? name : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		fail("%s: %s", name, strerror(errno));
	while ((e = readdir(d))) {
		struct stat st;
		char *path;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		path = join(name, e->d_name);
		if (fstatat(root, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW))
			fail("%s: %s", path, strerror(errno));
		if (!strcmp(path, leave_out))
			free(path);
		else if (S_ISDIR(st.st_mode))
			add(dirs, path);
		else if (S_ISREG(st.st_mode))
			add(files, path);
		else
			free(path); /* a link that is not followed; anything else rcc has refused */
	}
	closedir(d);
}

static struct names walk(int root, int follow, const char *leave_out)
{
	struct names files = {0}, dirs = {0};

	add(&dirs, must(strdup("")));
	while (dirs.n) {
		char *name = dirs.v[--dirs.n];

		read_dir(root, name, follow, leave_out, &files, &dirs);
		free(name);
	}
	free(dirs.v);
	if (files.n)
		qsort(files.v, files.n, sizeof *files.v, by_name);
	return files;
}

/* The contents, in place or decoded into a buffer that grows as needed and is used again. */
static const unsigned char *contents(const rcc_entry *e, rcc_dctx *decoder)
{
	static unsigned char *buf;
	static size_t cap;
	rcc_span span;

	if (e->codec == RCC_CODEC_STORE)
		return rcc_view(e, &span) == RCC_OK && span.size == e->size ? span.data : NULL;
	if (e->size > cap) {
		cap = (size_t)e->size;
		free(buf);
		buf = must(malloc(cap));
	}
	return rcc_read(e, buf, cap, decoder) == (rcc_ssize)e->size ? buf : NULL;
}

/* Looks name up, and compares what is there with the file, read in pieces. */
static void compare(int root, const rcc_bundle *b, const char *name, rcc_dctx *decoder)
{
	static unsigned char piece[1 << 17];
	int fd = openat(root, name, O_RDONLY | O_CLOEXEC);
	const unsigned char *p;
	rcc_entry e;
	uint64_t at = 0;
	ssize_t n;
	int err = rcc_lookup(b, name, strlen(name), &e);

	if (fd < 0)
		fail("%s: %s", name, strerror(errno));
	if (err)
		fail("%s: is on disk, and not in the bundle: %s", name, rcc_strerror(err));
	if (!(p = contents(&e, decoder)))
		fail("%s: cannot be read from the bundle", name);
	while ((n = read(fd, piece, sizeof piece)) > 0) {
		if (at + (uint64_t)n > e.size || memcmp(p + at, piece, (size_t)n))
			fail("%s: differs from the file on disk", name);
		at += (uint64_t)n;
	}
	if (n < 0)
		fail("%s: %s", name, strerror(errno));
	if (at != e.size)
		fail("%s: has %llu bytes more than the file on disk", name, (unsigned long long)(e.size - at));
	close(fd);
}

static int by_place(const void *a, const void *b)
{
	const rcc_entry *x = a, *y = b;

	return x->data != y->data ? (x->data < y->data ? -1 : 1) : (x->stored > y->stored) - (x->stored < y->stored);
}

/* Every entry in name order must be the same name on disk; then the sums. */
static struct sums check_names(const rcc_bundle *b, const struct names *files)
{
	struct sums s = {0};
	size_t count = rcc_count(b);
	rcc_entry *v = must(calloc(count + 1, sizeof *v));

	for (size_t i = 0; i < count; i++) {
		if (rcc_at(b, i, &v[i]) != RCC_OK)
			fail("entry %zu cannot be read", i);
		if (i >= files->n || strcmp(v[i].name, files->v[i]))
			fail("%s: is in the bundle, and not on disk", v[i].name);
		s.all += v[i].size;
	}
	if (count != files->n)
		fail("%zu files on disk, %zu in the bundle", files->n, count);
	qsort(v, count, sizeof *v, by_place);
	for (size_t i = 0; i < count; i++)
		if (!i || by_place(&v[i], &v[i - 1])) {
			s.distinct += v[i].size;
			s.stored += v[i].stored;
		}
	free(v);
	return s;
}

/* The mean time of a look-up in ns, over half a million or more, every name in a random order. */
static double lookup_ns(const rcc_bundle *b, const struct names *files)
{
	size_t rounds = files->n ? 1 + 500000 / files->n : 0, *len = must(calloc(files->n + 1, sizeof *len));
	uint64_t random = 88172645463325252u;
	struct timespec t0, t1;

	for (size_t i = files->n; i > 1; i--) {
		size_t k;
		char *swap;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		k = random % i;
		swap = files->v[i - 1];
		files->v[i - 1] = files->v[k];
		files->v[k] = swap;
	}
	for (size_t i = 0; i < files->n; i++)
		len[i] = strlen(files->v[i]);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < files->n; i++) {
			rcc_entry e;

			if (rcc_lookup(b, files->v[i], len[i], &e) != RCC_OK)
				fail("%s: not found", files->v[i]);
		}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	free(len);
	return rounds ? ((double)(t1.tv_sec - t0.tv_sec) * 1e9 + (double)(t1.tv_nsec - t0.tv_nsec)) /
	                        (double)(rounds * files->n)
	              : 0;
}

static const char *amount(char buf[32], uint64_t bytes)
{
	static const char *const unit[] = {"B", "kB", "MB", "GB"};
	double v = (double)bytes;
	size_t u = 0;

	while (v >= 999.95 && u < 3) {
		v /= 1000;
		u++;
	}
	snprintf(buf, 32, u ? "%.1f %s" : "%.0f %s", v, unit[u]);
	return buf;
}

/* demo DIR follow|skip LEAVE-OUT LABEL OBJECT COMPILE-SECONDS LINK-SECONDS; LEAVE-OUT may be empty. */
int main(int argc, char **argv)
{
	const rcc_bundle *b = RCC_BUNDLE(demo);
	rcc_dctx *decoder = rcc_dctx_new();
	struct names files;
	struct sums s;
	struct stat object;
	char in[32], out[32], dup[32], zip[32];
	int root;

	program = argv[0];
	if (argc != 8)
		fail("wants 7 arguments; see run.sh");
	if (!b)
		fail("the bundle is damaged");
	root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || stat(argv[5], &object))
		fail("%s: %s", root < 0 ? argv[1] : argv[5], strerror(errno));
	files = walk(root, !strcmp(argv[2], "follow"), argv[3]);
	for (size_t i = 0; i < files.n; i++)
		compare(root, b, files.v[i], decoder);
	s = check_names(b, &files);
	printf("%-24.24s %8zu %9s %9s %9s %9s %8s s %7s s %6.0f ns\n", argv[4], files.n, amount(in, s.all),
	       amount(out, (uint64_t)object.st_size), amount(dup, s.all - s.distinct), amount(zip, s.distinct - s.stored),
	       argv[6], argv[7], lookup_ns(b, &files));
	rcc_dctx_free(decoder);
	return fflush(stdout) ? 1 : 0;
}
