/* SPDX-License-Identifier: MIT */
/* The HTTP helper: which file a target leads to, what the fields say. Which form of the file is sent: test_http_coding.c;
 * ranges: test_http_range.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_ask.h"

enum { LONG = 20000 };

static char script[LONG];
static struct image_file files[] = {
	{"404.html", "lost", 4, RCC_CODEC_STORE, "text/html"},
	{"a b%.txt", "odd", 3, RCC_CODEC_STORE, "text/plain;charset=latin1"},
	{"app.3f2a9c1b.js", script, LONG, RCC_CODEC_ZSTD, "text/javascript"},
	{"app.3f2a9c1b.js.br", "brotli", 6, RCC_CODEC_STORE, NULL},
	{"docs/index.html", "<docs>", 6, RCC_CODEC_STORE, "text/html"},
	{"empty", "", 0, RCC_CODEC_STORE, NULL},
	{"index.html", "<top>", 5, RCC_CODEC_STORE, "text/html"},
	{"logo.svg", "<svg/>", 6, RCC_CODEC_STORE, "image/svg+xml"},
	{"w:x/index.html", "<w>", 3, RCC_CODEC_STORE, "text/html"},
};

static int setup(void **state)
{
	(void)state;
	for (int i = 0; i < LONG; i++)
		script[i] = "let x = 1;\n"[i % 11];
	return ask_begin(files, sizeof files / sizeof *files);
}

static void targets_lead_to_names(void **state)
{
	static const struct {
		const char *target;
		int status;
		const char *name;
	} t[] = {
		{"/", 200, "index.html"}, {"/index.html", 200, "index.html"}, {"/?x=1", 200, "index.html"},
		{"/logo.svg?v=../..", 200, "logo.svg"}, {"/docs/", 200, "docs/index.html"}, {"/docs", 301, NULL},
		{"/%69ndex.html", 200, "index.html"}, {"/a%20b%25.txt", 200, "a b%.txt"}, {"/empty", 200, "empty"},
		{"http://host/logo.svg", 200, "logo.svg"}, {"HTTPS://host:1/logo.svg", 200, "logo.svg"},
		{"http://host", 200, "index.html"}, {"http://host?q", 200, "index.html"},
		{"/absent", 404, NULL}, {"/docs/absent", 404, NULL}, {"/absent/", 404, NULL}, {"/logo.svg/", 404, NULL},
		{"//", 404, NULL}, {"//logo.svg", 404, NULL}, {"/docs//index.html", 404, NULL}, {"//host/logo.svg", 404, NULL},
		{"/docs%2findex.html", 404, NULL}, {"/%2f", 404, NULL},
		/* A percent sign is decoded once. */
		{"/%2569ndex.html", 404, NULL}, {"/%252e%252e/logo.svg", 404, NULL},
		{"/..", 400, NULL}, {"/../logo.svg", 400, NULL}, {"/docs/../logo.svg", 400, NULL}, {"/./logo.svg", 400, NULL},
		{"/%2e%2e/logo.svg", 400, NULL}, {"/.%2E/logo.svg", 400, NULL}, {"/%2e/logo.svg", 400, NULL},
		{"/docs\\..\\logo.svg", 400, NULL}, {"/docs%5clogo.svg", 400, NULL}, {"/logo.svg%00", 400, NULL},
		{"/logo.svg%0", 400, NULL}, {"/logo.svg%", 400, NULL}, {"/%zz", 400, NULL}, {"/%-1", 400, NULL},
		{"/logo.svg#x", 400, NULL}, {"/logo svg", 400, NULL}, {"/a\r\nX: y", 400, NULL}, {"/?\n", 400, NULL},
		{"/\x7f", 400, NULL}, {"", 400, NULL}, {"logo.svg", 400, NULL}, {"*", 400, NULL}, {"?", 400, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int status = ask("GET", t[i].target, "");

		if (status != t[i].status || (t[i].name && strcmp(asked.entry.name, t[i].name) != 0))
			fail_msg("%s: %d, not %d", t[i].target, status, t[i].status);
		if (!t[i].name)
			assert_null(asked.entry.name);
	}
	assert_int_equal(ask_bytes("GET", "/logo.svg\0", 10, ""), 400);
	assert_int_equal(ask_bytes("GET", NULL, 0, ""), 400);
	assert_int_equal(ask_bytes("GET", "/index.htm%6c", 13, ""), 200);
	assert_int_equal(ask_bytes("GET", "/index.htm%6c", 12, ""), 400);
}

