/* SPDX-License-Identifier: MIT */
/* See json.h. */
#include "json.h"

#include <stdio.h>

size_t utf8_length(const unsigned char *p, size_t n)
{
	size_t len = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
	    (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

void json_string(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	putchar('"');
	for (size_t i = 0, len; i < n; i += len ? len : 1) {
		len = utf8_length(p + i, n - i);
		if (!len)
			printf("\\udc%02x", p[i]);
		else if (p[i] == '"' || p[i] == '\\')
			printf("\\%c", p[i]);
		else if (p[i] < ' ' || p[i] == 0x7f)
			printf("\\u%04x", p[i]);
		else
			fwrite(p + i, 1, len, stdout);
	}
	putchar('"');
}

void json_or_null(const char *key, const char *s, size_t n)
{
	printf("\"%s\":", key);
	if (s)
		json_string(s, n);
	else
		fputs("null", stdout);
}
