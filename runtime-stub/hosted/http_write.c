/* SPDX-License-Identifier: MIT */
/* The response's fields and its text, and both as the bytes of a message. */
#include <stdio.h>

#include "http.h"

const char *rcc_i_http_begin(rcc_http_response *r)
{
	return r->text + r->used;
}

void rcc_i_http_add(rcc_http_response *r, const char *p, size_t n)
{
	if (rcc_i_http_is_full(r) || n >= sizeof r->text - r->used) {
		r->used = sizeof r->text;
		return;
	}
	if (n)
		memcpy(r->text + r->used, p, n);
	r->used += n;
}

void rcc_i_http_add_str(rcc_http_response *r, const char *s)
{
	rcc_i_http_add(r, s, strlen(s));
}

void rcc_i_http_add_number(rcc_http_response *r, uint64_t v, unsigned base)
{
	/* Not by division, for which 32-bit machines call functions of 64-bit numbers that not every linker takes into every program. */
	char digit[24];

	rcc_i_http_add(r, digit, (size_t)snprintf(digit, sizeof digit, base == 16 ? "%llx" : "%llu", (unsigned long long)v));
}

rcc_http_text rcc_i_http_end(rcc_http_response *r, const char *begin)
{
	rcc_http_text t = {begin, 0};

	if (rcc_i_http_is_full(r)) {
		t.p = "";
		return t;
	}
	t.n = (size_t)(r->text + r->used - begin);
	r->text[r->used++] = 0;
	return t;
}

int rcc_i_http_is_full(const rcc_http_response *r)
{
	return r->used >= sizeof r->text;
}

void rcc_i_http_put(rcc_http_response *r, const char *name, rcc_http_text value)
{
	rcc_http_field *f = &r->field[r->nfields];

	if (r->nfields == RCC_HTTP_FIELDS_MAX)
		return;
	f->name.p = name;
	f->name.n = strlen(name);
	f->value = value;
	r->nfields++;
}

void rcc_i_http_put_str(rcc_http_response *r, const char *name, const char *value)
{
	rcc_http_text t = {value, strlen(value)};

	rcc_i_http_put(r, name, t);
}

void rcc_i_http_plain(rcc_http_response *r, int status, const char *words)
{
	r->status = status;
	r->nfields = 0;
	r->coding = NULL;
	r->length = strlen(words);
	r->nbody = 0;
	if (r->length) {
		r->body[0].data = (const unsigned char *)words;
		r->body[0].size = (size_t)r->length;
		r->nbody = 1;
		rcc_i_http_put_str(r, "Content-Type", "text/plain; charset=utf-8");
	}
	if (status == 405 || status == 204)
		rcc_i_http_put_str(r, "Allow", "GET, HEAD, OPTIONS");
}

/* A field that is on unless the caller's string says otherwise; NULL stands for usual, "" for none. */
static void http_put_choice(rcc_http_response *r, const char *name, const char *said, const char *usual)
{
	const char *value = said ? said : usual;

	if (value && *value)
		rcc_i_http_put_str(r, name, value);
}

/* Nothing in it that would end the field. */
static int http_is_one_line(rcc_http_text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.p[i] == '\r' || t.p[i] == '\n' || !t.p[i])
			return 0;
	return 1;
}

void rcc_i_http_finish(rcc_http_response *r, const rcc_http_options *o, int is_head)
{
	enum { EXTRA_MAX = 8 };
	const char *length;

	rcc_i_http_put_str(r, "X-Content-Type-Options", "nosniff");
	http_put_choice(r, "Referrer-Policy", o->referrer, "strict-origin-when-cross-origin");
	http_put_choice(r, "Cross-Origin-Resource-Policy", o->corp, "same-origin");
	http_put_choice(r, "Content-Security-Policy", o->csp, NULL);
	for (size_t i = 0; i < o->nextra && i < EXTRA_MAX; i++)
		if (http_is_one_line(o->extra[i].name) && http_is_one_line(o->extra[i].value))
			r->field[r->nfields++] = o->extra[i];
	if (r->status != 304 && r->status != 204) {
		length = rcc_i_http_begin(r);
		rcc_i_http_add_number(r, r->length, 10);
		rcc_i_http_put(r, "Content-Length", rcc_i_http_end(r, length));
	}
	if (is_head)
		r->nbody = 0;
}

const char *rcc_http_reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 204: return "No Content";
	case 206: return "Partial Content";
	case 301: return "Moved Permanently";
	case 304: return "Not Modified";
	case 400: return "Bad Request";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 412: return "Precondition Failed";
	case 414: return "URI Too Long";
	case 416: return "Range Not Satisfiable";
	case 500: return "Internal Server Error";
	case 503: return "Service Unavailable";
	default: return "Unknown";
	}
}

/* A buffer that counts on when it is full. */
struct http_buffer {
	char *p;
	size_t cap, n;
};

static void http_pour(struct http_buffer *b, const char *p, size_t n)
{
	if (n && b->n < b->cap && n <= b->cap - b->n)
		memcpy(b->p + b->n, p, n);
	else if (n)
		b->cap = 0;
	b->n += n;
}

rcc_ssize rcc_http_head(const rcc_http_response *r, char *buf, size_t cap)
{
	struct http_buffer b = {buf, cap, 0};
	const char *reason;
	char code[3];

	if (!r || (!buf && cap))
		return RCC_EINVAL;
	reason = rcc_http_reason(r->status);
	for (int i = 2, v = r->status; i >= 0; i--, v /= 10)
		code[i] = (char)('0' + v % 10);
	http_pour(&b, "HTTP/1.1 ", 9);
	http_pour(&b, code, 3);
	http_pour(&b, " ", 1);
	http_pour(&b, reason, strlen(reason));
	for (size_t i = 0; i < r->nfields; i++) {
		http_pour(&b, "\r\n", 2);
		http_pour(&b, r->field[i].name.p, r->field[i].name.n);
		http_pour(&b, ": ", 2);
		http_pour(&b, r->field[i].value.p, r->field[i].value.n);
	}
	http_pour(&b, "\r\n\r\n", 5); /* with the NUL */
	return b.n <= b.cap ? (rcc_ssize)(b.n - 1) : RCC_EBUFFER;
}
