/* SPDX-License-Identifier: MIT */
/* Whole files: in place where they are stored, else decoded into one allocation. */
#include <stdlib.h>

#include "hosted.h"

#ifdef RCC_NO_ZSTD
enum { LOAD_DECODES = 0 };
#else
enum { LOAD_DECODES = 1 };
#endif

/* Contents on the heap: they lie behind this, as aligned as malloc's memory is, with the NUL that stored ones have. */
struct load_block {
	rcc_i_owner owner;
	rcc_i_owner *hold; /* of the bundle that name and MIME type lie in, or NULL */
};
enum { LOAD_HEAD = 16 };

static unsigned char *block_data(struct load_block *block)
{
	return (unsigned char *)block + LOAD_HEAD;
}

static void let_go(rcc_i_owner *owner)
{
	if (owner)
		owner->drop(owner);
}

static void drop_block(rcc_i_owner *owner)
{
	struct load_block *block = (struct load_block *)(void *)owner;

	let_go(block->hold);
	free(block);
}

/* The contents of a compressed entry. */
static int decode_to_heap(const rcc_entry *e, struct load_block **out)
{
	struct load_block *block;
	rcc_ssize n;

	if (!LOAD_DECODES) /* known before memory is asked for */
		return RCC_ENOTSUP;
	if (e->size >= PTRDIFF_MAX - LOAD_HEAD)
		return RCC_ENOMEM;
	block = malloc(LOAD_HEAD + (size_t)e->size + 1);
	if (!block)
		return RCC_ENOMEM;
	n = rcc_read(e, block_data(block), (size_t)e->size, NULL);
	if (n < 0) {
		free(block);
		return (int)n;
	}
	block_data(block)[e->size] = 0;
	block->owner.drop = drop_block;
	*out = block;
	return 0;
}

void rcc_i_tell(const rcc_entry *e, rcc_memfile *out)
{
	out->size = (size_t)e->size;
	out->name = e->name;
	out->name_len = e->name_len;
	out->stored = e->stored;
	out->hash = e->hash;
	out->mime = e->mime;
	out->align = e->align;
	out->codec = e->codec;
}

int rcc_i_load(const rcc_entry *e, rcc_i_owner *hold, rcc_memfile *out)
{
	struct load_block *block = NULL;
	rcc_span contents;
	int error = rcc_view(e, &contents);

	if (!error) {
		out->data = contents.data;
		out->heap = hold;
	} else if (error == RCC_EENCODED) {
		error = decode_to_heap(e, &block);
		if (!error) {
			block->hold = hold;
			out->data = block_data(block);
			out->heap = &block->owner;
		}
	}
	if (error)
		let_go(hold);
	else
		rcc_i_tell(e, out);
	return error;
}

/* The file name of b, which hold holds, if it is not NULL. *out is zeroed. */
static int load_held(const rcc_bundle *b, const char *name, rcc_i_owner *hold, rcc_memfile *out)
{
	rcc_entry e;
	int error = rcc_lookup(b, name, strlen(name), &e);

	if (!error)
		return rcc_i_load(&e, hold, out);
	let_go(hold);
	return error;
}

struct elsewhere_block {
	rcc_i_owner owner;
	rcc_i_owner *hold;
	void *block;
};

static void drop_elsewhere(rcc_i_owner *owner)
{
	struct elsewhere_block *e = (struct elsewhere_block *)(void *)owner;

	let_go(e->hold);
	free(e->block);
	free(e);
}

rcc_i_owner *rcc_i_own(void *block, rcc_i_owner *hold)
{
	struct elsewhere_block *e = malloc(sizeof *e);

	if (!e)
		return NULL;
	e->owner.drop = drop_elsewhere;
	e->hold = hold;
	e->block = block;
	return &e->owner;
}

/* Set by overlay_attach.c and trace.c where a program asks for them: else a look at two NULLs is all they cost. */
#ifdef __TINYC__ /* it has no atomics, and reads a pointer in one piece */
static rcc_i_loader *volatile load_hook;
static rcc_i_user *volatile load_used;
#else
static _Atomic(rcc_i_loader *) load_hook;
static _Atomic(rcc_i_user *) load_used;
#endif

void rcc_i_load_by(rcc_i_loader *load)
{
	load_hook = load;
}

void rcc_i_load_tells(rcc_i_user *used)
{
	load_used = used;
}

int rcc_i_load_is_hooked(void)
{
	return load_hook != NULL;
}

void rcc_i_load_used(const rcc_bundle *b, const char *name)
{
	rcc_i_user *used = load_used;

	if (used)
		used(b, name, strlen(name));
}

/* load_held, unless somebody else has a say. */
static int load_as_told(const rcc_bundle *b, const char *name, rcc_i_owner *hold, rcc_memfile *out)
{
	rcc_i_loader *hook = load_hook;
	int error = hook ? hook(b, name, out) : load_held(b, name, hold, out);

	if (!error)
		rcc_i_load_used(b, out->name);
	if (hook)
		let_go(hold); /* not before: b is read */
	return error;
}

int rcc_load(const rcc_bundle *b, const char *name, rcc_memfile *out)
{
	if (!out)
		return RCC_EINVAL;
	memset(out, 0, sizeof *out); /* so that whatever comes of it may be released */
	return b && name ? load_as_told(b, name, rcc_i_opened_hold(b), out) : RCC_EINVAL;
}

int rcc_i_load_bundled(const rcc_bundle *b, const char *name, rcc_memfile *out)
{
	memset(out, 0, sizeof *out);
	return load_held(b, name, rcc_i_opened_hold(b), out);
}

int rcc_read_memfile(const char *bundle, const char *name, rcc_memfile *out)
{
	const rcc_bundle *b;
	rcc_i_owner *hold;
	size_t gone;
	int stale;

	if (!out)
		return RCC_EINVAL;
	memset(out, 0, sizeof *out);
	if (!bundle || !name)
		return RCC_EINVAL;
	do { /* another thread may close what was found before it is held */
		gone = rcc_i_opened_gone();
		b = rcc_find_bundle(bundle);
		hold = b ? rcc_i_opened_hold(b) : NULL;
		stale = b && gone != rcc_i_opened_gone(); /* what is held may be another that came to lie there */
		if (stale)
			let_go(hold);
	} while (stale);
	return b ? load_as_told(b, name, hold, out) : RCC_ENOBUNDLE;
}

/* Of threads that release one memfile at the same time, one finds something to let go of. The fields cannot be atomic:
 * C++ programs see them too. */
void rcc_release(rcc_memfile *f)
{
	rcc_i_owner *owner;

	if (!f)
		return;
#ifdef __TINYC__
	owner = f->heap;
	f->heap = NULL;
	f->data = NULL;
	f->size = 0;
#else
	owner = __atomic_exchange_n(&f->heap, NULL, __ATOMIC_ACQ_REL);
	__atomic_store_n(&f->data, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&f->size, 0, __ATOMIC_RELAXED);
#endif
	let_go(owner);
}
