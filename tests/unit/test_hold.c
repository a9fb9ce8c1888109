/* SPDX-License-Identifier: MIT */
/* Who keeps the bytes of a .rcb: its opener, memfiles, streams, rcc_hold; in both modes, in any order, from many threads. A
 * byte that went too early is a crash here. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "image.h"

#define ZDICT_STATIC_LINKING_ONLY
#include <zdict.h>

/* load.c, with something that comes between a bundle's being found and its being held. */
static const rcc_bundle *(*finds)(void);

static const rcc_bundle *find_bundle(const char *name)
{
	return finds ? finds() : rcc_find_bundle(name);
}

#define rcc_find_bundle find_bundle
#include "../../runtime-stub/hosted/load.c"
#undef rcc_find_bundle

enum { LONG = 50000 };

static char letters[3][LONG];
static struct image_file files[] = {
	{"framed", NULL, LONG, RCC_CODEC_ZSTD_DICT, "text/framed"},
	{"packed", NULL, LONG, RCC_CODEC_ZSTD, "text/packed"},
	{"plain", NULL, LONG, RCC_CODEC_STORE, "text/plain"},
};
static const char *const names[] = {"framed", "packed", "plain"};
static const int modes[] = {RCC_MAPPED, RCC_GUARDED};
/* Of A, of B; of another name. */
static char paths[3][40] = {"/tmp/rcc-test-hold.XXXXXX", "/tmp/rcc-test-hold.XXXXXX", "/tmp/rcc-test-hold.XXXXXX"};
static unsigned char image[IMAGE_MAX];

/* The dictionary of both: what its contents are does not matter. */
static int make_dictionary(void)
{
	enum { SAMPLES = 20, EACH = 200 };
	static char dict[4096], samples[SAMPLES * EACH];
	size_t sizes[SAMPLES];
	ZDICT_params_t p = {.compressionLevel = 3};

	for (int i = 0; i < SAMPLES * EACH; i++)
		samples[i] = (char)('a' + i * i / 7 % 20);
	for (int i = 0; i < SAMPLES; i++)
		sizes[i] = EACH;
	image_dict.data = (const unsigned char *)dict;
	image_dict.size = ZDICT_finalizeDictionary(dict, sizeof dict, samples, 1000, samples, sizes, SAMPLES, p);
	return ZDICT_isError(image_dict.size) ? -1 : 0;
}

static int setup(void **state)
{
	(void)state;
	if (make_dictionary())
		return -1;
	for (int i = 0; i < 3; i++) {
		int fd = mkstemp(paths[i]);
		size_t size;

		memset(letters[i], 'A' + i, LONG);
		for (int k = 0; k < 3; k++)
			files[k].data = letters[i];
		size = image_write(image, i < 2 ? "live" : "else", files, 3, 4);
		if (fd < 0 || write(fd, image, size) != (ssize_t)size || close(fd))
			return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(paths[0]) | unlink(paths[1]) | unlink(paths[2]);
}

static const rcc_bundle *opened(int i)
{
	const rcc_bundle *b;

	assert_int_equal(rcc_open_bundle(paths[0], modes[i], &b), 0);
	return b;
}

/* Is the page at b mapped? Nothing is read there. */
static int is_there(const rcc_bundle *b)
{
	unsigned char vec;

	return !mincore((void *)(uintptr_t)b, 1, &vec);
}

/* All one letter, with the NUL, and what else a memfile tells. */
static int is_sound(const rcc_memfile *f)
{
	return f->size == LONG && !f->data[LONG] && (f->data[0] == 'A' || f->data[0] == 'B') &&
	       !memcmp(f->data, letters[f->data[0] - 'A'], LONG) && !strcmp(f->mime + strlen("text/"), f->name);
}

static void memfiles_hold(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 3; k++) {
			const rcc_bundle *b = opened(i);
			rcc_memfile f, g;

			assert_int_equal(rcc_load(b, names[k], &f), 0);
			assert_int_equal(rcc_load(b, names[k], &g), 0);
			assert_int_equal(rcc_close_bundle(b), 0);
			assert_true(is_there(b));
			assert_memory_equal(f.data, letters[0], LONG);
			rcc_release(&f);
			rcc_release(&f);
			assert_true(is_there(b));
			assert_memory_equal(g.data, letters[0], LONG);
			assert_string_equal(g.name, names[k]);
			rcc_release(&g);
			assert_false(is_there(b));
			rcc_release(&g);
		}
}

static void what_fails_holds_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const rcc_bundle *b = opened(i);
		rcc_memfile f;

		assert_int_equal(rcc_load(b, "absent", &f), RCC_ENOENT);
		assert_int_equal(rcc_close_bundle(b), 0);
		assert_false(is_there(b));
	}
}

