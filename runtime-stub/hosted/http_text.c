/* SPDX-License-Identifier: MIT */
/* Requests in pieces: words, lists, fields by name (RFC 9110, section 5). Any bytes may come. */
#include "http.h"

static int http_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int rcc_i_http_is(rcc_http_text a, const char *b)
{
	size_t n = strlen(b);

	if (a.n != n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		char c = a.p[i];

		if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != b[i])
			return 0;
	}
	return 1;
}

rcc_http_text rcc_i_http_trim(rcc_http_text t)
{
	while (t.n && http_is_blank(*t.p)) {
		t.p++;
		t.n--;
	}
	while (t.n && http_is_blank(t.p[t.n - 1]))
		t.n--;
	return t;
}

int rcc_i_http_field(const rcc_http_request *req, const char *name, rcc_http_text *out)
{
	int found = 0;

	for (size_t i = 0; i < req->nfields; i++)
		if (rcc_i_http_is(req->field[i].name, name)) {
			*out = rcc_i_http_trim(req->field[i].value);
			found++;
		}
	return found == 1;
}

int rcc_i_http_cut(rcc_http_text *rest, char at, rcc_http_text *out)
{
	int quoted = 0;
	size_t i = 0;

	if (!rest->p)
		return 0;
	while (i < rest->n && (quoted || rest->p[i] != at))
		quoted ^= rest->p[i++] == '"';
	out->p = rest->p;
	out->n = i;
	if (i == rest->n) {
		rest->p = NULL;
		rest->n = 0;
	} else {
		rest->p += i + 1;
		rest->n -= i + 1;
	}
	return 1;
}

rcc_i_http_list rcc_i_http_list_of(const rcc_http_request *req, const char *name)
{
	rcc_i_http_list l = {req, name, 0, {NULL, 0}, 0};

	return l;
}

int rcc_i_http_next(rcc_i_http_list *l, rcc_http_text *out)
{
	for (;;) {
		while (rcc_i_http_cut(&l->rest, ',', out)) {
			*out = rcc_i_http_trim(*out);
			if (out->n)
				return 1;
		}
		while (l->field < l->req->nfields && !rcc_i_http_is(l->req->field[l->field].name, l->name))
			l->field++;
		if (l->field == l->req->nfields)
			return 0;
		l->rest = l->req->field[l->field++].value;
		l->there = 1;
	}
}
