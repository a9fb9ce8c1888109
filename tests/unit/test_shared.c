/* SPDX-License-Identifier: MIT */
/* rcc_cache: one decoding for many threads, the bound, what is evicted and what never is, whom it keeps. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "image.h"
#include "../../runtime-stub/rcc_dev.h"

enum { FILES = 40, SIZE = 10000, THREADS = 4 };

/* cache.c, with a decoder that takes its time until all threads decode or wait for it, where crowd is not 0. */
static atomic_int crowd, decoding, waiting;

static void await_crowd(void)
{
	atomic_fetch_add(&decoding, 1);
	while (atomic_load(&decoding) + atomic_load(&waiting) < atomic_load(&crowd))
		sched_yield();
}

static rcc_ssize read_slowly(const rcc_entry *e, void *buf, size_t cap, rcc_dctx *ctx)
{
	await_crowd();
	return rcc_read(e, buf, cap, ctx);
}

static int wait_counted(pthread_cond_t *c, pthread_mutex_t *m)
{
	atomic_fetch_add(&waiting, 1);
	return pthread_cond_wait(c, m);
}

#define rcc_read read_slowly
#define pthread_cond_wait wait_counted
#include "../../runtime-stub/hosted/cache.c"
#undef rcc_read
#undef pthread_cond_wait
enum { ROOMY = 16 << 20 }; /* no set of its table overflows, wherever the frames lie */

static char names[FILES][16], contents[FILES][SIZE];
static struct image_file files[FILES + 2];
static char path[] = "/tmp/rcc-test-shared.XXXXXX";
static unsigned char *image;
static const rcc_bundle *bundle;
static rcc_entry entries[FILES + 2];

static int setup(void **state)
{
	size_t size;
	int fd = mkstemp(path);

	(void)state;
	for (int i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof names[i], "f%02d", i);
		for (int k = 0; k < SIZE; k++)
			contents[i][k] = (char)('a' + (k * i + k / 100) % 26);
		files[i] = (struct image_file){names[i], contents[i], SIZE, i % 2 ? RCC_CODEC_ZSTD : RCC_CODEC_ZSTD_CHUNKS, "text/x"};
	}
	files[FILES] = (struct image_file){"odd", "odd", 3, 7, NULL};
	files[FILES + 1] = (struct image_file){"plain", "plain", 5, RCC_CODEC_STORE, NULL};
	image = image_new("shared", files, FILES + 2, 4, &size);
	if (fd < 0 || write(fd, image, size) != (ssize_t)size || close(fd) || rcc_open_memory(image, size, &bundle))
		return -1;
	for (size_t i = 0; i < FILES + 2; i++)
		if (rcc_at(bundle, i, &entries[i]))
			return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(image);
	return unlink(path);
}

static rcc_cache *cache_of(size_t bytes)
{
	rcc_cache *c = NULL;

	assert_int_equal(rcc_cache_new(bytes, &c), 0);
	assert_non_null(c);
	return c;
}

static rcc_cache_counts counts(rcc_cache *c)
{
	rcc_cache_counts n;

	assert_int_equal(rcc_cache_stats(c, &n), 0);
	return n;
}

static int is_file(const rcc_memfile *f, int i)
{
	return f->size == SIZE && !memcmp(f->data, contents[i], SIZE) && !f->data[SIZE] && !strcmp(f->name, names[i]);
}

static rcc_memfile get(rcc_cache *c, int i)
{
	rcc_memfile f;

	assert_int_equal(rcc_cache_get(c, &entries[i], &f), 0);
	assert_true(is_file(&f, i));
	return f;
}

static void use(rcc_cache *c, int i)
{
	rcc_memfile f = get(c, i);

	rcc_release(&f);
}

