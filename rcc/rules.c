/* SPDX-License-Identifier: MIT */
/* See rules.h. One line is a pattern and attributes; words may be quoted as in C. */
#include "rules.h"

#include "../runtime-stub/core/core.h"
#include "encode.h"

enum { SAYS_CODEC = 1, SAYS_DROP = 2, SAYS_ALIGN = 4, SAYS_NAME = 8, SAYS_MIME = 16, SAYS_RUN = 32, SAYS_CHUNK = 64, SAYS_DICT = 128, SAYS_ENCODE = 256 };

struct rule {
	struct str pattern;
	unsigned says; /* SAYS_...: the attributes this line sets */
	struct attrs to;
	bool drop;
	struct at drop_at; /* where it says drop or keep */
};

/* The line that is being read. */
struct line {
	struct rules *r;
	struct arena *a;
	struct diag *d;
	struct at at;      /* its text is the whole line */
	const char *p, *e; /* what is still to be read */
	struct rule rule;
	struct at run_at;
	bool off;          /* a condition does not hold */
};

/* One attribute as it was written. */
struct word {
	struct str key;
	struct str value; /* p NULL: no '=' */
	struct at at;
};

/* n bytes from p on, as a place. */
static struct at place(const struct line *l, const char *p, size_t n)
{
	struct at at = l->at;

