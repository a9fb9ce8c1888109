/* SPDX-License-Identifier: MIT */
/* A request to a response: which file, which form of it, what the request's conditions say (RFC 9110, 13.2.2). */
#include <stdlib.h>

#include "http.h"

enum { HTTP_DECODE_MAX = 256 << 20 };

/* One request, on its way. */
struct http_answer {
	const rcc_bundle *b;
	const rcc_http_request *req;
	const rcc_http_options *o;
	rcc_http_response *r;
	rcc_i_http_path path;
	rcc_i_http_choice choice;
	rcc_http_text etag;
	int is_head;
};

/* --- what is sent of a file -------------------------------------------------------------------- */

/* The contents' hash; of an encoded form, which hash and size of the stored bytes tell apart, with its name. */
static rcc_http_text http_etag(struct http_answer *a)
{
	static const char *const mark[RCCI_HTTP_CODINGS] = {"", "-zstd-", "-br", "-gzip"};
	const rcc_i_http_choice *c = &a->choice;
	const char *text = rcc_i_http_begin(a->r);

	rcc_i_http_add(a->r, "\"", 1);
	rcc_i_http_add_number(a->r, c->entry.hash, 16);
	rcc_i_http_add_str(a->r, mark[c->coding]);
	if (c->coding == RCCI_HTTP_ZSTD)
		rcc_i_http_add_number(a->r, c->entry.stored, 16);
	rcc_i_http_add(a->r, "\"", 1);
	return rcc_i_http_end(a->r, text);
}

/* The type of file, with a charset where it is text and says none. */
static rcc_http_text http_type(struct http_answer *a, const rcc_entry *file)
{
	const char *mime = file->mime ? file->mime : "application/octet-stream", *text;
	const char *charset = a->o->charset ? a->o->charset : "utf-8";
	rcc_http_text t = {mime, strlen(mime)}, begin = {mime, t.n < 5 ? t.n : 5};

	if (!*charset || memchr(mime, ';', t.n) ||
	    !(rcc_i_http_is(begin, "text/") || rcc_i_http_is(t, "application/javascript")))
		return t;
	text = rcc_i_http_begin(a->r);
	rcc_i_http_add(a->r, mime, t.n);
	rcc_i_http_add_str(a->r, "; charset=");
	rcc_i_http_add_str(a->r, charset);
	return rcc_i_http_end(a->r, text);
}

static void http_put_cache(struct http_answer *a)
{
	const char *name = a->path.name, *how = "no-cache";
	size_t len = a->path.len;

	if (a->o->flags & RCC_HTTP_NO_STORE)
		how = "no-store";
	else if (rcc_http_is_hashed(name, len) ||
	         (a->o->immutable && *a->o->immutable && rcc_i_match(a->o->immutable, strlen(a->o->immutable), name, len)))
		how = "public, max-age=31536000, immutable";
	rcc_i_http_put_str(a->r, "Cache-Control", how);
}

/* Does a list of entity tags hold the etag? Strong: weak ones do not count. */
static int http_lists_etag(struct http_answer *a, rcc_i_http_list *l, int strong)
{
	rcc_http_text t;
	int found = 0;

	while (rcc_i_http_next(l, &t)) {
		int weak = t.n > 2 && t.p[0] == 'W' && t.p[1] == '/';

		if (weak) {
			t.p += 2;
			t.n -= 2;
		}
		found |= (t.n == 1 && *t.p == '*') ||
		         (t.n == a->etag.n && !memcmp(t.p, a->etag.p, t.n) && !(weak && strong));
	}
	return found;
}

/* 0: go on; 304 or 412. */
static int http_conditions(struct http_answer *a)
{
	rcc_i_http_list match = rcc_i_http_list_of(a->req, "if-match"), none = rcc_i_http_list_of(a->req, "if-none-match");
	int has_match = http_lists_etag(a, &match, 1), has_none = http_lists_etag(a, &none, 0);

	if (match.there && !has_match)
		return 412;
	return none.there && has_none ? 304 : 0;
}

/* 200, 206 or 416; a Range counts with GET only, and if the file is still what If-Range says. There are no dates to
 * compare. */
