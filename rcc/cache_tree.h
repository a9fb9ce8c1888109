/* SPDX-License-Identifier: MIT */
/* What a run saw: each file's stat values and, where they were needed, the hashes of its contents, so that the next run
 * need not read a file that has not changed. And what its outputs were made from, so that it need not make them. */
#ifndef RCC_CACHE_TREE_H
#define RCC_CACHE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "cache.h"
#include "tree.h"

/* A file at a moment. Times are nanoseconds. */
struct cache_stat {
	uint64_t dev, ino, size;
	int64_t mtime, ctime;
};

/* What is known of one input; as it lies on disk. */
struct cache_seen {
	struct cache_stat st;
	uint64_t hash64;   /* XXH3-64 of the contents */
	uint64_t hash[2];  /* XXH3-128 of them */
	uint32_t flags;    /* CACHE_READ: it was read; CACHE_HASHED: and both hashes are there */
	uint32_t name_len;
};

enum { CACHE_READ = 1, CACHE_HASHED = 2 };

enum { CACHE_OUTPUTS = 4 };

/* What outputs were made from, and what they were then. */
struct cache_made {
	uint64_t from[2];  /* a hash of options, texts and directories; zeros: not to be relied on */
	struct cache_stat out[CACHE_OUTPUTS]; /* zeros: that output was not asked for */
};

struct cache_tree;

struct cache_stat cache_stat_of(const struct stat *st);

/* The time, by the clock that file systems use. */
int64_t cache_now(void);

/* Could the file not have been changed since without showing it, when this was seen in a run that began at moment? As
 * git's "racily clean": times count in ticks, of two seconds at worst (FAT), and a second change within the tick of the
 * first leaves no trace. So both times must be older than the moment by more than a tick. That also lets a file server's
 * clock be behind by as much. */
bool cache_stat_settled(const struct cache_stat *st, int64_t moment);

/* What the last run saw that had this place, a hash of where it reads and writes. To be done by cache_tree_done. */
struct cache_tree *cache_tree_load(struct cache *c, uint64_t place, const struct tree *t);

/* What the last run made; NULL: unknown, or the tree had other names. */
const struct cache_made *cache_tree_made(const struct cache_tree *k);
/* Asks for the stat values of every file that it read, by so many threads. Are all as they were? */
bool cache_tree_look(struct cache_tree *k, unsigned workers);
/* Keeps the record from being thrown away for its age. */
void cache_tree_touch(const struct cache_tree *k);

/* What is known of asset i of the tree, which was found to be as it was; NULL: nothing. Thread-safe. */
const struct cache_seen *cache_tree_find(const struct cache_tree *k, size_t i);
/* Makes room for notes; before the first of them. */
void cache_tree_begin(struct cache_tree *k);
/* Notes what this run saw of it. Thread-safe for different i. */
void cache_tree_note(struct cache_tree *k, size_t i, const struct cache_seen *seen);

/* Writes down what was noted. */
void cache_tree_save(struct cache_tree *k, const struct cache_made *made);

void cache_tree_done(struct cache_tree *k);

#endif
