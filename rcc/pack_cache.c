/* SPDX-License-Identifier: MIT */
/* See pack_cache.h. */
#include "pack_cache.h"

#include "../runtime-stub/core/core.h"
#include "codec.h"
#include "pack_codec.h"

static size_t index_of(const struct pack_cache *c, const struct item *it)
{
	return (size_t)(it->asset - c->tree->v);
}

static struct cache_key key_of(const struct pack_cache *c, const struct item *it, int codec, const uint64_t hash[2])
{
	struct cache_key key = {.hash = {hash[0], hash[1]}, .level = it->how->level, .codec = codec_version()};

	if (codec == RCC_CODEC_ZSTD_DICT)
		key.dict = c->dict->hash;
	else if (codec == RCC_CODEC_ZSTD_CHUNKS)
		key.dict = it->how->chunk;
	return key;
}

const struct cache_seen *pack_cache_known(const struct pack_cache *c, const struct item *it)
{
	const struct cache_seen *seen = cache_tree_find(c->seen, index_of(c, it));

	return seen && seen->flags & CACHE_HASHED ? seen : NULL;
}

const struct cache_entry *pack_cache_find(const struct pack_cache *c, const struct item *it, int codec,
                                          const uint64_t hash[2])
{
	struct cache_key key = key_of(c, it, codec, hash);

	return cache_find(c->frames, &key);
}

bool pack_cache_pick(const struct pack_cache *c, const struct item *it, const struct cache_seen *seen, int *codec,
                     const struct cache_entry **e)
{
	const struct cache_entry *by[PACK_CODECS] = {NULL};
	uint64_t size[PACK_CODECS] = {0};

	for (int k = 0; k < PACK_CODECS; k++) {
		if (!pack_codec_tries(it, c->dict, seen->st.size, k))
			continue;
		by[k] = pack_cache_find(c, it, k, seen->hash);
		if (!by[k])
			return false;
		size[k] = by[k]->stored;
	}
	*codec = pack_codec_pick(it, seen->st.size, size);
	*e = by[*codec];
	return true;
}

void pack_cache_take(struct item *it, const struct cache_seen *seen, int codec, const struct cache_entry *e)
{
	it->size = seen->st.size;
	it->hash = seen->hash64;
	it->stored = e->stored;
	it->stored_codec = (uint8_t)codec;
}

void pack_cache_note(const struct pack_cache *c, const struct item *it, const struct cache_seen *seen)
{
	cache_tree_note(c->seen, index_of(c, it), seen);
}

void pack_cache_add(const struct pack_cache *c, const struct item *it, int codec, const uint64_t hash[2],
                    const void *frame, uint64_t size)
{
	struct cache_key key = key_of(c, it, codec, hash);

	cache_add(c->frames, &key, frame, size);
}

void pack_cache_begin(const struct pack_cache *c, const struct item *it, int codec, const uint64_t hash[2])
{
	struct cache_key key = key_of(c, it, codec, hash);

	cache_begin(c->frames, &key);
}