static int http_ranges(struct http_answer *a, rcc_i_http_ranges *out)
{
	rcc_http_text range, validator;

	out->n = 0;
	if (a->is_head || !rcc_i_http_field(a->req, "range", &range))
		return 200;
	for (size_t i = 0; i < a->req->nfields; i++)
		if (rcc_i_http_is(a->req->field[i].name, "if-range")) {
			validator = rcc_i_http_trim(a->req->field[i].value);
			if (validator.n != a->etag.n || memcmp(validator.p, a->etag.p, validator.n))
				return 200;
		}
	return rcc_i_http_ranges_of(range, a->choice.size, out);
}

static void http_put_range(struct http_answer *a, int status, const rcc_i_http_ranges *ranges)
{
	const char *text = rcc_i_http_begin(a->r);

	rcc_i_http_add_str(a->r, "bytes ");
	if (status == 206) {
		rcc_i_http_add_number(a->r, ranges->v[0].off, 10);
		rcc_i_http_add(a->r, "-", 1);
		rcc_i_http_add_number(a->r, ranges->v[0].off + ranges->v[0].size - 1, 10);
	} else {
		rcc_i_http_add(a->r, "*", 1);
	}
	rcc_i_http_add(a->r, "/", 1);
	rcc_i_http_add_number(a->r, a->choice.size, 10);
	rcc_i_http_put(a->r, "Content-Range", rcc_i_http_end(a->r, text));
}

/* How many bytes would have to be decoded. */
static uint64_t http_decodes(const struct http_answer *a, const rcc_i_http_ranges *ranges)
{
	uint64_t n = 0;

	if (a->choice.coding != RCCI_HTTP_IDENTITY || a->choice.entry.codec == RCC_CODEC_STORE || a->is_head)
		return 0;
	if (!ranges->n || rcc_i_http_decodes_whole(&a->choice, ranges))
		return a->choice.size;
	for (size_t i = 0; i < ranges->n; i++)
		n += ranges->v[i].size;
	return n;
}

static void http_failed(struct http_answer *a, int error)
{
	rcc_http_release(a->r);
	a->r->entry.name = NULL;
	if (error == RCC_ENOMEM)
		rcc_i_http_plain(a->r, 503, "out of memory\n");
	else
		rcc_i_http_plain(a->r, 500, "the file cannot be read\n");
	rcc_i_http_put_str(a->r, "Cache-Control", "no-store");
}

/* Fields that a response about the chosen form has, whatever its status. */
static void http_put_form(struct http_answer *a)
{
	rcc_i_http_put(a->r, "ETag", a->etag);
	http_put_cache(a);
	if (a->choice.varies)
		rcc_i_http_put_str(a->r, "Vary", "Accept-Encoding");
}

static void http_refuse(struct http_answer *a, int status, const char *words)
{
	a->r->entry.name = NULL;
	rcc_i_http_plain(a->r, status, words);
	if (a->choice.varies || status == 406)
		rcc_i_http_put_str(a->r, "Vary", "Accept-Encoding");
}

/* The chosen form, whole or in ranges, with that status in place of 200. */
static void http_send(struct http_answer *a, const rcc_entry *file, const rcc_i_http_ranges *ranges, int status)
{
	static const char *const coding[RCCI_HTTP_CODINGS] = {NULL, "zstd", "br", "gzip"};
	int error = rcc_i_http_body(a->r, &a->choice, ranges, http_type(a, file), a->is_head, a->req->decoder);

	if (error) {
		http_failed(a, error);
		return;
	}
	a->r->status = status;
	a->r->coding = coding[a->choice.coding];
	if (a->r->coding)
		rcc_i_http_put_str(a->r, "Content-Encoding", a->r->coding);
	http_put_form(a);
	rcc_i_http_put_str(a->r, "Accept-Ranges", "bytes");
	if (ranges->n == 1)
		http_put_range(a, status, ranges);
}

