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

/* What the linker knows each asset by. */
static void add_refs(struct sb *text, const char *bundle, const struct str *id, size_t n)
{
	sb_str(text, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
	for (size_t i = 0; i < n; i++)
		sb_fmt(text, "extern RCC_HIDDEN const rcc_ref rcc_ref_%s__%s;\n", bundle, id[i].p);
	sb_str(text, "#ifdef __cplusplus\n}\n#endif\n\n");
}

static void add_asset(struct sb *text, const char *bundle, const char *id, size_t index, bool split)
{
	sb_fmt(text, "#define RCC_ASSET_%s__%s rcc_asset_of(&rcc_bundle_%s, ", bundle, id, bundle);
	if (split)
		sb_fmt(text, "&rcc_ref_%s__%s", bundle, id);
	else
		sb_str(text, "NULL");
	sb_fmt(text, ", %zuu, RCC_NAME_%s__%s, sizeof RCC_NAME_%s__%s - 1)\n", index, bundle, id, bundle, id);
}

/* Can BUNDLE__IDENT be read as another bundle's constant too? */
static bool is_ambiguous(const char *bundle, struct str id)
{
	struct sb b = {0};
	size_t n = 0;

	sb_fmt(&b, "%s__%s", bundle, id.p);
	for (size_t i = 1; i + 2 < b.n; i++)
		n += b.p[i] == '_' && b.p[i + 1] == '_';
	sb_done(&b);
	return n > 1;
}

/* So that no compiler takes the last of two bundles' constants for both. */
static void add_guard(struct sb *text, const char *bundle, const char *id)
{
	sb_fmt(text,
	       "#ifdef RCC_NAME_%s__%s\n#error \"two bundles have the constant %s__%s; name one otherwise (-n, or name= in a rule)\"\n"
	       "#endif\n", bundle, id, bundle, id);
}

void emit_header(struct sb *text, struct arena *a, const struct plan *p, bool split)
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
	if (split)
		add_refs(text, b, id, p->n);
	for (size_t i = 0; i < p->n; i++) {
		if (is_ambiguous(b, id[i]))
			add_guard(text, b, id[i].p);
		sb_fmt(text, "#define RCC_NAME_%s__%s ", b, id[i].p);
		add_literal(text, names[i]);
		sb_char(text, '\n');
		add_asset(text, b, id[i].p, i, split);
	}
	sb_str(text, "\n#endif\n");
}
