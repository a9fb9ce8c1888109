/* SPDX-License-Identifier: MIT */
/* A place in a file that moves as it is read: copies of what is stored, and of what is compressed as much as a decoder gives
 * when it goes along, checked against the hash when all of it has been. */
#include <stdlib.h>

#include "hosted.h"

struct rcc_cursor {
	rcc_entry e;
	rcc_i_owner *hold; /* of the bundle, or NULL */
	uint64_t pos;    /* may lie behind the end */
	uint64_t hashed; /* so many bytes, from the beginning on, went into the hash */
	int bad;         /* it was wrong */
	rcc_i_course course; /* if compressed, and then there is room for the hasher behind it */
	unsigned char room[];
};

/* The hasher wants more alignment than malloc gives. */
static rcc_i_hasher *hasher_of(rcc_cursor *c)
{
	uintptr_t align = _Alignof(rcc_i_hasher), skip = -(uintptr_t)c->room & (align - 1);

	return (rcc_i_hasher *)(void *)(c->room + skip);
}

static int is_stored(const rcc_cursor *c)
{
	return c->e.codec == RCC_CODEC_STORE;
}

int rcc_cursor_open(const rcc_entry *e, rcc_cursor **out)
{
	size_t room = sizeof(rcc_i_hasher) + _Alignof(rcc_i_hasher);
	rcc_cursor *c;
	rcc_span s;
	int error;

	if (!e || !out)
		return RCC_EINVAL;
	error = rcc_view(e, &s);
	if (error && error != RCC_EENCODED)
		return error;
	c = malloc(sizeof *c + (error ? room : 0));
	if (!c)
		return RCC_ENOMEM;
	c->e = *e;
	c->pos = c->hashed = 0;
	c->bad = 0;
	if (error) {
		error = rcc_i_course_begin(&c->course, &c->e);
		if (error) {
			free(c);
			return error;
		}
		rcc_i_hasher_begin(hasher_of(c));
	}
	c->hold = rcc_i_opened_hold(e->bundle);
	*out = c;
	return 0;
}

void rcc_cursor_close(rcc_cursor *c)
{
	if (!c)
		return;
	if (!is_stored(c))
		rcc_i_course_end(&c->course);
	if (c->hold)
		c->hold->drop(c->hold);
	free(c);
}

/* The n bytes at pos were decoded: those that no earlier read had go into the hash, unless there is a gap before them. */
static int check_hash(rcc_cursor *c, const unsigned char *p, size_t n)
{
	if (c->pos > c->hashed || c->pos + n <= c->hashed)
		return 0;
	rcc_i_hasher_add(hasher_of(c), p + (c->hashed - c->pos), (size_t)(c->pos + n - c->hashed));
	c->hashed = c->pos + n;
	if (c->hashed == c->e.size && rcc_i_hasher_end(hasher_of(c)) != c->e.hash)
		c->bad = RCC_ECORRUPT;
	return c->bad;
}

rcc_ssize rcc_cursor_read(rcc_cursor *c, void *buf, size_t n)
{
	int error;

	if (!c || (!buf && n))
		return RCC_EINVAL;
	error = c->bad;
	if (error || c->pos >= c->e.size || !n)
		return error;
	if (n > c->e.size - c->pos)
		n = (size_t)(c->e.size - c->pos);
	if (n > PTRDIFF_MAX)
		n = PTRDIFF_MAX;
	if (is_stored(c))
		memcpy(buf, c->e.data + c->pos, n);
	else
		error = rcc_i_course_read(&c->course, buf, n, c->pos);
	if (!error && !is_stored(c))
		error = check_hash(c, buf, n);
	if (error)
		return error;
	c->pos += n;
	return (rcc_ssize)n;
}

int rcc_cursor_seek(rcc_cursor *c, uint64_t off)
{
	if (!c)
		return RCC_EINVAL;
	c->pos = off;
	return 0;
}

uint64_t rcc_cursor_tell(const rcc_cursor *c)
{
	return c ? c->pos : 0;
}
