/* SPDX-License-Identifier: MIT */
/* See layout.h. The data stream past: each file gets its place when its turn has come, so nothing is held. index.c
 * and index_split.c write what stands before them. */
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../runtime-stub/core/core.h"
#include "behind.h"
#include "dict.h"
#include "index.h"
#include "index_split.h"
#include "io.h"
#include "out.h"
#include "xxh3.h"

enum {
	ALIGN_STORE = 4,      /* log2: 16 bytes suit any C type */
	ALIGN_LARGE = 12,     /* a page: to be advised, mapped and handed to a device alone */
	LARGE_STORED = 1 << 20, /* where the padding is a few parts in a thousand at most */
	CLONE_BLOCK = 4096,   /* of a file system: what is larger is refused by the system itself */
	PROGRESS_EVERY = 256 /* files */
};

/* The contents so far: an open-addressing table by hash of 1 + an item's index. */
struct seen {
	uint32_t *slot;
	size_t mask;
};

/* The writer's place, to come back to. */
struct mark {
	uint64_t at;
	XXH3_state_t *hash;
};

struct writer {
	struct layout *l;
	struct diag *d;
	int fd;
	const char *path;
	uint64_t base;      /* of the image in fd */
	uint64_t at;        /* the image's next free byte, buffered ones counted */
	uint64_t cloned, cloned_end; /* what of fd has the blocks of the large file in hand already: whole buffers, or none */
	struct behind *out;
	size_t held;        /* bytes in its buffer: those just before at */
	XXH3_state_t *hash; /* of the data up to at - held */
	struct seen seen;   /* of the packed form: in the other nothing is shared */
	struct index_split *split; /* NULL: the packed form */
	struct mark start; /* of the large file in hand, before its padding */
};

/* --- bytes out ---------------------------------------------------------------------------------- */

static bool flush(struct writer *w)
{
	size_t n = w->held;
	uint64_t off = w->base + w->at - n;

	if (!n)
		return true;
	XXH3_128bits_update(w->hash, behind_buffer(w->out), n);
	w->held = 0;
	if (off >= w->cloned && off < w->cloned_end)
		return true;
	return behind_write(w->out, n, off) || out_failed(w->d, w->path, "write");
}

/* The buffer's next free byte, and how many there are. Buffers end where the file has a multiple of their size: what
 * the system caches is written whole. */
static char *free_room(const struct writer *w, size_t *n)
{
	*n = BEHIND_SIZE - (size_t)((w->base + w->at) % BEHIND_SIZE);
	return behind_buffer(w->out) + w->held;
}

static char *room_for(void *writer, size_t *n)
{
	size_t room;
	char *p = free_room(writer, &room);

	*n = *n < room ? *n : room;
	return p;
}

/* The size bytes of from are what follows: those that fill buffers need not be written, if the file system lets both files
 * have the same blocks. Only of a bundle file, which is kept: what a linker reads next had better be in memory. */
static void clone(void *writer, int from, uint64_t size)
{
	struct writer *w = writer;
	uint64_t at = w->base + w->at, begin = align_up(at, BEHIND_SIZE), end = (at + size) / BEHIND_SIZE * BEHIND_SIZE;

	if (w->base || at % CLONE_BLOCK || size < LARGE_STORED || io_share(w->fd, begin, from, begin - at, end - begin))
		return;
	w->cloned = begin;
	w->cloned_end = end;
}

/* p may be what room_for returned. */
static bool append(void *writer, const void *p, size_t n)
{
	struct writer *w = writer;

	while (n) {
		size_t room;
		char *to = free_room(w, &room);
		size_t part = n < room ? n : room;

		if (to != p)
			memcpy(to, p, part);
		w->held += part;
		w->at += part;
		p = (const char *)p + part;
		n -= part;
		if (part == room && !flush(w))
			return false;
	}
	return true;
}

static bool pad(struct writer *w, unsigned align_log2)
{
	static const char zero[4096];
	uint64_t to = align_up(w->at, (uint64_t)1 << align_log2);

	while (w->at < to) {
		size_t n = to - w->at < sizeof zero ? (size_t)(to - w->at) : sizeof zero;

		if (!append(w, zero, n))
			return false;
	}
	return true;
}

/* --- dedupe ------------------------------------------------------------------------------------- */

static bool seen_init(struct seen *s, size_t n)
{
	size_t slots = 16;

	while (slots < n * 2)
		slots *= 2;
	s->slot = calloc(slots, sizeof *s->slot);
	s->mask = slots - 1;
	return s->slot != NULL;
}

static void seen_done(struct seen *s)
{
	free(s->slot);
	s->slot = NULL;
}

static bool may_share(const struct item *a, const struct item *b)
{
	return a->hash == b->hash && a->size == b->size && a->stored == b->stored && a->stored_codec == b->stored_codec;
}