	at.col = (size_t)(p - l->at.text.p) + 1;
	at.width = n;
	return at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Goes to the next word. False: the line ends here, or a comment begins. */
static bool next_word(struct line *l)
{
	while (l->p < l->e && is_blank(*l->p))
		l->p++;
	return l->p < l->e && *l->p != '#';
}

/* The byte that an escape means; l->p is behind its backslash. -1: no such escape. */
static int escape(struct line *l)
{
	static const char from[] = "\"\\ntr", to[] = "\"\\\n\t\r";
	const char *at = l->p < l->e ? memchr(from, *l->p, sizeof from - 1) : NULL;
	int v = 0;

	if (at) {
		l->p++;
		return to[at - from];
	}
	for (int i = 0; i < 3; i++, l->p++) {
		if (l->p == l->e || *l->p < '0' || *l->p > '7')
			return -1;
		v = 8 * v + (*l->p - '0');
	}
	return v > 0 && v < 256 ? v : -1;
}

/* What stands in quotes; l->p is at the first of them. False: reported, and the rest of the line is given up. */
static bool quoted(struct line *l, struct str *out)
{
	const char *begin = l->p++;
	char *to = new(l->a, char, (size_t)(l->e - begin) + 1);

	*out = (struct str){to, 0};
	while (l->p < l->e && *l->p != '"') {
		const char *from = l->p;
		int c = (unsigned char)*l->p++;

		if (c == '\\')
			c = escape(l);
		if (c < 0) {
			diag_error(l->d, place(l, from, (size_t)(l->p - from) + (l->p < l->e)),
			           "unknown escape; in quotes a backslash goes before a quote, a backslash, n, t, r or three "
			           "octal digits");
			return false;
		}
		to[out->n++] = (char)c;
	}
	if (l->p == l->e) {
		diag_error(l->d, place(l, begin, 1), "the quote is not closed");
		return false;
	}
	l->p++;
	if (l->p < l->e && !is_blank(*l->p)) {
		diag_error(l->d, place(l, l->p, 1), "a blank must follow the closing quote");
		return false;
	}
	return true;
}

/* Reads what is quoted, or else up to a blank, and for a key up to '=' as well. */
static bool read_word(struct line *l, bool key, struct str *out)
{
	const char *begin = l->p;

	if (!key && l->p < l->e && *l->p == '"')
		return quoted(l, out);
	while (l->p < l->e && !is_blank(*l->p) && !(key && *l->p == '='))
		l->p++;
	*out = (struct str){begin, (size_t)(l->p - begin)};
	return true;
}

static void set_align(struct line *l, const struct word *w)
{
	unsigned long long v;

	if (!str_to_size(w->value, &v) || !v || v > 1u << 30 || (v & (v - 1)))
		diag_error(l->d, w->at, "bad alignment '%.*s'; a power of two from 1 to 1G", (int)w->value.n, w->value.p);
	else
		l->rule.to.align = (uint32_t)v;
	l->rule.says |= SAYS_ALIGN;
}

static void set_zstd(struct line *l, const struct word *w)
{
	long level = 0;

	if (w->value.p && (!str_to_long(w->value, &level) || level < RULES_LEVEL_MIN || level > RULES_LEVEL_MAX || !level))
		diag_error(l->d, w->at, "bad level '%.*s'; 1 to %d, or negative for fast", (int)w->value.n, w->value.p,
		           RULES_LEVEL_MAX);
	l->rule.to.codec = CODEC_ZSTD;
	l->rule.to.level = (int)level;
	l->rule.says |= SAYS_CODEC;
}

static void set_store(struct line *l, const struct word *w)
{
	(void)w;
	l->rule.to.codec = CODEC_STORE;
	l->rule.says |= SAYS_CODEC;
}

static void set_drop(struct line *l, const struct word *w)
{
	l->rule.drop = str_eq(w->key, STR("drop"));
	l->rule.drop_at = w->at;
	l->rule.says |= SAYS_DROP;
}

static void set_name(struct line *l, const struct word *w)
{
	if (!rcc_i_name_ok(w->value.p, w->value.n))
		diag_error(l->d, w->at, "'%.*s' cannot be a name; names have no leading '/' and no empty, '.' or '..' part",
		           (int)w->value.n, w->value.p);
	l->rule.to.name = w->value;
	l->rule.to.name_at = w->at;
	l->rule.says |= SAYS_NAME;
}

static void set_mime(struct line *l, const struct word *w)
{
	const char *p = w->value.p, *slash = memchr(p, '/', w->value.n);
	bool ok = (slash && slash > p && slash + 1 < p + w->value.n) || str_eq(w->value, RULES_MIME_AUTO);

	for (size_t i = 0; i < w->value.n; i++)
		ok = ok && p[i] > ' ' && p[i] < 0x7f && p[i] != '"' && p[i] != '\'';
	if (!ok)
		diag_error(l->d, w->at, "bad MIME type '%.*s'; write it as type/subtype, in ASCII without blanks or quotes, or auto",
		           (int)w->value.n, p);
	l->rule.to.mime = w->value;
	l->rule.says |= SAYS_MIME;
}

static void set_run(struct line *l, const struct word *w)
{
	l->rule.to.run = w->value;
	l->run_at = w->at;
	l->rule.says |= SAYS_RUN;
}

static void set_condition(struct line *l, const struct word *w)
{
	bool on = false;

	for (size_t i = 0; i < l->r->ntags; i++)
		on = on || str_eq(l->r->tags[i], w->value);
	l->off = l->off || on != str_eq(w->key, STR("when"));
}

bool rules_chunk_ok(struct str size, uint32_t *out)
{
	unsigned long long v;

	if (!str_to_size(size, &v) || v < RCCF_CHUNK_MIN || v > RCCF_CHUNK_MAX || (v & (v - 1)))
		return false;
	*out = (uint32_t)v;
	return true;
}

static void set_chunk(struct line *l, const struct word *w)
{
	if (!rules_chunk_ok(w->value, &l->rule.to.chunk))
		diag_error(l->d, w->at, "bad chunk size '%.*s'; " RULES_CHUNK, (int)w->value.n, w->value.p);
	l->rule.says |= SAYS_CHUNK;
}

static void set_dict(struct line *l, const struct word *w)
{
	l->rule.to.dict = *w->key.p == '-' ? DICT_NO : DICT_YES;
	l->rule.says |= SAYS_DICT;
}

static void set_encode(struct line *l, const struct word *w)
{
	struct str rest = w->value, word;

	l->rule.to.encode = 0;
	l->rule.says |= SAYS_ENCODE;
	if (str_eq(rest, STR("none")))
		return;
	do {
		const char *comma = memchr(rest.p, ',', rest.n);
		unsigned coding;

		word = (struct str){rest.p, comma ? (size_t)(comma - rest.p) : rest.n};
		coding = encode_of(word);
		if (!coding)
			diag_error(l->d, w->at, "unknown encoding '%.*s'; gzip, br, both with a comma between, or none", (int)word.n,
			           word.p);
		else if (!encode_has(coding))
			diag_error(l->d, w->at, "this rcc was built without the library for encode=%.*s; install it and build rcc again, or "
			           "leave it out", (int)word.n, word.p);
		l->rule.to.encode |= (uint8_t)coding;
		rest.p += word.n + 1;
		rest.n -= word.n + (comma != NULL);
	} while (word.p + word.n < w->value.p + w->value.n);
}

enum takes { NO_VALUE, MAY_VALUE, NEEDS_VALUE };

static const struct attribute {
	const char *name;
	enum takes takes;
	void (*set)(struct line *l, const struct word *w);
} attribute[] = {
	{"-dict", NO_VALUE, set_dict},        {"align", NEEDS_VALUE, set_align},
	{"chunk", NEEDS_VALUE, set_chunk},    {"dict", NO_VALUE, set_dict},
	{"drop", NO_VALUE, set_drop},         {"encode", NEEDS_VALUE, set_encode},
	{"keep", NO_VALUE, set_drop},
	{"mime", NEEDS_VALUE, set_mime},      {"name", NEEDS_VALUE, set_name},
	{"run", NEEDS_VALUE, set_run},        {"store", NO_VALUE, set_store},
	{"unless", NEEDS_VALUE, set_condition}, {"when", NEEDS_VALUE, set_condition},
	{"zstd", MAY_VALUE, set_zstd},
};
enum { NATTRIBUTES = sizeof attribute / sizeof *attribute };

static void unknown(struct line *l, const struct word *w)
{
	const char *names[NATTRIBUTES], *near;

	for (size_t i = 0; i < NATTRIBUTES; i++)
		names[i] = attribute[i].name;
	near = str_nearest(w->key, names, NATTRIBUTES);
	if (near)
		diag_error(l->d, w->at, "unknown attribute '%.*s'; did you mean '%s'?", (int)w->key.n, w->key.p, near);
	else
		diag_error(l->d, w->at, "unknown attribute '%.*s'; rcc-rules(5) lists them", (int)w->key.n, w->key.p);
}

/* Carries out one attribute; a fault in it is reported. */
static void apply(struct line *l, struct word *w)
{
	for (size_t i = 0; i < NATTRIBUTES; i++) {
		const struct attribute *t = &attribute[i];

		if (!str_eq(w->key, str_of(t->name)))
			continue;
		if (w->value.p && t->takes == NO_VALUE)
			diag_error(l->d, w->at, "%s takes no value", t->name);
		else if (!w->value.n && (w->value.p || t->takes == NEEDS_VALUE))
			diag_error(l->d, w->at, "%s needs a value; write %s=VALUE", t->name, t->name);
		else
			t->set(l, w);
		return;
	}
	w->at.width = w->key.n ? w->key.n : 1;
	unknown(l, w);
}

/* The attributes behind the pattern; returns how many words there were. */
static size_t read_attributes(struct line *l)
{
	size_t n = 0;

	for (; next_word(l); n++) {
		const char *begin = l->p;
		struct word w = {0};

		read_word(l, true, &w.key);
		if (l->p < l->e && *l->p == '=') {
			l->p++;
			if (!read_word(l, false, &w.value))
				return n + 1;
		}
		w.at = place(l, begin, (size_t)(l->p - begin));
		apply(l, &w);
	}
	return n;
}

static void add_rule(struct rules *r, struct arena *a, const struct rule *rule)
{
	r->v = one_more(a, struct rule, r->v, r->n);
	r->v[r->n++] = *rule;
}

static void read_line(struct line *l)
{
	unsigned errors = l->d->errors;
	const char *begin, *nul = memchr(l->p, 0, (size_t)(l->e - l->p)), *bad;

	if (nul) {
		diag_error(l->d, place(l, nul, 1), "a NUL byte; rules are text");
		return;
	}
	if (!next_word(l))
		return;
	begin = l->p;
	if (!read_word(l, false, &l->rule.pattern))
		return;
	bad = rcc_i_match_fault(l->rule.pattern.p, l->rule.pattern.n);
	if (bad)
		diag_error(l->d, place(l, begin, (size_t)(l->p - begin)), "%s", bad);
	if (!read_attributes(l))
		diag_error(l->d, place(l, begin, (size_t)(l->p - begin)),
		           "a pattern without attributes; say what to do with the files, for example store or drop");
	if (l->off)
		return;
	if (l->rule.says & SAYS_RUN && !l->r->allow_run)
		diag_error(l->d, l->run_at, "this rule runs a command; pass --allow-run if you trust it");
	if (l->d->errors == errors)
		add_rule(l->r, l->a, &l->rule);
}

void rules_parse(struct rules *r, struct arena *a, struct diag *d, const char *file, struct str text)
{
	static const struct str mark = {"\xef\xbb\xbf", 3}; /* some editors put it in front of UTF-8 */
	struct at at = AT_FILE(file);

	if (str_starts(text, mark))
		text = (struct str){text.p + mark.n, text.n - mark.n};
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		struct line l = {.r = r, .a = a, .d = d};

		at.line++;
		at.text = (struct str){text.p, n - (n && text.p[n - 1] == '\r')};
		l.at = at;
		l.p = at.text.p;
		l.e = l.p + at.text.n;
		read_line(&l);
		n += end != NULL;
		text = (struct str){text.p + n, text.n - n};
	}
}