static void the_second_time_is_a_hit(void **state)
{
	rcc_cache *c = cache_of(ROOMY);
	rcc_memfile f = get(c, 3), g = get(c, 3), whole;

	(void)state;
	assert_ptr_equal(f.data, g.data);
	assert_int_equal(rcc_load(bundle, "f03", &whole), 0);
	assert_int_equal(f.stored, whole.stored);
	assert_int_equal(f.hash, whole.hash);
	assert_int_equal(f.align, whole.align);
	assert_int_equal(f.codec, whole.codec);
	assert_int_equal(f.name_len, whole.name_len);
	assert_string_equal(f.mime, "text/x");
	rcc_release(&whole);
	rcc_release(&f);
	rcc_release(&f);
	assert_null(f.data);
	assert_true(is_file(&g, 3));
	rcc_release(&g);
	for (int i = 0; i < FILES; i++)
		use(c, i);
	assert_int_equal(counts(c).misses, FILES);
	assert_int_equal(counts(c).hits, 2);
	assert_int_equal(counts(c).evictions, 0);
	assert_int_equal(counts(c).bytes, FILES * (SIZE + 1));
	assert_int_equal(counts(c).limit, ROOMY);
	rcc_cache_free(c);
}

static void what_is_not_for_it(void **state)
{
	static const rcc_memfile zero;
	rcc_cache *c = cache_of(ROOMY), *none;
	rcc_memfile f;
	rcc_cache_counts n;

	(void)state;
	assert_int_equal(rcc_cache_get(c, &entries[FILES + 1], &f), 0);
	assert_ptr_equal(f.data, entries[FILES + 1].data);
	rcc_release(&f);
	assert_int_equal(rcc_cache_get(c, &entries[FILES], &f), RCC_ENOTSUP);
	assert_memory_equal(&f, &zero, sizeof f);
	assert_int_equal(counts(c).misses, 0);
	assert_int_equal(rcc_cache_get(NULL, &entries[0], &f), RCC_EINVAL);
	assert_int_equal(rcc_cache_get(c, NULL, &f), RCC_EINVAL);
	assert_int_equal(rcc_cache_get(c, &entries[0], NULL), RCC_EINVAL);
	assert_int_equal(rcc_cache_new(0, &none), RCC_EINVAL);
	assert_int_equal(rcc_cache_new(1, NULL), RCC_EINVAL);
	assert_int_equal(rcc_cache_stats(NULL, &n), RCC_EINVAL);
	assert_int_equal(rcc_cache_stats(c, NULL), RCC_EINVAL);
	rcc_cache_free(c);
	rcc_cache_free(NULL);
	rcc_cache_forget(NULL, bundle);
}

/* Over and over through more than it may keep: never above the bound, and what is asked for all the time stays. */
static void bounded_by_bytes(void **state)
{
	enum { ROOM = 5 };
	rcc_cache *c = cache_of(ROOM * (SIZE + 1));

	(void)state;
	for (int i = 0; i < 10 * FILES; i++) {
		use(c, i % FILES);
		assert_in_range(counts(c).bytes, 1, ROOM * (SIZE + 1));
	}
	assert_int_equal(counts(c).misses, 10 * FILES);
	assert_int_equal(counts(c).evictions, 10 * FILES - ROOM);
	use(c, 0);
	for (int i = 1; i < FILES; i++) {
		use(c, i);
		use(c, 0);
	}
	assert_in_range(counts(c).hits, FILES - 2, FILES - 1); /* but for its first eviction, before it was asked for again */
	assert_int_equal(counts(c).unkept, 0);
	rcc_cache_free(c);
}

static void what_is_held_is_not_evicted(void **state)
{
	enum { ROOM = 5 };
	rcc_cache *c = cache_of(ROOM * (SIZE + 1));
	rcc_memfile held[FILES];

	(void)state;
	for (int i = 0; i < FILES; i++)
		held[i] = get(c, i);
	for (int i = 0; i < FILES; i++)
		assert_true(is_file(&held[i], i));
	assert_int_equal(counts(c).evictions, 0);
	assert_int_equal(counts(c).unkept, FILES - ROOM);
	assert_int_equal(counts(c).bytes, ROOM * (SIZE + 1));
	use(c, 0);
	assert_int_equal(counts(c).hits, 1);
	for (int i = 0; i < FILES; i++)
		rcc_release(&held[i]);
	use(c, FILES - 1);
	assert_int_equal(counts(c).evictions, 1);
	rcc_cache_free(c);
}

static void larger_than_the_cache(void **state)
{
	rcc_cache *c = cache_of(SIZE); /* no room for the NUL */

	(void)state;
	use(c, 0);
	use(c, 0);
	assert_int_equal(counts(c).misses, 2);
	assert_int_equal(counts(c).unkept, 2);
	assert_int_equal(counts(c).bytes, 0);
	rcc_cache_free(c);
	c = cache_of(SIZE + 1);
	use(c, 0);
	use(c, 0);
	assert_int_equal(counts(c).hits, 1);
	rcc_cache_free(c);
}

