/* SPDX-License-Identifier: MIT */
/* Requests to the HTTP helper written as text, and what comes back put together. Included by one file a program. */
#ifndef TEST_HTTP_ASK_H
#define TEST_HTTP_ASK_H

#include "../../runtime-stub/rcc_http.h"
#include "image.h"

enum { ASK_FIELDS_MAX = 40 };

static rcc_http_response asked;
static rcc_http_options asking;
static const rcc_bundle *ask_bundle;

static rcc_http_text ask_text(const char *s, size_t n)
{
	rcc_http_text t = {s, n};

	return t;
}

/* For all three programs: the bundle of these files, and its end; and the options before each test. */
static unsigned char *ask_image;
static size_t ask_image_size;

static inline int ask_begin(struct image_file *files, size_t n)
{
	ask_image = image_new("web", files, n, 4, &ask_image_size);
	return rcc_open_memory(ask_image, ask_image_size, &ask_bundle);
}

static inline int ask_end(void **state)
{
	(void)state;
	rcc_http_release(&asked);
	free(ask_image);
	return 0;
}

static inline int plain_options(void **state)
{
	(void)state;
	memset(&asking, 0, sizeof asking);
	return 0;
}

/* METHOD, target of n bytes, and fields as "Name: value\nName: value". */
static inline int ask_bytes(const char *method, const char *target, size_t n, const char *fields)
{
	rcc_http_field field[ASK_FIELDS_MAX];
	rcc_http_request req = {ask_text(method, strlen(method)), ask_text(target, n), field, 0, NULL};

	for (const char *p = fields; *p && req.nfields < ASK_FIELDS_MAX; req.nfields++) {
		size_t name = strcspn(p, ":"), line = strcspn(p, "\n");

		field[req.nfields].name = ask_text(p, name);
		field[req.nfields].value = ask_text(p + name + 1, line - name - 1);
		p += line + (p[line] == '\n');
	}
	rcc_http_release(&asked);
	if (rcc_http_respond(ask_bundle, &req, &asking, &asked))
		abort();
	return asked.status;
}

static inline int ask(const char *method, const char *target, const char *fields)
{
	return ask_bytes(method, target, strlen(target), fields);
}

/* The value of a field of the last response; "" if it has none. */
static inline const char *ask_field(const char *name)
{
	for (size_t i = 0; i < asked.nfields; i++)
		if (!strcmp(asked.field[i].name.p, name)) {
			if (strlen(asked.field[i].value.p) != asked.field[i].value.n)
				abort();
			return asked.field[i].value.p;
		}
	return "";
}

/* The body of the last response in one piece, NUL-ended, until the next call. */
static inline const char *ask_body(void)
{
	static char *body;
	size_t n = 0;

	free(body);
	body = malloc((size_t)asked.length + 1);
	for (size_t i = 0; i < asked.nbody; i++) {
		if (n + asked.body[i].size > asked.length)
			abort();
		memcpy(body + n, asked.body[i].data, asked.body[i].size);
		n += asked.body[i].size;
	}
	if (asked.nbody && n != asked.length)
		abort();
	body[n] = 0;
	return body;
}

#endif
