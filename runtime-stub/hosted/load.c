/* SPDX-License-Identifier: MIT */
/* Whole files: in place where they are stored, else decoded into one allocation. */
#include <stdlib.h>

#include "hosted.h"

#ifdef RCC_NO_ZSTD
enum { LOAD_DECODES = 0 };
#else
enum { LOAD_DECODES = 1 };
#endif

/* The contents of a compressed entry, on the heap, with the NUL that stored ones have. */
static int decode_to_heap(const rcc_entry *e, unsigned char **out)
{
	unsigned char *p;
	rcc_ssize n;

	if (!LOAD_DECODES) /* known before memory is asked for */
		return RCC_ENOTSUP;
	if (e->size >= PTRDIFF_MAX)
		return RCC_ENOMEM;
	p = malloc((size_t)e->size + 1);
	if (!p)
		return RCC_ENOMEM;
	n = rcc_read(e, p, (size_t)e->size, NULL);
	if (n < 0) {
		free(p);
		return (int)n;
	}
	p[e->size] = 0;
	*out = p;
	return 0;
}

/* Set by overlay_attach.c and trace.c where a program asks for them: else a look-up of two NULLs is all they cost. */
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

int rcc_load(const rcc_bundle *b, const char *name, rcc_memfile *out)
{
	rcc_i_loader *hook = load_hook;
	rcc_i_user *used = load_used;
	int error = hook && b && name && out ? hook(b, name, out) : rcc_i_load_bundled(b, name, out);

	if (used && !error)
		used(b, out->name, out->name_len);
	return error;
}

int rcc_i_load_bundled(const rcc_bundle *b, const char *name, rcc_memfile *out)
{
	unsigned char *heap = NULL;
	rcc_span contents;
	rcc_entry e;
	int error;

	if (!out)
		return RCC_EINVAL;
	memset(out, 0, sizeof *out); /* so that whatever comes of it may be released */
	if (!b || !name)
		return RCC_EINVAL;
	error = rcc_lookup(b, name, strlen(name), &e);
	if (error)
		return error;
	error = rcc_view(&e, &contents);
	if (error == RCC_EENCODED) {
		error = decode_to_heap(&e, &heap);
		contents.data = heap;
		contents.size = (size_t)e.size;
	}
	if (error)
		return error;
	out->data = contents.data;
	out->size = contents.size;
	out->name = e.name;
	out->name_len = e.name_len;
	out->stored = e.stored;
	out->hash = e.hash;
	out->mime = e.mime;
	out->align = e.align;
	out->codec = e.codec;
	out->heap = heap;
	return 0;
}

int rcc_read_memfile(const char *bundle, const char *name, rcc_memfile *out)
{
	const rcc_bundle *b;

	if (!out)
		return RCC_EINVAL;
	memset(out, 0, sizeof *out);
	if (!bundle || !name)
		return RCC_EINVAL;
	b = rcc_find_bundle(bundle);
	return b ? rcc_load(b, name, out) : RCC_ENOBUNDLE;
}

void rcc_release(rcc_memfile *f)
{
	if (!f)
		return;
	free(f->heap);
	f->heap = NULL;
	f->data = NULL;
	f->size = 0;
}
