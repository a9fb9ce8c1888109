/* SPDX-License-Identifier: MIT */
/* An image in the split form to a static library: the pieces of emit_elf_split.c, in the same order, shared out among members, so
 * that a linker takes in those that a program needs and need not look at the others. doc/architecture.md tells the reasons. */
#include <stdio.h>

#include "archive.h"
#include "emit.h"
#include "index_parts.h"
#include "io.h"
#include "object_desc.h"
#include "object_pieces.h"
#include "out.h"

/* Assets a member: few, and linkers that open every member are slow; many, and those that open only what they need are. */
enum { PER_MEMBER = 256 };

/* Where a member's pieces begin; and more than what every member has takes, without the sections of --like. */
enum { PIECES_AT = 64, TABLES = 4096 };

struct split_archive {
	struct archive ar;
	const struct layout *l;
	const struct plan *p;
	const struct target *t;
	const struct like *like;
	uint64_t image;      /* where in fd the layout has written it */
	bool sizes;          /* --symbols sizes */
	const struct str *ident;
	uint32_t *place;     /* of each item, among the assets as they lie */
	struct sb refs, data, asset; /* what the symbols' names begin with */
	struct object o;     /* the member in the making */
};

/* --- room ----------------------------------------------------------------------------------------- */

static size_t members_for(size_t n)
{
	return (n + PER_MEMBER - 1) / PER_MEMBER;
}

/* More than everything takes that is not the image. The members' heads and tables go between its pieces, so those are moved
 * down, each to its place; as the image begins so far behind, no piece is overwritten before. */
uint64_t emit_archive_image_offset(const struct plan *p, const struct like *like)
{
	enum { HEADERS = 4 * sizeof(Elf64_Shdr), RELOCATIONS = 2 * sizeof(Elf64_Rela), SYMBOLS = 5 * sizeof(Elf64_Sym),
	       NAMES = 6 * 32, INDEX = 2 * 8, IDENT = 128 /* longer than a name's, at most */ };
	uint64_t marks = 0, bytes = 0, members = 2 * (uint64_t)members_for(p->n) + 3;

	for (size_t i = 0; like && i < like->n; i++)
		marks += like->section[i].n + like->section[i].align + HEADERS + 64;
	for (size_t i = 0; i < p->n; i++)
		bytes += HEADERS + RELOCATIONS + SYMBOLS + NAMES + INDEX + RCCF_SPLIT_REF_SIZE + 6 * p->bundle.n +
		         2 * (p->v[i].name.n + IDENT) + p->v[i].name.n;
	return align_up(bytes + members * (TABLES + 6 * p->bundle.n + marks), TABLES);
}

/* Copies a part of the image to where it shall lie, somewhere before. False: reported. */
static bool move_down(struct split_archive *s, uint64_t off, uint64_t n, uint64_t to)
{
	enum { BUFFER = 1 << 20 };
	struct arena a = {0};
	char *buffer = new(&a, char, BUFFER);
	bool ok = true;

	if (to > s->image + off)
		die("internal error: an archive's members have no room");
	for (uint64_t from = s->image + off; ok && n;) {
		size_t piece = n < BUFFER ? (size_t)n : BUFFER;

		ok = (io_pread(s->ar.fd, buffer, piece, from) == (ssize_t)piece || out_failed(s->ar.d, s->ar.path, "read back")) &&
		     (!io_pwrite(s->ar.fd, buffer, piece, to) || out_failed(s->ar.d, s->ar.path, "write"));
		from += piece;
		to += piece;
		n -= piece;
	}
	arena_done(&a);
	return ok;
}

/* --- symbols -------------------------------------------------------------------------------------- */

/* Of an asset, by its place; within the archive alone. */
static struct str data_name(char buf[static 24], size_t place)
{
	return (struct str){buf, (size_t)snprintf(buf, 24, "%zx", place)};
}

static size_t add_global(struct object *o, const char *prefix, struct str name, size_t section)
{
	object_symbol(o, object_string(o, prefix, name), STB_GLOBAL, section ? STT_OBJECT : STT_NOTYPE, STV_HIDDEN, section, 0, 0);
	return o->nsymbols - 1;
}

static size_t add_data(struct split_archive *s, size_t place, size_t section)
{
	char buf[24];

	return add_global(&s->o, s->data.p, data_name(buf, place), section);
}

/* --- members -------------------------------------------------------------------------------------- */