/* Takes from one line what no later line has said. */
static void take(struct attrs *to, const struct attrs *from, unsigned what)
{
	if (what & SAYS_CODEC) {
		to->codec = from->codec;
		to->level = from->level;
	}
	if (what & SAYS_CHUNK)
		to->chunk = from->chunk;
	if (what & SAYS_DICT)
		to->dict = from->dict;
	if (what & SAYS_ENCODE)
		to->encode = from->encode;
	if (what & SAYS_ALIGN)
		to->align = from->align;
	if (what & SAYS_NAME) {
		to->name = from->name;
		to->name_at = from->name_at;
	}
	if (what & SAYS_MIME)
		to->mime = from->mime;
	if (what & SAYS_RUN)
		to->run = from->run;
}

struct attrs rules_match(const struct rules *r, struct str name)
{
	struct attrs found = {0};
	unsigned said = SAYS_DROP; /* rules_drop's to say */

	/* From the last line to the first, so that a line with nothing new to say is not matched at all. */
	for (size_t i = r->n; i-- > 0;) {
		const struct rule *rule = &r->v[i];
		unsigned what = rule->says & ~said;

		if (what && rcc_i_match(rule->pattern.p, rule->pattern.n, name.p, name.n)) {
			take(&found, &rule->to, what);
			said |= what;
		}
	}
	return found;
}

bool rules_drop(const struct rules *r, struct str name, struct at *by)
{
	for (size_t i = r->n; i-- > 0;) {
		const struct rule *rule = &r->v[i];

		if (rule->says & SAYS_DROP && rcc_i_match(rule->pattern.p, rule->pattern.n, name.p, name.n)) {
			*by = rule->drop_at;
			return rule->drop;
		}
	}
	return false;
}

bool rules_may_descend(const struct rules *r, struct str dir)
{
	for (size_t i = r->n; i-- > 0;) {
		struct str p = r->v[i].pattern;

		if (!(r->v[i].says & SAYS_DROP))
			continue;
		if (!r->v[i].drop)
			return true;
		/* Without its last slash a pattern for directories matches the directory as if it were a name. */
		p.n -= p.p[p.n - 1] == '/';
		if (rcc_i_match(p.p, p.n, dir.p, dir.n))
			return false;
	}
	return true;
}
