/* SPDX-License-Identifier: MIT */
/* Any bytes as a request to the HTTP helper: a method, a target and fields, one a line, before a small site in a bundle. Every
 * byte of the response is read. */
#include <stdlib.h>

#include "../../runtime-stub/rcc_http.h"
#include "../unit/image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

volatile unsigned fuzz_sum; /* so that no read is optimized away */

static char text[6000];
static const struct image_file files[] = {
	{"app.3f2a9c1b.js", text, sizeof text, RCC_CODEC_ZSTD, "text/javascript"},
	{"app.3f2a9c1b.js.gz", "gz", 2, RCC_CODEC_STORE, NULL},
	{"chunks", text, sizeof text, RCC_CODEC_ZSTD_CHUNKS, NULL},
	{"dir/index.html", "<p>", 3, RCC_CODEC_STORE, "text/html"},
	{"index.html", text, 100, RCC_CODEC_STORE, "text/html"},
	{"odd", "odd", 3, 9, NULL},
};

static const rcc_bundle *site(void)
{
	static unsigned char *image;
	const rcc_bundle *b;
	size_t size;

	if (!image) {
		for (size_t i = 0; i < sizeof text; i++)
			text[i] = (char)('a' + i * i % 23);
		image = image_new("site", files, sizeof files / sizeof *files, 4, &size);
	}
	if (rcc_open_memory(image, IMAGE_MAX, &b))
		abort();
	return b;
}

/* Cuts what stands before the byte at off the input; the last piece is all that is left. */
static rcc_http_text cut(const unsigned char **p, const unsigned char *end, unsigned char at)
{
	const unsigned char *stop = *p < end ? memchr(*p, at, (size_t)(end - *p)) : NULL;
	rcc_http_text t = {(const char *)*p, (size_t)((stop ? stop : end) - *p)};

	*p = stop ? stop + 1 : end;
	return t;
}

/* What a response must be, whatever the request was. */
static void judge(const rcc_http_response *r)
{
	static char head[32768];
	uint64_t n = 0;

	for (size_t i = 0; i < r->nbody; i++) {
		n += r->body[i].size;
		for (size_t k = 0; k < r->body[i].size; k++)
			fuzz_sum += r->body[i].data[k];
	}
	if ((r->nbody && n != r->length) || r->status < 200 || r->status > 503 || rcc_http_head(r, head, sizeof head) < 0)
		abort();
	for (size_t i = 0; i < r->nfields; i++)
		for (size_t k = 0; k <= r->field[i].value.n; k++)
			if ((unsigned char)r->field[i].value.p[k] < ' ' && k < r->field[i].value.n)
				abort(); /* a response that can be split */
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static rcc_http_response r;
	rcc_http_field field[64];
	const unsigned char *p = data + (size > 0), *end = data + size;
	rcc_http_request req = {.field = field};
	rcc_http_options o = {.flags = size ? data[0] & 3u : 0, .fallback = "index.html", .immutable = "*.css"};

	if (size && data[0] & 4)
		o.root = "dir";
	if (size && data[0] & 8)
		o.not_found = "dir/index.html";
	if (size && data[0] & 16)
		o.decode_max = 10;
	req.method = cut(&p, end, ' ');
	req.target = cut(&p, end, '\n');
	while (p < end && req.nfields < 64) {
		rcc_http_text line = cut(&p, end, '\n');
		const unsigned char *q = (const unsigned char *)line.p, *stop = q + line.n;

		field[req.nfields].name = cut(&q, stop, ':');
		field[req.nfields++].value = cut(&q, stop, '\n');
	}
	if (rcc_http_respond(site(), &req, &o, &r))
		abort();
	judge(&r);
	rcc_http_release(&r);
	return 0;
}
