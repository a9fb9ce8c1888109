/* SPDX-License-Identifier: MIT */
/* See dict.h. Which files are looked at, how large the dictionary is and how it is trained follows from the files and
 * nothing else. The numbers here were measured with 50,000 icons (120 MB) and with 18,000 files of web pages (520 MB). */
#include "dict.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZDICT_STATIC_LINKING_ONLY /* for the trainer that takes seconds, not minutes */
#include <zdict.h>

#include "../runtime-stub/core/core.h"
#include "io.h"
#include "pack_item.h"

enum {
	SAMPLES_MAX = 64 << 10,      /* files */
	SAMPLE_BYTES = 64 << 20,
	SIZE_SHARE = 128,            /* of all contents, so much is the dictionary: more takes more than it spares */
	SIZE_LEAST = 4 << 10,
	SIZE_MOST = 1 << 20,         /* above, what a dictionary gains it also weighs */
	TRIAL_BYTES = 4 << 20,
	TRIAL_LEVEL = 7
};

/* Files that were read, one behind the other. */
struct samples {
	char *p;
	size_t bytes, n;
	size_t size[SAMPLES_MAX];
	double one_of;      /* so many bytes stand for each that was read */
	uint64_t *seen;     /* a hash table of contents: each is a sample once */
};

enum { SEEN_SLOTS = 2 * SAMPLES_MAX };

static bool is_new(struct samples *s, uint64_t hash)
{
	size_t k = (size_t)hash & (SEEN_SLOTS - 1);

	hash += !hash; /* 0 is a free slot */
	while (s->seen[k] && s->seen[k] != hash)
		k = (k + 1) & (SEEN_SLOTS - 1);
	if (s->seen[k])
		return false;
	s->seen[k] = hash;
	return true;
}

static bool may_use(const struct item *it)
{
	return it->how->dict && it->how->codec != PLAN_STORE;
}

static bool is_wanted(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (may_use(&p->v[i]))
			return true;
	return false;
}

/* May use it, and its contents are those of a file. */
static bool may_teach(const struct item *it)
{
	return may_use(it) && !it->how->run.p;
}

/* Bytes of the item's file; 0 if it is not one to learn from. */
static size_t size_of(const struct tree *t, const struct item *it)
{
	const struct asset *a = it->asset;
	struct stat st;

	if (fstatat(t->root[a->root].fd, a->name.p + a->skip, &st, 0) || !S_ISREG(st.st_mode) || st.st_size > DICT_FILE_MAX ||
	    (it->how->chunk && st.st_size > it->how->chunk))
		return 0;
	return (size_t)st.st_size;
}

static void read_sample(struct samples *s, const struct tree *t, const struct item *it, size_t size)
{
	int fd = pack_item_open(t, it);
	ssize_t got = fd < 0 ? -1 : io_read(fd, s->p + s->bytes, size);

	if (fd >= 0)
		close(fd);
	if (got <= 0 || !is_new(s, rcc_i_hash64(s->p + s->bytes, (size_t)got)))
		return;
	s->bytes += (size_t)got;
	s->size[s->n++] = (size_t)got;
}

/* At most SAMPLES_MAX of the files that may teach, and of those as many as SAMPLE_BYTES allow: evenly, in both steps. */
static void gather(struct samples *s, const struct plan *p, const struct tree *t)
{
	size_t teachers = 0, stride, picked = 0, at = 0;
	const struct item **pick;
	double all = 0, step, turn = 0;

	for (size_t i = 0; i < p->n; i++)
		teachers += may_teach(&p->v[i]);
	stride = teachers / SAMPLES_MAX + 1;
	pick = malloc((teachers / stride + 1) * sizeof(struct item *));
	if (!pick)
		die("out of memory");
	for (size_t i = 0; i < p->n; i++)
		if (may_teach(&p->v[i]) && at++ % stride == 0) {
			pick[picked++] = &p->v[i];
			all += (double)size_of(t, &p->v[i]);
		}
	s->p = malloc(all < SAMPLE_BYTES ? (size_t)all + DICT_FILE_MAX : SAMPLE_BYTES + DICT_FILE_MAX);
	if (!s->p)
		die("out of memory");
	step = all > SAMPLE_BYTES ? all / SAMPLE_BYTES : 1;
	for (size_t i = 0; i < picked && s->bytes < SAMPLE_BYTES; i++) {
		size_t size = ++turn < step ? 0 : size_of(t, pick[i]);

		if (turn < step)
			continue;
		turn -= step;
		if (size && s->bytes + size <= (all < SAMPLE_BYTES ? (size_t)all : SAMPLE_BYTES))
			read_sample(s, t, pick[i], size);
	}
	s->one_of = step * (double)stride;
	free(pick);
}

