/* SPDX-License-Identifier: MIT */
/* Everything a bundle's bytes promise, checked: doc/format.md, sections 6, 9 and 12. Reads every byte. */
#include "core.h"
#include "dir_table.h"

static int check_hashes(const rcc_bundle *b)
{
	uint64_t size = rcc_i_header64(b, RCCF_H_SIZE), index = rcc_i_header64(b, RCCF_H_INDEX_SIZE), data[2];
	const unsigned char *p = rcc_i_base(b);

	if (rcc_i_hash64(p + RCCF_H_DATA_HASH, (size_t)index - RCCF_H_DATA_HASH) != rcc_i_header64(b, RCCF_H_INDEX_HASH))
		return RCC_ECORRUPT;
	rcc_i_hash128(p + index, (size_t)(size - index), data);
	if (data[0] != rcc_i_header64(b, RCCF_H_DATA_HASH) || data[1] != rcc_i_header64(b, RCCF_H_DATA_HASH + 8))
		return RCC_ECORRUPT;
	return 0;
}

/* Of a split bundle: the header and the strings, but for what the linker wrote. Each record has a check of its own. */
static int check_split_hash(const rcc_bundle *b)
{
	const unsigned char *p = rcc_i_base(b);
	rcc_i_hasher h;

	rcc_i_hasher_begin(&h);
	rcc_i_hasher_add(&h, p + RCCF_H_DATA_HASH, RCCF_H_REFS_END - RCCF_H_DATA_HASH);
	rcc_i_hasher_add(&h, p + RCCF_HEADER_SIZE, (size_t)rcc_i_header64(b, RCCF_H_REFS) - RCCF_HEADER_SIZE);
	return rcc_i_hasher_end(&h) == rcc_i_header64(b, RCCF_H_INDEX_HASH) ? 0 : RCC_ECORRUPT;
}

/* Only zeros stand behind a name, up to a multiple of 8 from its record on, and in a split bundle behind the stored
 * bytes, up to the record. */
static int is_padded(const rcc_entry *e)
{
	size_t end = RCCF_R_NAME + e->name_len;

	for (size_t i = end; i % 8; i++)
		if (e->name[i - RCCF_R_NAME])
			return 0;
	if (rcc_i_is_split(e->bundle))
		for (const unsigned char *p = e->data + e->stored; p < (const unsigned char *)e->name - RCCF_R_NAME; p++)
			if (*p)
				return 0;
	return 1;
}

/* Each name is fit, after the one before, and leads to its own record. */
static int check_names(const rcc_bundle *b)
{
	rcc_span last = {NULL, 0};

	for (size_t i = 0; i < rcc_count(b); i++) {
		rcc_entry e, found;

		if (rcc_at(b, i, &e) || !rcc_i_name_ok(e.name, e.name_len) || !is_padded(&e) ||
		    (i && rcc_i_compare(last, e.name, e.name_len) >= 0) ||
		    rcc_lookup(b, e.name, e.name_len, &found) || found.name != e.name)
			return RCC_ECORRUPT;
		last.data = (const unsigned char *)e.name;
		last.size = e.name_len;
	}
	return 0;
}

/* How many slots of the bucket are taken: the first ones, and all else is zero, but for `more` of a full one. More than it
 * has: it is not so. */
static unsigned check_bucket(const unsigned char *bucket)
{
	unsigned taken = 0;

	while (taken < RCCF_BUCKET_SLOTS && bucket[taken])
		taken++;
	if (bucket[RCCF_BUCKET_MORE] > (taken == RCCF_BUCKET_SLOTS))
		return RCCF_BUCKET_SIZE;
	for (unsigned i = taken; i < RCCF_BUCKET_RECS; i++)
		if (bucket[i] && i != RCCF_BUCKET_MORE)
			return RCCF_BUCKET_SIZE;
	for (unsigned i = RCCF_BUCKET_RECS + 4 * taken; i < RCCF_BUCKET_SIZE; i++)
		if (bucket[i])
			return RCCF_BUCKET_SIZE;
	return taken;
}

/* No slot leads to anything that is not an entry: as many are taken as there are names, and each name is found. */
static int check_table(const rcc_bundle *b)
{
	const unsigned char *bucket = rcc_i_base(b) + rcc_i_header64(b, RCCF_H_TABLE);
	uint64_t buckets = rccf_load32(rcc_i_base(b) + RCCF_H_BUCKETS), taken = 0;

	for (uint64_t k = 0; k < buckets; k++, bucket += RCCF_BUCKET_SIZE) {
		unsigned n = check_bucket(bucket);

		if (n > RCCF_BUCKET_SLOTS)
			return RCC_ECORRUPT;
		taken += n;
	}
	return buckets && taken != rcc_count(b) ? RCC_ECORRUPT : 0;
}

/* How many slots of the directory table are taken: each bucket's first ones, and all else is zero. More than it can have:
 * it is not so. */