static void a_target_may_be_long_but_not_too_long(void **state)
{
	char *target = malloc(RCC_HTTP_TARGET_MAX + 2);

	(void)state;
	memset(target, 'a', RCC_HTTP_TARGET_MAX + 2);
	*target = '/';
	assert_int_equal(ask_bytes("GET", target, RCC_HTTP_TARGET_MAX, ""), 404);
	assert_int_equal(ask_bytes("GET", target, RCC_HTTP_TARGET_MAX + 1, ""), 414);
	memcpy(target, "/docs?", 6);
	assert_int_equal(ask_bytes("GET", target, RCC_HTTP_TARGET_MAX, ""), 301);
	/* A Location that needs more room than there is. */
	memset(target + 6, 0xc3, RCC_HTTP_TARGET_MAX - 6);
	assert_int_equal(ask_bytes("GET", target, RCC_HTTP_TARGET_MAX, ""), 414);
	assert_string_equal(ask_field("Location"), "");
	assert_string_equal(ask_field("X-Content-Type-Options"), "nosniff");
	free(target);
}

static void a_directory_leads_to_its_slash(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/docs?a=b%20c", ""), 301);
	assert_string_equal(ask_field("Location"), "./docs/?a=b%20c");
	assert_int_equal(ask("GET", "/w:x", ""), 301);
	assert_string_equal(ask_field("Location"), "./w:x/");
	asking.index = "";
	assert_int_equal(ask("GET", "/docs", ""), 404);
	assert_int_equal(ask("GET", "/", ""), 404);
	asking.index = "logo.svg";
	assert_int_equal(ask("GET", "/", ""), 200);
	assert_string_equal(asked.entry.name, "logo.svg");
}

static void pages_stand_in(void **state)
{
	(void)state;
	asking.not_found = "404.html";
	assert_int_equal(ask("GET", "/absent", "If-None-Match: *\nRange: bytes=0-0"), 404);
	assert_string_equal(ask_body(), "lost");
	assert_string_equal(ask_field("Content-Type"), "text/html; charset=utf-8");
	assert_int_equal(ask("GET", "//", ""), 404);
	assert_string_equal(ask_body(), "lost");
	asking.not_found = "absent";
	assert_int_equal(ask("GET", "/absent", ""), 404);
	assert_string_equal(ask_body(), "there is no such file\n");
	asking.fallback = "index.html";
	assert_int_equal(ask("GET", "/settings/user", ""), 200);
	assert_string_equal(ask_body(), "<top>");
	assert_int_equal(ask("GET", "/settings/", ""), 200);
	assert_int_equal(ask("GET", "/settings/user.js", ""), 404);
	assert_int_equal(ask("GET", "/..", ""), 400);
}

static void a_root_hides_the_rest(void **state)
{
	char deep[300];

	(void)state;
	asking.root = "docs";
	assert_int_equal(ask("GET", "/", ""), 200);
	assert_string_equal(asked.entry.name, "docs/index.html");
	assert_int_equal(ask("GET", "/index.html", ""), 200);
	assert_string_equal(ask_body(), "<docs>");
	assert_int_equal(ask("GET", "/logo.svg", ""), 404);
	assert_int_equal(ask("GET", "/../logo.svg", ""), 400);
	asking.fallback = "index.html";
	assert_int_equal(ask("GET", "/x", ""), 200);
	assert_string_equal(asked.entry.name, "docs/index.html");
	memset(deep, 'a', sizeof deep);
	deep[sizeof deep - 1] = 0;
	asking.root = deep;
	assert_int_equal(rcc_http_respond(ask_bundle, &(rcc_http_request){0}, &asking, &asked), RCC_EINVAL);
}

static void methods(void **state)
{
	(void)state;
	assert_int_equal(ask("HEAD", "/logo.svg", ""), 200);
	assert_string_equal(ask_field("Content-Length"), "6");
	assert_int_equal(asked.nbody, 0);
	assert_int_equal(ask("HEAD", "/app.3f2a9c1b.js", ""), 200);
	assert_string_equal(ask_field("Content-Length"), "20000");
	assert_null(asked.heap);
	assert_int_equal(ask("HEAD", "/absent", ""), 404);
	assert_int_equal(asked.nbody, 0);
	assert_int_equal(ask("HEAD", "/logo.svg", "Range: bytes=0-0"), 200);
	assert_int_equal(ask("OPTIONS", "*", ""), 204);
	assert_string_equal(ask_field("Allow"), "GET, HEAD, OPTIONS");
	assert_string_equal(ask_field("Content-Length"), "");
	for (size_t i = 0; i < 6; i++) {
		static const char *const other[] = {"POST", "PUT", "DELETE", "get", "GETX", ""};

		assert_int_equal(ask(other[i], "/logo.svg", ""), 405);
		assert_string_equal(ask_field("Allow"), "GET, HEAD, OPTIONS");
	}
}

