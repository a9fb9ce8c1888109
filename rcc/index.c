/* SPDX-License-Identifier: MIT */
/* See index.h. Tables, references and strings are built in memory, some 20 bytes an entry; the records, which hold
 * the names, stream past. */
#include "index.h"

#include <stdlib.h>
#include <xxhash.h>

#include "../runtime-stub/core/core.h"
#include "index_dirs.h"
#include "index_parts.h"
#include "io.h"
#include "out.h"

enum { BUFFER = 256 << 10 };

/* Where the parts lie; all follow from names and MIME types alone. */
struct shape {
	struct header_parts at;
	uint64_t records, end;
	uint64_t dirs; /* in the directory table, which follows the look-up table; 0: there is none */
	struct mimes mimes;
};

static struct shape shape_of(const struct plan *p)
{
	struct shape s = {0};
	uint64_t at = RCCF_HEADER_SIZE;

	if (p->n > UINT32_MAX / 2)
		die("too many files for one bundle: %zu; make several", p->n);
	/* What opening touches lies behind the header, on its page. */
	mimes_init(&s.mimes, p, &at);
	s.at.name = at;
	at = align_up(at + p->bundle.n + 1, 8);
	s.at.buckets = p->n < RCCF_TABLE_MIN ? 0 : (uint32_t)(p->n / RCCF_BUCKET_FILL + 1);
	if (s.at.buckets)
		s.at.table = at = align_up(at, RCCF_BUCKET_SIZE);
	at += (uint64_t)s.at.buckets * RCCF_BUCKET_SIZE;
	s.dirs = s.at.buckets ? dirs_count(p) : 0;
	s.at.dirs = s.dirs ? at : 0;
	if (s.dirs)
		at += RCCF_BUCKET_SIZE + dirs_buckets(s.dirs) * RCCF_BUCKET_SIZE;
	s.at.refs = at;
	at += p->n * RCCF_REF_SIZE;
	if (at > UINT32_MAX)
		die("too many files for one bundle: %zu; make several", p->n);
	s.records = at;
	for (size_t i = 0; i < p->n; i++)
		at += record_size(&p->v[i]);
	if (at / 8 > UINT32_MAX)
		die("the names of one bundle exceed 32 GiB; make several");
	s.end = align_up(at, 16);
	return s;
}

uint64_t index_size(const struct plan *p)
{
	struct shape s = shape_of(p);

	mimes_done(&s.mimes);
	return s.end;
}

/* The first free slot from the hash's own bucket on. */
static void put_slot(unsigned char *table, uint32_t buckets, struct str name, uint64_t record)
{
	uint64_t hash = rcc_i_hash64(name.p, name.n), k = rccf_bucket(hash, buckets);
	unsigned char *bucket = table + k * RCCF_BUCKET_SIZE, *slot;

	while (!(slot = memchr(bucket, 0, RCCF_BUCKET_SLOTS))) {
		bucket[RCCF_BUCKET_MORE] = 1;
		k = k + 1 < buckets ? k + 1 : 0;
		bucket = table + k * RCCF_BUCKET_SIZE;
	}
	*slot = (unsigned char)rccf_tag(hash);
	rccf_store32(bucket + RCCF_BUCKET_RECS + 4 * (slot - bucket), (uint32_t)(record / 8));
}

/* All before the records. */
static void put_head(unsigned char *h, const struct layout *l, const struct shape *s, const uint64_t data_hash[2])
{
	const struct plan *p = l->plan;
	uint64_t record = s->records;

	header_put(h, l, &s->at, data_hash);
	for (size_t i = 0; i < p->n; i++) {
		uint64_t ref = s->at.refs + i * RCCF_REF_SIZE;

		rccf_store64(h + ref, record - ref);
		if (s->at.buckets)
			put_slot(h + s->at.table, s->at.buckets, p->v[i].name, record);
		record += record_size(&p->v[i]);
	}
	if (s->dirs)
		dirs_put(h + s->at.dirs, p, s->dirs, s->records);
	memcpy(h + s->at.name, p->bundle.p, p->bundle.n);
	mimes_put(&s->mimes, h);
}

/* Records from the buffer to fd, hashed on the way. */
struct stream {
	int fd;
	uint64_t at; /* in fd, of the buffer's first byte */
	unsigned char *buf;
	size_t held, cap;
	XXH3_state_t *hash;
};

static bool stream_flush(struct stream *o)
{
	XXH3_64bits_update(o->hash, o->buf, o->held);
	if (io_pwrite(o->fd, o->buf, o->held, o->at))
		return false;
	o->at += o->held;
	o->held = 0;
	return true;
}

/* n zeroed bytes to fill, or NULL when what came before could not be written. */
static unsigned char *stream_room(struct stream *o, size_t n)
{
	if (n > o->cap - o->held && !stream_flush(o))
		return NULL;
	if (n > o->cap) {
		o->cap = n;
		o->buf = realloc(o->buf, n);
		if (!o->buf)
			die("out of memory");
	}
	o->held += n;
	return memset(o->buf + o->held - n, 0, n);
}

static bool put_records(struct stream *o, const struct plan *p, const struct shape *s)
{
	uint64_t at = s->records;
	unsigned char *r;

	for (size_t i = 0; i < p->n; i++) {
		const struct item *it = &p->v[i];

		r = stream_room(o, (size_t)record_size(it));
		if (!r)
			return false;
		record_put(r, at, it, &s->mimes);
		at += record_size(it);
	}
	return stream_room(o, (size_t)(s->end - at)) && stream_flush(o);
}

bool index_write(const struct layout *l, struct diag *d, int fd, uint64_t base, const char *out_path,
                 const uint64_t data_hash[2])
{
	struct shape s = shape_of(l->plan);
	struct stream o = {.fd = fd, .at = base + s.records, .cap = BUFFER, .hash = XXH3_createState()};
	unsigned char *head = calloc(1, (size_t)s.records);
	bool ok;

	o.buf = malloc(BUFFER);
	if (!head || !o.buf || !o.hash)
		die("out of memory");
	put_head(head, l, &s, data_hash);
	XXH3_64bits_reset(o.hash);
	XXH3_64bits_update(o.hash, head + RCCF_H_DATA_HASH, s.records - RCCF_H_DATA_HASH);
	ok = put_records(&o, l->plan, &s);
	rccf_store64(head + RCCF_H_INDEX_HASH, XXH3_64bits_digest(o.hash));
	ok = ok && !io_pwrite(fd, head, (size_t)s.records, base);
	if (!ok)
		out_failed(d, out_path, "write");
	XXH3_freeState(o.hash);
	free(o.buf);
	free(head);
	mimes_done(&s.mimes);
	return ok;
}
