/* SPDX-License-Identifier: MIT */
/* The HTTP helper: which of a file's stored forms is sent, from where it lies, and by what tag it is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <cmocka.h>

#include "http_ask.h"

enum { LONG = 20000 };

static char script[LONG];
static struct image_file files[] = {
	{"app.3f2a9c1b.js", script, LONG, RCC_CODEC_ZSTD, "text/javascript"},
	{"app.3f2a9c1b.js.br", "brotli", 6, RCC_CODEC_STORE, NULL},
	{"chunks.js", script, LONG, RCC_CODEC_ZSTD_CHUNKS, "application/javascript"},
	{"empty", "", 0, RCC_CODEC_STORE, NULL},
	{"logo.svg", "<svg/>", 6, RCC_CODEC_STORE, "image/svg+xml"},
	{"odd", "odd", 3, 7, NULL},
	{"plain.css", "a{}", 3, RCC_CODEC_STORE, "text/css"},
	{"plain.css.gz", "z", 1, RCC_CODEC_STORE, NULL},
	{"z.css", script, LONG, RCC_CODEC_STORE, "text/css"},
	{"z.css.gz", "zzzzzzzz", 8, RCC_CODEC_ZSTD, NULL},
};

static int setup(void **state)
{
	(void)state;
	for (int i = 0; i < LONG; i++)
		script[i] = "let x = 1;\n"[i % 11];
	return ask_begin(files, sizeof files / sizeof *files);
}

static int in_image(const void *p)
{
	return (const unsigned char *)p >= ask_image && (const unsigned char *)p < ask_image + ask_image_size;
}

/* The coding that is chosen for a file, "-" for none, "406". */
static const char *coding_of(const char *target, const char *accept)
{
	char fields[256];

	snprintf(fields, sizeof fields, "%s%s", accept ? "Accept-Encoding: " : "X: y", accept ? accept : "");
	if (ask("GET", target, fields) == 406)
		return "406";
	assert_int_equal(asked.status, 200);
	assert_string_equal(ask_field("Content-Encoding"), asked.coding ? asked.coding : "");
	return asked.coding ? asked.coding : "-";
}