static void conditions(void **state)
{
	static const struct {
		const char *field, *value; /* @ stands for the tag */
		int status;
	} t[] = {
		{"If-None-Match", "@", 304}, {"if-none-match", "W/@", 304}, {"If-None-Match", "\"x\", \"a,b\",,@", 304},
		{"If-None-Match", "*", 304}, {"If-None-Match", "\"x\"", 200}, {"If-None-Match", "", 200},
		{"If-None-Match", "@@", 200}, {"If-None-Match", "w/@", 200}, {"If-None-Match", "\"", 200},
		{"If-None-Match", "W/", 200}, {"If-None-Match", "\"x,@,\"", 200}, {"If-Match", "@", 200}, {"If-Match", "*", 200}, {"If-Match", "\"x\",@", 200},
		{"If-Match", "W/@", 412}, {"If-Match", "\"x\"", 412}, {"If-Match", "x", 412},
		{"If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT", 200},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char fields[256], *to = fields + sprintf(fields, "%s: ", t[i].field);

		ask("GET", "/logo.svg", "");
		for (const char *p = t[i].value; *p; p++)
			if (*p == '@')
				to += sprintf(to, "%s", ask_field("ETag"));
			else
				*to++ = *p;
		*to = 0;
		if (ask("GET", "/logo.svg", fields) != t[i].status)
			fail_msg("%s: %d, not %d", fields, asked.status, t[i].status);
	}
}

static void caching(void **state)
{
	(void)state;
	ask("GET", "/index.html", "");
	assert_string_equal(ask_field("Cache-Control"), "no-cache");
	ask("GET", "/app.3f2a9c1b.js", "");
	assert_string_equal(ask_field("Cache-Control"), "public, max-age=31536000, immutable");
	asking.immutable = "*.svg";
	ask("GET", "/logo.svg", "");
	assert_string_equal(ask_field("Cache-Control"), "public, max-age=31536000, immutable");
	asking.flags = RCC_HTTP_NO_STORE;
	ask("GET", "/app.3f2a9c1b.js", "");
	assert_string_equal(ask_field("Cache-Control"), "no-store");
	ask("GET", "/absent", "");
	assert_string_equal(ask_field("Cache-Control"), "no-store");
}