/* Everything so far is in the file. False: reported. */
static bool settle(struct writer *w)
{
	return flush(w) && (behind_wait(w->out) || out_failed(w->d, w->path, "write"));
}

/* n bytes of the image from off on, as they were written, into buf. False: reported. */
static bool read_back(struct writer *w, uint64_t off, char *buf, size_t n)
{
	if (!settle(w))
		return false;
	if (io_pread(w->fd, buf, n, w->base + off) == (ssize_t)n)
		return true;
	return out_failed(w->d, w->path, "read back what was written to");
}

enum same { DIFFERENT, SAME, UNKNOWN };

/* Are the n bytes at off those at p, or at the image's place other where p is NULL? A hash that is equal is a
 * hint, no proof. UNKNOWN: reported. */
static enum same same_bytes(struct writer *w, uint64_t off, const char *p, uint64_t other, uint64_t n)
{
	char a[32 << 10], b[32 << 10];

	for (uint64_t done = 0; done < n; done += sizeof a) {
		size_t part = n - done < sizeof a ? (size_t)(n - done) : sizeof a;

		if (!read_back(w, off + done, a, part) || (!p && !read_back(w, other + done, b, part)))
			return UNKNOWN;
		if (memcmp(a, p ? p + done : b, part))
			return DIFFERENT;
	}
	return SAME;
}

/* Finds bytes that item it can share, aligned as it needs, and takes their place: SAME; else DIFFERENT, and it is
 * remembered to be shared from. p and other as in same_bytes. */
static enum same share(struct writer *w, struct item *it, const char *p, uint64_t other)
{
	const struct item *v = w->l->plan->v, *c;
	struct seen *s = &w->seen;
	enum same same;

	for (size_t k = (size_t)it->hash & s->mask;; k = (k + 1) & s->mask) {
		if (!s->slot[k]) {
			s->slot[k] = (uint32_t)(it - v) + 1;
			return DIFFERENT;
		}
		c = &v[s->slot[k] - 1];
		if (!may_share(c, it) || (c->off & (((uint64_t)1 << it->stored_align) - 1)))
			continue;
		same = same_bytes(w, c->off, p, other, it->stored);
		if (same == SAME) {
			it->off = c->off;
			w->l->shared++;
			w->l->shared_bytes += it->stored;
		}
		if (same != DIFFERENT)
			return same;
	}
}

/* --- files -------------------------------------------------------------------------------------- */

/* Finds bytes to share, in the form that allows it. */
static enum same may_lie_there(struct writer *w, struct item *it, const char *p, uint64_t other)
{
	return w->split ? DIFFERENT : share(w, it, p, other);
}

/* log2: a frame may lie anywhere, for nobody reads it but a decoder. */
static uint8_t align_of(const struct item *it, bool frame, uint64_t stored)
{
	if (it->how->align_said)
		return it->how->align_log2;
	return frame ? 0 : stored < LARGE_STORED ? ALIGN_STORE : ALIGN_LARGE;
}

/* The item's place: the next that is aligned as it needs. */
static bool begin(struct writer *w, struct item *it)
{
	if (!pad(w, w->split ? split_align(it) : it->stored_align))
		return false;
	it->off = w->at;
	return true;
}

/* Behind the stored bytes: the NUL, and in the split form the record. */
static bool end(struct writer *w, struct item *it)
{
	if (!append(w, "", 1))
		return false;
	return !w->split || (pad(w, 3) && append(w, index_split_record(w->split, it, w->at), (size_t)record_size(it)));
}

static bool place_dict(struct writer *w, const struct dict *dict)
{
	w->l->dict = w->at;
	w->l->dict_size = dict->n;
	return append(w, dict->p, dict->n);
}

static bool place_held(struct writer *w, struct item *it, const char *data)
{
	enum same same;

	it->stored_align = align_of(it, it->stored_codec != RCC_CODEC_STORE, it->stored);
	same = may_lie_there(w, it, data, 0);
	if (same != DIFFERENT)
		return same == SAME;
	if (!begin(w, it))
		return false;
	return append(w, data, (size_t)it->stored) && end(w, it);
}

static bool mark(struct writer *w, struct mark *m)
{
	if (!flush(w))
		return false;
	m->at = w->at;
	XXH3_copyState(m->hash, w->hash);
	return true;
}

/* What was written since is written over, or cut off in the end. */
static void go_back(struct writer *w, const struct mark *m)
{
	w->held = 0;
	w->at = m->at;
	w->cloned = w->cloned_end = 0;
	XXH3_copyState(w->hash, m->hash);
}

/* The file's bytes, or a frame of them, at the writer's place; what was there is marked before. */
static bool stream(struct writer *w, struct item *it, struct pack *k, bool frame)
{
	struct pack_sink sink = {append, room_for, clone, w};

	it->stored_align = align_of(it, frame, it->size);
	if (!mark(w, &w->start) || !begin(w, it))
		return false;
	return pack_stream(k, it, frame, &sink);
}