static void holds_are_counted(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const rcc_bundle *b = opened(i);
		rcc_entry e;
		rcc_span s;

		assert_int_equal(rcc_hold(b), 0);
		assert_int_equal(rcc_close_bundle(b), 0);
		assert_int_equal(rcc_close_bundle(b), 0); /* and is not another hold's end */
		assert_int_equal(rcc_hold(b), 0); /* who holds it may hold it again */
		rcc_drop(b);
		assert_int_equal(rcc_lookup(b, "plain", 5, &e), 0);
		assert_int_equal(rcc_view(&e, &s), 0);
		assert_memory_equal(s.data, letters[0], LONG);
		rcc_drop(b);
		assert_false(is_there(b));
		assert_int_equal(rcc_hold(b), RCC_ENOBUNDLE);
		rcc_drop(b);
		assert_int_equal(rcc_close_bundle(b), 0);
	}
	rcc_drop(NULL);
	assert_int_equal(rcc_hold(NULL), RCC_EINVAL);
}

static void a_drop_too_many_takes_nothing_from_others(void **state)
{
	const rcc_bundle *b = opened(0);
	rcc_memfile f;

	(void)state;
	rcc_drop(b);
	assert_int_equal(rcc_load(b, "plain", &f), 0);
	rcc_drop(b);
	assert_int_equal(rcc_close_bundle(b), 0);
	rcc_drop(b);
	assert_true(is_there(b));
	assert_memory_equal(f.data, letters[0], LONG);
	rcc_release(&f);
	assert_false(is_there(b));
}

/* A closed bundle is not found, but who holds it may go on with all of it. */
static void a_closed_bundle_serves_its_holders(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const rcc_bundle *b = opened(i);
		rcc_memfile f;

		assert_int_equal(rcc_register_bundle(b), 0);
		assert_int_equal(rcc_hold(b), 0);
		assert_int_equal(rcc_close_bundle(b), 0);
		assert_null(rcc_find_bundle("live"));
		assert_int_equal(rcc_read_memfile("live", "plain", &f), RCC_ENOBUNDLE);
		assert_int_equal(rcc_advise(b, NULL, RCC_ADV_DONTNEED), modes[i] == RCC_MAPPED ? 0 : RCC_ENOTSUP);
		assert_int_equal(rcc_load(b, "framed", &f), 0);
		rcc_drop(b);
		assert_true(is_there(b));
		assert_true(is_sound(&f));
		rcc_release(&f);
		assert_false(is_there(b));
	}
}

static void streams_hold(void **state)
{
	static char got[LONG + 1];

	(void)state;
	for (int k = 0; k < 3; k++) {
		const rcc_bundle *b = opened(k % 2);
		FILE *f = rcc_fopen(b, names[k]);

		assert_non_null(f);
		assert_int_equal(rcc_close_bundle(b), 0);
		assert_int_equal(fread(got, 1, sizeof got, f), LONG);
		assert_memory_equal(got, letters[0], LONG);
		assert_int_equal(fclose(f), 0);
		assert_false(is_there(b));
	}
}

/* In a module there is nothing to hold; of memory nothing is known. Neither is followed. */
static void what_was_not_opened(void **state)
{
	static const char constant[] = "not a bundle, but in the program's own constants";

	(void)state;
	assert_int_equal(rcc_hold((const rcc_bundle *)(const void *)constant), 0);
	rcc_drop((const rcc_bundle *)(const void *)constant);
	assert_int_equal(rcc_hold((const rcc_bundle *)(const void *)image), RCC_ENOBUNDLE);
	assert_int_equal(rcc_hold((const rcc_bundle *)(uintptr_t)16), RCC_ENOBUNDLE);
}

/* Found, and closed before it could be held; another of that name came. */
static const rcc_bundle *finds_what_goes(void)
{
	const rcc_bundle *b = opened(0), *newer = opened(1);

	finds = NULL;
	assert_int_equal(rcc_register_bundle(newer), 0);
	assert_int_equal(rcc_close_bundle(b), 0);
	assert_false(is_there(b));
	return b;
}

static void closed_while_it_was_found(void **state)
{
	rcc_memfile f;

	(void)state;
	finds = finds_what_goes;
	assert_int_equal(rcc_read_memfile("live", "plain", &f), 0);
	assert_true(is_sound(&f));
	assert_int_equal(rcc_close_bundle(rcc_find_bundle("live")), 0);
	assert_true(is_sound(&f));
	rcc_release(&f);
}

/* Found, and closed; and a bundle of another name came to lie where it was. */
static const rcc_bundle *elsewhere;

static const rcc_bundle *finds_what_makes_way(void)
{
	const rcc_bundle *b = opened(0);

	finds = NULL;
	assert_int_equal(rcc_close_bundle(b), 0);
	assert_int_equal(rcc_open_bundle(paths[2], RCC_MAPPED, &elsewhere), 0);
	assert_ptr_equal(elsewhere, b);
	return b;
}

