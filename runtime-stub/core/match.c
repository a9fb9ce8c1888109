/* SPDX-License-Identifier: MIT */
/* gitignore's patterns against names: the one matcher that rcc_glob, rules and select share. No lines or lists
 * here. Nothing recurses; the time is at most the lengths of pattern and name and the number of the name's parts,
 * multiplied. */
#include "core.h"

/* A part is what lies between two slashes; its bytes run from p to e. */
static const char *match_part_end(const char *p, const char *e)
{
	const char *slash = p < e ? memchr(p, '/', (size_t)(e - p)) : NULL;

	return slash ? slash : e;
}

/* The part behind the one that ends at p, or NULL if that was the last. */
static const char *match_part_next(const char *p, const char *e)
{
	return p < e ? p + 1 : NULL;
}

static int match_in(unsigned char c, unsigned char lo, unsigned char hi)
{
	return lo <= c && c <= hi;
}

/* Is c in the class of POSIX that is called name, in ASCII? -1: there is no such class. */
static int match_class(const char *name, size_t n, unsigned char c)
{
	int lower = match_in(c, 'a', 'z'), upper = match_in(c, 'A', 'Z'), digit = match_in(c, '0', '9');
	int graph = match_in(c, 0x21, 0x7e);
	const struct {
		char name[8];
		int has;
	} class[] = {
		{"alnum", lower || upper || digit}, {"alpha", lower || upper}, {"blank", c == ' ' || c == '\t'},
		{"cntrl", c < 0x20 || c == 0x7f}, {"digit", digit}, {"graph", graph}, {"lower", lower},
		{"print", graph || c == ' '}, {"punct", graph && !(lower || upper || digit)},
		{"space", c == ' ' || match_in(c, 0x09, 0x0d)}, {"upper", upper},
		{"xdigit", digit || match_in(c, 'a', 'f') || match_in(c, 'A', 'F')},
	};

	for (size_t i = 0; i < sizeof class / sizeof *class; i++)
		if (n < sizeof class->name && !class[i].name[n] && !memcmp(class[i].name, name, n))
			return class[i].has;
	return -1;
}

/* Where the name of a class "[:name:]" that begins at p ends, or NULL if none begins there. */
static const char *match_class_end(const char *p, const char *e)
{
	if (e - p < 4 || p[0] != '[' || p[1] != ':')
		return NULL;
	for (p += 2; e - p >= 2; p++)
		if (p[0] == ':' && p[1] == ']')
			return p;
	return NULL;
}

/* One byte inside brackets, perhaps escaped, to *c; returns what follows, or NULL at the end. */
static const char *match_bracket_byte(const char *p, const char *e, unsigned char *c)
{
	if (p < e && *p == '\\')
		p++;
	if (p >= e)
		return NULL;
	*c = (unsigned char)*p;
	return p + 1;
}

/* What follows the bracket expression that begins at p, or NULL if it is none; *hit tells whether it takes c. */
static const char *match_bracket(const char *p, const char *e, unsigned char c, int *hit)
{
	int found = 0, invert;
	const char *first;

	p++;
	invert = p < e && (*p == '!' || *p == '^');
	p += invert;
	for (first = p; p && p < e;) {
		const char *end = match_class_end(p, e);
		unsigned char lo, hi;

		if (*p == ']' && p != first) {
			*hit = found != invert;
			return p + 1;
		}
		if (end) {
			int has = match_class(p + 2, (size_t)(end - p - 2), c);

			if (has < 0)
				return NULL;
			found |= has;
			p = end + 2;
			continue;
		}
		p = match_bracket_byte(p, e, &lo);
		if (!p)
			return NULL;
		hi = lo;
		if (e - p >= 2 && p[0] == '-' && p[1] != ']')
			p = match_bracket_byte(p + 1, e, &hi);
		found |= match_in(c, lo, hi);
	}
	return NULL;
}

/* Does the element of the pattern at p, which is no star, take the byte c? What follows it then, else NULL. */
static const char *match_byte(const char *p, const char *e, unsigned char c)
{
	int hit = 0;

	switch (*p) {
	case '?':
		return p + 1;
	case '[':
		p = match_bracket(p, e, c, &hit);
		return hit ? p : NULL;
	case '\\':
		if (++p == e)
			return NULL;
	}
	return (unsigned char)*p == c ? p + 1 : NULL;
}

