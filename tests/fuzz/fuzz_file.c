/* SPDX-License-Identifier: MIT */
/* Hostile bytes as a .rcb file, opened in both modes: through everything the stub can be asked, the decode cache, a list to preheat,
 * and on while memfiles hold what has been closed. */
#include <sys/mman.h>
#include <unistd.h>

#include "../walk_all.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

volatile unsigned fuzz_sum; /* so that no read is optimized away */

static int fuzz_fd = -1;
static char fuzz_path[40];
static rcc_cache *fuzz_cache; /* kept from input to input: what it keeps of one must never pass for another's */

static void put_file(const unsigned char *data, size_t size)
{
	if (fuzz_fd < 0) {
		fuzz_fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(fuzz_path, sizeof fuzz_path, "/proc/self/fd/%d", fuzz_fd);
		if (fuzz_fd < 0 || rcc_cache_new(1 << 16, &fuzz_cache))
			abort();
	}
	if (ftruncate(fuzz_fd, 0) || pwrite(fuzz_fd, data, size, 0) != (ssize_t)size)
		abort();
}

/* rcc_read, but by a decoder that has met the bundle's dictionary: libzstd 1.5.4 takes another way then, which does not find
 * the same faults in a damaged frame, and the cache's decoder may be such a one. */
static int reads(const rcc_entry *e, unsigned char *to)
{
	rcc_dctx *ctx = rcc_dctx_new();
	int ok = rcc_read(e, to, (size_t)e->size, ctx) == (rcc_ssize)e->size || rcc_read(e, to, (size_t)e->size, ctx) == (rcc_ssize)e->size;

	rcc_dctx_free(ctx);
	return ok;
}

/* Contents from the cache are those that rcc_read gives. */
static unsigned through_cache(const rcc_bundle *b, rcc_memfile *last)
{
	unsigned sum = 0;

	for (size_t i = 0; i < rcc_count(b) && i < 256; i++) {
		rcc_entry e;
		unsigned char *whole;

		if (rcc_at(b, i, &e) || e.size > WALK_MOST)
			continue;
		rcc_release(last);
		if (rcc_cache_get(fuzz_cache, &e, last))
			continue;
		sum += walk_touch(last->data, last->size + 1) + walk_touch(last->name, last->name_len);
		whole = malloc(last->size + 1);
		if (whole && (!reads(&e, whole) || memcmp(whole, last->data, last->size)))
			abort();
		free(whole);
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const names[] = {"hello.txt", "css/site.css", "a", ""};
	static const char list[] = "hello.txt\ncss/site.css\n\nabsent\n../a";
	static const int modes[] = {RCC_GUARDED, RCC_MAPPED};

	put_file(data, size);
	for (int i = 0; i < 2; i++) {
		rcc_memfile cached = {0}, loaded;
		const rcc_bundle *b;

		if (rcc_open_bundle(fuzz_path, modes[i], &b))
			continue;
		fuzz_sum += walk_bundle(b, names, sizeof names / sizeof *names) + through_cache(b, &cached);
		fuzz_sum += (unsigned)rcc_preheat(b, list, sizeof list - 1) + (unsigned)rcc_preheat(b, (const char *)data, size);
		rcc_load(b, "hello.txt", &loaded);
		rcc_close_bundle(b);
		fuzz_sum += walk_touch(loaded.data, loaded.size) + walk_touch(cached.data, cached.size);
		rcc_release(&loaded);
		rcc_release(&cached);
		if (i)
			rcc_cache_forget(fuzz_cache, b); /* of the guarded ones some are kept, closed as they are */
	}
	return 0;
}