static void codings_by_weight(void **state)
{
	static const struct {
		const char *accept, *chunks, *zstd_br, *gzip, *none;
	} t[] = {
		{NULL, "-", "-", "-", "-"},
		{"", "-", "-", "-", "-"},
		{"zstd", "-", "zstd", "-", "-"},
		{"gzip, deflate, br, zstd", "-", "br", "gzip", "-"},
		{"ZSTD , Br;Q=0.5", "-", "zstd", "-", "-"},
		{"br;q=0.5,zstd;q=0.6", "-", "zstd", "-", "-"},
		{"zstd;q=0.5, identity", "-", "-", "-", "-"},
		{"zstd;q=0.001", "-", "zstd", "-", "-"},
		{"zstd;q=0", "-", "-", "-", "-"},
		{"*", "-", "br", "gzip", "-"},
		{"*, br;q=0", "-", "zstd", "gzip", "-"},
		{"*;q=0", "406", "406", "406", "406"},
		{"*;q=0, zstd", "406", "zstd", "406", "406"},
		{"identity;q=0", "406", "406", "406", "406"},
		{"identity;q=0, gzip;q=0.1", "406", "406", "gzip", "406"},
		{"*;q=0, identity", "-", "-", "-", "-"},
		{"x-gzip", "-", "-", "gzip", "-"},
		{"zstd;q=2", "-", "-", "-", "-"},
		{"zstd;q=0.5x, br;q=", "-", "-", "-", "-"},
		{"zstd;q=1.001", "-", "-", "-", "-"},
		{"zstd;level=3;q=1.000", "-", "zstd", "-", "-"},
		{";;,,;q=1,\"zstd", "-", "-", "-", "-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (t[i].accept)
			print_message("Accept-Encoding: %s\n", t[i].accept);
		assert_string_equal(coding_of("/chunks.js", t[i].accept), t[i].chunks);
		assert_string_equal(coding_of("/app.3f2a9c1b.js", t[i].accept), t[i].zstd_br);
		assert_string_equal(coding_of("/plain.css", t[i].accept), t[i].gzip);
		assert_string_equal(coding_of("/logo.svg", t[i].accept), t[i].none);
	}
	/* Two fields are one list. */
	assert_int_equal(ask("GET", "/app.3f2a9c1b.js", "accept-encoding: br;q=0.1\nACCEPT-ENCODING: zstd"), 200);
	assert_string_equal(asked.coding, "zstd");
	/* A sibling that is compressed itself is not one to be sent. */
	assert_string_equal(coding_of("/z.css", "gzip"), "-");
	asking.flags = RCC_HTTP_NO_SIBLINGS;
	assert_string_equal(coding_of("/app.3f2a9c1b.js", "br, zstd"), "zstd");
	assert_string_equal(coding_of("/plain.css", "gzip"), "-");
	assert_string_equal(ask_field("Vary"), "");
}

static void the_frame_is_sent_from_where_it_lies(void **state)
{
	rcc_entry e;
	rcc_span frame;

	(void)state;
	assert_int_equal(rcc_lookup(ask_bundle, "app.3f2a9c1b.js", 15, &e), 0);
	assert_int_equal(rcc_view_encoded(&e, &frame), 0);
	assert_int_equal(ask("GET", "/app.3f2a9c1b.js", "Accept-Encoding: zstd"), 200);
	assert_int_equal(asked.nbody, 1);
	assert_ptr_equal(asked.body[0].data, frame.data);
	assert_int_equal(asked.body[0].size, frame.size);
	assert_null(asked.heap);
	assert_string_equal(ask_field("Vary"), "Accept-Encoding");
	assert_int_equal(ask("GET", "/logo.svg", ""), 200);
	assert_true(in_image(asked.body[0].data));
	assert_int_equal(ask("GET", "/app.3f2a9c1b.js", "Accept-Encoding: br"), 200);
	assert_true(in_image(asked.body[0].data));
	assert_string_equal(ask_body(), "brotli");
	assert_string_equal(ask_field("Content-Type"), "text/javascript; charset=utf-8");
	assert_int_equal(ask("GET", "/empty", ""), 200);
	assert_int_equal(asked.nbody, 0);
	assert_string_equal(ask_field("Content-Length"), "0");
	/* The body is what writev takes. */
	assert_int_equal(sizeof(rcc_span), sizeof(struct iovec));
	assert_int_equal(offsetof(rcc_span, data), offsetof(struct iovec, iov_base));
	assert_int_equal(offsetof(rcc_span, size), offsetof(struct iovec, iov_len));
}

static void others_are_decoded(void **state)
{
	static const char *const target[] = {"/app.3f2a9c1b.js", "/chunks.js"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask("GET", target[i], ""), 200);
		assert_memory_equal(ask_body(), script, LONG);
		assert_int_equal(asked.length, LONG);
		assert_non_null(asked.heap);
		assert_false(in_image(asked.body[0].data));
	}
	asking.decode_max = LONG - 1;
	assert_int_equal(ask("GET", "/app.3f2a9c1b.js", ""), 406);
	assert_int_equal(ask("GET", "/app.3f2a9c1b.js", "Accept-Encoding: zstd"), 200);
	assert_int_equal(ask("GET", "/app.3f2a9c1b.js", "Range: bytes=0-9"), 206);
	assert_int_equal(ask("GET", "/odd", ""), 500);
	assert_string_equal(ask_field("ETag"), "");
}

static void tags_are_of_contents_and_coding(void **state)
{
	char tag[3][64], fields[256];

	(void)state;
	ask("GET", "/app.3f2a9c1b.js", "");
	strcpy(tag[0], ask_field("ETag"));
	ask("GET", "/app.3f2a9c1b.js", "Accept-Encoding: zstd");
	strcpy(tag[1], ask_field("ETag"));
	ask("GET", "/app.3f2a9c1b.js", "Accept-Encoding: br");
	strcpy(tag[2], ask_field("ETag"));
	assert_string_not_equal(tag[0], tag[1]);
	assert_string_not_equal(tag[0], tag[2]);
	assert_string_not_equal(tag[1], tag[2]);
	snprintf(fields, sizeof fields, "\"%llx\"", (unsigned long long)XXH3_64bits(script, LONG));
	assert_string_equal(tag[0], fields);
	snprintf(fields, sizeof fields, "If-None-Match: %s\nAccept-Encoding: zstd", tag[1]);
	assert_int_equal(ask("GET", "/app.3f2a9c1b.js", fields), 304);
	assert_string_equal(ask_field("ETag"), tag[1]);
	assert_string_equal(ask_field("Vary"), "Accept-Encoding");
	assert_string_equal(ask_field("Content-Length"), "");
	assert_string_equal(ask_field("Content-Type"), "");
	assert_int_equal(asked.nbody, 0);
	snprintf(fields, sizeof fields, "If-None-Match: %s", tag[1]);
	assert_int_equal(ask("GET", "/app.3f2a9c1b.js", fields), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(codings_by_weight, plain_options),
		cmocka_unit_test_setup(the_frame_is_sent_from_where_it_lies, plain_options),
		cmocka_unit_test_setup(others_are_decoded, plain_options),
		cmocka_unit_test_setup(tags_are_of_contents_and_coding, plain_options),
	};

	return cmocka_run_group_tests(tests, setup, ask_end);
}
