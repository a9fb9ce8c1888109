/* SPDX-License-Identifier: MIT */
/* One directory level, by the directory table or straight from the sorted names, and names by pattern. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "dir_table.h"
#include "record.h"

static int begins(rcc_span s, const void *arg)
{
	const rcc_span *prefix = arg;

	return s.size >= prefix->size && !memcmp(s.data, prefix->data, prefix->size);
}

/* Is the name less than this directory's name with a slash behind it? */
static int is_above(rcc_span s, const void *arg)
{
	const rcc_span *dir = arg;
	rcc_span head = {s.data, s.size < dir->size ? s.size : dir->size};
	int c = rcc_i_compare(head, (const char *)dir->data, dir->size);

	return c < 0 || (!c && (s.size == dir->size || s.data[dir->size] < '/'));
}

/* The first i behind lo whose name does not begin with prefix, as that of lo does, or hi. By steps that double: most
 * directories are small, and their records lie near. */
static int gallop(const rcc_bundle *b, rcc_span prefix, uint64_t lo, uint64_t hi, uint64_t *out)
{
	for (uint64_t step = 1; step < hi - lo; step *= 2) {
		rcc_span s;

		if (rcc_i_name(b, lo + step, &s))
			return RCC_ECORRUPT;
		if (!begins(s, &prefix)) {
			hi = lo + step;
			break;
		}
		lo += step;
	}
	return rcc_i_search(b, lo, hi, begins, &prefix, out);
}

/* By halves: the first of the names below dir, and what follows the last. */
static int search(const rcc_bundle *b, rcc_span dir, uint64_t *first, uint64_t *end)
{
	rcc_span s;

	*end = rcc_i_count(b);
	if (rcc_i_search(b, 0, *end, is_above, &dir, first) || (*first < *end && rcc_i_name(b, *first, &s)))
		return RCC_ECORRUPT;
	if (*first == *end || s.size <= dir.size || !begins(s, &dir) || s.data[dir.size] != '/')
		return RCC_ENOENT;
	s.size = dir.size + 1;
	return gallop(b, s, *first, *end, end);
}

/* The same by the table, if there is one. */
static int find(const rcc_bundle *b, rcc_span dir, uint64_t *first, uint64_t *end)
{
	const unsigned char *table;
	rcc_i_dir found;
	int e = rcc_i_dir_table(b, &table);

	if (e == RCC_ENOENT)
		return search(b, dir, first, end);
	if (!e)
		e = rcc_i_dir_find(b, table, dir, &found);
	if (e)
		return e;
	*first = found.first;
	*end = found.first + found.count;
	return 0;
}

int rcc_dir_open(const rcc_bundle *b, const char *dir, rcc_dir *out)
{
	rcc_span wanted = {(const unsigned char *)dir, 0};
	uint64_t first = 0, end;

	if (!b || !dir || !out)
		return RCC_EINVAL;
	while (dir[wanted.size])
		wanted.size++;
	end = rcc_i_count(b);
	if (wanted.size) {
		int e = find(b, wanted, &first, &end);

		if (e)
			return e;
	}
	out->bundle = b;
	out->next = (size_t)first;
	out->end = (size_t)end;
	out->skip = wanted.size + !!wanted.size;
	return 0;
}

#ifdef __SSE2__
/* Sixteen bytes: -1 where there is a slash. */
static inline __m128i slashes(const unsigned char *p)
{
	return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('/'));
}
#endif

/* Is there a slash in the last n bytes, at least one, of a record's name, which ends at end? */
static inline int has_slash(const unsigned char *end, size_t n)
{
#ifdef __SSE2__
	/* More bytes than sixteen lie before the end: the record is longer. Behind it, nothing need. */
	__m128i found = slashes(end - 16);

	if (n < 16)
		return _mm_movemask_epi8(found) >> (16 - n);
	found = _mm_or_si128(found, slashes(end - n));
	for (size_t left = n - 16; !RCC_I_OFTEN(left <= 16); left -= 16)
		found = _mm_or_si128(found, slashes(end - left));
	return _mm_movemask_epi8(found);
#else
	return memchr(end - n, '/', n) != NULL;
#endif
}

