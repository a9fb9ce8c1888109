/* SPDX-License-Identifier: MIT */
/* rcc_http.h: the files of a bundle as answers to HTTP requests (RFC 9110). C11 and C++; rcc_http(3) has examples.
 *
 * It belongs to no server: from method, target and fields of a request it makes status, fields and the bytes of a
 * response, and leaves the sending to the caller. Stored contents, and zstd frames for a client that takes zstd, are not
 * copied: the body points into the bundle. Every function may be called from any thread; a response belongs to one. */
#ifndef RCC_HTTP_H
#define RCC_HTTP_H

#include "rcc.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rcc_http_limit {
	RCC_HTTP_TARGET_MAX = 4096, /* bytes of a request's target; a longer one is 414 */
	RCC_HTTP_RANGES_MAX = 16,   /* of one request; more are answered with the whole */
	RCC_HTTP_FIELDS_MAX = 24,   /* of a response, the caller's own included */
	RCC_HTTP_PARTS_MAX = 3 * RCC_HTTP_RANGES_MAX + 1, /* of a body */
	RCC_HTTP_TEXT_MAX = 6144    /* bytes of text that a response makes itself */
};

/* Bytes of a request or a response. p may be NULL where n is 0. In a response a NUL, which n does not count, follows
 * them. */
typedef struct rcc_http_text {
	const char *p;
	size_t n;
} rcc_http_text;

/* One field (header line) without its colon. Names are compared without regard to case. */
typedef struct rcc_http_field {
	rcc_http_text name, value;
} rcc_http_field;

/* A request as it came. Borrows everything; any bytes will do. */
typedef struct rcc_http_request {
	rcc_http_text method;        /* GET and HEAD are answered with files, OPTIONS with what is allowed */
	rcc_http_text target;        /* /path or /path?query, or http://host/path; percent-encoded, as it came */
	const rcc_http_field *field; /* in any order; several of one name count as one list (RFC 9110, 5.3) */
	size_t nfields;
	rcc_dctx *decoder;           /* for files that must be decoded, of this thread; NULL: one is made for the call */
} rcc_http_request;

enum rcc_http_flag {
	RCC_HTTP_NO_STORE = 1,   /* Cache-Control: no-store for everything, for files that change under the server */
	RCC_HTTP_NO_SIBLINGS = 2 /* do not send NAME.br and NAME.gz in place of NAME */
};

/* What a site wants. Zeroed, it is a plain one. Borrows its strings; shared by any number of threads. In each string
 * NULL is the default, and "" leaves the thing out. */
typedef struct rcc_http_options {
	unsigned flags;          /* enum rcc_http_flag */
	const char *root;        /* serve the names below this directory only, without slashes around it, of 255 bytes at
	                            most; default: all */
	const char *index;       /* the file that stands for its directory; default index.html */
	const char *fallback;    /* the page for paths that lead to no file and have no dot in their last part, as a
	                            single-page app wants it; below root; default: none */
	const char *not_found;   /* the page that goes with 404; below root; default: a line of text */
	const char *immutable;   /* a pattern as of rcc_glob for names that never change their contents, beside those that
	                            rcc_http_is_hashed knows; default: none */
	const char *charset;     /* of text types that name none; default utf-8 */
	const char *csp;         /* Content-Security-Policy; default: none */
	const char *referrer;    /* Referrer-Policy; default strict-origin-when-cross-origin */
	const char *corp;        /* Cross-Origin-Resource-Policy; default same-origin */
	const rcc_http_field *extra; /* added to every response, each text ended by a NUL; those with CR, LF or NUL in
	                                it are left out */
	size_t nextra;               /* up to 8; more are left out */
	uint64_t decode_max;     /* bytes that may be decoded for one response, beyond which it is 406; 0: 256 MiB */
	/* Finds a name in place of rcc_lookup, for example in an overlay first. NULL: rcc_lookup. */
	int (*lookup)(void *arg, const rcc_bundle *b, const char *name, size_t len, rcc_entry *out);
	void *lookup_arg;
} rcc_http_options;

/* A response. The caller's, some 9 KiB, not to be moved or copied once it is filled, for it points into itself. */
typedef struct rcc_http_response {
	int status;
	size_t nfields;
	rcc_http_field field[RCC_HTTP_FIELDS_MAX]; /* Content-Length among them where there is one */
	size_t nbody;
	rcc_span body[RCC_HTTP_PARTS_MAX]; /* laid out as struct iovec: writev takes it by a cast. None for HEAD */
	uint64_t length;     /* bytes of the body; for HEAD, of the one that GET would have got */
	const char *coding;  /* the Content-Encoding: zstd, br, gzip; NULL: none */
	rcc_entry entry;     /* the file that is sent; name NULL: none */
	void *heap;          /* private: decoded contents, NULL where none were needed */
	size_t used;         /* private, as is the rest */
	char text[RCC_HTTP_TEXT_MAX];
} rcc_http_response;

/* Answers req from b. 0, and *out holds a response whatever the request was, to be given back by rcc_http_release; or
 * RCC_EINVAL, for a NULL or a root that is too long. options may be NULL. What is answered:
 *
 * 200, 206 with one range or multipart/byteranges, 304 (If-None-Match), 412 (If-Match), 416; 301 from a directory to the
 * same with a slash; 204 to OPTIONS; 405 to any other method. 400: a target that is no path, with a bad percent sign,
 * a control byte, a backslash or a part . or ..; 404: no such name, an empty part (//) or an encoded slash; 414.
 * Percent signs are decoded once. 406: neither the identity nor any coding that is stored is acceptable, or the client
 * takes no zstd and the file exceeds decode_max. 500: the bundle is damaged; 503: out of memory.
 *
 * A file stored as one zstd frame (RCC_CODEC_ZSTD) is sent as it lies where Accept-Encoding prefers or allows zstd, NAME.br
 * and NAME.gz likewise if they are there and stored; of what the client likes equally the smallest. Otherwise the contents,
 * in place or decoded. Ranges are of what is sent (RFC 9110, 14.2): of the frame, if that is it. The ETag is strong, made of the
 * content's hash, and another one for each coding. Allocates decoded contents only (malloc), or of ranges their bytes. */
RCC_PUBLIC int rcc_http_respond(const rcc_bundle *b, const rcc_http_request *req, const rcc_http_options *options,
                                rcc_http_response *out);

/* Frees what was decoded. The body is void from here on. Again, or on NULL or a zeroed struct: nothing happens. */
RCC_PUBLIC void rcc_http_release(rcc_http_response *r);

/* Status line (HTTP/1.1), fields and the empty line, for servers that send bytes themselves. Its length, without the NUL that
 * follows; RCC_EBUFFER if it needs more than cap: 16 KiB do where extra and csp are short. RCC_EINVAL. */
RCC_PUBLIC rcc_ssize rcc_http_head(const rcc_http_response *r, char *buf, size_t cap);

/* The usual words for a status that rcc_http_respond gives, or "Unknown". Static. */
RCC_PUBLIC const char *rcc_http_reason(int status);

/* Does the name say that its contents never change, as app.3f2a9c1b.js and main-0a1b2c3d4e.css do? So where its last part
 * has, between dots, hyphens or underscores and behind the first of those, a word of 8 to 64 hexadecimal digits, all of
 * one case, with a letter and a decimal digit among them. 1 or 0. */
RCC_PUBLIC int rcc_http_is_hashed(const char *name, size_t len);

#ifdef __cplusplus
}
#endif
#endif
