/* SPDX-License-Identifier: MIT */
/* See diag.h. */
#include "diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The source line with a caret and tildes under the fault; tabs stay tabs so that columns agree. */
static void add_source(struct sb *b, const struct at *at)
{
	sb_str(b, "  ");
	sb_add(b, at->text.p, at->text.n);
	sb_str(b, "\n  ");
	for (size_t i = 0; i + 1 < at->col && i < at->text.n; i++)
		sb_char(b, at->text.p[i] == '\t' ? '\t' : ' ');
	sb_char(b, '^');
	for (size_t i = 1; i < at->width; i++)
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

/* Building a message needs memory; when there is none, it dies in here again, and that message must need none. */
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
