/* SPDX-License-Identifier: MIT */
/* A stdio stream over one file, by fopencookie, which glibc and musl have alike, or the BSDs' funopen. What it reads comes
 * from a cursor where that saves memory, else it is loaded. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64 /* the cookie's seek function takes the wide offset */
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "hosted.h"

#ifdef _WIN32
FILE *rcc_fopen(const rcc_bundle *b, const char *name)
{
	(void)b;
	(void)name;
	errno = ENOSYS;
	return NULL;
}
#else
enum { STREAM_WHOLE = 1 << 20 }; /* bytes of one frame that are decoded at once */

struct stream {
	rcc_memfile file;   /* or else */
	rcc_cursor *cursor;
	uint64_t size;
	uint64_t pos; /* may lie behind the end */
};

static int stream_errno(int error)
{
	return error == RCC_ENOENT ? ENOENT : error == RCC_ENOMEM ? ENOMEM : error == RCC_EINVAL ? EINVAL : EIO;
}

static ssize_t stream_read(void *cookie, char *buf, size_t n)
{
	struct stream *s = cookie;

	if (s->cursor) {
		rcc_ssize got;

		rcc_cursor_seek(s->cursor, s->pos);
		got = rcc_cursor_read(s->cursor, buf, n);
		if (got < 0) {
			errno = stream_errno((int)got);
			return -1;
		}
		n = (size_t)got;
	} else {
		if (s->pos >= s->size)
			return 0;
		if (n > s->size - s->pos)
			n = (size_t)(s->size - s->pos);
		memcpy(buf, s->file.data + s->pos, n);
	}
	s->pos += n;
	return (ssize_t)n;
}

static int stream_seek(void *cookie, off_t *off, int whence)
{
	struct stream *s = cookie;
	uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? s->pos : s->size;

	/* base is at most INT64_MAX: neither a size nor a position exceeds it. */
	if (*off < 0 ? (uint64_t)-(*off + 1) >= base : (uint64_t)*off > INT64_MAX - base) {
		errno = EINVAL;
		return -1;
	}
	s->pos = base + (uint64_t)*off;
	*off = (off_t)s->pos;
	return 0;
}

#ifdef __APPLE__
static int stream_read_bsd(void *cookie, char *buf, int n)
{
	return (int)stream_read(cookie, buf, (size_t)n);
}

static fpos_t stream_seek_bsd(void *cookie, fpos_t off, int whence)
{
	off_t to = off;

	return stream_seek(cookie, &to, whence) ? -1 : to;
}
#endif

static int stream_close(void *cookie)
{
	struct stream *s = cookie;

	rcc_release(&s->file);
	rcc_cursor_close(s->cursor);
	free(s);
	return 0;
}

/* What s reads from. */
static int stream_source(struct stream *s, const rcc_bundle *b, const char *name)
{
	rcc_entry e;
	int error = RCC_EINVAL, one_frame;

	if (b && name)
		error = rcc_lookup(b, name, strlen(name), &e);
	one_frame = !error && (e.codec == RCC_CODEC_ZSTD || e.codec == RCC_CODEC_ZSTD_DICT);
	if (error || e.codec == RCC_CODEC_STORE || (one_frame && e.size <= STREAM_WHOLE) || rcc_i_load_is_hooked()) {
		error = rcc_load(b, name, &s->file);
		s->size = s->file.size;
		return error;
	}
	s->size = e.size;
	error = rcc_cursor_open(&e, &s->cursor);
	if (!error)
		rcc_i_load_used(b, e.name);
	return error;
}

static FILE *stream_open(struct stream *s)
{
#ifdef __APPLE__
	return funopen(s, stream_read_bsd, NULL, stream_seek_bsd, stream_close);
#else
	static const cookie_io_functions_t io = {stream_read, NULL, stream_seek, stream_close};

	return fopencookie(s, "r", io);
#endif
}

FILE *rcc_fopen(const rcc_bundle *b, const char *name)
{
	struct stream *s = calloc(1, sizeof *s);
	int error = s ? stream_source(s, b, name) : RCC_ENOMEM;
	FILE *f = NULL;

	if (!error && !(f = stream_open(s)))
		error = RCC_ENOMEM;
	if (error) {
		if (s)
			stream_close(s);
		errno = stream_errno(error);
	}
	return f;
}
#endif
