/* SPDX-License-Identifier: MIT */
/* See index_parts.h. */
#include "index_parts.h"

#include <stdlib.h>

#include "../runtime-stub/core/core.h"
#include "diag.h"

/* --- MIME types ----------------------------------------------------------------------------------- */

/* The type's place among the types, and its place in the table: a free one if it is none of them yet. */
static size_t type_index(const struct mimes *m, struct str type, size_t *place)
{
	size_t k = rcc_i_hash64(type.p, type.n) & (m->places - 1);

	while (m->place[k] && !str_eq(m->type[m->place[k] - 1], type))
		k = (k + 1) & (m->places - 1);
	*place = k;
	return m->place[k] ? m->place[k] - 1 : m->n;
}

/* Room for as many types again: half of the places stay free. */
static void grow(struct mimes *m)
{
	size_t room = m->places ? m->places : 16;

	m->places = 2 * room;
	m->type = realloc(m->type, room * sizeof *m->type);
	m->off = realloc(m->off, room * sizeof *m->off);
	free(m->place);
	m->place = calloc(m->places, sizeof *m->place);
	if (!m->type || !m->off || !m->place)
		die("out of memory");
	for (size_t i = 0, k; i < m->n; i++) {
		type_index(m, m->type[i], &k);
		m->place[k] = (uint32_t)i + 1;
	}
}

void mimes_init(struct mimes *m, const struct plan *p, uint64_t *at)
{
	*m = (struct mimes){0};
	for (size_t i = 0; i < p->n; i++) {
		struct str type = p->v[i].how->mime;
		size_t k;

		if (!type.p)
			continue;
		if (m->n == m->places / 2)
			grow(m);
		if (type_index(m, type, &k) < m->n)
			continue;
		m->off[m->n] = *at;
		m->type[m->n++] = type;
		m->place[k] = (uint32_t)m->n;
		*at += type.n + 1;
	}
}

void mimes_done(struct mimes *m)
{
	free(m->type);
	free(m->off);
	free(m->place);
}

void mimes_put(const struct mimes *m, unsigned char *h)
{
	for (size_t i = 0; i < m->n; i++)
		memcpy(h + m->off[i], m->type[i].p, m->type[i].n);
}

/* --- records and header --------------------------------------------------------------------------- */

void record_put(unsigned char *r, uint64_t at, const struct item *it, const struct mimes *m)
{
	size_t k;

	rccf_store64(r + RCCF_R_DATA, it->off - at);
	rccf_store64(r + RCCF_R_SIZE, it->size);
	rccf_store64(r + RCCF_R_STORED, it->stored);
	rccf_store64(r + RCCF_R_HASH, it->hash);
	if (it->how->mime.p)
		rccf_store32(r + RCCF_R_MIME, (uint32_t)m->off[type_index(m, it->how->mime, &k)]);
	rccf_store32(r + RCCF_R_NAME_LEN, (uint32_t)it->name.n);
	r[RCCF_R_CODEC] = it->stored_codec;
	r[RCCF_R_ALIGN] = it->stored_align;
	memcpy(r + RCCF_R_NAME, it->name.p, it->name.n);
}

void header_put(unsigned char *h, const struct layout *l, const struct header_parts *at, const uint64_t data_hash[2])
{
	memcpy(h, RCCF_MAGIC, RCCF_MAGIC_SIZE);
	rccf_store64(h + RCCF_H_DATA_HASH, data_hash[0]);
	rccf_store64(h + RCCF_H_DATA_HASH + 8, data_hash[1]);
	rccf_store16(h + RCCF_H_VERSION, RCCF_VERSION);
	rccf_store16(h + RCCF_H_HEADER_SIZE, RCCF_HEADER_SIZE);
	h[RCCF_H_FORM] = l->form;
	h[RCCF_H_ALIGN] = l->align_log2;
	if (at->dirs)
		rccf_store32(h + RCCF_H_OPTIONAL, RCCF_OPTIONAL_DIRS);
	rccf_store64(h + RCCF_H_SIZE, l->size);
	rccf_store64(h + RCCF_H_INDEX_SIZE, l->index_size);
	rccf_store64(h + RCCF_H_COUNT, l->plan->n);
	rccf_store64(h + RCCF_H_REFS, at->refs);
	rccf_store64(h + RCCF_H_TABLE, at->table);
	rccf_store32(h + RCCF_H_BUCKETS, at->buckets);
	rccf_store32(h + RCCF_H_NAME_LEN, (uint32_t)l->plan->bundle.n);
	rccf_store64(h + RCCF_H_NAME, at->name);
	if (l->dict_size) {
		rccf_store32(h + RCCF_H_REQUIRED, RCCF_REQUIRED_DICT);
		rccf_store64(h + RCCF_H_DICT, l->dict);
		rccf_store64(h + RCCF_H_DICT_SIZE, l->dict_size);
	}
}