/* A member with n bytes of the image from off on, and so many sections beside those that all have. False: reported. */
static bool begin_member(struct split_archive *s, uint64_t off, uint64_t n, size_t sections)
{
	size_t marks = COMMON_SECTIONS + (s->like ? s->like->n : 0);
	uint64_t base = archive_member(&s->ar);

	object_start(&s->o, s->ar.fd, s->ar.d, s->ar.path, s->t, s->like, base, align_up(PIECES_AT + n, 8), 1 + sections + marks);
	return move_down(s, off, n, base + PIECES_AT);
}

static bool end_member(struct split_archive *s, const char *name, size_t number)
{
	struct sb b = {0};
	bool ok;

	sb_fmt(&b, number ? "%s%zu.o/" : "%s.o/", name, number);
	ok = object_finish(&s->o) && archive_member_end(&s->ar, b.p, s->o.off);
	sb_done(&b);
	return ok;
}

static bool put_header(struct split_archive *s)
{
	const size_t desc = IMAGE_SECTION + 1;
	uint64_t n = pieces_refs(s->l);
	struct object *o = &s->o;
	struct header_places here;
	struct piece_names names;
	size_t mark, footer;

	if (!begin_member(s, 0, n, 1 + DESC_SECTIONS - COMMON_SECTIONS + 1))
		return false;
	object_desc_locals(o, desc);
	here = object_header_places(o);
	object_locals_end(o);
	object_bundle_symbol(o, desc, s->p->bundle, false);
	mark = add_global(o, "rcc_mark_", s->p->bundle, SHN_UNDEF);
	footer = add_global(o, "rcc_footer_", s->p->bundle, SHN_UNDEF);
	names = object_piece_names(o);
	object_piece(o, names, PIECES_AT, n, pieces_align(s->l, s->t));
	archive_symbol(&s->ar, "rcc_bundle_", s->p->bundle);
	return object_fits(o, TABLES + n, UINT32_MAX) && object_desc_sections(o, desc, s->l->size) && object_header_leads(o, names, mark, footer, here) &&
	       end_member(s, "header", 0);
}

/* The assets that items [i, end) refer to lie in members that the index names by their first asset: those are referred to too. */
static void refer_to_members(struct split_archive *s, size_t i, size_t end)
{
	size_t known[PER_MEMBER], n = 0, first = i;

	for (; i < end; i++) {
		size_t lead = s->place[i] - s->place[i] % PER_MEMBER, k = n;

		while (k && known[k - 1] != lead)
			k--;
		if (k)
			continue;
		known[n++] = lead;
		if (s->p->order[lead] < first || s->p->order[lead] >= end)
			add_data(s, lead, SHN_UNDEF);
	}
}

/* The references of items [first, end). */
static bool put_refs(struct split_archive *s, size_t first, size_t end)
{
	struct object *o = &s->o;
	const size_t n = end - first, size = n * RCCF_SPLIT_REF_SIZE;
	struct piece_names names;
	size_t ref, data;
	bool ok;

	if (!begin_member(s, pieces_refs(s->l) + first * RCCF_SPLIT_REF_SIZE, size, 2 * n))
		return false;
	object_locals_end(o);
	ref = o->nsymbols;
	for (size_t i = first; i < end; i++) {
		object_ref_symbol(o, s->refs.p, s->ident[i], IMAGE_SECTION + (i - first));
		archive_symbol(&s->ar, s->refs.p, s->ident[i]);
	}
	data = o->nsymbols;
	for (size_t i = first; i < end; i++)
		add_data(s, s->place[i], SHN_UNDEF);
	refer_to_members(s, first, end);
	names = object_piece_names(o);
	for (size_t i = 0; i < n; i++)
		object_piece(o, names, PIECES_AT + i * RCCF_SPLIT_REF_SIZE, RCCF_SPLIT_REF_SIZE, 8);
	ok = object_fits(o, TABLES + size, UINT32_MAX) && object_common_sections(o);
	for (size_t i = 0; ok && i < n; i++)
		ok = object_ref_leads(o, names, IMAGE_SECTION + i, ref + i, data + i, &s->p->v[first + i]);
	return ok && end_member(s, "refs", first / PER_MEMBER + 1);
}

