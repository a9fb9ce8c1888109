/* SPDX-License-Identifier: MIT */
/* See index.h. Table, references and strings are built in memory, 20 bytes an entry; the records, which hold
 * the names, stream past. */
#include "index.h"

#include <stdlib.h>
#include <xxhash.h>

#include "../runtime-stub/core/core.h"
#include "io.h"
#include "out.h"

enum { BUFFER = 256 << 10 };

/* Where the parts lie; all follow from names and MIME types alone. */
struct shape {
	uint64_t table, refs, name, mime, records, end;
	uint32_t slots;
	struct str *type; /* the distinct MIME types, in the order they first occur; each with its offset */
	uint64_t *type_off;
	size_t types;
	uint32_t *place;  /* a hash table of 1 + an index into type, a power of two */
	size_t places;
};

static uint64_t record_size(const struct item *it)
{
	return align_up(RCCF_R_NAME + it->name.n + 1, 8);
}

/* The type's place among the types, and its place in the table: a free one if it is none of them yet. */
static size_t type_index(const struct shape *s, struct str type, size_t *place)
{
	size_t k = rcc_i_hash64(type.p, type.n) & (s->places - 1);

	while (s->place[k] && !str_eq(s->type[s->place[k] - 1], type))
		k = (k + 1) & (s->places - 1);
	*place = k;
	return s->place[k] ? s->place[k] - 1 : s->types;
}

/* Room for as many types again: half of the places stay free. */
static void grow_types(struct shape *s)
{
	size_t room = s->places ? s->places : 16;

	s->places = 2 * room;
	s->type = realloc(s->type, room * sizeof *s->type);
	s->type_off = realloc(s->type_off, room * sizeof *s->type_off);
	free(s->place);
	s->place = calloc(s->places, sizeof *s->place);
	if (!s->type || !s->type_off || !s->place)
		die("out of memory");
	for (size_t i = 0, k; i < s->types; i++) {
		type_index(s, s->type[i], &k);
		s->place[k] = (uint32_t)i + 1;
	}
}

static void shape_types(struct shape *s, const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct str type = p->v[i].mime;
		size_t k;

		if (!type.p)
			continue;
		if (s->types == s->places / 2)
			grow_types(s);
		if (type_index(s, type, &k) < s->types)
			continue;
		s->place[k] = (uint32_t)s->types + 1;
		s->type[s->types++] = type;
	}
}

static struct shape shape_of(const struct plan *p)
{
	struct shape s = {0};
	uint64_t at = RCCF_HEADER_SIZE;

	if (p->n > UINT32_MAX / 2)
		die("too many files for one bundle: %zu; make several", p->n);
	s.slots = p->n < RCCF_TABLE_MIN ? 0 : (uint32_t)(p->n + p->n / 2 + 1);
	s.table = s.slots ? at : 0;
	at += (uint64_t)s.slots * RCCF_SLOT_SIZE;
	s.refs = at;
	at += p->n * RCCF_REF_SIZE;
	s.name = at;
	at += p->bundle.n + 1;
	shape_types(&s, p);
	for (size_t i = 0; i < s.types; i++) {
		s.type_off[i] = at;
		at += s.type[i].n + 1;
	}
	if (at > UINT32_MAX)
		die("too many files for one bundle: %zu; make several", p->n);
	s.records = at = align_up(at, 8);
	for (size_t i = 0; i < p->n; i++)
		at += record_size(&p->v[i]);
	if (at / 8 > UINT32_MAX)
		die("the names of one bundle exceed 32 GiB; make several");
	s.end = align_up(at, 16);
	return s;
}

static void shape_done(struct shape *s)
{
	free(s->type);
	free(s->type_off);
	free(s->place);
}

uint64_t index_size(const struct plan *p)
{
	struct shape s = shape_of(p);

	shape_done(&s);
	return s.end;
}

static void put_header(unsigned char *h, const struct layout *l, const struct shape *s, const uint64_t data_hash[2])
{
	memcpy(h, RCCF_MAGIC, RCCF_MAGIC_SIZE);
	rccf_store64(h + RCCF_H_DATA_HASH, data_hash[0]);
	rccf_store64(h + RCCF_H_DATA_HASH + 8, data_hash[1]);
	rccf_store16(h + RCCF_H_VERSION, RCCF_VERSION);
	rccf_store16(h + RCCF_H_HEADER_SIZE, RCCF_HEADER_SIZE);
	h[RCCF_H_ALIGN] = l->align_log2;
	rccf_store64(h + RCCF_H_SIZE, l->size);
	rccf_store64(h + RCCF_H_INDEX_SIZE, l->index_size);
	rccf_store64(h + RCCF_H_COUNT, l->plan->n);
	rccf_store64(h + RCCF_H_REFS, s->refs);
	rccf_store64(h + RCCF_H_TABLE, s->table);
	rccf_store32(h + RCCF_H_SLOTS, s->slots);
	rccf_store32(h + RCCF_H_NAME_LEN, (uint32_t)l->plan->bundle.n);
	rccf_store64(h + RCCF_H_NAME, s->name);
}

