/* SPDX-License-Identifier: MIT */
/* The Range field (RFC 9110, section 14). What is wrong, or too much, is ignored, as that section allows. */
#include "http.h"

/* A number, which stops growing near the largest there is. 0: no digits, or something else. */
static int http_number(rcc_http_text t, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < t.n; i++) {
		unsigned digit = (unsigned char)t.p[i] - (unsigned)'0';

		if (digit > 9)
			return 0;
		v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : 10 * v + digit;
	}
	*out = v;
	return t.n > 0;
}

/* One range of a representation of size bytes. 0: it is none; out->n grows if there are such bytes. */
static int http_add_range(rcc_http_text t, uint64_t size, rcc_i_http_ranges *out)
{
	const char *dash = t.n ? memchr(t.p, '-', t.n) : NULL;
	rcc_http_text first, last;
	uint64_t from, to = UINT64_MAX;

	if (!dash)
		return 0;
	first.p = t.p;
	first.n = (size_t)(dash - t.p);
	last.p = dash + 1;
	last.n = t.n - first.n - 1;
	if (!first.n) { /* the last so many bytes */
		if (!http_number(last, &to))
			return 0;
		from = to < size ? size - to : 0;
		to = to ? UINT64_MAX : 0;
		if (!to)
			return 1;
	} else if (!http_number(first, &from) || (last.n && (!http_number(last, &to) || to < from))) {
		return 0;
	}
	if (from >= size)
		return 1;
	out->v[out->n].off = from;
	out->v[out->n++].size = (to < size ? to + 1 : size) - from;
	return 1;
}

int rcc_i_http_ranges_of(rcc_http_text value, uint64_t size, rcc_i_http_ranges *out)
{
	rcc_http_text unit = {value.p, 0}, rest, one;
	uint64_t bytes = 0;
	size_t asked = 0;

	out->n = 0;
	while (unit.n < value.n && value.p[unit.n] != '=')
		unit.n++;
	if (unit.n == value.n || !rcc_i_http_is(unit, "bytes"))
		return 200;
	rest.p = value.p + unit.n + 1;
	rest.n = value.n - unit.n - 1;
	while (rcc_i_http_cut(&rest, ',', &one)) {
		one = rcc_i_http_trim(one);
		if (!one.n)
			continue;
		if (++asked > RCC_HTTP_RANGES_MAX || !http_add_range(one, size, out)) {
			out->n = 0;
			return 200;
		}
	}
	for (size_t i = 0; i < out->n && bytes <= size; i++)
		bytes += out->v[i].size;
	if (!asked || (out->n > 1 && bytes > size)) { /* so many that overlap: the whole is less */
		out->n = 0;
		return 200;
	}
	return out->n ? 206 : 416;
}