/* The assets at places [first, end). */
static bool put_assets(struct split_archive *s, size_t first, size_t end)
{
	struct object *o = &s->o;
	const struct item *v = s->p->v, *last = &v[s->p->order[end - 1]];
	uint64_t off = v[s->p->order[first]].off, n = last->off + piece_size(last) - off;
	struct piece_names names;
	char buf[24];

	if (!begin_member(s, off, n, end - first))
		return false;
	for (size_t k = first; s->sizes && k < end; k++) {
		const struct item *it = &v[s->p->order[k]];

		object_symbol(o, object_string(o, s->asset.p, it->name), STB_LOCAL, STT_OBJECT, STV_DEFAULT,
		              IMAGE_SECTION + (k - first), 0, it->stored);
	}
	object_locals_end(o);
	for (size_t k = first; k < end; k++)
		add_data(s, k, IMAGE_SECTION + (k - first));
	archive_symbol(&s->ar, s->data.p, data_name(buf, first));
	names = object_piece_names(o);
	for (size_t k = first; k < end; k++) {
		const struct item *it = &v[s->p->order[k]];

		object_piece(o, names, PIECES_AT + (it->off - off), piece_size(it), (uint64_t)1 << split_align(it));
	}
	return object_fits(o, TABLES + n, UINT32_MAX) && object_common_sections(o) && end_member(s, "data", first / PER_MEMBER + 1);
}

static bool put_mark(struct split_archive *s, uint64_t off, uint64_t align, const char *prefix, const char *name)
{
	struct object *o = &s->o;

	if (!begin_member(s, off, RCCF_MARK_SIZE, 1))
		return false;
	object_locals_end(o);
	add_global(o, prefix, s->p->bundle, IMAGE_SECTION);
	archive_symbol(&s->ar, prefix, s->p->bundle);
	object_piece(o, object_piece_names(o), PIECES_AT, RCCF_MARK_SIZE, align);
	return object_fits(o, TABLES, UINT32_MAX) && object_common_sections(o) && end_member(s, name, 0);
}

/* --- the whole ------------------------------------------------------------------------------------ */

static bool put_members(struct split_archive *s)
{
	size_t n = s->p->n;
	bool ok = put_header(s);

	object_done(&s->o);
	for (size_t i = 0; ok && i < n; i += PER_MEMBER) {
		ok = put_refs(s, i, i + PER_MEMBER < n ? i + PER_MEMBER : n);
		object_done(&s->o);
	}
	ok = ok && put_mark(s, s->l->index_size - RCCF_MARK_SIZE, 8, "rcc_mark_", "mark");
	object_done(&s->o);
	for (size_t k = 0; ok && k < n; k += PER_MEMBER) {
		ok = put_assets(s, k, k + PER_MEMBER < n ? k + PER_MEMBER : n);
		object_done(&s->o);
	}
	ok = ok && put_mark(s, s->l->size - RCCF_MARK_SIZE, 16, "rcc_footer_", "footer");
	object_done(&s->o);
	return ok;
}

/* The bytes of the names that the index will have. */
static uint64_t index_names(const struct split_archive *s)
{
	uint64_t bytes = sizeof "rcc_bundle_" + sizeof "rcc_mark_" + sizeof "rcc_footer_" + 3 * s->p->bundle.n;
	char buf[24];

	for (size_t i = 0; i < s->p->n; i++)
		bytes += s->refs.n + s->ident[i].n + 1;
	for (size_t k = 0; k < s->p->n; k += PER_MEMBER)
		bytes += s->data.n + data_name(buf, k).n + 1;
	return bytes;
}

bool emit_archive(int fd, struct diag *d, const char *out_path, const struct layout *l, const struct target *t,
                  const struct like *like, enum emit_symbols symbols)
{
	struct split_archive s = {.l = l, .p = l->plan, .t = t, .like = like, .sizes = symbols == SYMBOLS_SIZES};
	const struct plan *p = l->plan;
	struct arena a = {0};
	bool ok;

	s.image = emit_archive_image_offset(p, like);
	s.ident = object_idents(&a, p);
	s.place = new(&a, uint32_t, p->n);
	for (size_t k = 0; k < p->n; k++)
		s.place[p->order[k]] = (uint32_t)k;
	ref_prefix(&s.refs, p->bundle);
	sb_fmt(&s.data, "rcc_data_%.*s__", (int)p->bundle.n, p->bundle.p);
	sb_fmt(&s.asset, "rcc_asset_%.*s/", (int)p->bundle.n, p->bundle.p);
	archive_start(&s.ar, fd, d, out_path, 3 + p->n + members_for(p->n), index_names(&s), s.image + l->size);
	ok = put_members(&s) && archive_finish(&s.ar);
	archive_done(&s.ar);
	sb_done(&s.refs);
	sb_done(&s.data);
	sb_done(&s.asset);
	arena_done(&a);
	return ok;
}