/* A file that was found, under the name in the path. status: 200, or that of an error page. */
static void http_file(struct http_answer *a, const rcc_entry *file, int status)
{
	uint64_t most = a->o->decode_max ? a->o->decode_max : HTTP_DECODE_MAX;
	rcc_i_http_ranges ranges = {0, {{0, 0}}};
	int asked = 200;

	a->r->entry = *file;
	if (rcc_i_http_choose(a->b, a->req, a->o, &a->path, file, &a->choice)) {
		http_refuse(a, 406, "this file is not to be had in an encoding that the request accepts\n");
		return;
	}
	a->etag = http_etag(a);
	if (status == 200) {
		int now = http_conditions(a);

		if (now) {
			rcc_i_http_plain(a->r, now, now == 304 ? "" : "the file is another one\n");
			http_put_form(a);
			return;
		}
		asked = http_ranges(a, &ranges);
	}
	if (asked == 416) {
		http_refuse(a, 416, "the file has no such bytes\n");
		http_put_range(a, 416, &ranges);
	} else if (http_decodes(a, &ranges) > most) {
		http_refuse(a, 406, "this file is too large to be decoded here; accept the encoding zstd\n");
	} else {
		http_send(a, file, &ranges, asked == 206 ? 206 : status);
	}
}

/* --- which file ---------------------------------------------------------------------------------- */

static int http_find_path(const struct http_answer *a, rcc_entry *out)
{
	return rcc_i_http_find(a->b, a->o, a->path.name, a->path.len, out);
}

/* Puts words behind the first n bytes of the path. 0: there is no room. */
static int http_append(struct http_answer *a, size_t n, const char *words)
{
	size_t len = strlen(words);

	if (n > sizeof a->path.name || len > sizeof a->path.name - n)
		return 0;
	memcpy(a->path.name + n, words, len);
	a->path.len = n + len;
	return 1;
}

/* From /a/dir to ./dir/, which no prefix that a server cut off makes wrong. The path's first len bytes are the
 * directory. */
