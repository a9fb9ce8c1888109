/* SPDX-License-Identifier: MIT */
/* Decoded contents that threads share, bounded by bytes. A hit takes no lock: it counts itself into the slot's state, and
 * only then reads the slot. A miss takes one, to let one thread decode what others wait for. */
#include <stdlib.h>

#include "hosted.h"

#if defined(_WIN32) || defined(__TINYC__) || defined(__STDC_NO_ATOMICS__)
int rcc_cache_new(size_t bytes, rcc_cache **out)
{
	return bytes && out ? RCC_ENOTSUP : RCC_EINVAL;
}

void rcc_cache_free(rcc_cache *c)
{
	(void)c;
}

int rcc_cache_get(rcc_cache *c, const rcc_entry *e, rcc_memfile *out)
{
	(void)c;
	(void)e;
	if (out)
		memset(out, 0, sizeof *out);
	return RCC_EINVAL;
}

void rcc_cache_forget(rcc_cache *c, const rcc_bundle *b)
{
	(void)c;
	(void)b;
}

int rcc_cache_stats(rcc_cache *c, rcc_cache_counts *out)
{
	(void)c;
	(void)out;
	return RCC_EINVAL;
}
#else
#include <pthread.h>
#include <stdatomic.h>

/* Slots lie in sets, and what a frame's place is mixed to says in which set it may lie. */
enum { CACHE_WAYS = 8, CACHE_SETS_MIN = 32, CACHE_BYTES_A_SLOT = 1024 };

/* A slot's state: free; taken, and closed to all but the thread that fills or empties it; and two more for each
 * who holds it, of whom the cache is one. Only a free slot changes hands, and only from 1 hold on does it let anyone in:
 * so what a holder reads does not change, and nothing is freed that someone holds. */
enum { CACHE_FREE = 0, CACHE_CLOSED = 1, CACHE_ONE = 2, CACHE_KEPT_ONLY = CACHE_CLOSED + CACHE_ONE };

struct cache_slot {
	rcc_i_owner owner;
	atomic_size_t state;
	_Atomic(const unsigned char *) frame; /* whose contents these are; a hint until the slot is held */
	atomic_size_t hits;                   /* of all that ever was in the slot */
	atomic_int recent;                    /* asked for since eviction last came by */

	/* Written while the state is closed. */
	rcc_cache *cache;
	const rcc_bundle *bundle;
	rcc_i_owner *hold; /* of the bundle */
	unsigned char *data;
	size_t size;
	uint64_t stored, hash;
	int codec;

	/* Under the lock. */
	struct cache_slot *before, *after; /* in the ring of those that the cache keeps; NULL: it does not */
	unsigned char filling;
};

struct rcc_cache {
	size_t limit, sets;
	atomic_size_t bytes; /* of all slots that are not free */
	atomic_size_t alive; /* those slots, and 1 until rcc_cache_free */
	uint64_t misses, evictions, unkept;
	rcc_dctx *spare;
	pthread_mutex_t lock;
	pthread_cond_t filled; /* or given up */
	struct cache_slot *slots;
	struct cache_slot *hand; /* in the ring: where eviction goes on; NULL: nothing is kept */
	size_t nkept;
};

static void cache_let_go(rcc_cache *c)
{
	if (atomic_fetch_sub(&c->alive, 1) != 1)
		return;
	rcc_dctx_free(c->spare);
	pthread_cond_destroy(&c->filled);
	pthread_mutex_destroy(&c->lock);
	free(c->slots);
	free(c);
}

/* Empties a closed slot, which stays closed. */
static void slot_empty(struct cache_slot *s)
{
	atomic_store(&s->frame, NULL);
	if (s->hold)
		s->hold->drop(s->hold);
	free(s->data);
	s->hold = NULL;
	s->data = NULL;
	atomic_fetch_sub(&s->cache->bytes, s->size);
}

