/* SPDX-License-Identifier: MIT */
/* Asks everything of a bundle that may be hostile: what the damage tests and the fuzzers share. Only a crash or a
 * sanitizer can fail it. */
#ifndef RCC_TESTS_WALK_ALL_H
#define RCC_TESTS_WALK_ALL_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime-stub/rcc.h"

/* Contents above this are not decoded whole: a damaged size is no reason to ask for terabytes. */
enum { WALK_MOST = 1 << 20 };

static inline unsigned walk_touch(const void *p, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += ((const unsigned char *)p)[i];
	return sum;
}

static inline int walk_count(const rcc_entry *e, void *arg)
{
	*(unsigned *)arg += walk_touch(e->name, e->name_len);
	return 0;
}

/* From the middle on, and from the beginning again. */
static inline unsigned walk_cursor(const rcc_entry *e)
{
	unsigned sum = 0;
	char some[700];
	rcc_cursor *c;

	if (rcc_cursor_open(e, &c))
		return 0;
	for (int back = 0; back < 2; back++) {
		rcc_ssize n;

		rcc_cursor_seek(c, back ? 0 : e->size / 2);
		while ((n = rcc_cursor_read(c, some, sizeof some)) > 0 && rcc_cursor_tell(c) <= WALK_MOST)
			sum += walk_touch(some, (size_t)n);
	}
	rcc_cursor_close(c);
	return sum;
}

static inline unsigned walk_entry(const rcc_entry *e)
{
	unsigned sum = walk_touch(e->name, e->name_len + 1);
	char some[64];
	rcc_span s;

	if (e->mime)
		sum += walk_touch(e->mime, strlen(e->mime) + 1);
	if (!rcc_view(e, &s))
		sum += walk_touch(s.data, s.size + 1);
	if (!rcc_view_encoded(e, &s))
		sum += walk_touch(s.data, s.size + 1);
	if (e->size <= WALK_MOST) {
		char *buf = malloc((size_t)e->size + 1);
		rcc_ssize n = buf ? rcc_read(e, buf, (size_t)e->size, NULL) : -1;

		if (n > 0)
			sum += walk_touch(buf, (size_t)n);
		free(buf);
	}
	if (rcc_pread(e, some, sizeof some, e->size / 2, NULL) > 0)
		sum += walk_touch(some, 1);
	return sum + walk_cursor(e);
}

static inline unsigned walk_dir(const rcc_bundle *b, const char *dir)
{
	unsigned sum = 0;
	rcc_dirent e;
	rcc_dir d;

	if (rcc_dir_open(b, dir, &d))
		return 0;
	while (rcc_dir_next(&d, &e) == 1)
		sum += walk_touch(e.name, e.name_len) + (e.is_dir ? 1 : walk_entry(&e.entry));
	return sum;
}

/* names: n of them to look up, beside all that the bundle says it has. Returns something that depends on every
 * byte read. */
static inline unsigned walk_bundle(const rcc_bundle *b, const char *const *names, size_t n)
{
	unsigned sum = 0;
	rcc_info info;
	rcc_entry e;

	if (!rcc_get_info(b, &info))
		sum += walk_touch(info.name, info.name_len + 1);
	for (size_t i = 0; i < n; i++)
		if (!rcc_lookup(b, names[i], strlen(names[i]), &e))
			sum += walk_entry(&e);
	for (size_t i = 0; i < n; i++) {
		rcc_span both[2] = {{(const unsigned char *)names[i], strlen(names[i])}, {(const unsigned char *)names[i], 0}};
		rcc_entry found[2];
		int results[2];

		if (rcc_lookup_many(b, both, 2, found, results) == 1)
			sum += walk_entry(&found[0]);
	}
	for (size_t i = 0; i < rcc_count(b) && i < 4096; i++)
		if (!rcc_at(b, i, &e))
			sum += walk_entry(&e);
	rcc_glob(b, "c*", walk_count, &sum);
	sum += walk_dir(b, "") + walk_dir(b, "css");
	return sum + (unsigned)rcc_verify(b);
}

static inline unsigned walk_all(const void *image, size_t size, const char *const *names, size_t n)
{
	const rcc_bundle *b;

	return rcc_open_memory(image, size, &b) ? 0 : walk_bundle(b, names, n);
}

#endif
