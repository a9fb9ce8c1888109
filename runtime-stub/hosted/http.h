/* SPDX-License-Identifier: MIT */
/* What the files of the HTTP helper share. Not for programs. */
#ifndef RCC_HTTP_PRIVATE_H
#define RCC_HTTP_PRIVATE_H

#include "hosted.h"

#include "../rcc_http.h"

/* http_text.c: pieces of a request. */

/* Is a the word b, which is lower-case, but for case? */
RCC_HIDDEN int rcc_i_http_is(rcc_http_text a, const char *b);
/* Without blanks around it. */
RCC_HIDDEN rcc_http_text rcc_i_http_trim(rcc_http_text t);
/* The only field of that name. 0: there is none, or there are several. */
RCC_HIDDEN int rcc_i_http_field(const rcc_http_request *req, const char *name, rcc_http_text *out);

/* The elements of a list that all fields of one name make, commas in double quotes left alone. */
typedef struct rcc_i_http_list {
	const rcc_http_request *req;
	const char *name;
	size_t field;       /* the next to be looked at */
	rcc_http_text rest; /* of the one before it */
	int there;          /* some field has the name */
} rcc_i_http_list;
RCC_HIDDEN rcc_i_http_list rcc_i_http_list_of(const rcc_http_request *req, const char *name);
/* The next that is not empty, trimmed; 0 at the end. */
RCC_HIDDEN int rcc_i_http_next(rcc_i_http_list *l, rcc_http_text *out);
/* Cuts the first element off a list's text. 0: there is no more. It may be empty. */
RCC_HIDDEN int rcc_i_http_cut(rcc_http_text *rest, char at, rcc_http_text *out);

/* http_path.c: the target as a name. */
enum { RCCI_HTTP_ROOT_MAX = 255, RCCI_HTTP_NAME_MAX = RCC_HTTP_TARGET_MAX + 512 }; /* with root, index and .br */
typedef struct rcc_i_http_path {
	char name[RCCI_HTTP_NAME_MAX];
	size_t len;          /* a directory's name ends with a slash, the top's is empty or root's */
	rcc_http_text query; /* with its question mark */
} rcc_i_http_path;
/* 0, or the status that is the answer. */
RCC_HIDDEN int rcc_i_http_path_of(rcc_http_text target, const char *root, rcc_i_http_path *out);

/* http_range.c */
typedef struct rcc_i_http_ranges {
	size_t n;
	struct {
		uint64_t off, size;
	} v[RCC_HTTP_RANGES_MAX];
} rcc_i_http_ranges;
/* A Range field, of a representation of size bytes: 206 and the ranges in *out, 416, or 200: it is to be ignored. */
RCC_HIDDEN int rcc_i_http_ranges_of(rcc_http_text value, uint64_t size, rcc_i_http_ranges *out);

/* http_coding.c */
enum rcc_i_http_coding { RCCI_HTTP_IDENTITY, RCCI_HTTP_ZSTD, RCCI_HTTP_BR, RCCI_HTTP_GZIP, RCCI_HTTP_CODINGS };
/* What is to be sent for a file. */
typedef struct rcc_i_http_choice {
	enum rcc_i_http_coding coding;
	rcc_entry entry;    /* the file, or its sibling */
	uint64_t size;      /* bytes of the representation */
	int varies;         /* others could have been chosen */
} rcc_i_http_choice;
/* Finds a name; as of rcc_http_options. */
RCC_HIDDEN int rcc_i_http_find(const rcc_bundle *b, const rcc_http_options *o, const char *name, size_t len, rcc_entry *out);
/* Chooses for *file, whose name lies in *path with room behind it. 0, or 406; varies is set either way. */
RCC_HIDDEN int rcc_i_http_choose(const rcc_bundle *b, const rcc_http_request *req, const rcc_http_options *o,
                                 rcc_i_http_path *path, const rcc_entry *file, rcc_i_http_choice *out);

/* http_write.c: the response. Text is appended to r->text; what does not fit is noticed in the end. */
RCC_HIDDEN const char *rcc_i_http_begin(rcc_http_response *r);
RCC_HIDDEN void rcc_i_http_add(rcc_http_response *r, const char *p, size_t n);
RCC_HIDDEN void rcc_i_http_add_str(rcc_http_response *r, const char *s);
RCC_HIDDEN void rcc_i_http_add_number(rcc_http_response *r, uint64_t v, unsigned base);
/* Ends what rcc_i_http_begin began. */
RCC_HIDDEN rcc_http_text rcc_i_http_end(rcc_http_response *r, const char *begin);
RCC_HIDDEN int rcc_i_http_is_full(const rcc_http_response *r);
RCC_HIDDEN void rcc_i_http_put(rcc_http_response *r, const char *name, rcc_http_text value);
RCC_HIDDEN void rcc_i_http_put_str(rcc_http_response *r, const char *name, const char *value);
/* A status with a line of text, and no file. */
RCC_HIDDEN void rcc_i_http_plain(rcc_http_response *r, int status, const char *words);
/* Fields that all responses have, and Content-Length. Last. */
RCC_HIDDEN void rcc_i_http_finish(rcc_http_response *r, const rcc_http_options *o, int is_head);

/* http_body.c: are several ranges decoded by decoding all? Where it is one frame: for each it would be begun anew. */
RCC_HIDDEN int rcc_i_http_decodes_whole(const rcc_i_http_choice *c, const rcc_i_http_ranges *ranges);
/* The ranges of a choice, or all of it where n is 0, into r->body, with what stands between them. 0 or
 * RCC_E... */
RCC_HIDDEN int rcc_i_http_body(rcc_http_response *r, const rcc_i_http_choice *c, const rcc_i_http_ranges *ranges,
                               rcc_http_text type, int is_head, rcc_dctx *decoder);

#endif
