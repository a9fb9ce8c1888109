/* SPDX-License-Identifier: MIT */
/* One directory level, and names by pattern, straight from the sorted names. */
#include "core.h"

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

int rcc_dir_open(const rcc_bundle *b, const char *dir, rcc_dir *out)
{
	rcc_span wanted, first;
	uint64_t lo = 0, end;

	if (!b || !dir || !out)
		return RCC_EINVAL;
	wanted.data = (const unsigned char *)dir;
	for (wanted.size = 0; dir[wanted.size];)
		wanted.size++;
	end = rcc_i_count(b);
	if (wanted.size) {
		if (rcc_i_search(b, 0, end, is_above, &wanted, &lo) || (lo < end && rcc_i_name(b, lo, &first)))
			return RCC_ECORRUPT;
		if (lo == end || first.size <= wanted.size || !begins(first, &wanted) || first.data[wanted.size] != '/')
			return RCC_ENOENT;
		wanted.size++;
		first.size = wanted.size;
		if (gallop(b, first, lo, end, &end))
			return RCC_ECORRUPT;
	}
	out->bundle = b;
	out->next = (size_t)lo;
	out->end = (size_t)end;
	out->skip = wanted.size;
	return 0;
}

int rcc_dir_next(rcc_dir *d, rcc_dirent *out)
{
	const unsigned char *slash;
	rcc_span s, below;
	uint64_t after;

	if (!d || !out)
		return RCC_EINVAL;
	if (d->next >= d->end)
		return 0;
	if (rcc_i_name(d->bundle, d->next, &s) || s.size <= d->skip)
		return RCC_ECORRUPT;
	slash = memchr(s.data + d->skip, '/', s.size - d->skip);
	after = d->next + 1;
	if (slash) {
		below.data = s.data;
		below.size = (size_t)(slash - s.data) + 1;
		if (gallop(d->bundle, below, d->next, d->end, &after))
			return RCC_ECORRUPT;
	} else if (rcc_at(d->bundle, d->next, &out->entry)) {
		return RCC_ECORRUPT;
	}
	out->name = (const char *)s.data + d->skip;
	out->name_len = (slash ? (size_t)(slash - s.data) : s.size) - d->skip;
	out->is_dir = slash != NULL;
	out->count = (size_t)after - d->next;
	d->next = (size_t)after;
	return 1;
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
