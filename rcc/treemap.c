/* SPDX-License-Identifier: MIT */
/* See treemap.h. Rectangles are as square as may be: rows are filled from the largest on while that makes them squarer
 * (Bruls, Huizing and van Wijk, "Squarified Treemaps"). What is too small to be seen is drawn as one, so the page's
 * size depends on the picture's, not on the number of files. */
#include "treemap.h"

#include <inttypes.h>
#include <stdlib.h>

#include "json.h"

enum { WIDTH = 1200, HEIGHT = 700, TITLE = 14, MARGIN = 2, SMALLEST = 3 };
enum { LETTER = 7 }; /* pixels: the most that one takes */

struct rect {
	double x, y, w, h;
};

/* A file, a directory, or (hi 0) what is too small. */
struct node {
	size_t lo, hi;     /* the files */
	size_t from, to;   /* the part of their names */
	size_t files;
	uint64_t weight;
	bool directory;
};

struct map {
	struct sb *page;
	const struct report *r;
	bool *dropped; /* a flag a file, or NULL */
};

/* --- Text ------------------------------------------------------------------------------------- */

/* Bytes that are no text become octal escapes. */
static void add_text(struct sb *page, struct str s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		unsigned char c = (unsigned char)s.p[i];

		n = utf8_length((const unsigned char *)s.p + i, s.n - i);
		if (!n || c < ' ' || c == 0x7f)
			sb_fmt(page, "\\%03o", c);
		else if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'')
			sb_fmt(page, "&#%d;", c);
		else
			sb_add(page, s.p + i, n);
		n = n ? n : 1;
	}
}

static void add_rect(const struct map *m, const char *kind, struct rect at)
{
	sb_fmt(m->page, "<g class=\"%s\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/><title>", kind, at.x,
	       at.y, at.w, at.h);
}

/* The name in the rectangle, if there is room, and the end of its group. */
static void end_rect(const struct map *m, struct rect at, struct str label)
{
	sb_str(m->page, "</title>");
	if (label.n && at.h >= TITLE && at.w >= (double)label.n * LETTER + 2 * MARGIN) {
		sb_fmt(m->page, "<text x=\"%.1f\" y=\"%.1f\">", at.x + MARGIN, at.y + TITLE - MARGIN - 1);
		add_text(m->page, label);
		sb_str(m->page, "</text>");
	}
	sb_str(m->page, "</g>\n");
}

static struct str part_of(const struct map *m, const struct node *n)
{
	return (struct str){m->r->v[n->lo].name.p + n->from, n->to - n->from};
}

static void draw_file(const struct map *m, const struct node *n, struct rect at)
{
	const struct report_file *f = &m->r->v[n->lo];
	bool dropped = m->dropped && m->dropped[n->lo];

	add_rect(m, dropped ? "d" : f->compressed ? "z" : "s", at);
	add_text(m->page, f->name);
	sb_fmt(m->page, "\n%" PRIu64 " bytes, %" PRIu64 " stored%s", f->size, f->stored, dropped ? ", dropped" : "");
	end_rect(m, at, part_of(m, n));
}

/* --- Nodes ------------------------------------------------------------------------------------ */

static int by_weight(const void *x, const void *y)
{
	const struct node *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return (a->lo > b->lo) - (a->lo < b->lo);
}

/* Does the i-th name go on, at from, with the part of the node's names, and its slash? */
static bool is_below(const struct map *m, const struct node *n, size_t i)
{
	struct str s = m->r->v[i].name;

	return s.n > n->to && s.p[n->to] == '/' &&
	       str_eq((struct str){s.p + n->from, n->to - n->from}, part_of(m, n));
}

/* The files and directories right in a directory, whose name with its slash is the first from bytes; those of no weight
 * are left out. */
static struct node *children(const struct map *m, size_t lo, size_t hi, size_t from, size_t *count)
{
	struct node *v = calloc(hi - lo, sizeof *v);

	if (!v)
		die("out of memory");
	*count = 0;
	for (size_t i = lo; i < hi;) {
		struct str name = m->r->v[i].name;
		const char *slash = memchr(name.p + from, '/', name.n - from);
		struct node n = {.lo = i, .from = from, .to = slash ? (size_t)(slash - name.p) : name.n, .directory = slash};

		do
			n.weight += m->r->v[i++].stored;
		while (slash && i < hi && is_below(m, &n, i));
		n.hi = i;
		n.files = n.hi - n.lo;
		if (n.weight)
			v[(*count)++] = n;
	}
	qsort(v, *count, sizeof *v, by_weight);
	return v;
}

/* The last ones, too small to be seen, become one. */
static void join_small(struct node *v, size_t *count, double pixels_a_byte)
{
	struct node all = {0};

	while (*count && (double)v[*count - 1].weight * pixels_a_byte < SMALLEST * SMALLEST) {
		--*count;
		all.weight += v[*count].weight;
		all.files += v[*count].files;
	}
	if (all.files)
		v[(*count)++] = all;
}

/* --- Layout ----------------------------------------------------------------------------------- */

/* The ratio of the sides of a part of a row along a side, as a number of at least 1. */
static double ratio_of(double part, double row, double side)
{
	double r = side * side * part / (row * row);

	return r < 1 ? 1 / r : r;
}

/* The worse one of a row's first and last. */
static double worst(double row, double first, double last, double side)
{
	double a = ratio_of(first, row, side), b = ratio_of(last, row, side);

	return a > b ? a : b;
}

