/* SPDX-License-Identifier: MIT */
/* The generated C and C++ header. Its text depends on the names alone. */
#include "emit.h"
#include "ident.h"

/* Bytes as a string literal: an octal escape has always three digits, so what follows cannot become part of it;
 * '?' is escaped for trigraphs. */
static void add_literal(struct sb *text, struct str s)
{
	sb_char(text, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c > '~' || c == '?' || c == '"' || c == '\\')
			sb_fmt(text, "\\%03o", c);
		else
			sb_char(text, (char)c);
	}
	sb_char(text, '"');
}

void emit_header(struct sb *text, struct arena *a, const struct plan *p)
{
	struct str *names = new(a, struct str, p->n), *id;
	const char *b = str_copy(a, p->bundle).p;

	for (size_t i = 0; i < p->n; i++)
		names[i] = p->v[i].name;
	id = ident_all(a, names, p->n);
	sb_fmt(text,
	       "/* Made by rcc; do not edit. The bundle '%s': a constant for each of its names, so that a program that\n"
	       " * asks for one that is not there does not compile. */\n"
	       "#ifndef RCC_BUNDLE_%s_H\n#define RCC_BUNDLE_%s_H\n\n#include <rcc.h>\n\n"
	       "RCC_DECLARE_BUNDLE(%s);\n\n", b, b, b, b);
	for (size_t i = 0; i < p->n; i++) {
		sb_fmt(text, "#define RCC_NAME_%s__%s ", b, id[i].p);
		add_literal(text, names[i]);
		sb_char(text, '\n');
	}
	sb_str(text, "\n#endif\n");
}
