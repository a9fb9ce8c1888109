/* SPDX-License-Identifier: MIT */
/* From libmicrohttpd to rcc_http and back: the fields in, the pieces of the body out, none of them copied. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "webd.h"

enum { FIELDS_MAX = 64 };

/* What lives as long as the response is being sent. */
struct sending {
	rcc_http_response r;
	struct reload_files files;
	char script[160];
};

static pthread_key_t decoder_key;
static pthread_once_t decoder_once = PTHREAD_ONCE_INIT;

static void decoder_end(void *ctx)
{
	rcc_dctx_free(ctx);
}

static void decoder_begin(void)
{
	pthread_key_create(&decoder_key, decoder_end);
}

rcc_dctx *decoder(void)
{
	rcc_dctx *ctx;

	pthread_once(&decoder_once, decoder_begin);
	ctx = pthread_getspecific(decoder_key);
	if (!ctx && (ctx = rcc_dctx_new()))
		pthread_setspecific(decoder_key, ctx);
	return ctx;
}

static rcc_http_text text(const char *p, size_t n)
{
	rcc_http_text t = {p, n};

	return t;
}

static enum MHD_Result add_field(void *req, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                                 size_t value_len)
{
	rcc_http_request *r = req;
	rcc_http_field *f = (rcc_http_field *)r->field + r->nfields;

	(void)kind;
	if (r->nfields == FIELDS_MAX)
		return MHD_NO;
	f->name = text(name, name_len);
	f->value = text(value, value_len);
	r->nfields++;
	return MHD_YES;
}

static void sent(void *sending)
{
	struct sending *s = sending;

	rcc_http_release(&s->r);
	reload_release(&s->files);
	free(s);
}

/* Of HEAD only the length is wanted. */
static ssize_t never(void *cls, uint64_t pos, char *buf, size_t max)
{
	(void)cls;
	(void)pos;
	(void)buf;
	(void)max;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The body, and one piece behind it unless it is NULL. Takes s. */
static struct MHD_Response *body_of(struct sending *s, int is_head, const char *behind)
{
	struct MHD_IoVec part[RCC_HTTP_PARTS_MAX + 1];
	unsigned n = 0;

	if (is_head && s->r.length)
		return MHD_create_response_from_callback(s->r.length, 1024, never, s, sent);
	for (; n < s->r.nbody; n++) {
		part[n].iov_base = s->r.body[n].data;
		part[n].iov_len = s->r.body[n].size;
	}
	if (behind) {
		part[n].iov_base = behind;
		part[n++].iov_len = strlen(behind);
	}
	if (n)
		return MHD_create_response_from_iovec(part, n, sent, s);
	sent(s);
	return MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
}

/* A page under an overlay gets a script behind it, so its bytes, and with them its tag, are not those of the file. */
static int is_page(const struct webd *w, const rcc_http_response *r)
{
	return w->overlay && r->status == 200 && !r->coding && r->entry.name && r->entry.mime && !strncmp(r->entry.mime, "text/html", 9);
}

static enum MHD_Result queue(struct MHD_Connection *c, struct sending *s, int is_head, const char *behind)
{
	/* The fields are copied, before the response is built, which may give s away. */
	struct field {
		const char *name;
		char *value;
	} field[RCC_HTTP_FIELDS_MAX];
	unsigned status = (unsigned)s->r.status;
	enum MHD_Result ok = MHD_NO;
	struct MHD_Response *response;
	size_t n = 0;

	for (size_t i = 0; i < s->r.nfields; i++) {
		const char *name = s->r.field[i].name.p;

		/* libmicrohttpd counts by itself. */
		if (strcmp(name, "Content-Length") != 0 && !(behind && (!strcmp(name, "ETag") || !strcmp(name, "Accept-Ranges")))) {
			field[n].name = name;
			field[n++].value = strdup(s->r.field[i].value.p);
		}
	}
	response = body_of(s, is_head, behind);
	for (size_t i = 0; i < n; i++) {
		if (response && field[i].value)
			MHD_add_response_header(response, field[i].name, field[i].value);
		free(field[i].value);
	}
	if (response) {
		ok = MHD_queue_response(c, status, response);
		MHD_destroy_response(response);
	}
	return ok;
}

/* Under an overlay pages are wanted whole and as they are. */
static void want_plain(rcc_http_request *req)
{
	size_t n = 0;

	for (size_t i = 0; i < req->nfields; i++) {
		const char *name = req->field[i].name.p;

		if (strcasecmp(name, "Accept-Encoding") != 0 && strcasecmp(name, "Range") != 0 && strcasecmp(name, "If-None-Match") != 0)
			((rcc_http_field *)req->field)[n++] = req->field[i];
	}
	req->nfields = n;
}

static int wants_page(const rcc_http_request *req)
{
	for (size_t i = 0; i < req->nfields; i++)
		if (!strcasecmp(req->field[i].name.p, "Accept") && strstr(req->field[i].value.p, "text/html"))
			return 1;
	return 0;
}

enum MHD_Result serve(const struct webd *w, struct MHD_Connection *c, const char *method, const char *target)
{
	struct sending *s = calloc(1, sizeof *s);
	rcc_http_field field[FIELDS_MAX];
	rcc_http_request req = {text(method, strlen(method)), text(target, strlen(target)), field, 0, decoder()};
	rcc_http_options site = w->site;

	if (!s)
		return MHD_NO;
	MHD_get_connection_values_n(c, MHD_HEADER_KIND, add_field, &req);
	if (w->overlay) {
		site.flags |= RCC_HTTP_NO_STORE | RCC_HTTP_NO_SIBLINGS;
		site.lookup = reload_lookup;
		site.lookup_arg = &s->files;
		if (wants_page(&req))
			want_plain(&req);
	}
	rcc_http_respond(w->bundle, &req, &site, &s->r);
	if (!is_page(w, &s->r))
		return queue(c, s, !strcmp(method, "HEAD"), NULL);
	reload_script(s->script, sizeof s->script);
	return queue(c, s, !strcmp(method, "HEAD"), s->script);
}
