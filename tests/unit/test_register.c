/* SPDX-License-Identifier: MIT */
/* Registered bundles: slots, walks that take back what they are told of, several threads. */
#include <pthread.h>
#include <sched.h>

#include "module.h"

static int unregister(const rcc_bundle *b, void *arg)
{
	++*(int *)arg;
	return rcc_unregister_bundle(b);
}

static void slots(void **state)
{
	const rcc_bundle *b = NULL;
	int n = 0;

	(void)state;
	module_count = 0;
	put_image(memory, "first", 1);
	for (int i = 0; i < 64; i++) {
		b = put_image(memory + i * 512, i == 63 ? "last" : "some", 1);
		assert_int_equal(rcc_register_bundle(b), 0);
		assert_int_equal(rcc_register_bundle(b), 0);
	}
	assert_ptr_equal(rcc_find_bundle("last"), b);
	assert_int_equal(rcc_register_bundle(put_image(memory + 64 * 512, "more", 1)), RCC_ENOMEM);
	assert_int_equal(rcc_register_bundle(b), 0);
	assert_int_equal(rcc_unregister_bundle(b), 0);
	assert_int_equal(rcc_unregister_bundle(b), RCC_ENOENT);
	assert_null(rcc_find_bundle("last"));
	/* A walk may undo what it is told of. */
	assert_int_equal(rcc_each_bundle(unregister, &n), 0);
	assert_int_equal(n, 63);
	assert_int_equal(all().n, 0);
	assert_int_equal(rcc_register_bundle(NULL), RCC_EINVAL);
	assert_int_equal(rcc_unregister_bundle(NULL), RCC_EINVAL);
	memory[0] ^= 1;
	assert_int_equal(rcc_register_bundle((const rcc_bundle *)(const void *)memory), RCC_ECORRUPT);
}

struct taker {
	const rcc_bundle *also; /* taken back at the first call, too */
	int n;
	const rcc_bundle *b[8];
};

static int take_back(const rcc_bundle *b, void *arg)
{
	struct taker *t = arg;

	assert_in_range(t->n, 0, 7);
	t->b[t->n++] = b;
	rcc_unregister_bundle(b);
	if (t->also)
		rcc_unregister_bundle(t->also);
	return 0;
}

static void what_a_walk_takes_back_is_told_once(void **state)
{
	const rcc_bundle *a = put_image(memory + PAGE, "a", 1), *b = put_image(memory + 2 * PAGE, "b", 1);
	struct taker t = {NULL, 0, {NULL}};

	(void)state;
	put_note(memory, memory + PAGE);
	put_note(memory + 64, memory + 2 * PAGE);
	assert_int_equal(rcc_register_bundle(a), 0);
	assert_int_equal(rcc_register_bundle(b), 0);
	assert_int_equal(rcc_each_bundle(take_back, &t), 0);
	assert_int_equal(t.n, 2);
	assert_ptr_equal(t.b[0], a);
	assert_ptr_equal(t.b[1], b);
	assert_int_equal(rcc_unregister_bundle(a), RCC_ENOENT);
}

/* Its image may be gone by then. If it lies in a module all the same, the module tells of it. */
static void what_was_taken_back_before_its_turn_is_not_told(void **state)
{
	const rcc_bundle *a = put_image(memory + PAGE, "a", 1), *b = put_image(memory + 2 * PAGE, "b", 1);
	struct taker t = {b, 0, {NULL}};

	(void)state;
	assert_int_equal(rcc_register_bundle(a), 0);
	assert_int_equal(rcc_register_bundle(b), 0);
	assert_int_equal(rcc_each_bundle(take_back, &t), 0);
	assert_int_equal(t.n, 1);
	assert_ptr_equal(t.b[0], a);

	put_note(memory + 64, memory + 2 * PAGE);
	assert_int_equal(rcc_register_bundle(a), 0);
	assert_int_equal(rcc_register_bundle(b), 0);
	t.n = 0;
	assert_int_equal(rcc_each_bundle(take_back, &t), 0);
	assert_int_equal(t.n, 2);
	assert_ptr_equal(t.b[1], b);
}

static pthread_t leaver;
static int has_left; /* rcc_unregister_bundle came back: the image may go */

static void *leave(void *b)
{
	uintptr_t error = (uintptr_t)rcc_unregister_bundle(b);

	__atomic_store_n(&has_left, 1, __ATOMIC_SEQ_CST);
	return (void *)error;
}

/* The image is being read: from here on another thread unregisters it, and gets every chance to come to an end. */
static void leave_meanwhile(void)
{
	while_comparing = NULL;
	assert_int_equal(pthread_create(&leaver, NULL, leave, memory), 0);
	while (rcc_i_is_registered((const rcc_bundle *)(const void *)memory))
		sched_yield();
	for (int i = 0; i < 10000 && !__atomic_load_n(&has_left, __ATOMIC_SEQ_CST); i++)
		sched_yield();
	assert_int_equal(__atomic_load_n(&has_left, __ATOMIC_SEQ_CST), 0);
}

static void nothing_goes_while_it_is_looked_at(void **state)
{
	const rcc_bundle *b = put_image(memory, "a", 1);
	void *error;

	(void)state;
	module_count = 0;
	has_left = 0;
	assert_int_equal(rcc_register_bundle(b), 0);
	while_comparing = leave_meanwhile;
	assert_ptr_equal(rcc_find_bundle("a"), b);
	assert_int_equal(pthread_join(leaver, &error), 0);
	assert_null(error);
	assert_null(rcc_find_bundle("a"));
}

enum { RUSH_THREADS = 4, RUSH_ROUNDS = 2000 };

/* Registers one bundle that all threads register, and one of its own that comes and goes. */
static void *rush(void *arg)
{
	const rcc_bundle *common = (const rcc_bundle *)(const void *)memory, *mine = arg;
	uintptr_t failures = 0;

	for (int i = 0; i < RUSH_ROUNDS; i++) {
		failures += rcc_register_bundle(mine) != 0;
		failures += rcc_register_bundle(common) != 0;
		failures += rcc_find_bundle("common") != common;
		failures += rcc_unregister_bundle(mine) != 0;
	}
	return (void *)failures; /* a failed assertion must not leave a thread that is not the test's */
}

static void slots_in_a_rush(void **state)
{
	const rcc_bundle *common = put_image(memory, "common", 1);
	pthread_t thread[RUSH_THREADS];
	void *failures;

	(void)state;
	module_count = 0;
	for (int i = 0; i < RUSH_THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, rush,
		                                (void *)(uintptr_t)put_image(memory + (i + 1) * 512, "own", 1)), 0);
	for (int i = 0; i < RUSH_THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &failures), 0);
		assert_null(failures);
	}
	assert_int_equal(all().n, 1);
	assert_int_equal(rcc_unregister_bundle(common), 0);
	assert_int_equal(rcc_unregister_bundle(common), RCC_ENOENT);
	assert_int_equal(all().n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(slots, fresh),
		cmocka_unit_test_setup(what_a_walk_takes_back_is_told_once, fresh),
		cmocka_unit_test_setup(what_was_taken_back_before_its_turn_is_not_told, fresh),
		cmocka_unit_test_setup(nothing_goes_while_it_is_looked_at, fresh),
		cmocka_unit_test_setup(slots_in_a_rush, fresh),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
