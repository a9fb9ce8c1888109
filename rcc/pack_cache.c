/* SPDX-License-Identifier: MIT */
/* See pack_cache.h. */
#include "pack_cache.h"

#include "../runtime-stub/core/core.h"
#include "codec.h"

static size_t index_of(const struct pack_cache *c, const struct item *it)
{
	return (size_t)(it->asset - c->tree->v);
}

static struct cache_key key_of(const struct item *it, const uint64_t hash[2])
{
	return (struct cache_key){.hash = {hash[0], hash[1]}, .level = it->level, .codec = codec_version()};
}

const struct cache_seen *pack_cache_known(const struct pack_cache *c, const struct item *it)
{
	const struct cache_seen *seen = cache_tree_find(c->seen, index_of(c, it));

	return seen && seen->flags & CACHE_HASHED ? seen : NULL;
}

const struct cache_entry *pack_cache_find(const struct pack_cache *c, const struct item *it, const uint64_t hash[2])
{
	struct cache_key key = key_of(it, hash);

	return cache_find(c->frames, &key);
}

void pack_cache_take(struct item *it, const struct cache_seen *seen, const struct cache_entry *e)
{
	it->size = seen->st.size;
	it->hash = seen->hash64;
	it->stored = e->stored;
	it->stored_codec = RCC_CODEC_ZSTD;
}

void pack_cache_note(const struct pack_cache *c, const struct item *it, const struct cache_seen *seen)
{
	cache_tree_note(c->seen, index_of(c, it), seen);
}

void pack_cache_add(const struct pack_cache *c, const struct item *it, const uint64_t hash[2], const void *frame,
                    uint64_t size)
{
	struct cache_key key = key_of(it, hash);

	cache_add(c->frames, &key, frame, size);
}

void pack_cache_begin(const struct pack_cache *c, const struct item *it, const uint64_t hash[2])
{
	struct cache_key key = key_of(it, hash);

	cache_begin(c->frames, &key);
}
