/* SPDX-License-Identifier: MIT */
/* See diag.h. */
#include "diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* So much of a source line is shown: a minified file's is as long as the file. */
enum { SHOWN_MAX = 200 };

static bool is_inner_byte(struct str text, size_t i)
{
	return i < text.n && ((unsigned char)text.p[i] & 0xc0) == 0x80;
}

/* The byte as a terminal may have it: what could be a command to it, C1 controls in UTF-8 too, becomes
 * '?'. */
static char shown(struct str text, size_t i)
{
	unsigned char c = (unsigned char)text.p[i];
	bool first = c == 0xc2 && is_inner_byte(text, i + 1) && (unsigned char)text.p[i + 1] < 0xa0;
	bool second = is_inner_byte(text, i) && c < 0xa0 && i && (unsigned char)text.p[i - 1] == 0xc2;

	return (c < ' ' && c != '\t') || c == 0x7f || first || second ? '?' : (char)c;
}

/* The source line, cut around the fault if it is long, with a caret and tildes under it; tabs stay tabs and
 * every byte stays one, so that columns agree. */
static void add_source(struct sb *b, const struct at *at)
{
	struct str text = at->text;
	size_t fault = at->col - 1 < text.n ? at->col - 1 : text.n;
	size_t from = text.n > SHOWN_MAX && fault > SHOWN_MAX / 2 ? fault - SHOWN_MAX / 2 : 0;
	size_t to = text.n - from > SHOWN_MAX ? from + SHOWN_MAX : text.n;

	for (int i = 0; i < 3 && from && is_inner_byte(text, from); i++)
		from--;
	for (int i = 0; i < 3 && is_inner_byte(text, to); i++)
		to++;
	sb_str(b, from ? "  ..." : "  ");
	for (size_t i = from; i < to; i++)
		sb_char(b, shown(text, i));
	sb_str(b, to < text.n ? "...\n  " : "\n  ");
	sb_str(b, from ? "   " : "");
	for (size_t i = from; i < fault; i++)
		sb_char(b, text.p[i] == '\t' ? '\t' : ' ');
	sb_char(b, '^');
	for (size_t i = fault + 1; i < to && i - fault < at->width; i++)
		sb_char(b, '~');
	sb_char(b, '\n');
}

/* All of it; a standard error that takes nothing is past helping. */
static void write_out(const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(STDERR_FILENO, p, n);

		if (w < 0 && errno != EINTR)
			break;
		p += w > 0 ? w : 0;
		n -= w > 0 ? (size_t)w : 0;
	}
}

/* The message is built whole and written by one call, so that lines of parallel builds do not mix. */
static void build_and_print(const struct at *at, const char *kind, const char *fmt, va_list ap)
{
	struct sb text = {0}, line = {0};
	int saved = errno, n;
	va_list again;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n >= 0) {
		char *p = malloc((size_t)n + 1);

		if (p) {
			vsnprintf(p, (size_t)n + 1, fmt, ap);
			sb_escaped(&text, (struct str){p, (size_t)n});
			free(p);
		}
	}
	if (text.n && text.p[text.n - 1] == ':')
		sb_fmt(&text, " %s", strerror(saved));
	sb_str(&line, "rcc: ");
	if (at && at->file) {
		sb_escaped(&line, str_of(at->file));
		if (at->line)
			sb_fmt(&line, ":%lu", at->line);
		sb_str(&line, ": ");
	}
	sb_fmt(&line, "%s%s\n", kind, text.p ? text.p : fmt);
	if (at && at->col)
		add_source(&line, at);
	write_out(line.p, line.n);
	sb_done(&text);
	sb_done(&line);
}

/* Building a message needs memory; when there is none, it dies in here again, and that message must need
 * none. */
static void print(const struct at *at, const char *kind, const char *fmt, va_list ap)
{
	static const char no_memory[] = "rcc: error: out of memory\n";
	static _Thread_local bool building;

	if (building) {
		write_out(no_memory, sizeof no_memory - 1);
		return;
	}
	building = true;
	build_and_print(at, kind, fmt, ap);
	building = false;
}

#define PRINT(at, kind)                                                                                                \
	do {                                                                                                           \
		va_list ap;                                                                                            \
		va_start(ap, fmt);                                                                                     \
		print(at, kind, fmt, ap);                                                                              \
		va_end(ap);                                                                                            \
	} while (0)

void diag_error(struct diag *d, struct at at, const char *fmt, ...)
{
	int saved = errno;

	diag_progress(d, NULL);
	d->errors++;
	errno = saved;
	PRINT(&at, "error: ");
}

void diag_warn(struct diag *d, struct at at, const char *fmt, ...)
{
	int saved = errno;

	d->warnings++;
	if (d->verbose < 0)
		return;
	diag_progress(d, NULL);
	errno = saved;
	PRINT(&at, "warning: ");
}

void diag_note(struct diag *d, struct at at, const char *fmt, ...)
{
	if (d->verbose < 0)
		return;
	diag_progress(d, NULL);
	PRINT(&at, "note: ");
}

void diag_verbose(struct diag *d, const char *fmt, ...)
{
	if (d->verbose < 1)
		return;
	diag_progress(d, NULL);
	PRINT(NULL, "");
}

void diag_progress(struct diag *d, const char *text)
{
	if (text)
		fprintf(stderr, "\r\033[K%s", text);
	else if (d->bar)
		fputs("\r\033[K", stderr);
	fflush(stderr);
	d->bar = text != NULL;
}

void die(const char *fmt, ...)
{
	PRINT(NULL, "error: ");
	exit(1);
}