static void hashed_names(void **state)
{
	static const char *const yes[] = {
		"app.3f2a9c1b.js", "a/b/main-0a1b2c3d4e.css", "x_DEADBEE1.woff2", "logo.0123456789abcdef0123456789abcdef.svg",
		"chunk.0000000a", "a.b.c-1234567f.min.js",
	};
	static const char *const no[] = {
		"app.js", "3f2a9c1b.js", "3f2a9c1b", "notes-20240101.txt", "a-deadbeef.js", "a-3f2a9c1.js", "a-3F2a9c1b.js",
		"3f2a.d/app.js", "app.3f2a9c1b/index.html", "a-3f2a9c1g.js", "", "/",
		"a.00000000000000000000000000000000000000000000000000000000000000000f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!rcc_http_is_hashed(yes[i], strlen(yes[i])))
			fail_msg("%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (rcc_http_is_hashed(no[i], strlen(no[i])))
			fail_msg("%s", no[i]);
	assert_false(rcc_http_is_hashed(NULL, 0));
}

static void types_and_fields_of_the_site(void **state)
{
	rcc_http_field extra[12] = {{{"X-A", 3}, {"1", 1}}, {{"X-B", 3}, {"1\r\nX-C: 2", 9}}};

	(void)state;
	ask("GET", "/index.html", "");
	assert_string_equal(ask_field("Content-Type"), "text/html; charset=utf-8");
	assert_string_equal(ask_field("X-Content-Type-Options"), "nosniff");
	assert_string_equal(ask_field("Referrer-Policy"), "strict-origin-when-cross-origin");
	assert_string_equal(ask_field("Cross-Origin-Resource-Policy"), "same-origin");
	assert_string_equal(ask_field("Content-Security-Policy"), "");
	assert_string_equal(ask_field("Accept-Ranges"), "bytes");
	ask("GET", "/logo.svg", "");
	assert_string_equal(ask_field("Content-Type"), "image/svg+xml");
	ask("GET", "/a%20b%25.txt", "");
	assert_string_equal(ask_field("Content-Type"), "text/plain;charset=latin1");
	ask("GET", "/empty", "");
	assert_string_equal(ask_field("Content-Type"), "application/octet-stream");
	asking.charset = asking.referrer = asking.corp = "";
	asking.csp = "default-src 'self'";
	for (size_t i = 2; i < 12; i++)
		extra[i] = extra[0];
	asking.extra = extra;
	asking.nextra = 12;
	ask("GET", "/index.html", "");
	assert_string_equal(ask_field("Content-Type"), "text/html");
	assert_string_equal(ask_field("Referrer-Policy"), "");
	assert_string_equal(ask_field("Cross-Origin-Resource-Policy"), "");
	assert_string_equal(ask_field("Content-Security-Policy"), "default-src 'self'");
	assert_string_equal(ask_field("X-A"), "1");
	assert_string_equal(ask_field("X-B"), "");
	assert_string_equal(ask_field("Content-Length"), "5");
}

static int from_elsewhere(void *arg, const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	++*(int *)arg;
	return len == 5 && !memcmp(name, "other", 5) ? rcc_lookup(b, "logo.svg", 8, out) : RCC_ENOENT;
}

static void names_are_found_as_the_program_wants(void **state)
{
	int asked_for = 0;

	(void)state;
	asking.lookup = from_elsewhere;
	asking.lookup_arg = &asked_for;
	assert_int_equal(ask("GET", "/other", ""), 200);
	assert_string_equal(ask_body(), "<svg/>");
	assert_int_equal(ask("GET", "/logo.svg", ""), 404);
	assert_true(asked_for > 2);
}

static void heads_as_bytes(void **state)
{
	char head[1024];
	rcc_ssize n;

	(void)state;
	asking.referrer = asking.corp = "";
	ask("GET", "/absent", "");
	n = rcc_http_head(&asked, head, sizeof head);
	assert_int_equal(n, strlen(head));
	assert_string_equal(head, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-cache\r\n"
	                          "X-Content-Type-Options: nosniff\r\nContent-Length: 22\r\n\r\n");
	assert_int_equal(rcc_http_head(&asked, head, (size_t)n + 1), n);
	for (size_t cap = 0; cap <= (size_t)n; cap++)
		assert_int_equal(rcc_http_head(&asked, head, cap), RCC_EBUFFER);
	assert_int_equal(rcc_http_head(NULL, head, 1), RCC_EINVAL);
	assert_int_equal(rcc_http_head(&asked, NULL, 1), RCC_EINVAL);
	assert_string_equal(rcc_http_reason(206), "Partial Content");
	assert_string_equal(rcc_http_reason(-1), "Unknown");
}

static void arguments(void **state)
{
	rcc_http_request req = {0};

	(void)state;
	assert_int_equal(rcc_http_respond(NULL, &req, NULL, &asked), RCC_EINVAL);
	assert_int_equal(rcc_http_respond(ask_bundle, NULL, NULL, &asked), RCC_EINVAL);
	assert_int_equal(rcc_http_respond(ask_bundle, &req, NULL, NULL), RCC_EINVAL);
	assert_int_equal(rcc_http_respond(ask_bundle, &req, NULL, &asked), 0);
	assert_int_equal(asked.status, 405);
	rcc_http_release(NULL);
	rcc_http_release(&asked);
	rcc_http_release(&asked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(targets_lead_to_names, plain_options),
		cmocka_unit_test_setup(a_target_may_be_long_but_not_too_long, plain_options),
		cmocka_unit_test_setup(a_directory_leads_to_its_slash, plain_options),
		cmocka_unit_test_setup(pages_stand_in, plain_options),
		cmocka_unit_test_setup(a_root_hides_the_rest, plain_options),
		cmocka_unit_test_setup(methods, plain_options),
		cmocka_unit_test_setup(conditions, plain_options),
		cmocka_unit_test_setup(caching, plain_options),
		cmocka_unit_test_setup(hashed_names, plain_options),
		cmocka_unit_test_setup(types_and_fields_of_the_site, plain_options),
		cmocka_unit_test_setup(names_are_found_as_the_program_wants, plain_options),
		cmocka_unit_test_setup(heads_as_bytes, plain_options),
		cmocka_unit_test_setup(arguments, plain_options),
	};

	return cmocka_run_group_tests(tests, setup, ask_end);
}
