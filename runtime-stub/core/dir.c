/* SPDX-License-Identifier: MIT */
/* One directory level, and names by pattern, straight from the sorted names. */
#include "core.h"

/* The first i whose name does not begin with prefix, in [lo, hi), where all that do lie from lo on. */
static uint64_t prefix_end(const rcc_bundle *b, rcc_span prefix, uint64_t lo, uint64_t hi)
{
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		rcc_span s;

		if (!rcc_i_record_name(b, rcc_i_ref(b, mid), &s) && s.size >= prefix.size &&
		    !memcmp(s.data, prefix.data, prefix.size))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The same by steps that double from lo on: most directories are small, and their records lie near. */
static uint64_t gallop(const rcc_bundle *b, rcc_span prefix, uint64_t lo, uint64_t hi)
{
	uint64_t step = 1;

	while (step < hi - lo) {
		rcc_span s;

		if (rcc_i_record_name(b, rcc_i_ref(b, lo + step), &s) || s.size < prefix.size ||
		    memcmp(s.data, prefix.data, prefix.size))
			return prefix_end(b, prefix, lo, lo + step);
		lo += step;
		step *= 2;
	}
	return prefix_end(b, prefix, lo, hi);
}

/* The first i whose name is not less than dir followed by a slash. */
static uint64_t first_below(const rcc_bundle *b, const char *dir, size_t len, uint64_t hi)
{
	uint64_t lo = 0;

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		rcc_span s, head;
		int c;

		if (rcc_i_record_name(b, rcc_i_ref(b, mid), &s)) {
			lo = mid + 1;
			continue;
		}
		head.data = s.data;
		head.size = s.size < len ? s.size : len;
		c = rcc_i_compare(head, dir, len);
		if (c < 0 || (!c && (s.size == len || s.data[len] < '/')))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int rcc_dir_open(const rcc_bundle *b, const char *dir, rcc_dir *out)
{
	rcc_span first, below;
	uint64_t count, lo;
	size_t len;

	if (!b || !dir || !out)
		return RCC_EINVAL;
	for (len = 0; dir[len];)
		len++;
	count = rcc_count(b);
	lo = len ? first_below(b, dir, len, count) : 0;
	if (len) {
		if (lo == count || rcc_i_record_name(b, rcc_i_ref(b, lo), &first) || first.size <= len ||
		    memcmp(first.data, dir, len) || first.data[len] != '/')
			return RCC_ENOENT;
		below.data = first.data;
		below.size = len + 1;
		count = gallop(b, below, lo, count);
	}
	out->bundle = b;
	out->next = (size_t)lo;
	out->end = (size_t)count;
	out->skip = len ? len + 1 : 0;
	return 0;
}

int rcc_dir_next(rcc_dir *d, rcc_dirent *out)
{
	const unsigned char *slash;
	rcc_span s, below;
	size_t after;

	if (!d || !out)
		return RCC_EINVAL;
	if (d->next >= d->end)
		return 0;
	if (rcc_i_record_name(d->bundle, rcc_i_ref(d->bundle, d->next), &s) || s.size <= d->skip)
		return RCC_ECORRUPT;
	slash = memchr(s.data + d->skip, '/', s.size - d->skip);
	after = d->next + 1;
	if (slash) {
		below.data = s.data;
		below.size = (size_t)(slash - s.data) + 1;
		after = (size_t)gallop(d->bundle, below, d->next, d->end);
	} else if (rcc_at(d->bundle, d->next, &out->entry)) {
		return RCC_ECORRUPT;
	}
	out->name = (const char *)s.data + d->skip;
	out->name_len = (slash ? (size_t)(slash - s.data) : s.size) - d->skip;
	out->is_dir = slash != NULL;
	out->count = after - d->next;
	d->next = after;
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

		if (rcc_i_record_name(b, rcc_i_ref(b, i), &s))
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