/* One part of the pattern against one part of the name. Only the last star seen ever needs to take more. */
static int match_part(const char *p, const char *pe, const char *n, const char *ne)
{
	const char *star = NULL, *from = NULL;

	/* Most patterns end in a plain byte ("*.png") and most names do not end so. */
	if (p < pe && pe[-1] != '*' && pe[-1] != '?' && pe[-1] != ']' && (n == ne || ne[-1] != pe[-1]))
		return 0;
	for (;;) {
		const char *next;

		if (p < pe && *p == '*') {
			star = ++p;
			from = n;
			continue;
		}
		if (n == ne)
			return p == pe;
		next = p < pe ? match_byte(p, pe, (unsigned char)*n) : NULL;
		if (next) {
			p = next;
			n++;
		} else if (!star || star == pe) {
			return star != NULL;
		} else {
			p = star;
			n = ++from;
		}
	}
}

/* An anchored pattern against the name's first parts; as many as it takes, so that what lies below a directory
 * matches too. A part "**" takes any number of parts, at the end at least one; only the last one seen ever needs
 * to take more. */
static int match_parts(const char *p, const char *pe, const char *n, const char *ne, int dir_only)
{
	const char *again_p = NULL, *again_n = NULL;

	for (;;) {
		const char *p_end, *n_end;

		if (!p)
			return !dir_only || n;
		if (!n)
			return 0;
		p_end = match_part_end(p, pe);
		n_end = match_part_end(n, ne);
		if (p_end - p == 2 && p[0] == '*' && p[1] == '*') {
			p = match_part_next(p_end, pe);
			if (!p)
				return !dir_only || n_end < ne;
			again_p = p;
			again_n = n;
		} else if (match_part(p, p_end, n, n_end)) {
			p = match_part_next(p_end, pe);
			n = match_part_next(n_end, ne);
		} else {
			if (!again_p)
				return 0;
			again_n = match_part_next(match_part_end(again_n, ne), ne);
			p = again_p;
			n = again_n;
		}
	}
}

int rcc_i_match(const char *pattern, size_t plen, const char *name, size_t nlen)
{
	const char *p = pattern, *pe = pattern + plen, *n = name, *ne = name + nlen;
	int dir_only = plen && pe[-1] == '/';

	pe -= dir_only;
	if (p == pe)
		return 0;
	if (memchr(p, '/', (size_t)(pe - p)))
		return match_parts(p + (*p == '/'), pe, n, ne, dir_only);
	while (n) {
		const char *end = match_part_end(n, ne);

		if (dir_only && end == ne)
			return 0;
		if (match_part(p, pe, n, end))
			return 1;
		n = match_part_next(end, ne);
	}
	return 0;
}

/* What is wrong with one part of a pattern. */
static const char *match_part_fault(const char *p, const char *e)
{
	if (p == e)
		return "the pattern has an empty part between slashes";
	if ((e - p == 1 && p[0] == '.') || (e - p == 2 && p[0] == '.' && p[1] == '.'))
		return "the pattern has a part '.' or '..', which no name has";
	while (p < e) {
		int hit;

		if (*p == '[') {
			p = match_bracket(p, e, 0, &hit);
			if (!p)
				return "the pattern has a '[' that is not closed, or an unknown [:class:] in it";
		} else if (*p == '\\' && ++p == e) {
			return "the pattern has a backslash with nothing behind it";
		} else {
			p++;
		}
	}
	return NULL;
}

const char *rcc_i_match_fault(const char *pattern, size_t plen)
{
	const char *p = pattern, *e = pattern + plen;

	if (plen && *p == '!')
		return "a pattern cannot be negated by '!'; use the attribute keep, or the option -i "
		       "(a backslash before it makes '!' a plain byte)";
	p += plen && *p == '/';
	e -= p < e && e[-1] == '/';
	if (p == e)
		return "the pattern is empty";
	while (p) {
		const char *end = match_part_end(p, e), *fault = match_part_fault(p, end);

		if (fault)
			return fault;
		p = match_part_next(end, e);
	}
	return NULL;
}