/* What all directory entries say alike; the name s is that of the next. */
static inline int step(rcc_dir *d, rcc_span s, size_t count, int is_dir, rcc_dirent *out)
{
	out->name = (const char *)s.data + d->skip;
	out->name_len = s.size - d->skip;
	out->is_dir = is_dir;
	out->count = count;
	d->next += count;
	return 1;
}

/* The next, whose name s has a slash behind the directory's, is the first in or below a directory of this one. */
static RCC_I_RARE int next_below(rcc_dir *d, rcc_span s, rcc_dirent *out)
{
	const unsigned char *table, *slash = memchr(s.data + d->skip, '/', s.size - d->skip);
	rcc_span dir = {s.data, (size_t)(slash - s.data)}, below = {s.data, dir.size + 1};
	rcc_i_dir found = {d->next, 0, 0};
	uint64_t end;
	int e = rcc_i_dir_table(d->bundle, &table);

	if (e == RCC_ENOENT) {
		e = gallop(d->bundle, below, d->next, d->end, &end);
		found.count = end - d->next;
	} else if (!e) {
		e = rcc_i_dir_find(d->bundle, table, dir, &found);
	}
	if (e || found.first != d->next || found.count > d->end - d->next)
		return RCC_ECORRUPT;
	return step(d, dir, (size_t)found.count, 1, out);
}

/* The next of a bundle that a linker pruned, with all that is to be checked of its references. */
static RCC_I_RARE int next_split(rcc_dir *d, rcc_dirent *out)
{
	rcc_span s;

	if (rcc_i_name(d->bundle, d->next, &s) || s.size <= d->skip)
		return RCC_ECORRUPT;
	if (has_slash(s.data + s.size, s.size - d->skip))
		return next_below(d, s, out);
	return rcc_i_entry(d->bundle, d->next, &out->entry) ? RCC_ECORRUPT : step(d, s, 1, 0, out);
}

int rcc_dir_next(rcc_dir *d, rcc_dirent *out)
{
	const rcc_bundle *b;
	uint64_t off, index;
	rcc_span s;

	if (!d || !out)
		return RCC_EINVAL;
	if (d->next >= d->end)
		return 0;
	b = d->bundle;
	if (rcc_i_is_split(b))
		return next_split(d, out);
	off = rcc_i_packed_ref(b, d->next);
	index = rcc_i_header64(b, RCCF_H_INDEX_SIZE);
	if (rcc_i_name_within(b, off, RCCF_HEADER_SIZE, index, &s) || s.size <= d->skip)
		return RCC_ECORRUPT;
	if (has_slash(s.data + s.size, s.size - d->skip))
		return next_below(d, s, out);
	if (rcc_i_fill(b, off, s.size, index, rcc_i_header64(b, RCCF_H_SIZE), &out->entry))
		return RCC_ECORRUPT;
	return step(d, s, 1, 0, out);
}

int rcc_glob(const rcc_bundle *b, const char *pattern, int (*fn)(const rcc_entry *, void *), void *arg)
{
	size_t len = 0, count = rcc_count(b);

	if (!b || !pattern || !fn)
		return RCC_EINVAL;
	while (pattern[len])
		len++;
	if (rcc_i_match_fault(pattern, len))
		return RCC_EINVAL;
	for (size_t i = 0; i < count; i++) {
		rcc_entry e;
		rcc_span s;
		int r;

		if (rcc_i_name(b, i, &s))
			return RCC_ECORRUPT;
		if (!rcc_i_match(pattern, len, (const char *)s.data, s.size))
			continue;
		r = rcc_at(b, i, &e);
		if (!r)
			r = fn(&e, arg);
		if (r)
			return r;
	}
	return 0;
}
