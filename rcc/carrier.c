/* SPDX-License-Identifier: MIT */
/* See carrier.h. Files and archives; what is in one object is look.c's. */
#include "carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "look.h"

/* So many faults of one file are told one by one; a hostile one has as many as it has room for. */
enum { FAULTS_MAX = 10 };

/* To put images of an archive's members together, names and relocations are read besides the pieces. */
enum { PASSES = 4 };

static void look_archive(struct look *l, const struct carrier *c, int fd, Elf *ar)
{
	struct gather gather = {.a = l->a, .budget = PASSES * (uint64_t)c->size};
	Elf_Cmd cmd = ELF_C_READ_MMAP;
	Elf *elf;

	l->gather = &gather;
	while (cmd != ELF_C_NULL && !l->gave_up && (elf = elf_begin(fd, cmd, ar))) {
		Elf_Arhdr *h = elf_getarhdr(elf);
		int64_t base = elf_getbase(elf);

		if (h && base > 0 && (uint64_t)base < c->size) {
			l->base = (uint64_t)base;
			l->p = c->map + base;
			l->size = c->size - l->base;
			if (h->ar_size >= 0 && (uint64_t)h->ar_size < l->size)
				l->size = (uint64_t)h->ar_size;
			l->member = h->ar_name ? str_copy(l->a, str_of(h->ar_name)) : STR("?");
			look_object(l, elf);
		}
		cmd = elf_next(elf);
		elf_end(elf);
	}
	look_end(l);
}

static bool look_file(struct look *l, const struct carrier *c, int fd)
{
	Elf *elf;
	bool known = true;

	elf_version(EV_CURRENT);
	/* Not elf_memory: it has no file, and libelf takes no member of such an archive. */
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_AR)
		look_archive(l, c, fd, elf);
	else
		known = look_object(l, elf);
	elf_end(elf);
	return known;
}

/* By place; of one place, the sound one first, and what led there best. */
static int compare_hits(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;

	if (a->off != b->off)
		return a->off < b->off ? -1 : 1;
	if (!a->fault != !b->fault)
		return a->fault ? 1 : -1;
	return (a->by > b->by) - (a->by < b->by);
}

static void report(struct diag *d, const char *path, const struct hit *h)
{
	const char *where = h->member.n ? h->member.p : "", *colon = h->member.n ? ": " : "";
	unsigned long long off = h->off;

	if (h->fault == FAULT_DANGLING)
		diag_error(d, AT_FILE(path), "%s%sthe descriptor at offset %llu leads to no bundle; link the program anew",
		           where, colon, off);
	else if (h->fault == FAULT_CUT)
		diag_error(d, AT_FILE(path), "%s%sthe object is cut short; make it again", where, colon);
	else
		diag_error(d, AT_FILE(path), "%s%sat offset %llu: %s", where, colon, off, rcc_strerror(h->fault));
}

/* Sound ones to c->v, the others reported. Images that overlap are no work of rcc's, and would make each byte
 * be read as often as there are images. */
static void take_hits(struct carrier *c, struct look *l, struct diag *d, const char *path)
{
	size_t faults = 0;
	uint64_t end = 0;

	if (l->n)
		qsort(l->v, l->n, sizeof *l->v, compare_hits);
	c->v = new(l->a, struct found, l->n);
	for (size_t i = 0; i < l->n; i++) {
		struct hit *h = &l->v[i];

		if (i && h->off == h[-1].off)
			continue;
		if (!h->fault && h->off < end)
			h->fault = RCC_ECORRUPT;
		if (h->fault && ++faults <= FAULTS_MAX)
			report(d, path, h);
		if (h->fault)
			continue;
		c->v[c->n] = (struct found){(const rcc_bundle *)(h->image ? h->image : c->map + h->off), h->off, h->member, h->by};
		end = h->image ? h->end : h->off + rcc_i_size(c->v[c->n].b);
		c->n++;
	}
	if (faults > FAULTS_MAX)
		diag_error(d, AT_FILE(path), "and %zu more", faults - FAULTS_MAX);
	if (l->gave_up)
		diag_error(d, AT_FILE(path),
		           "its parts overlap, or it holds too many bundles; not all of it was searched");
	c->damaged = faults || l->gave_up;
}

/* The file's descriptor, or -1: reported. */
static int map_file(struct carrier *c, struct diag *d, const char *path)
{
	/* Without waiting for the other end of a FIFO, which is refused below. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;

	if (fd < 0 || fstat(fd, &st)) {
		diag_error(d, AT_FILE(path), "cannot read it:");
	} else if (!S_ISREG(st.st_mode)) {
		diag_error(d, AT_FILE(path), S_ISDIR(st.st_mode) ? "it is a directory; name a file"
		                                                  : "it is no regular file; copy it to one first");
	} else if (!st.st_size) {
		diag_error(d, AT_FILE(path), "it is empty and holds no bundle");
		c->damaged = true;
	} else {
		/* No memory is set aside for the few pages that relocate.c may write to. */
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
		if (map == MAP_FAILED)
			diag_error(d, AT_FILE(path), "cannot map it:");
		else
			*c = (struct carrier){.map = map, .size = (size_t)st.st_size};
	}
	if (fd >= 0 && map == MAP_FAILED) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Finds the bundles of a mapped file. False: it is of no kind that has any; reported. */
static bool look_for_all(struct carrier *c, struct look *l, struct diag *d, int fd, const char *path)
{
	l->p = c->map;
	l->size = c->size;
	if (c->size >= 8 && !memcmp(c->map, "!<thin>\n", 8))
		diag_error(d, AT_FILE(path), "it is a thin archive, which only names its members; name them instead");
	else if (!look_file(l, c, fd))
		diag_error(d, AT_FILE(path), "it is no ELF file, archive or bundle, and holds no bundle");
	else
		return true;
	return false;
}

bool carrier_open_any(struct carrier *c, struct arena *a, struct diag *d, const char *path)
{
	struct look l = {.a = a};
	int fd;
	bool known;

	*c = (struct carrier){0};
	fd = map_file(c, d, path);
	if (fd < 0)
		return false;
	known = look_for_all(c, &l, d, fd, path);
	close(fd);
	c->whole = l.whole;
	c->nwholes = l.nwholes;
	if (known)
		take_hits(c, &l, d, path);
	if (known && (c->n || !c->damaged))
		return true;
	carrier_close(c);
	return false;
}

bool carrier_open(struct carrier *c, struct arena *a, struct diag *d, const char *path)
{
	if (!carrier_open_any(c, a, d, path))
		return false;
	if (c->n)
		return true;
	diag_error(d, AT_FILE(path), "it holds no bundle");
	carrier_close(c);
	return false;
}

void carrier_close(struct carrier *c)
{
	if (c->map)
		munmap((void *)(uintptr_t)c->map, c->size);
	while (c->nwholes) {
		c->nwholes--;
		munmap(c->whole[c->nwholes].p, c->whole[c->nwholes].n);
	}
	c->map = NULL;
	c->n = 0;
}
