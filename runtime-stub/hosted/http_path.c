/* SPDX-License-Identifier: MIT */
/* A request's target to a name of the bundle: decoded once, and refused where it is no plain path. */
#include "http.h"

enum { HTTP_BAD = 400, HTTP_ABSENT = 404, HTTP_TOO_LONG = 414 };

static int http_hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* http://host/path as /path (RFC 9112, 3.2.2); anything else as it is. */
static rcc_http_text http_origin_form(rcc_http_text t)
{
	static const char *const scheme[] = {"http://", "https://"};

	for (size_t k = 0; k < sizeof scheme / sizeof *scheme; k++) {
		size_t n = strlen(scheme[k]);
		rcc_http_text begin = {t.p, t.n < n ? t.n : n};

		if (!rcc_i_http_is(begin, scheme[k]))
			continue;
		while (n < t.n && t.p[n] != '/' && t.p[n] != '?')
			n++;
		t.p += n;
		t.n -= n;
		if (!t.n || *t.p == '?') {
			rcc_http_text top = {"/", 1};

			return top; /* a query of the top is of no use here */
		}
		return t;
	}
	return t;
}

/* One part of the path, decoded, to the end of the name. 0 or a status. */
static int http_add_part(rcc_i_http_path *out, rcc_http_text part)
{
	size_t begin = out->len;

	for (size_t i = 0; i < part.n; i++) {
		char c = part.p[i];

		if (c == '%') {
			int high = i + 2 < part.n ? http_hex(part.p[i + 1]) : -1, low = high < 0 ? -1 : http_hex(part.p[i + 2]);

			if (low < 0)
				return HTTP_BAD;
			c = (char)(high << 4 | low);
			i += 2;
			if (c == '/')
				return HTTP_ABSENT;
		}
		if (!c || c == '\\')
			return HTTP_BAD;
		out->name[out->len++] = c;
	}
	part.p = out->name + begin;
	part.n = out->len - begin;
	return rcc_i_http_is(part, ".") || rcc_i_http_is(part, "..") ? HTTP_BAD : 0;
}

/* The parts of the path, which begins with a slash. */
static int http_add_parts(rcc_i_http_path *out, rcc_http_text path)
{
	size_t i = 1;

	while (i < path.n) {
		rcc_http_text part = {path.p + i, 0};
		int status;

		while (i + part.n < path.n && part.p[part.n] != '/')
			part.n++;
		if (!part.n)
			return HTTP_ABSENT; /* // */
		status = http_add_part(out, part);
		if (status)
			return status;
		i += part.n;
		if (i < path.n) {
			out->name[out->len++] = '/';
			i++;
		}
	}
	return 0;
}

int rcc_i_http_path_of(rcc_http_text target, const char *root, rcc_i_http_path *out)
{
	size_t n = root ? strlen(root) : 0;
	rcc_http_text path;

	out->len = 0;
	out->query.p = NULL;
	out->query.n = 0;
	if (target.n > RCC_HTTP_TARGET_MAX)
		return HTTP_TOO_LONG;
	for (size_t i = 0; i < target.n; i++)
		if ((unsigned char)target.p[i] <= ' ' || target.p[i] == 0x7f || target.p[i] == '#')
			return HTTP_BAD;
	path = http_origin_form(target);
	if (!path.n || *path.p != '/')
		return HTTP_BAD;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '?') {
			out->query.p = path.p + i;
			out->query.n = path.n - i;
			path.n = i;
		}
	if (n) {
		memcpy(out->name, root, n);
		out->name[n] = '/';
		out->len = n + 1;
	}
	return http_add_parts(out, path);
}
