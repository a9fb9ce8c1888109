/* SPDX-License-Identifier: MIT */
/* A list of files brought into memory before they are wanted. Which pages, and in what ranges; advise.c asks the
 * kernel. */
#include "hosted.h"

#ifdef _WIN32
rcc_ssize rcc_preheat(const rcc_bundle *b, const char *list, size_t size)
{
	return b && (list || !size) ? RCC_ENOTSUP : RCC_EINVAL;
}
#else
/* Pages to be advised on, which grow as long as one file follows another. */
struct heat {
	const rcc_bundle *b;
	int advice;
	rcc_span pages;
	size_t files;
};

static int heat_pages(const struct heat *h)
{
	int error = rcc_i_advise_pages(h->pages, h->advice);

	/* To read ahead is no more than a wish, and memory without a file behind it has nothing to read. */
	return h->advice == RCC_ADV_WILLNEED ? 0 : error;
}

static int heat_file(struct heat *h, const char *name, size_t len)
{
	rcc_span stored, pages;
	rcc_entry e;
	int error = rcc_lookup(h->b, name, len, &e);

	if (error)
		return error == RCC_ENOENT ? 0 : error;
	h->files++;
	stored.data = e.data;
	stored.size = (size_t)e.stored;
	pages = rcc_i_pages_around(stored);
	if (h->pages.size && pages.data >= h->pages.data && pages.data <= h->pages.data + h->pages.size) {
		size_t end = (size_t)(pages.data - h->pages.data) + pages.size;

		if (end > h->pages.size)
			h->pages.size = end;
		return 0;
	}
	error = heat_pages(h);
	h->pages = pages;
	return error;
}

static int heat_all(struct heat *h, const char *list, size_t size)
{
	const char *end = list + size;
	int error = 0;

	while (!error && list < end) {
		const char *stop = memchr(list, '\n', (size_t)(end - list));

		if (!stop)
			stop = end;
		if (stop > list)
			error = heat_file(h, list, (size_t)(stop - list));
		list = stop + (stop < end);
	}
	return error ? error : heat_pages(h);
}

/* Twice: the devices are to work on all of it before the first page is waited for. */
rcc_ssize rcc_preheat(const rcc_bundle *b, const char *list, size_t size)
{
	struct heat ahead = {.b = b, .advice = RCC_ADV_WILLNEED}, now = {.b = b, .advice = RCC_ADV_POPULATE};
	int error;

	if (!b || (!list && size))
		return RCC_EINVAL;
	if (!size)
		return 0;
	error = heat_all(&ahead, list, size);
	if (!error)
		error = heat_all(&now, list, size);
	return error ? error : (rcc_ssize)now.files;
}
#endif