static void another_at_its_place(void **state)
{
	rcc_memfile f;

	(void)state;
	finds = finds_what_makes_way;
	assert_int_equal(rcc_read_memfile("live", "plain", &f), RCC_ENOBUNDLE);
	assert_int_equal(rcc_close_bundle(elsewhere), 0);
	assert_false(is_there(elsewhere));
}

enum { CHILDREN = 40, CHILD_SECONDS = 30 };

static atomic_int enough;

static void *hold_and_drop(void *arg)
{
	while (!atomic_load(&enough)) {
		rcc_hold(arg);
		rcc_drop(arg);
	}
	return NULL;
}

/* A child must not wait for a thread that it does not have. */
static void children_of_a_busy_parent(void **state)
{
	rcc_bundle *b = (rcc_bundle *)(uintptr_t)opened(0);
	pthread_t threads[2];
	int status;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hold_and_drop, b), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(CHILD_SECONDS);
			_exit(rcc_hold(b));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	atomic_store(&enough, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(rcc_close_bundle(b), 0);
}

enum { THREADS = 4, RELEASES = 500, REPLACEMENTS = 400 };

static rcc_memfile shared;
static pthread_barrier_t together;

static void *release_shared(void *arg)
{
	for (int i = 0; i < RELEASES; i++) {
		pthread_barrier_wait(&together); /* it is loaded */
		rcc_release(&shared);
		pthread_barrier_wait(&together);
	}
	return arg;
}

static void many_release_one(void **state)
{
	pthread_t t[THREADS];

	(void)state;
	assert_int_equal(pthread_barrier_init(&together, NULL, THREADS + 1), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, release_shared, NULL), 0);
	for (int i = 0; i < RELEASES; i++) {
		const rcc_bundle *b = opened(i % 2);

		assert_int_equal(rcc_load(b, names[i % 3], &shared), 0);
		assert_int_equal(rcc_close_bundle(b), 0);
		pthread_barrier_wait(&together);
		pthread_barrier_wait(&together);
		assert_false(is_there(b));
		assert_null(shared.data);
		assert_int_equal(shared.size, 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	pthread_barrier_destroy(&together);
}

static _Atomic(const rcc_bundle *) current;
static atomic_int over, reads;

static const rcc_bundle *hold_current(void)
{
	const rcc_bundle *b;

	while (rcc_hold(b = atomic_load(&current)) || (b != atomic_load(&current) && (rcc_drop(b), 1)))
		;
	return b;
}

/* By name, and by the pointer that is replaced; how often something was amiss. */
static void *read_current(void *arg)
{
	uintptr_t failures = 0;

	for (int i = (int)(uintptr_t)arg; !atomic_load(&over); i++) {
		const rcc_bundle *b;
		rcc_memfile f;
		rcc_entry e;
		rcc_span s;
		int error = rcc_read_memfile("live", names[i % 3], &f);

		failures += error ? error != RCC_ENOBUNDLE : !is_sound(&f); /* a walk may miss both of two that change places */
		rcc_release(&f);

		b = hold_current();
		failures += rcc_lookup(b, "plain", 5, &e) || rcc_view(&e, &s) || memcmp(s.data, letters[s.data[0] - 'A'], LONG);
		failures += rcc_load(b, names[i % 3], &f) != 0;
		rcc_drop(b);
		failures += !is_sound(&f);
		rcc_release(&f);
		atomic_fetch_add(&reads, 1);
	}
	return (void *)failures;
}

static const rcc_bundle *replace(int i)
{
	const rcc_bundle *b;

	assert_int_equal(rcc_open_bundle(paths[i % 2], modes[i / 2 % 2], &b), 0);
	assert_int_equal(rcc_register_bundle(b), 0);
	return atomic_exchange(&current, b);
}

static void replaced_under_its_readers(void **state)
{
	pthread_t t[THREADS];
	void *failures;

	(void)state;
	assert_null(replace(0));
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, read_current, (void *)(uintptr_t)i), 0);
	for (int i = 1; i < REPLACEMENTS || atomic_load(&reads) < REPLACEMENTS; i++)
		assert_int_equal(rcc_close_bundle(replace(i)), 0);
	atomic_store(&over, 1);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(t[i], &failures), 0);
		assert_null(failures);
	}
	assert_int_equal(rcc_close_bundle(atomic_load(&current)), 0);
	assert_false(is_there(atomic_load(&current)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memfiles_hold),
		cmocka_unit_test(what_fails_holds_nothing),
		cmocka_unit_test(holds_are_counted),
		cmocka_unit_test(a_drop_too_many_takes_nothing_from_others),
		cmocka_unit_test(a_closed_bundle_serves_its_holders),
		cmocka_unit_test(streams_hold),
		cmocka_unit_test(what_was_not_opened),
		cmocka_unit_test(closed_while_it_was_found),
		cmocka_unit_test(another_at_its_place),
		cmocka_unit_test(children_of_a_busy_parent),
		cmocka_unit_test(many_release_one),
		cmocka_unit_test(replaced_under_its_readers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