static void what_is_held_outlives_the_cache(void **state)
{
	rcc_cache *c = cache_of(ROOMY);
	rcc_memfile f = get(c, 1), g = get(c, 2), h = get(c, 2);

	(void)state;
	use(c, 3);
	rcc_cache_free(c);
	assert_true(is_file(&f, 1));
	rcc_release(&f);
	rcc_release(&g);
	assert_true(is_file(&h, 2));
	rcc_release(&h);
}

static void damage_is_told_and_not_kept(void **state)
{
	rcc_cache *c = cache_of(ROOMY);
	unsigned char *frame = image + (entries[1].data - image);
	rcc_entry lies = entries[1];
	rcc_memfile f;

	(void)state;
	*frame ^= 1;
	for (int i = 0; i < 3; i++)
		assert_int_equal(rcc_cache_get(c, &entries[1], &f), RCC_ECORRUPT);
	*frame ^= 1;
	assert_int_equal(counts(c).bytes, 0);
	lies.size = 100000;
	assert_int_equal(rcc_cache_get(c, &lies, &f), RCC_ECORRUPT);
	lies.size = UINT64_MAX;
	assert_int_equal(rcc_cache_get(c, &lies, &f), RCC_ENOMEM);
	use(c, 1);
	/* The same place is not the same file: not of that size, nor of that hash. */
	lies.size = SIZE - 1;
	assert_int_equal(rcc_cache_get(c, &lies, &f), RCC_ECORRUPT);
	lies = entries[1];
	lies.hash++;
	assert_int_equal(rcc_cache_get(c, &lies, &f), 0);
	rcc_release(&f);
	assert_int_equal(counts(c).hits, 0);
	rcc_cache_free(c);
}

static int is_there(const rcc_bundle *b)
{
	unsigned char vec;

	return !mincore((void *)(uintptr_t)b, 1, &vec);
}

static void keeps_a_closed_bundle_until_it_forgets(void **state)
{
	rcc_cache *c = cache_of(ROOMY);
	const rcc_bundle *b;
	rcc_memfile f, g;
	rcc_entry e;

	(void)state;
	assert_int_equal(rcc_open_bundle(path, RCC_GUARDED, &b), 0);
	assert_int_equal(rcc_lookup(b, "f00", 3, &e), 0);
	assert_int_equal(rcc_cache_get(c, &e, &f), 0);
	assert_int_equal(rcc_lookup(b, "plain", 5, &e), 0);
	assert_int_equal(rcc_cache_get(c, &e, &g), 0);
	use(c, 0);
	assert_int_equal(rcc_close_bundle(b), 0);
	rcc_release(&g);
	assert_true(is_there(b));
	rcc_cache_forget(c, b);
	assert_true(is_there(b));
	assert_true(is_file(&f, 0));
	rcc_release(&f);
	assert_false(is_there(b));
	use(c, 0); /* that of the other bundle is still there */
	assert_int_equal(counts(c).hits, 1);
	rcc_cache_free(c);
}

static void note(const rcc_bundle *b, const char *name, size_t len, void *arg)
{
	char *names_used = arg;

	assert_ptr_equal(b, bundle);
	strncat(names_used, name, len);
}

static void a_trace_is_told(void **state)
{
	rcc_cache *c = cache_of(ROOMY);
	char used[64] = "";
	rcc_memfile f;

	(void)state;
	assert_int_equal(rcc_trace_call(note, used), 0);
	use(c, 7);
	assert_int_equal(rcc_cache_get(c, &entries[FILES + 1], &f), 0);
	rcc_release(&f);
	use(c, 7);
	use(c, 2);
	assert_int_equal(rcc_cache_get(c, &entries[FILES], &f), RCC_ENOTSUP);
	assert_int_equal(rcc_trace_stop(), 0);
	assert_string_equal(used, "f07plainf02");
	rcc_cache_free(c);
}

/* --- threads */

static rcc_cache *common;
static pthread_barrier_t together;

static void *ask_all(void *arg)
{
	uintptr_t failures = 0;

	for (int i = 0; i < FILES; i++) {
		rcc_memfile f;

		if (!arg)
			decoding = waiting = 0;
		pthread_barrier_wait(&together);
		failures += rcc_cache_get(common, &entries[i], &f) || !is_file(&f, i);
		rcc_release(&f);
		pthread_barrier_wait(&together);
	}
	return (void *)failures;
}