static void http_redirect(struct http_answer *a, size_t len)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@";
	const char *text = rcc_i_http_begin(a->r);
	size_t begin = len;

	while (begin && a->path.name[begin - 1] != '/')
		begin--;
	rcc_i_http_add_str(a->r, "./");
	for (size_t i = begin; i < len; i++) {
		unsigned char c = (unsigned char)a->path.name[i];
		char escape[3] = {'%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]};
		int is_plain = memchr(plain, c, sizeof plain - 1) != NULL;

		rcc_i_http_add(a->r, is_plain ? a->path.name + i : escape, is_plain ? 1 : 3);
	}
	rcc_i_http_add(a->r, "/", 1);
	for (size_t i = 0; i < a->path.query.n; i++) {
		unsigned char c = (unsigned char)a->path.query.p[i];
		char escape[3] = {'%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]};

		rcc_i_http_add(a->r, c < 0x80 ? a->path.query.p + i : escape, c < 0x80 ? 1 : 3);
	}
	rcc_i_http_plain(a->r, 301, "see the same path with a slash behind it\n");
	rcc_i_http_put(a->r, "Location", rcc_i_http_end(a->r, text));
	rcc_i_http_put_str(a->r, "Cache-Control", a->o->flags & RCC_HTTP_NO_STORE ? "no-store" : "no-cache");
}

/* A page of the options', below root. RCC_ENOENT: none was named, or it is not there. */
static int http_find_page(struct http_answer *a, const char *page, rcc_entry *out)
{
	size_t root = a->o->root && *a->o->root ? strlen(a->o->root) + 1 : 0;

	return page && *page && http_append(a, root, page) ? http_find_path(a, out) : RCC_ENOENT;
}

static int http_has_dot(const struct http_answer *a)
{
	size_t i = a->path.len;

	while (i && a->path.name[i - 1] != '/')
		if (a->path.name[--i] == '.')
			return 1;
	return 0;
}

static void http_absent(struct http_answer *a)
{
	rcc_entry page;
	int error = http_find_page(a, a->o->not_found, &page);

	if (!error) {
		http_file(a, &page, 404);
	} else if (error != RCC_ENOENT) {
		http_failed(a, error);
	} else {
		rcc_i_http_plain(a->r, 404, "there is no such file\n");
		rcc_i_http_put_str(a->r, "Cache-Control", a->o->flags & RCC_HTTP_NO_STORE ? "no-store" : "no-cache");
	}
}

/* The file that the path names, its index, or a page in its place. */
static void http_get(struct http_answer *a)
{
	const char *index = a->o->index ? a->o->index : "index.html";
	size_t len = a->path.len;
	int is_dir = !len || a->path.name[len - 1] == '/', has_dot = http_has_dot(a);
	int error = RCC_ENOENT;
	rcc_entry e;

	if (!is_dir)
		error = http_find_path(a, &e);
	if (error == RCC_ENOENT && *index && (is_dir || http_append(a, len, "/")) && http_append(a, a->path.len, index)) {
		error = http_find_path(a, &e);
		if (!error && !is_dir) {
			http_redirect(a, len);
			return;
		}
	}
	if (error == RCC_ENOENT && !has_dot)
		error = http_find_page(a, a->o->fallback, &e);
	if (!error)
		http_file(a, &e, 200);
	else if (error == RCC_ENOENT || error == RCC_EINVAL) /* no name the format allows is no name that is there */
		http_absent(a);
	else
		http_failed(a, error);
}

static void http_answer_to(struct http_answer *a)
{
	static const char words[] = "this is no path that leads to a file\n";
	rcc_http_text m = a->req->method;
	int is_get = m.n == 3 && !memcmp(m.p, "GET", 3), status;

	a->is_head = m.n == 4 && !memcmp(m.p, "HEAD", 4);
	if (m.n == 7 && !memcmp(m.p, "OPTIONS", 7)) {
		rcc_i_http_plain(a->r, 204, "");
		return;
	}
	if (!is_get && !a->is_head) {
		rcc_i_http_plain(a->r, 405, "files are for GET and HEAD\n");
		return;
	}
	status = rcc_i_http_path_of(a->req->target, a->o->root, &a->path);
	if (status == 404)
		http_absent(a);
	else if (status)
		rcc_i_http_plain(a->r, status, status == 414 ? "the path is too long\n" : words);
	else
		http_get(a);
}

int rcc_http_respond(const rcc_bundle *b, const rcc_http_request *req, const rcc_http_options *options,
                     rcc_http_response *out)
{
	static const rcc_http_options plain;
	struct http_answer a;

	if (!b || !req || !out || (options && options->root && strlen(options->root) > RCCI_HTTP_ROOT_MAX))
		return RCC_EINVAL;
	memset(out, 0, offsetof(rcc_http_response, text));
	a.b = b;
	a.req = req;
	a.o = options ? options : &plain;
	a.r = out;
	a.choice.varies = 0;
	http_answer_to(&a);
	if (!rcc_i_http_is_full(out))
		rcc_i_http_finish(out, a.o, a.is_head);
	if (rcc_i_http_is_full(out)) { /* a long Location is all that can have filled it */
		rcc_http_release(out);
		out->used = 0;
		rcc_i_http_plain(out, 414, "the path is too long\n");
		rcc_i_http_finish(out, a.o, a.is_head);
	}
	return 0;
}

void rcc_http_release(rcc_http_response *r)
{
	if (!r)
		return;
	free(r->heap);
	r->heap = NULL;
	r->nbody = 0;
}

/* --- names of contents --------------------------------------------------------------------------- */

/* Is it 8 to 64 hexadecimal digits of one case, with a letter and a decimal digit? */
static int http_is_hash(const char *p, size_t n)
{
	size_t digits = 0, low = 0, high = 0;

	for (size_t i = 0; i < n; i++) {
		digits += p[i] >= '0' && p[i] <= '9';
		low += p[i] >= 'a' && p[i] <= 'f';
		high += p[i] >= 'A' && p[i] <= 'F';
	}
	return n >= 8 && n <= 64 && digits && (!low || !high) && digits + low + high == n && digits < n;
}

int rcc_http_is_hashed(const char *name, size_t len)
{
	size_t begin = len, end;

	if (!name)
		return 0;
	while (begin && name[begin - 1] != '/')
		begin--;
	for (int first = 1; begin < len; first = 0, begin = end + 1) {
		for (end = begin; end < len && name[end] != '.' && name[end] != '-' && name[end] != '_';)
			end++;
		if (!first && http_is_hash(name + begin, end - begin))
			return 1;
	}
	return 0;
}
