/* SPDX-License-Identifier: MIT */
/* See archive.h. */
#include "archive.h"

#include <ar.h>
#include <unistd.h>

#include "../runtime-stub/rcc_format.h"
#include "io.h"
#include "out.h"

static bool put(struct archive *a, const void *p, size_t n, uint64_t off)
{
	return !io_pwrite(a->fd, p, n, off) || out_failed(a->d, a->path, "write");
}

/* name: with the slash that ends it; mode: of a file, in octal. */
static bool put_header(struct archive *a, uint64_t off, const char *name, const char *mode, uint64_t size)
{
	struct sb b = {0};
	bool ok;

	sb_fmt(&b, "%-16s%-12d%-6d%-6d%-8s%-10llu" ARFMAG, name, 0, 0, 0, mode, (unsigned long long)size);
	/* Ten digits are enough for what an index of 4 bytes can address, and for more. */
	if (b.n != sizeof(struct ar_hdr)) {
		diag_error(a->d, AT_FILE(a->path), "a member would exceed what an archive can hold; write an object");
		ok = false;
	} else {
		ok = put(a, b.p, b.n, off);
	}
	sb_done(&b);
	return ok;
}

void archive_start(struct archive *a, int fd, struct diag *d, const char *path, uint64_t nsymbols, uint64_t names,
                   uint64_t size)
{
	*a = (struct archive){.fd = fd, .d = d, .path = path, .nsymbols = nsymbols, .width = size > UINT32_MAX ? 8 : 4};
	a->index = align_up((1 + nsymbols) * a->width + names, 2);
	a->off = SARMAG + sizeof(struct ar_hdr) + a->index;
}

void archive_done(struct archive *a)
{
	sb_done(&a->members);
	sb_done(&a->names);
}

uint64_t archive_member(const struct archive *a)
{
	return a->off + sizeof(struct ar_hdr);
}

void archive_symbol(struct archive *a, const char *prefix, struct str name)
{
	sb_add(&a->members, &a->off, sizeof a->off);
	sb_str(&a->names, prefix);
	sb_add(&a->names, name.p, name.n);
	sb_char(&a->names, 0);
}

bool archive_member_end(struct archive *a, const char *name, uint64_t size)
{
	uint64_t at = a->off, end = archive_member(a) + size;

	a->off = align_up(end, 2);
	return put_header(a, at, name, "644", size) && (a->off == end || put(a, "\n", 1, end));
}

/* Big-endian, whatever the machine. */
static void add_number(const struct archive *a, struct sb *b, uint64_t v)
{
	unsigned char n[8];

	rccf_store64(n, __builtin_bswap64(v));
	sb_add(b, n + (8 - a->width), a->width);
}

bool archive_finish(struct archive *a)
{
	struct sb b = {0};
	uint64_t member;
	bool ok;

	if (a->members.n != a->nsymbols * sizeof member)
		die("internal error: an archive's index has another size than was foretold");
	add_number(a, &b, a->nsymbols);
	for (size_t i = 0; i < a->members.n; i += sizeof member) {
		memcpy(&member, a->members.p + i, sizeof member);
		add_number(a, &b, member);
	}
	if (a->names.n)
		sb_add(&b, a->names.p, a->names.n);
	if (b.n & 1)
		sb_char(&b, 0);
	if (b.n != a->index)
		die("internal error: an archive's index has another size than was foretold");
	ok = put(a, ARMAG, SARMAG, 0) && put_header(a, SARMAG, a->width == 8 ? "/SYM64/" : "/", "0", a->index) &&
	     put(a, b.p, b.n, SARMAG + sizeof(struct ar_hdr)) &&
	     (!ftruncate(a->fd, (off_t)a->off) || out_failed(a->d, a->path, "write"));
	sb_done(&b);
	return ok;
}