/* A large file is written where it would lie, then judged: a frame that gains too little is written over by the
 * contents, and bytes that were there already are shared. */
static bool place_large(struct writer *w, struct item *it, struct pack *k)
{
	bool frame = it->how->codec != PLAN_STORE && (it->how->codec != PLAN_ZSTD_PARTS || it->how->chunk);
	enum same same;

	if (!stream(w, it, k, frame))
		return false;
	if (frame && !codec_gains(it->size, it->stored, it->how->codec == PLAN_ZSTD)) {
		go_back(w, &w->start);
		if (!stream(w, it, k, false))
			return false;
	}
	same = may_lie_there(w, it, NULL, it->off);
	if (same == DIFFERENT)
		return end(w, it);
	go_back(w, &w->start);
	return same == SAME;
}

static bool place(struct writer *w, const struct packed *p, struct pack *k)
{
	struct item *it = p->item;

	if (!(p->data ? place_held(w, it, p->data) : place_large(w, it, k)))
		return false;
	w->l->contents += it->size;
	w->l->compressed += it->stored_codec != RCC_CODEC_STORE;
	if (it->stored_align > w->l->align_log2)
		w->l->align_log2 = it->stored_align;
	return true;
}

/* --- the whole ---------------------------------------------------------------------------------- */

/* By count and not by time: a line now and then, and one behind each file that took a while. */
static void show(struct writer *w, size_t done, bool large)
{
	char line[96], bytes[32];

	if (!large && done % PROGRESS_EVERY && done != w->l->plan->n)
		return;
	snprintf(line, sizeof line, "rcc: %zu of %zu files, %s", done, w->l->plan->n, str_size(bytes, w->at));
	diag_progress(w->d, line);
}

/* Told at the first file that goes beyond, not when all are written. */
static bool too_large(const struct writer *w, uint64_t max)
{
	char size[32];

	if (w->at <= max)
		return false;
	diag_progress(w->d, NULL);
	diag_error(w->d, AT_FILE(w->path), "the bundle exceeds the %s that an object for this target can hold; take files out, or "
	           "write a bundle file with --format bundle", str_size(size, max));
	return true;
}

static bool write_data(struct writer *w, struct pack *k, uint64_t max, bool progress)
{
	struct packed p;

	for (size_t done = 1; pack_next(k, &p); done++) {
		if (!place(w, &p, k) || too_large(w, max))
			return false;
		if (progress)
			show(w, done, !p.data);
	}
	diag_progress(w->d, NULL);
	return !diag_failed(w->d) && settle(w);
}

static bool write_footer(struct writer *w)
{
	return pad(w, 4) && append(w, RCCF_FOOTER, RCCF_MARK_SIZE) && settle(w);
}

static void writer_init(struct writer *w, size_t files, bool threaded)
{
	w->out = behind_start(w->fd, threaded);
	w->hash = XXH3_createState();
	w->start.hash = XXH3_createState();
	if (!w->hash || !w->start.hash || (!w->split && !seen_init(&w->seen, files)))
		die("out of memory");
	XXH3_128bits_reset(w->hash);
}

static void writer_done(struct writer *w)
{
	seen_done(&w->seen);
	XXH3_freeState(w->start.hash);
	XXH3_freeState(w->hash);
	behind_stop(w->out);
}

/* The data, then what stands before them. */
static bool write_image(struct writer *w, struct pack *k, uint64_t max, bool progress)
{
	struct layout *l = w->l;
	XXH128_hash_t hash;
	uint64_t data[2];

	w->at = l->index_size;
	if (l->plan->dict && !place_dict(w, l->plan->dict))
		return false;
	if (!write_data(w, k, max, progress) || (w->split && !write_footer(w)))
		return false;
	seen_done(&w->seen); /* the index takes its room */
	l->size = w->at;
	hash = XXH3_128bits_digest(w->hash);
	data[0] = hash.low64;
	data[1] = hash.high64;
	if (ftruncate(w->fd, (off_t)(w->base + l->size)))
		return out_failed(w->d, w->path, "write");
	return w->split ? index_split_write(w->split, l, w->d, w->fd, w->base, w->path, data)
	                : index_write(l, w->d, w->fd, w->base, w->path, data);
}

bool layout_write(struct layout *l, struct diag *d, int fd, uint64_t base, uint64_t max, const char *out_path,
                  struct plan *p, struct pack *k, const struct split *split, bool progress)
{
	struct writer w = {.l = l, .d = d, .fd = fd, .path = out_path, .base = base};
	struct index_split index;
	bool ok;

	*l = (struct layout){.plan = p};
	if (split) {
		index_split_init(&index, p, split);
		w.split = &index;
		l->form = split->form;
	}
	l->index_size = split ? index.size : index_size(p);
	writer_init(&w, p->n, pack_workers(k) > 1);
	ok = write_image(&w, k, max, progress);
	writer_done(&w);
	if (split)
		index_split_done(&index);
	return ok;
}
