/* SPDX-License-Identifier: MIT */
/* See cache_file.h. Written beside its place and renamed, so that a writer that was killed leaves the old file; not
 * flushed to the disk, for what a power cut loses is a miss. */
#include "cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "arena.h"
#include "io.h"

struct head {
	uint64_t kind;
	uint64_t order;    /* ORDER, as this machine writes it: a cache of another is none */
	uint64_t size;     /* of what follows the head */
	uint64_t zero[3];
	uint64_t check[2]; /* XXH3-128 of what follows, seeded by that of the fields above */
};

#define ORDER 0x0102030405060708u

_Static_assert(sizeof(struct head) == 64, "what follows stays aligned");

/* What was put comes in parts, what was got in one: the check is the same. */
static void check_of(const struct head *h, const struct str *part, size_t n, uint64_t out[static 2])
{
	XXH3_state_t *s = XXH3_createState();
	XXH128_hash_t r = {0};

	if (s) {
		XXH3_128bits_reset_withSeed(s, XXH3_64bits(h, offsetof(struct head, check)));
		for (size_t i = 0; i < n; i++)
			XXH3_128bits_update(s, part[i].p, part[i].n);
		r = XXH3_128bits_digest(s);
		XXH3_freeState(s);
	}
	out[0] = r.low64;
	out[1] = r.high64;
}

uint64_t cache_random(void)
{
	uint64_t r = 0;

	if (getrandom(&r, sizeof r, 0) != sizeof r)
		r = (uint64_t)getpid();
	return r;
}

int cache_file_open(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
	struct stat st;

	if (fd < 0 || (!fstat(fd, &st) && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

static bool head_ok(const struct head *h, uint64_t kind, uint64_t size)
{
	static const uint64_t zero[3];

	return h->kind == kind && h->order == ORDER && h->size == size && !memcmp(h->zero, zero, sizeof zero);
}

static bool get(struct cache_file *f, int fd, uint64_t kind)
{
	struct head h;
	uint64_t check[2];

	if (fstat(fd, &f->st) || io_pread(fd, &h, sizeof h, 0) < 0)
		return false;
	errno = 0;
	if ((uint64_t)f->st.st_size < sizeof h || !head_ok(&h, kind, (uint64_t)f->st.st_size - sizeof h))
		return false;
	f->n = (size_t)h.size;
	f->p = f->own = malloc(f->n + 1);
	if (f->own)
		arena_touch(f->own, f->n);
	if (!f->own || io_pread(fd, f->own, f->n, sizeof h) != (ssize_t)f->n)
		return false;
	errno = 0;
	check_of(&h, &(struct str){f->p, f->n}, 1, check);
	return !memcmp(check, h.check, sizeof check);
}

bool cache_file_get(struct cache_file *f, int dir, const char *name, uint64_t kind)
{
	int fd = cache_file_open(dir, name, O_RDONLY), saved;
	bool ok;

	*f = (struct cache_file){0};
	if (fd < 0)
		return false;
	ok = get(f, fd, kind);
	saved = errno;
	close(fd);
	if (!ok)
		cache_file_done(f);
	errno = saved;
	return ok;
}

void cache_file_done(struct cache_file *f)
{
	free(f->own);
	*f = (struct cache_file){0};
}

int cache_file_temp(int dir, char name[static CACHE_NAME])
{
	snprintf(name, CACHE_NAME, "tmp-%016llx", (unsigned long long)cache_random());
	return openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

bool cache_file_put(int dir, const char *name, uint64_t kind, const struct str *part, size_t n)
{
	struct head h = {.kind = kind, .order = ORDER};
	char temp[CACHE_NAME];
	int fd = cache_file_temp(dir, temp), saved;
	bool ok;

	if (fd < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		h.size += part[i].n;
	check_of(&h, part, n, h.check);
	ok = !io_write(fd, &h, sizeof h);
	for (size_t i = 0; ok && i < n; i++)
		ok = !part[i].n || !io_write(fd, part[i].p, part[i].n);
	ok = !close(fd) && ok && !renameat(dir, temp, dir, name);
	saved = errno;
	if (!ok)
		unlinkat(dir, temp, 0);
	errno = saved;
	return ok;
}