static uint64_t check_dir_slots(const unsigned char *table)
{
	const unsigned char *slot = table + RCCF_BUCKET_SIZE;
	uint64_t slots = (uint64_t)rccf_load32(table + RCCF_DIRS_BUCKETS) * RCCF_DIR_SLOTS, taken = 0;

	for (unsigned i = RCCF_DIRS_ZERO; i < RCCF_BUCKET_SIZE; i++)
		if (table[i])
			return UINT64_MAX;
	for (uint64_t k = 0; k < slots; k++, slot += RCCF_DIR_SIZE) {
		int free = !rccf_load32(slot + RCCF_DIR_COUNT);

		if (free && (rccf_load64(slot) || rccf_load32(slot + RCCF_DIR_FIRST)))
			return UINT64_MAX;
		if (!free && k % RCCF_DIR_SLOTS && !rccf_load32(slot - RCCF_DIR_SIZE + RCCF_DIR_COUNT))
			return UINT64_MAX;
		taken += !free;
	}
	return taken;
}

/* Does the name begin with that of the directory, and a slash? */
static int is_below(rcc_span name, rcc_span dir)
{
	return name.size > dir.size && name.data[dir.size] == '/' && !memcmp(name.data, dir.data, dir.size);
}

/* The directory, which the first-th name is the first of, is found so, with all of its names. They are in order. */
static int check_dir(const rcc_bundle *b, const unsigned char *table, rcc_span dir, uint64_t first)
{
	uint64_t end;
	rcc_i_dir found;
	rcc_span name;

	if (rcc_i_dir_find(b, table, dir, &found) || found.first != first || found.rec != rcc_i_ref(b, first))
		return RCC_ECORRUPT;
	end = first + found.count;
	if (rcc_i_name(b, end - 1, &name) || !is_below(name, dir))
		return RCC_ECORRUPT;
	return end < rcc_i_count(b) && (rcc_i_name(b, end, &name) || is_below(name, dir)) ? RCC_ECORRUPT : 0;
}

/* Each directory of the names is found in its table, and the table has no other. */
static int check_dirs(const rcc_bundle *b)
{
	const unsigned char *table;
	uint64_t dirs = 0;
	rcc_span last = {NULL, 0}, name;
	int error = rcc_i_dir_table(b, &table);

	if (error)
		return error == RCC_ENOENT ? 0 : error;
	for (uint64_t i = 0; i < rcc_i_count(b); i++, last = name) {
		size_t same = 0;

		if (rcc_i_name(b, i, &name))
			return RCC_ECORRUPT;
		while (same < last.size && same < name.size && last.data[same] == name.data[same])
			same++;
		for (rcc_span dir = {name.data, same}; dir.size < name.size; dir.size++) {
			if (name.data[dir.size] != '/')
				continue;
			if (check_dir(b, table, dir, i))
				return RCC_ECORRUPT;
			dirs++;
		}
	}
	return check_dir_slots(table) == dirs && rccf_load32(table + RCCF_DIRS_COUNT) == dirs ? 0 : RCC_ECORRUPT;
}

static void add_piece(void *hasher, const void *p, size_t n)
{
	rcc_i_hasher_add(hasher, p, n);
}

static int check_contents(const rcc_entry *e, rcc_dctx *ctx)
{
	uintptr_t bits = (uintptr_t)(e->data - rcc_i_base(e->bundle));
	rcc_i_hasher hasher;
	int error;

	if (e->data[e->stored] || bits % e->align)
		return RCC_ECORRUPT;
	if (e->codec == RCC_CODEC_STORE)
		return rcc_i_hash64(e->data, (size_t)e->size) == e->hash ? 0 : RCC_ECORRUPT;
	rcc_i_hasher_begin(&hasher);
	error = rcc_i_decode_pieces(e, add_piece, &hasher, ctx);
	if (error)
		return error;
	return rcc_i_hasher_end(&hasher) == e->hash ? 0 : RCC_ECORRUPT;
}

int rcc_verify(const rcc_bundle *b)
{
	rcc_dctx *ctx = NULL;
	int error, worst = 0;

	if (!b)
		return RCC_EINVAL;
	if ((rcc_i_is_split(b) ? check_split_hash(b) : check_hashes(b)) || check_names(b) || check_table(b) ||
	    check_dirs(b))
		return RCC_ECORRUPT;
	for (size_t i = 0; i < rcc_count(b); i++) {
		rcc_entry e;

		error = rcc_at(b, i, &e);
		if (!error && e.codec != RCC_CODEC_STORE && !ctx)
			ctx = rcc_dctx_new(); /* NULL: decoding tries by itself and says why it cannot */
		if (!error)
			error = check_contents(&e, ctx);
		if (error == RCC_ECORRUPT || error == RCC_ENOMEM) {
			worst = error;
			break;
		}
		if (error)
			worst = error;
	}
	rcc_dctx_free(ctx);
	return worst;
}