static uint64_t size_for(const struct samples *s)
{
	double size = (double)s->bytes * s->one_of / SIZE_SHARE;

	return size < SIZE_LEAST ? SIZE_LEAST : size > SIZE_MOST ? SIZE_MOST : (uint64_t)size;
}

/* Into d. False: the samples are too few. */
static bool train(struct dict *d, const struct samples *s, size_t size)
{
	ZDICT_fastCover_params_t how = {
		.k = size < 32 << 10 ? 200 : 1000, /* bytes a piece: long ones, as files that are alike share whole passages */
		.d = 8,
		.f = 20,
		.accel = 1,
		.zParams = {.compressionLevel = TRIAL_LEVEL},
	};
	size_t n;

	d->p = malloc(size);
	if (!d->p)
		die("out of memory");
	n = ZDICT_trainFromBuffer_fastCover(d->p, size, s->p, s->size, (unsigned)s->n, how);
	d->n = ZDICT_isError(n) ? 0 : n;
	return d->n != 0;
}

bool dict_gains(uint64_t n, uint64_t frame)
{
	return codec_gains(n, frame, false);
}

/* What it spares in some of the samples, as far as that stands for all, beside what it takes. */
static bool pays(const struct dict *d, const struct samples *s)
{
	struct codec *c = codec_new();
	struct codec_dict *ready = codec_dict_new(d->p, d->n);
	char *out = malloc(codec_bound(DICT_FILE_MAX));
	size_t stride = s->bytes / TRIAL_BYTES + 1, tried = 0;
	const char *p = s->p;
	double spared = 0;

	if (!out)
		die("out of memory");
	codec_dict_add(ready, TRIAL_LEVEL);
	for (size_t i = 0; i < s->n; p += s->size[i++]) {
		size_t n = s->size[i], plain, with;

		if (i % stride)
			continue;
		tried += n;
		plain = codec_frame(c, TRIAL_LEVEL, p, n, out);
		plain = codec_gains(n, plain, false) ? plain : n;
		with = codec_frame_dict(c, ready, TRIAL_LEVEL, p, n, out);
		spared += dict_gains(plain, with) ? (double)(plain - with) : 0;
	}
	codec_free(c);
	codec_dict_free(ready);
	free(out);
	return tried && spared * ((double)s->bytes / (double)tried) * s->one_of > (double)d->n;
}

static bool make(struct dict *d, struct diag *diag, const struct samples *s, uint64_t size)
{
	char bytes[32], from[32];

	if (!train(d, s, (size_t)size)) {
		diag_verbose(diag, "no dictionary: too few small files to learn from");
		return false;
	}
	if (!pays(d, s)) {
		diag_verbose(diag, "no dictionary: it would take more room than it spares");
		return false;
	}
	diag_verbose(diag, "a dictionary of %s, from %zu files, %s", str_size(bytes, d->n), s->n, str_size(from, s->bytes));
	return true;
}

/* NULL: there is to be none. */
static struct dict *make_for(struct diag *diag, const struct plan *p, const struct tree *t, uint64_t size)
{
	struct samples *s = calloc(1, sizeof *s);
	struct dict *d = calloc(1, sizeof *d);
	bool ok;

	if (!s || !d || !(s->seen = calloc(SEEN_SLOTS, sizeof *s->seen)))
		die("out of memory");
	gather(s, p, t);
	ok = make(d, diag, s, size ? size : size_for(s));
	free(s->p);
	free(s->seen);
	free(s);
	if (!ok) {
		dict_free(d);
		return NULL;
	}
	d->hash = rcc_i_hash64(d->p, d->n);
	d->ready = codec_dict_new(d->p, d->n);
	for (size_t i = 0; i < p->n; i++)
		if (may_use(&p->v[i]))
			codec_dict_add(d->ready, p->v[i].how->level);
	return d;
}

bool dict_make(struct dict **out, struct diag *diag, const struct plan *p, const struct tree *t, uint64_t size, bool pieces)
{
	if (!is_wanted(p))
		return true;
	if (pieces) {
		diag_error(diag, AT_NONE, "a rule says dict, and --per-file-sections has no dictionary: a linker can drop files, but "
		           "not the part of it that they needed");
		return false;
	}
	*out = make_for(diag, p, t, size);
	return true;
}

void dict_free(struct dict *d)
{
	if (!d)
		return;
	codec_dict_free(d->ready);
	free(d->p);
	free(d);
}