static void in_threads(void *(*fn)(void *))
{
	pthread_t t[THREADS];
	void *failures;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, fn, (void *)(uintptr_t)i), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(t[i], &failures), 0);
		assert_null(failures);
	}
}

static void many_ask_and_one_decodes(void **state)
{
	(void)state;
	common = cache_of(ROOMY);
	assert_int_equal(pthread_barrier_init(&together, NULL, THREADS), 0);
	crowd = THREADS;
	in_threads(ask_all);
	crowd = 0;
	assert_int_equal(counts(common).misses, FILES);
	assert_int_equal(counts(common).hits, (THREADS - 1) * FILES);
	pthread_barrier_destroy(&together);
	rcc_cache_free(common);
}

/* Gets at random, holds some for a while, and looks at what it holds again. */
static void *rush(void *arg)
{
	enum { HELD = 3, ROUNDS = 4000 };
	rcc_memfile held[HELD] = {{0}};
	int which[HELD] = {0};
	unsigned seed = (unsigned)(uintptr_t)arg * 7919 + 1;
	uintptr_t failures = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int k = i % HELD;

		failures += held[k].data && !is_file(&held[k], which[k]);
		rcc_release(&held[k]);
		seed = seed * 1103515245 + 12345;
		which[k] = (int)(seed >> 16) % FILES;
		failures += rcc_cache_get(common, &entries[which[k]], &held[k]) || !is_file(&held[k], which[k]);
	}
	for (int k = 0; k < HELD; k++)
		rcc_release(&held[k]);
	return (void *)failures;
}

static void nothing_goes_while_it_is_held(void **state)
{
	rcc_cache_counts n;

	(void)state;
	for (size_t room = 2; room <= FILES; room *= 4) { /* from less than all hold to nearly all there is */
		common = cache_of(room * (SIZE + 1));
		in_threads(rush);
		n = counts(common);
		assert_int_equal(n.hits + n.misses, THREADS * 4000);
		assert_true(n.bytes <= n.limit);
		assert_true(n.evictions > 0);
		rcc_cache_free(common);
	}
}

/* The last to let go of the cache's table may be any of them. */
static void *get_and_let_go(void *arg)
{
	uintptr_t failures = 0;
	rcc_memfile f;

	failures += rcc_cache_get(common, &entries[(uintptr_t)arg % 2], &f) != 0;
	pthread_barrier_wait(&together); /* all have theirs */
	pthread_barrier_wait(&together); /* the cache is being freed */
	failures += !is_file(&f, (int)(uintptr_t)arg % 2);
	rcc_release(&f);
	return (void *)failures;
}

static void freed_while_threads_hold(void **state)
{
	(void)state;
	assert_int_equal(pthread_barrier_init(&together, NULL, THREADS + 1), 0);
	for (int i = 0; i < 50; i++) {
		pthread_t t[THREADS];
		void *failures;

		common = cache_of(ROOMY);
		for (int k = 0; k < THREADS; k++)
			assert_int_equal(pthread_create(&t[k], NULL, get_and_let_go, (void *)(uintptr_t)k), 0);
		pthread_barrier_wait(&together);
		pthread_barrier_wait(&together);
		rcc_cache_free(common);
		for (int k = 0; k < THREADS; k++) {
			assert_int_equal(pthread_join(t[k], &failures), 0);
			assert_null(failures);
		}
	}
	pthread_barrier_destroy(&together);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_time_is_a_hit),
		cmocka_unit_test(what_is_not_for_it),
		cmocka_unit_test(bounded_by_bytes),
		cmocka_unit_test(what_is_held_is_not_evicted),
		cmocka_unit_test(larger_than_the_cache),
		cmocka_unit_test(what_is_held_outlives_the_cache),
		cmocka_unit_test(damage_is_told_and_not_kept),
		cmocka_unit_test(keeps_a_closed_bundle_until_it_forgets),
		cmocka_unit_test(a_trace_is_told),
		cmocka_unit_test(many_ask_and_one_decodes),
		cmocka_unit_test(nothing_goes_while_it_is_held),
		cmocka_unit_test(freed_while_threads_hold),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
