/* SPDX-License-Identifier: MIT */
/* A bundle's dictionary (format.md, 10), made ready to decode with once and then shared by all threads: a table of a
 * few slots without a lock. Digesting costs some ten microseconds and 27 KiB; the dictionary itself is not copied. */
#ifndef RCC_NO_ZSTD
#include "decode.h"

/* What a digest was made of. The hash tells an image from another that lay at the same address before, the place and
 * the size keep a hostile one from passing for it. */
struct dict_of {
	const rcc_bundle *bundle;
	size_t hash;
	rcc_span bytes;
};

static ZSTD_DDict *digest(const struct dict_of *of, int *error)
{
	ZSTD_DDict *d = NULL, *probe;

	*error = RCC_ECORRUPT;
	if (rccf_load32(of->bytes.data) != ZSTD_MAGIC_DICTIONARY)
		return NULL;
	d = ZSTD_createDDict_byReference(of->bytes.data, of->bytes.size);
	if (d)
		return d;
	/* zstd does not say why. Whatever the dictionary, a digest takes the same memory. */
	probe = ZSTD_createDDict_byReference(NULL, 0);
	if (!probe)
		*error = RCC_ENOMEM;
	ZSTD_freeDDict(probe);
	return NULL;
}

#if !defined(__STDC_NO_ATOMICS__) && !defined(__TINYC__)
#include <stdatomic.h>

enum { DICT_SLOTS = 32 };

/* turn counts the changes of a slot; it is odd while one is under way. What was read between two equal, even turns
 * belongs together. Whoever reads a digest uses its bundle, so no one takes it away meanwhile. */
static struct dict_slot {
	atomic_size_t turn;
	_Atomic(const rcc_bundle *) bundle; /* NULL: free */
	atomic_size_t hash, size;
	_Atomic(const unsigned char *) data;
	_Atomic(ZSTD_DDict *) digest;
} dict_slots[DICT_SLOTS];

/* A slot as it was at one time. */
struct dict_seen {
	size_t turn;
	struct dict_of of;
	ZSTD_DDict *digest;
};

static int slot_see(struct dict_slot *s, struct dict_seen *out)
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
static int slot_change(struct dict_slot *s, const struct dict_seen *seen, const struct dict_of *of, ZSTD_DDict *d)
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

static void slot_clear(struct dict_slot *s, const struct dict_seen *seen)
{
	static const struct dict_of nothing;

	if (slot_change(s, seen, &nothing, NULL))
		ZSTD_freeDDict(seen->digest);
}

static int dict_same(const struct dict_of *a, const struct dict_of *b)
{
	return a->hash == b->hash && a->bytes.data == b->bytes.data && a->bytes.size == b->bytes.size;
}

/* The digest that is there, or NULL. What lay at the bundle's address before goes. */
static const ZSTD_DDict *slots_find(const struct dict_of *of)
{
	struct dict_seen seen;

	for (unsigned i = 0; i < DICT_SLOTS; i++) {
		if (atomic_load(&dict_slots[i].bundle) != of->bundle || !slot_see(&dict_slots[i], &seen) ||
		    seen.of.bundle != of->bundle)
			continue;
		if (dict_same(&seen.of, of))
			return seen.digest;
		slot_clear(&dict_slots[i], &seen);
	}
	return NULL;
}

/* Shares d; what is to be used: d, or another thread's that came first, and then *own is d. Also if no slot is free. */
static const ZSTD_DDict *slots_publish(const struct dict_of *of, ZSTD_DDict *d, ZSTD_DDict **own)
{
	const ZSTD_DDict *other = slots_find(of);
	struct dict_seen seen;

	*own = d;
	if (other)
		return other;
	for (unsigned i = 0; i < DICT_SLOTS; i++)
		if (slot_see(&dict_slots[i], &seen) && !seen.of.bundle) {
			/* Whoever was faster here may have brought the same. */
			if (slot_change(&dict_slots[i], &seen, of, d))
				*own = NULL;
			return d;
		}
	return d;
}

void rcc_i_decode_forget(const rcc_bundle *b)
{
	struct dict_seen seen;

	for (unsigned i = 0; i < DICT_SLOTS; i++)
		if (slot_see(&dict_slots[i], &seen) && seen.of.bundle == b)
			slot_clear(&dict_slots[i], &seen);
}
#else
/* Without atomics each call digests for itself. */
static const ZSTD_DDict *slots_find(const struct dict_of *of)
{
	(void)of;
	return NULL;
}

static const ZSTD_DDict *slots_publish(const struct dict_of *of, ZSTD_DDict *d, ZSTD_DDict **own)
{
	(void)of;
	return *own = d;
}

void rcc_i_decode_forget(const rcc_bundle *b)
{
	(void)b;
}
#endif

int rcc_i_dict_get(const rcc_bundle *b, const ZSTD_DDict **dict, ZSTD_DDict **own)
{
	struct dict_of of = {b, 0, {NULL, 0}};
	ZSTD_DDict *d;
	int error;

	*own = NULL;
	if (rcc_i_dictionary(b, &of.bytes))
		return RCC_ECORRUPT;
	of.hash = (size_t)rcc_i_header64(b, RCCF_H_INDEX_HASH);
	*dict = slots_find(&of);
	if (*dict)
		return 0;
	d = digest(&of, &error);
	if (!d)
		return error;
	*dict = slots_publish(&of, d, own);
	return 0;
}

void rcc_i_dict_release(ZSTD_DDict *own)
{
	ZSTD_freeDDict(own);
}
#endif