/* The first free slot from the hash's own on. */
static void put_slot(unsigned char *table, uint32_t slots, struct str name, uint64_t record)
{
	uint64_t hash = rcc_i_hash64(name.p, name.n), k = (hash >> 32) * slots >> 32;

	while (rccf_load32(table + k * RCCF_SLOT_SIZE + 4))
		k = k + 1 < slots ? k + 1 : 0;
	rccf_store32(table + k * RCCF_SLOT_SIZE, (uint32_t)hash);
	rccf_store32(table + k * RCCF_SLOT_SIZE + 4, (uint32_t)(record / 8));
}

/* All before the records. */
static void put_head(unsigned char *h, const struct layout *l, const struct shape *s, const uint64_t data_hash[2])
{
	const struct plan *p = l->plan;
	uint64_t record = s->records;

	put_header(h, l, s, data_hash);
	for (size_t i = 0; i < p->n; i++) {
		uint64_t ref = s->refs + i * RCCF_REF_SIZE;

		rccf_store64(h + ref, record - ref);
		if (s->slots)
			put_slot(h + s->table, s->slots, p->v[i].name, record);
		record += record_size(&p->v[i]);
	}
	memcpy(h + s->name, p->bundle.p, p->bundle.n);
	for (size_t i = 0; i < s->types; i++)
		memcpy(h + s->type_off[i], s->type[i].p, s->type[i].n);
}

static void put_record(unsigned char *r, uint64_t at, const struct item *it, const struct shape *s)
{
	size_t k;

	rccf_store64(r + RCCF_R_DATA, it->off - at);
	rccf_store64(r + RCCF_R_SIZE, it->size);
	rccf_store64(r + RCCF_R_STORED, it->stored);
	rccf_store64(r + RCCF_R_HASH, it->hash);
	if (it->mime.p)
		rccf_store32(r + RCCF_R_MIME, (uint32_t)s->type_off[type_index(s, it->mime, &k)]);
	rccf_store32(r + RCCF_R_NAME_LEN, (uint32_t)it->name.n);
	r[RCCF_R_CODEC] = it->stored_codec;
	r[RCCF_R_ALIGN] = it->stored_align;
	memcpy(r + RCCF_R_NAME, it->name.p, it->name.n);
}

/* Records from the buffer to fd, hashed on the way. */
struct stream {
	int fd;
	uint64_t at; /* in fd, of the buffer's first byte */
	unsigned char *buf;
	size_t held, cap;
	XXH3_state_t *hash;
};

static bool stream_flush(struct stream *o)
{
	XXH3_64bits_update(o->hash, o->buf, o->held);
	if (io_pwrite(o->fd, o->buf, o->held, o->at))
		return false;
	o->at += o->held;
	o->held = 0;
	return true;
}

/* n zeroed bytes to fill, or NULL when what came before could not be written. */
static unsigned char *stream_room(struct stream *o, size_t n)
{
	if (n > o->cap - o->held && !stream_flush(o))
		return NULL;
	if (n > o->cap) {
		o->cap = n;
		o->buf = realloc(o->buf, n);
		if (!o->buf)
			die("out of memory");
	}
	o->held += n;
	return memset(o->buf + o->held - n, 0, n);
}

static bool put_records(struct stream *o, const struct plan *p, const struct shape *s)
{
	uint64_t at = s->records;
	unsigned char *r;

	for (size_t i = 0; i < p->n; i++) {
		const struct item *it = &p->v[i];

		r = stream_room(o, (size_t)record_size(it));
		if (!r)
			return false;
		put_record(r, at, it, s);
		at += record_size(it);
	}
	return stream_room(o, (size_t)(s->end - at)) && stream_flush(o);
}

bool index_write(const struct layout *l, struct diag *d, int fd, uint64_t base, const char *out_path,
                 const uint64_t data_hash[2])
{
	struct shape s = shape_of(l->plan);
	struct stream o = {.fd = fd, .at = base + s.records, .cap = BUFFER, .hash = XXH3_createState()};
	unsigned char *head = calloc(1, (size_t)s.records);
	bool ok;

	o.buf = malloc(BUFFER);
	if (!head || !o.buf || !o.hash)
		die("out of memory");
	put_head(head, l, &s, data_hash);
	XXH3_64bits_reset(o.hash);
	XXH3_64bits_update(o.hash, head + RCCF_H_DATA_HASH, s.records - RCCF_H_DATA_HASH);
	ok = put_records(&o, l->plan, &s);
	rccf_store64(head + RCCF_H_INDEX_HASH, XXH3_64bits_digest(o.hash));
	ok = ok && !io_pwrite(fd, head, (size_t)s.records, base);
	if (!ok)
		out_failed(d, out_path, "write");
	XXH3_freeState(o.hash);
	free(o.buf);
	free(head);
	shape_done(&s);
	return ok;
}
