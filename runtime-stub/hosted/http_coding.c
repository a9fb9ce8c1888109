/* SPDX-License-Identifier: MIT */
/* Accept-Encoding (RFC 9110, 12.5.3), and which of the stored forms of a file it is answered with. */
#include "http.h"

enum { HTTP_Q_UNSAID = -1, HTTP_Q_LEAST = 0, HTTP_Q_FULL = 1000 };

/* The fields' weights, in thousandths; HTTP_Q_UNSAID where none was given. */
struct http_weights {
	int coding[RCCI_HTTP_CODINGS];
	int any; /* of the asterisk */
};

/* A weight such as 0.75; 0 to 1000, or -1: it is none. */
static int http_weight(rcc_http_text t)
{
	int v, unit = 100;

	if (!t.n || t.n > 5 || (*t.p != '0' && *t.p != '1') || (t.n > 1 && t.p[1] != '.'))
		return -1;
	v = *t.p == '1' ? HTTP_Q_FULL : 0;
	for (size_t i = 2; i < t.n; i++, unit /= 10) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return -1;
		v += (t.p[i] - '0') * unit;
	}
	return v <= HTTP_Q_FULL ? v : -1;
}

/* The weight behind a coding's semicolons; full where there is none. */
static int http_weight_of(rcc_http_text params)
{
	rcc_http_text one;
	int q = HTTP_Q_FULL;

	while (rcc_i_http_cut(&params, ';', &one)) {
		one = rcc_i_http_trim(one);
		if (one.n >= 2 && (*one.p == 'q' || *one.p == 'Q') && one.p[1] == '=') {
			one.p += 2;
			one.n -= 2;
			q = http_weight(one);
		}
	}
	return q;
}

static void http_weights_of(const rcc_http_request *req, struct http_weights *w)
{
	static const char *const word[RCCI_HTTP_CODINGS] = {"identity", "zstd", "br", "gzip"};
	rcc_i_http_list l = rcc_i_http_list_of(req, "accept-encoding");
	rcc_http_text element, name;

	for (int k = 0; k < RCCI_HTTP_CODINGS; k++)
		w->coding[k] = HTTP_Q_UNSAID;
	w->any = HTTP_Q_UNSAID;
	while (rcc_i_http_next(&l, &element)) {
		int q;

		rcc_i_http_cut(&element, ';', &name);
		name = rcc_i_http_trim(name);
		q = http_weight_of(element);
		if (q < 0)
			continue; /* no weight that can be read: as if the element were not there */
		if (rcc_i_http_is(name, "*"))
			w->any = q;
		for (int k = 0; k < RCCI_HTTP_CODINGS; k++)
			if (rcc_i_http_is(name, word[k]) || (k == RCCI_HTTP_GZIP && rcc_i_http_is(name, "x-gzip")))
				w->coding[k] = q;
	}
}

/* How much a coding is wanted; 0: not at all. The identity is what nothing is said against, but nothing is less wanted. */
static int http_wanted(const struct http_weights *w, int coding)
{
	int q = w->coding[coding] != HTTP_Q_UNSAID ? w->coding[coding] : w->any;

	if (coding == RCCI_HTTP_IDENTITY)
		return q == HTTP_Q_UNSAID ? 1 : 2 * q;
	return q == HTTP_Q_UNSAID ? 0 : 2 * q;
}

int rcc_i_http_find(const rcc_bundle *b, const rcc_http_options *o, const char *name, size_t len, rcc_entry *out)
{
	return o->lookup ? o->lookup(o->lookup_arg, b, name, len, out) : rcc_lookup(b, name, len, out);
}

/* Is there a sibling with that ending, to be sent as it lies? */
static int http_sibling(const rcc_bundle *b, const rcc_http_options *o, rcc_i_http_path *path, const char *ending,
                        rcc_entry *out)
{
	size_t n = strlen(ending);

	if (o->flags & RCC_HTTP_NO_SIBLINGS || path->len + n > sizeof path->name)
		return 0;
	memcpy(path->name + path->len, ending, n);
	return !rcc_i_http_find(b, o, path->name, path->len + n, out) && out->codec == RCC_CODEC_STORE;
}

int rcc_i_http_choose(const rcc_bundle *b, const rcc_http_request *req, const rcc_http_options *o, rcc_i_http_path *path,
                      const rcc_entry *file, rcc_i_http_choice *out)
{
	rcc_entry form[RCCI_HTTP_CODINGS];
	int there[RCCI_HTTP_CODINGS] = {1, file->codec == RCC_CODEC_ZSTD, 0, 0}, best = 0;
	struct http_weights w;

	form[RCCI_HTTP_IDENTITY] = form[RCCI_HTTP_ZSTD] = *file;
	there[RCCI_HTTP_BR] = http_sibling(b, o, path, ".br", &form[RCCI_HTTP_BR]);
	there[RCCI_HTTP_GZIP] = http_sibling(b, o, path, ".gz", &form[RCCI_HTTP_GZIP]);
	out->varies = there[RCCI_HTTP_ZSTD] || there[RCCI_HTTP_BR] || there[RCCI_HTTP_GZIP];
	http_weights_of(req, &w);
	for (int k = 0; k < RCCI_HTTP_CODINGS; k++) {
		uint64_t size = k == RCCI_HTTP_IDENTITY ? file->size : form[k].stored;
		int wanted = there[k] ? http_wanted(&w, k) : 0;

		if (!wanted || wanted < best || (wanted == best && size >= out->size))
			continue;
		best = wanted;
		out->coding = (enum rcc_i_http_coding)k;
		out->entry = form[k];
		out->size = size;
	}
	return best ? 0 : 406;
}