/* Frees a closed, empty slot. The cache may go with it. */
static void slot_free(struct cache_slot *s)
{
	rcc_cache *c = s->cache;

	atomic_store(&s->state, CACHE_FREE);
	cache_let_go(c);
}

static void slot_drop(rcc_i_owner *owner)
{
	struct cache_slot *s = (struct cache_slot *)(void *)owner;

	if (atomic_fetch_sub(&s->state, CACHE_ONE) == CACHE_KEPT_ONLY) { /* it was the last: the slot is closed now */
		slot_empty(s);
		slot_free(s);
	}
}

static int slot_hold(struct cache_slot *s)
{
	size_t was = atomic_load(&s->state);

	while (was > CACHE_CLOSED)
		if (atomic_compare_exchange_weak(&s->state, &was, was + CACHE_ONE))
			return 1;
	return 0;
}

/* Is it e's? The slot is held, or the lock is and the slot is being filled. The hash tells what lies at an address from
 * what did, if a module went unnoticed. */
static int slot_is(const struct cache_slot *s, const rcc_entry *e)
{
	return s->bundle == e->bundle && s->hash == e->hash && s->size == e->size + 1 && s->stored == e->stored &&
	       s->codec == e->codec;
}

static struct cache_slot *set_of(const rcc_cache *c, const rcc_entry *e)
{
	uint64_t mixed = (uint64_t)(uintptr_t)e->data * 0x9E3779B97F4A7C15u; /* 2^64 by the golden ratio */

	return c->slots + (size_t)(mixed >> 32) % c->sets * CACHE_WAYS;
}

/* The slot of e, held; or NULL. */
static struct cache_slot *cache_find(const rcc_cache *c, const rcc_entry *e)
{
	struct cache_slot *set = set_of(c, e);

	for (int i = 0; i < CACHE_WAYS; i++) {
		struct cache_slot *s = set + i;

		if (atomic_load(&s->frame) != e->data || !slot_hold(s))
			continue;
		if (atomic_load(&s->frame) == e->data && slot_is(s, e)) {
			if (!atomic_load_explicit(&s->recent, memory_order_relaxed))
				atomic_store_explicit(&s->recent, 1, memory_order_relaxed);
			atomic_fetch_add_explicit(&s->hits, 1, memory_order_relaxed);
			return s;
		}
		slot_drop(&s->owner);
	}
	return NULL;
}

/* Is a thread decoding e just now? The lock is held here and below. */
static int is_filling(const rcc_cache *c, const rcc_entry *e)
{
	struct cache_slot *set = set_of(c, e);

	for (int i = 0; i < CACHE_WAYS; i++)
		if (set[i].filling && atomic_load(&set[i].frame) == e->data && slot_is(set + i, e))
			return 1;
	return 0;
}

/* Into the ring, where the hand comes last. */
static void slot_keep(rcc_cache *c, struct cache_slot *s)
{
	if (!c->hand)
		c->hand = s->before = s;
	s->after = c->hand;
	s->before = c->hand->before;
	s->before->after = s;
	s->after->before = s;
	c->nkept++;
}

static void slot_keep_no_longer(rcc_cache *c, struct cache_slot *s)
{
	if (c->hand == s)
		c->hand = s->after == s ? NULL : s->after;
	s->before->after = s->after;
	s->after->before = s->before;
	s->before = s->after = NULL;
	c->nkept--;
}

/* Closes and empties a slot that the cache alone holds, but lets one off that was asked for lately, once. */
static int evict(rcc_cache *c, struct cache_slot *s)
{
	size_t alone = CACHE_KEPT_ONLY;

	if (!s->after || atomic_load(&s->state) != alone || atomic_exchange(&s->recent, 0) ||
	    !atomic_compare_exchange_strong(&s->state, &alone, CACHE_CLOSED))
		return 0;
	slot_keep_no_longer(c, s);
	slot_empty(s);
	c->evictions++;
	return 1;
}

