/* SPDX-License-Identifier: MIT */
/* See index_split.h. */
#include "index_split.h"

#include <stdlib.h>
#include <xxhash.h>

#include "../runtime-stub/core/core.h"
#include "out.h"

/* An object has three sections and up to four symbols a file, and counts them in 32 bits. */
enum { FILES_MAX = 1 << 29 };

void index_split_init(struct index_split *s, const struct plan *p, const struct split *form)
{
	uint64_t at = RCCF_HEADER_SIZE, largest = 0;

	*s = (struct index_split){.form = form};
	mimes_init(&s->mimes, p, &at);
	s->at.name = at;
	at += p->bundle.n + 1;
	if (at > UINT32_MAX || p->n > FILES_MAX)
		die("too many files for one bundle: %zu; make several", p->n);
	s->at.refs = align_up(at, 16);
	s->size = s->at.refs + (uint64_t)RCCF_SPLIT_REF_SIZE * p->n + RCCF_MARK_SIZE;
	for (size_t i = 0; i < p->n; i++)
		if (record_size(&p->v[i]) > largest)
			largest = record_size(&p->v[i]);
	s->record = malloc((size_t)largest + 1);
	if (!s->record)
		die("out of memory");
}

void index_split_done(struct index_split *s)
{
	mimes_done(&s->mimes);
	free(s->record);
}

const unsigned char *index_split_record(struct index_split *s, struct item *it, uint64_t at)
{
	memset(s->record, 0, (size_t)record_size(it));
	record_put(s->record, at, it, &s->mimes);
	it->check = (uint32_t)rcc_i_hash64(s->record, RCCF_R_NAME + it->name.n);
	return s->record;
}

/* With relocations that have no field for it, the addend lies where the linker writes the distance. */
static void put_addend(unsigned char *p, const struct item *it, unsigned form)
{
	uint64_t addend = split_record(it);

	if (form & RCCF_FORM_BIG)
		addend = form & RCCF_FORM_NARROW ? __builtin_bswap32((uint32_t)addend) : __builtin_bswap64(addend);
	if (form & RCCF_FORM_NARROW)
		rccf_store32(p, (uint32_t)addend);
	else
		rccf_store64(p, addend);
}

static void put_refs(unsigned char *ref, const struct plan *p, const struct split *form)
{
	for (size_t i = 0; i < p->n; i++, ref += RCCF_SPLIT_REF_SIZE) {
		if (form->in_place)
			put_addend(ref + RCCF_S_RECORD, &p->v[i], form->form);
		rccf_store32(ref + RCCF_S_ORDINAL, (uint32_t)i);
		rccf_store32(ref + RCCF_S_CHECK, p->v[i].check);
	}
	memcpy(ref, RCCF_REFS_END, RCCF_MARK_SIZE);
}

/* Of what no linker writes. */
static uint64_t hash_of(const unsigned char *h, uint64_t refs)
{
	XXH3_state_t *state = XXH3_createState();
	uint64_t hash;

	if (!state)
		die("out of memory");
	XXH3_64bits_reset(state);
	XXH3_64bits_update(state, h + RCCF_H_DATA_HASH, RCCF_H_REFS_END - RCCF_H_DATA_HASH);
	XXH3_64bits_update(state, h + RCCF_HEADER_SIZE, (size_t)refs - RCCF_HEADER_SIZE);
	hash = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return hash;
}

bool index_split_write(const struct index_split *s, const struct layout *l, struct diag *d, int fd, uint64_t base,
                       const char *out_path, const uint64_t data_hash[2])
{
	const struct plan *p = l->plan;
	unsigned char *h = calloc(1, (size_t)s->size);
	bool ok;

	if (!h)
		die("out of memory");
	header_put(h, l, &s->at, data_hash);
	memcpy(h + s->at.name, p->bundle.p, p->bundle.n);
	mimes_put(&s->mimes, h);
	put_refs(h + s->at.refs, p, s->form);
	rccf_store64(h + RCCF_H_INDEX_HASH, hash_of(h, s->at.refs));
	ok = !io_pwrite(fd, h, (size_t)s->size, base) || out_failed(d, out_path, "write");
	free(h);
	return ok;
}
