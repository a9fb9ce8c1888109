/* SPDX-License-Identifier: MIT */
/* A response's body: pieces of the image, or of what was decoded, and what stands between the parts of a
 * multipart/byteranges (RFC 9110, 14.6). */
#include <stdlib.h>

#include "http.h"

static void http_body_add(rcc_http_response *r, const void *p, uint64_t n)
{
	if (!n)
		return;
	r->body[r->nbody].data = p;
	r->body[r->nbody++].size = (size_t)n;
}

static void http_body_text(rcc_http_response *r, rcc_http_text t)
{
	http_body_add(r, t.p, t.n);
	r->length += t.n;
}

/* The bytes of each range, decoded one behind the other. */
static int http_decode(rcc_http_response *r, const rcc_entry *e, const rcc_i_http_ranges *ranges, rcc_dctx *decoder)
{
	uint64_t n = 0, done = 0;

	for (size_t i = 0; i < ranges->n; i++)
		n += ranges->v[i].size;
	r->heap = n < PTRDIFF_MAX ? malloc((size_t)n + !n) : NULL;
	if (!r->heap)
		return RCC_ENOMEM;
	for (size_t i = 0; i < ranges->n; i++) {
		size_t want = (size_t)ranges->v[i].size;
		rcc_ssize got = rcc_pread(e, (char *)r->heap + done, want, ranges->v[i].off, decoder);

		if (got < 0 || (size_t)got != want)
			return got < 0 ? (int)got : RCC_ECORRUPT;
		done += want;
	}
	return 0;
}

/* What stands before a part: what all have in common was made once. */
static void http_part_head(rcc_http_response *r, rcc_http_text common, uint64_t off, uint64_t n, uint64_t of)
{
	const char *text = rcc_i_http_begin(r);

	rcc_i_http_add_number(r, off, 10);
	rcc_i_http_add(r, "-", 1);
	rcc_i_http_add_number(r, off + n - 1, 10);
	rcc_i_http_add(r, "/", 1);
	rcc_i_http_add_number(r, of, 10);
	rcc_i_http_add(r, "\r\n\r\n", 4);
	http_body_text(r, common);
	http_body_text(r, rcc_i_http_end(r, text));
}

/* A line that the contents do not have, as they would have to hold their own hash. */
static void http_add_boundary(rcc_http_response *r, const rcc_entry *e)
{
	rcc_i_http_add_str(r, "rcc-part-");
	rcc_i_http_add_number(r, e->hash, 16);
}

static rcc_http_text http_part_common(rcc_http_response *r, const rcc_entry *e, rcc_http_text type)
{
	const char *text = rcc_i_http_begin(r);

	rcc_i_http_add_str(r, "\r\n--");
	http_add_boundary(r, e);
	rcc_i_http_add_str(r, "\r\nContent-Type: ");
	rcc_i_http_add(r, type.p, type.n);
	rcc_i_http_add_str(r, "\r\nContent-Range: bytes ");
	return rcc_i_http_end(r, text);
}

static void http_parts_end(rcc_http_response *r, const rcc_entry *e)
{
	const char *text = rcc_i_http_begin(r);

	rcc_i_http_add_str(r, "\r\n--");
	http_add_boundary(r, e);
	rcc_i_http_add_str(r, "--\r\n");
	http_body_text(r, rcc_i_http_end(r, text));
}

static void http_put_type(rcc_http_response *r, const rcc_i_http_choice *c, size_t ranges, rcc_http_text type)
{
	const char *text = rcc_i_http_begin(r);

	if (ranges > 1) {
		rcc_i_http_add_str(r, "multipart/byteranges; boundary=");
		http_add_boundary(r, &c->entry);
		type = rcc_i_http_end(r, text);
	}
	rcc_i_http_put(r, "Content-Type", type);
}

int rcc_i_http_decodes_whole(const rcc_i_http_choice *c, const rcc_i_http_ranges *ranges)
{
	return ranges->n > 1 && c->entry.codec != RCC_CODEC_ZSTD_CHUNKS;
}

int rcc_i_http_body(rcc_http_response *r, const rcc_i_http_choice *c, const rcc_i_http_ranges *ranges,
                    rcc_http_text type, int is_head, rcc_dctx *decoder)
{
	int decoded = c->coding == RCCI_HTTP_IDENTITY && c->entry.codec != RCC_CODEC_STORE;
	rcc_i_http_ranges all = {1, {{0, c->size}}};
	int whole = rcc_i_http_decodes_whole(c, ranges);
	rcc_span stored = {NULL, 0};
	rcc_http_text common;
	uint64_t done = 0;
	int error = 0;

	http_put_type(r, c, ranges->n, type);
	r->length = ranges->n ? 0 : c->size;
	if (is_head)
		return 0;
	if (!ranges->n)
		ranges = &all;
	error = decoded ? http_decode(r, &c->entry, whole ? &all : ranges, decoder)
	        : c->coding == RCCI_HTTP_ZSTD ? rcc_view_encoded(&c->entry, &stored) : rcc_view(&c->entry, &stored);
	if (error)
		return error;
	if (ranges->n > 1)
		common = http_part_common(r, &c->entry, type);
	for (size_t i = 0; i < ranges->n; i++) {
		uint64_t off = ranges->v[i].off, n = ranges->v[i].size;

		if (ranges->n > 1)
			http_part_head(r, common, off, n, c->size);
		http_body_add(r, decoded ? (const unsigned char *)r->heap + (whole ? off : done) : stored.data + off, n);
		r->length += ranges == &all ? 0 : n;
		done += n;
	}
	if (ranges->n > 1)
		http_parts_end(r, &c->entry);
	return 0;
}