/* A closed, empty slot of e's set, and counted as alive; or NULL: all are held. */
static struct cache_slot *claim(rcc_cache *c, const rcc_entry *e)
{
	struct cache_slot *set = set_of(c, e);

	for (int i = 0; i < CACHE_WAYS; i++)
		if (atomic_load(&set[i].state) == CACHE_FREE) { /* only who has the lock takes a free one */
			atomic_store(&set[i].state, CACHE_CLOSED);
			atomic_fetch_add(&c->alive, 1);
			return set + i;
		}
	for (int i = 0; i < 2 * CACHE_WAYS; i++) /* twice, for those let off once */
		if (evict(c, set + i % CACHE_WAYS))
			return set + i % CACHE_WAYS;
	return NULL;
}

/* Evicts until there is room for n bytes, n <= limit. 0: too much is held. */
static int make_room(rcc_cache *c, size_t n)
{
	for (size_t tries = 2 * c->nkept; tries && c->hand && atomic_load(&c->bytes) > c->limit - n; tries--) {
		struct cache_slot *s = c->hand;

		c->hand = s->after;
		if (evict(c, s))
			slot_free(s);
	}
	return atomic_load(&c->bytes) <= c->limit - n;
}

/* A slot to fill with e, and told that it is; or NULL: e is to go without the cache. */
static struct cache_slot *slot_begin(rcc_cache *c, const rcc_entry *e)
{
	struct cache_slot *s;

	if (e->size >= c->limit) /* there is a NUL behind it */
		return NULL;
	s = claim(c, e);
	if (!s)
		return NULL;
	s->cache = c;
	if (!make_room(c, (size_t)e->size + 1)) {
		slot_free(s);
		return NULL;
	}
	s->owner.drop = slot_drop;
	s->bundle = e->bundle;
	s->size = (size_t)e->size + 1;
	s->stored = e->stored;
	s->hash = e->hash;
	s->codec = e->codec;
	s->filling = 1;
	atomic_fetch_add(&c->bytes, s->size);
	atomic_store(&s->recent, 0);
	atomic_store(&s->frame, e->data);
	return s;
}

/* Decodes. Neither the lock nor, but by this thread, the slot is held. */
static int slot_decode(struct cache_slot *s, const rcc_entry *e, rcc_dctx *ctx)
{
	rcc_ssize n;

	s->data = malloc(s->size);
	if (!s->data)
		return RCC_ENOMEM;
	n = rcc_read(e, s->data, s->size - 1, ctx);
	if (n < 0)
		return (int)n;
	s->data[n] = 0;
	s->hold = rcc_i_opened_hold(e->bundle);
	return 0;
}

/* Opens a slot to all, or gives it up. */
static void slot_end(struct cache_slot *s, int error)
{
	s->filling = 0;
	if (error) {
		slot_empty(s);
		slot_free(s);
	} else {
		slot_keep(s->cache, s);
		atomic_store(&s->state, CACHE_KEPT_ONLY + CACHE_ONE);
	}
}

/* *out: the slot of e, held, or NULL: there is no room for it. */
static int cache_fill(rcc_cache *c, const rcc_entry *e, struct cache_slot **out)
{
	struct cache_slot *s;
	rcc_dctx *ctx;
	int error;

	pthread_mutex_lock(&c->lock);
	while (!(s = cache_find(c, e)) && is_filling(c, e))
		pthread_cond_wait(&c->filled, &c->lock);
	if (s) {
		pthread_mutex_unlock(&c->lock);
		*out = s;
		return 0;
	}
	c->misses++;
	s = slot_begin(c, e);
	c->unkept += !s;
	ctx = s ? c->spare : NULL;
	if (s)
		c->spare = NULL;
	pthread_mutex_unlock(&c->lock);
	*out = s;
	if (!s)
		return 0;

	if (!ctx)
		ctx = rcc_dctx_new(); /* without one, rcc_read makes its own, or says what is amiss */
	error = slot_decode(s, e, ctx);
	pthread_mutex_lock(&c->lock);
	slot_end(s, error);
	if (!c->spare) {
		c->spare = ctx;
		ctx = NULL;
	}
	pthread_cond_broadcast(&c->filled);
	pthread_mutex_unlock(&c->lock);
	rcc_dctx_free(ctx);
	return error;
}

