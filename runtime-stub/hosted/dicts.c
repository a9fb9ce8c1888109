/* SPDX-License-Identifier: MIT */
/* Bundles' dictionaries that the core has digested, for all threads: a table of a few slots without a lock. What a digest
 * is, core/decode_dict.c knows. */
#include "hosted.h"

#if !defined(RCC_NO_ZSTD) && !defined(__STDC_NO_ATOMICS__) && !defined(__TINYC__)
#include <stdatomic.h>

/* turn counts the changes of a slot; it is odd while one is under way. What was read between two equal, even turns
 * belongs together. Whoever reads a digest uses its bundle, so no one takes it away meanwhile. */
static struct dict_slot {
	atomic_size_t turn;
	_Atomic(const rcc_bundle *) bundle; /* NULL: free */
	atomic_size_t hash, size;
	_Atomic(const unsigned char *) data;
	_Atomic(rcc_i_digest *) digest;
} dict_slots[RCCI_DICT_SLOTS];

/* A slot as it was at one time. */
struct dict_seen {
	size_t turn;
	rcc_i_dict_of of;
	rcc_i_digest *digest;
};

static int dict_slot_see(struct dict_slot *s, struct dict_seen *out)
{
	out->turn = atomic_load(&s->turn);
	out->of.bundle = atomic_load(&s->bundle);
	out->of.hash = atomic_load(&s->hash);
	out->of.bytes.data = atomic_load(&s->data);
	out->of.bytes.size = atomic_load(&s->size);
	out->digest = atomic_load(&s->digest);
	return !(out->turn & 1) && atomic_load(&s->turn) == out->turn;
}

/* Puts a digest, or nothing, into a slot that is still as it was seen. */
static int dict_slot_change(struct dict_slot *s, const struct dict_seen *seen, const rcc_i_dict_of *of, rcc_i_digest *d)
{
	size_t turn = seen->turn;

	if (!atomic_compare_exchange_strong(&s->turn, &turn, turn + 1))
		return 0;
	atomic_store(&s->bundle, of->bundle);
	atomic_store(&s->hash, of->hash);
	atomic_store(&s->data, of->bytes.data);
	atomic_store(&s->size, of->bytes.size);
	atomic_store(&s->digest, d);
	atomic_store(&s->turn, turn + 2);
	return 1;
}

static void dict_slot_clear(struct dict_slot *s, const struct dict_seen *seen)
{
	static const rcc_i_dict_of nothing;

	if (dict_slot_change(s, seen, &nothing, NULL))
		rcc_i_digest_free(seen->digest);
}

static int dict_same(const rcc_i_dict_of *a, const rcc_i_dict_of *b)
{
	return a->hash == b->hash && a->bytes.data == b->bytes.data && a->bytes.size == b->bytes.size;
}

/* What lay at the bundle's address before goes. */
const rcc_i_digest *rcc_i_dicts_find(const rcc_i_dict_of *of)
{
	struct dict_seen seen;

	for (unsigned i = 0; i < RCCI_DICT_SLOTS; i++) {
		if (atomic_load(&dict_slots[i].bundle) != of->bundle || !dict_slot_see(&dict_slots[i], &seen) ||
		    seen.of.bundle != of->bundle)
			continue;
		if (dict_same(&seen.of, of))
			return seen.digest;
		dict_slot_clear(&dict_slots[i], &seen);
	}
	return NULL;
}

const rcc_i_digest *rcc_i_dicts_share(const rcc_i_dict_of *of, rcc_i_digest *d, rcc_i_digest **own)
{
	const rcc_i_digest *other = rcc_i_dicts_find(of);
	struct dict_seen seen;

	*own = d;
	if (other)
		return other;
	for (unsigned i = 0; i < RCCI_DICT_SLOTS; i++)
		if (dict_slot_see(&dict_slots[i], &seen) && !seen.of.bundle) {
			/* Whoever was faster here may have brought the same. */
			if (dict_slot_change(&dict_slots[i], &seen, of, d))
				*own = NULL;
			return d;
		}
	return d;
}

void rcc_i_dicts_forget(const rcc_bundle *b)
{
	struct dict_seen seen;

	for (unsigned i = 0; i < RCCI_DICT_SLOTS; i++)
		if (dict_slot_see(&dict_slots[i], &seen) && seen.of.bundle == b)
			dict_slot_clear(&dict_slots[i], &seen);
}
#else
/* Without atomics each call digests for itself; without zstd none does. */
const rcc_i_digest *rcc_i_dicts_find(const rcc_i_dict_of *of)
{
	(void)of;
	return NULL;
}

const rcc_i_digest *rcc_i_dicts_share(const rcc_i_dict_of *of, rcc_i_digest *d, rcc_i_digest **own)
{
	(void)of;
	return *own = d;
}

void rcc_i_dicts_forget(const rcc_bundle *b)
{
	(void)b;
}
#endif
