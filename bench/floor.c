/* SPDX-License-Identifier: MIT */
/* The floor under every packer: a walk, and each file opened, read and appended to one output with a bare index
 * behind; no hash, no look-up table, no alignment. floor [-t THREADS] [-z LEVEL] DIR OUT; -z: a zstd frame a
 * file. Without OUT it is a walk that only asks statx of each file. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { BATCH = 16, DIRECT = 64 << 10, PIECE = 128 << 10, BUFFER = 4 << 20, BLOCK = 1 << 20, MAX_THREADS = 64 };

struct file {
	char *name;
	uint64_t off, stored;
	uint32_t len;
};

static struct file *files;
static size_t nfiles, cap_files;
static char *names, *names_end;
static int root, out = -1, level;
static atomic_size_t next;
static atomic_ullong end;

static void *must(void *p)
{
	if (!p) {
		fputs("floor: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static void fail(const char *path)
{
	perror(path);
	exit(1);
}

/* dir/name, in blocks that are never freed. */
static char *join(const char *dir, size_t dir_len, const char *name, size_t *len)
{
	size_t n = strlen(name), all = dir_len + (dir_len > 0) + n;
	char *p;

	if ((size_t)(names_end - names) < all + 1) {
		names = must(malloc(BLOCK));
		names_end = names + BLOCK;
	}
	p = names;
	names += all + 1;
	memcpy(p, dir, dir_len);
	if (dir_len)
		p[dir_len] = '/';
	memcpy(p + all - n, name, n + 1);
	*len = all;
	return p;
}

static void found(int dir, const char *path, size_t path_len, const char *name)
{
	struct statx st;
	size_t len;

	if (out < 0) {
		nfiles++;
		if (statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st))
			fail(name);
		return;
	}
	if (nfiles == cap_files)
		files = must(realloc(files, (cap_files = cap_files * 2 + 1024) * sizeof *files));
	files[nfiles] = (struct file){.name = join(path, path_len, name, &len)};
	files[nfiles++].len = (uint32_t)len;
}

static void walk(int fd, const char *path, size_t path_len)
{
	DIR *d = must(fdopendir(fd));

	for (struct dirent *e; (e = readdir(d));) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (e->d_type == DT_DIR) {
			size_t len;
			const char *below = join(path, path_len, e->d_name, &len);
			int sub = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (sub < 0)
				fail(e->d_name);
			walk(sub, below, len);
		} else if (e->d_type == DT_REG) {
			found(fd, path, path_len, e->d_name);
		}
	}
	closedir(d);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

/* What one thread has gathered: the stored bytes of files [first, ...), not yet placed. */
struct gathered {
	char *p;
	size_t n, cap, first;
	char *in;
	size_t in_cap;
	ZSTD_CCtx *zstd;
};

static uint64_t place(const void *p, size_t n)
{
	uint64_t off = atomic_fetch_add(&end, n);

	if (pwrite(out, p, n, (off_t)off) != (ssize_t)n)
		fail("write");
	return off;
}

static void flush(struct gathered *g, size_t to)
{
	uint64_t off = g->n ? place(g->p, g->n) : 0;

	for (size_t i = g->first; i < to; i++)
		files[i].off += off;
	g->n = 0;
	g->first = to;
}

static void read_whole(int fd, char *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, to + done, size - done);

		if (n <= 0)
			fail("read");
		done += (size_t)n;
	}
}

static void copy_large(struct gathered *g, int fd, size_t i, uint64_t size)
{
	uint64_t off;

	flush(g, i);
	g->first = i + 1;
	files[i].off = off = atomic_fetch_add(&end, size);
	files[i].stored = size;
	for (ssize_t n; (n = read(fd, g->p, PIECE)) > 0; off += (uint64_t)n)
		if (pwrite(out, g->p, (size_t)n, (off_t)off) != n)
			fail("write");
}

static void room(char **p, size_t *cap, size_t need)
{
	if (*cap < need)
		*p = must(realloc(*p, *cap = need * 2));
}

static void add(struct gathered *g, size_t i)
{
	int fd = openat(root, files[i].name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t size;

	if (fd < 0 || fstat(fd, &st))
		fail(files[i].name);
	size = (size_t)st.st_size;
	if (level) {
		room(&g->in, &g->in_cap, size);
		room(&g->p, &g->cap, g->n + ZSTD_compressBound(size));
		read_whole(fd, g->in, size);
		size = ZSTD_compress2(g->zstd, g->p + g->n, g->cap - g->n, g->in, size);
		if (ZSTD_isError(size))
			fail("zstd");
	} else if (size > DIRECT) {
		copy_large(g, fd, i, size);
		close(fd);
		return;
	} else {
		room(&g->p, &g->cap, g->n + size);
		read_whole(fd, g->p + g->n, size);
	}
	close(fd);
	files[i].off = g->n;
	files[i].stored = size;
	g->n += size;
}

static void *work(void *unused)
{
	struct gathered g = {.p = must(malloc(BUFFER)), .cap = BUFFER};

	(void)unused;
	if (level) {
		g.zstd = must(ZSTD_createCCtx());
		ZSTD_CCtx_setParameter(g.zstd, ZSTD_c_compressionLevel, level);
	}
	for (size_t from; (from = atomic_fetch_add(&next, BATCH)) < nfiles;) {
		size_t to = from + BATCH < nfiles ? from + BATCH : nfiles;

		g.first = from;
		for (size_t i = from; i < to; i++)
			add(&g, i);
		flush(&g, to);
	}
	return NULL;
}

static void write_index(void)
{
	FILE *f = must(fdopen(out, "w"));

	setvbuf(f, NULL, _IOFBF, BLOCK);
	if (fseeko(f, (off_t)end, SEEK_SET))
		fail("index");
	for (size_t i = 0; i < nfiles; i++) {
		fwrite(&files[i].off, 8, 2, f);
		fwrite(&files[i].len, 4, 1, f);
		fwrite(files[i].name, 1, files[i].len + 1, f);
	}
	if (fclose(f))
		fail("index");
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	int n = 1, c;

	while ((c = getopt(argc, argv, "t:z:")) != -1) {
		if (c == 't')
			n = atoi(optarg);
		else if (c == 'z')
			level = atoi(optarg);
		else
			return 2;
	}
	if (optind >= argc || n < 1 || n > MAX_THREADS)
		return 2;
	root = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		fail(argv[optind]);
	if (argv[optind + 1] && (out = open(argv[optind + 1], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666)) < 0)
		fail(argv[optind + 1]);
	walk(dup(root), "", 0);
	if (out < 0)
		return 0;
	qsort(files, nfiles, sizeof *files, by_name);
	for (int i = 1; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			fail("thread");
	work(NULL);
	for (int i = 1; i < n; i++)
		pthread_join(threads[i], NULL);
	write_index();
	return 0;
}