int rcc_cache_new(size_t bytes, rcc_cache **out)
{
	rcc_cache *c;

	if (!bytes || !out)
		return RCC_EINVAL;
	c = calloc(1, sizeof *c);
	if (!c)
		return RCC_ENOMEM;
	c->limit = bytes;
	c->sets = bytes / CACHE_BYTES_A_SLOT / CACHE_WAYS;
	if (c->sets < CACHE_SETS_MIN)
		c->sets = CACHE_SETS_MIN;
	c->slots = calloc(c->sets, CACHE_WAYS * sizeof *c->slots); /* large tables take memory as they are used */
	if (!c->slots || pthread_mutex_init(&c->lock, NULL)) {
		free(c->slots);
		free(c);
		return RCC_ENOMEM;
	}
	if (pthread_cond_init(&c->filled, NULL)) {
		pthread_mutex_destroy(&c->lock);
		free(c->slots);
		free(c);
		return RCC_ENOMEM;
	}
	atomic_store(&c->alive, 1);
	*out = c;
	return 0;
}

int rcc_cache_get(rcc_cache *c, const rcc_entry *e, rcc_memfile *out)
{
	struct cache_slot *s = NULL;
	int error = 0;

	if (!out)
		return RCC_EINVAL;
	memset(out, 0, sizeof *out);
	if (!c || !e)
		return RCC_EINVAL;
	if (e->codec > RCC_CODEC_STORE && e->codec <= RCC_CODEC_ZSTD_CHUNKS) {
		s = cache_find(c, e);
		if (!s)
			error = cache_fill(c, e, &s);
	}
	if (s && !error) {
		rcc_i_tell(e, out);
		out->data = s->data;
		out->heap = &s->owner;
	} else if (!error) {
		error = rcc_i_load(e, rcc_i_opened_hold(e->bundle), out);
	}
	if (!error)
		rcc_i_load_used(e->bundle, e->name);
	return error;
}

/* Lets go of what the cache keeps of b, or of all of it if b is NULL. */
static void keep_no_longer(rcc_cache *c, const rcc_bundle *b)
{
	for (size_t left = c->nkept; left; left--) {
		struct cache_slot *s = c->hand;

		c->hand = s->after;
		if (b && s->bundle != b)
			continue;
		slot_keep_no_longer(c, s);
		atomic_store(&s->frame, NULL);
		slot_drop(&s->owner);
	}
}

void rcc_cache_forget(rcc_cache *c, const rcc_bundle *b)
{
	if (!c || !b)
		return;
	pthread_mutex_lock(&c->lock);
	keep_no_longer(c, b);
	pthread_mutex_unlock(&c->lock);
}

void rcc_cache_free(rcc_cache *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	keep_no_longer(c, NULL);
	pthread_mutex_unlock(&c->lock);
	cache_let_go(c);
}

int rcc_cache_stats(rcc_cache *c, rcc_cache_counts *out)
{
	if (!c || !out)
		return RCC_EINVAL;
	memset(out, 0, sizeof *out);
	pthread_mutex_lock(&c->lock);
	out->misses = c->misses;
	out->evictions = c->evictions;
	out->unkept = c->unkept;
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < c->sets * CACHE_WAYS; i++)
		out->hits += atomic_load_explicit(&c->slots[i].hits, memory_order_relaxed);
	out->bytes = atomic_load(&c->bytes);
	out->limit = c->limit;
	return 0;
}
#endif