static void draw(const struct map *m, size_t lo, size_t hi, size_t from, struct rect at);

static void draw_node(const struct map *m, const struct node *n, struct rect at)
{
	struct rect inner = {at.x + MARGIN, at.y + TITLE, at.w - 2 * MARGIN, at.h - TITLE - MARGIN};

	if (n->hi && !n->directory) {
		draw_file(m, n, at);
		return;
	}
	add_rect(m, n->directory ? "f" : "o", at);
	if (n->directory) {
		add_text(m->page, (struct str){m->r->v[n->lo].name.p, n->to + 1});
		sb_char(m->page, '\n');
	}
	sb_fmt(m->page, "%zu %s, %" PRIu64 " bytes stored", n->files, n->files == 1 ? "file" : "files", n->weight);
	end_rect(m, at, n->directory ? part_of(m, n) : STR(""));
	if (n->directory && inner.w >= SMALLEST && inner.h >= SMALLEST)
		draw(m, n->lo, n->hi, n->to + 1, inner);
}

/* n nodes along the shorter side of *at, of which what is left comes back. */
static void draw_row(const struct map *m, const struct node *v, size_t n, double area, double scale, struct rect *at)
{
	bool upright = at->w >= at->h;
	double thick = area / (upright ? at->h : at->w), along = 0;

	for (size_t i = 0; i < n; i++) {
		double len = (double)v[i].weight * scale / thick;

		draw_node(m, &v[i], upright ? (struct rect){at->x, at->y + along, thick, len}
		                            : (struct rect){at->x + along, at->y, len, thick});
		along += len;
	}
	if (upright) {
		at->x += thick;
		at->w -= thick;
	} else {
		at->y += thick;
		at->h -= thick;
	}
}

static void draw(const struct map *m, size_t lo, size_t hi, size_t from, struct rect at)
{
	size_t count, i = 0, n;
	struct node *v = children(m, lo, hi, from, &count);
	double total = 0, scale, area;

	for (size_t k = 0; k < count; k++)
		total += (double)v[k].weight;
	scale = at.w * at.h / total;
	join_small(v, &count, scale);
	while (i < count && at.w > 0 && at.h > 0) {
		double side = at.w < at.h ? at.w : at.h, first = (double)v[i].weight * scale, ratio = worst(first, first, first, side);

		area = first;
		for (n = 1; i + n < count; n++) {
			double next = (double)v[i + n].weight * scale;
			double other = worst(area + next, first, next, side);

			if (other > ratio)
				break;
			ratio = other;
			area += next;
		}
		draw_row(m, v + i, n, area, scale, &at);
		i += n;
	}
	free(v);
}

/* --- The page --------------------------------------------------------------------------------- */

void treemap_begin(struct sb *page, struct str title)
{
	sb_str(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>");
	add_text(page, title);
	sb_str(page, "</title>\n<style>\n"
	             "body { font: 14px sans-serif; margin: 1em; background: #fff; color: #222 }\n"
	             "svg { width: 100%; height: auto; font: 11px sans-serif }\n"
	             "rect { stroke: #fff; stroke-width: .5 }\n"
	             "text { pointer-events: none; fill: #222 }\n"
	             ".f rect, i.f { fill: #e4e4e4; background: #e4e4e4 }\n"
	             ".o rect, i.o { fill: #c4c4c4; background: #c4c4c4 }\n"
	             ".s rect, i.s { fill: #8fbbe8; background: #8fbbe8 }\n"
	             ".z rect, i.z { fill: #9ed69a; background: #9ed69a }\n"
	             ".d rect, i.d { fill: #e9a39b; background: #e9a39b }\n"
	             "g:hover > rect { stroke: #222; stroke-width: 1.5 }\n"
	             "i { display: inline-block; width: 1em; height: 1em; vertical-align: -.15em }\n"
	             "</style>\n");
}

static bool *find_dropped(const struct report *r, const struct report_change *change)
{
	bool *v = calloc(r->n + 1, sizeof *v);

	if (!v)
		die("out of memory");
	for (size_t i = 0; i < change->dropped.n; i++)
		v[change->dropped.v[i] - r->v] = true;
	return v;
}

void treemap_add(struct sb *page, struct str name, const struct report *r, const struct report_change *change)
{
	struct map m = {page, r, change ? find_dropped(r, change) : NULL};

	sb_str(page, "<h1>");
	add_text(page, name);
	sb_fmt(page, "</h1>\n<p>%zu %s, %" PRIu64 " bytes of contents, %" PRIu64 " stored; index %" PRIu64 ", padding %" PRIu64
	       ".\n", r->n, r->n == 1 ? "file" : "files", r->contents, r->stored, r->index, r->padding);
	if (change)
		sb_fmt(page, "Kept %zu, dropped %zu of %" PRIu64 " bytes stored.\n", change->kept, change->dropped.n,
		       change->dropped.stored);
	sb_fmt(page, "<p><i class=\"s\"></i> stored <i class=\"z\"></i> compressed%s <i class=\"o\"></i> small ones together\n",
	       change ? " <i class=\"d\"></i> dropped" : "");
	sb_fmt(page, "<svg viewBox=\"0 0 %d %d\">\n", WIDTH, HEIGHT);
	if (r->stored)
		draw(&m, 0, r->n, 0, (struct rect){0, 0, WIDTH, HEIGHT});
	sb_str(page, "</svg>\n");
	free(m.dropped);
}

void treemap_end(struct sb *page)
{
	sb_str(page, "</html>\n");
}
