/* SPDX-License-Identifier: MIT */
/* Finding bundles: descriptors beside the stub, registered bundles, notes in modules. The modules are made
 * here, so find.c is compiled into this file, with a dl_iterate_phdr of ours. Real modules are met by
 * tests/integration/find.bats. */
#include <elf.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image.h"

enum { PAGE = 4096, MODULE = 64 * PAGE, NOTE_DESC = 16, OWN_KIND = RCCF_HOST_BIG };

static unsigned char *memory; /* a module: program headers are beside it, notes in its first pages, images on pages */
static void (*while_comparing)(void); /* comes between when find.c reads what lies there */

static int compare(const void *a, const void *b, size_t n)
{
	uintptr_t at = (uintptr_t)a - (uintptr_t)memory;

	if (while_comparing && at < MODULE)
		while_comparing();
	return memcmp(a, b, n);
}

#define dl_iterate_phdr rcci_test_iterate_phdr
#define memcmp compare
#include "../../runtime-stub/hosted/find.c"
#undef memcmp

/* What the linker would gather: three records' room, so that __start_ and __stop_rcc_desc exist. */
static _Alignas(8) unsigned char own[3 * RCCF_DESC_SIZE] __attribute__((section("rcc_desc"), used));

static find_phdr headers[4];
static struct find_module modules[2];
static int module_count, walks;
static unsigned char scratch[IMAGE_MAX];

int rcci_test_iterate_phdr(int (*fn)(struct find_module *, size_t, void *), void *arg)
{
	int r = 0;

	walks++;
	for (int i = 0; !r && i < module_count; i++)
		r = fn(&modules[i], sizeof modules[i], arg);
	return r;
}

static void store_order(unsigned char *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[RCCF_HOST_BIG ? bytes - 1 - i : i] = (unsigned char)(v >> 8 * i);
}

/* A descriptor at p that points at image. */
static void put_desc(unsigned char *p, const unsigned char *image)
{
	memset(p, 0, RCCF_DESC_SIZE);
	memcpy(p, RCCF_DESC_MAGIC, RCCF_DESC_MAGIC_SIZE);
	p[RCCF_D_KIND] = OWN_KIND;
	store_order(p + RCCF_D_REL, (uint64_t)(intptr_t)((uintptr_t)image - (uintptr_t)(p + RCCF_D_REL)), 8);
	store_order(p + RCCF_D_BYTES, rccf_load64(image + RCCF_H_SIZE), 8);
}

static void put_note(unsigned char *p, const unsigned char *image)
{
	store_order(p, 4, 4);
	store_order(p + 4, RCCF_DESC_SIZE, 4);
	store_order(p + 8, RCCF_NOTE_TYPE, 4);
	memcpy(p + 12, "rcc", 4);
	put_desc(p + NOTE_DESC, image);
}

/* The bundle of that name at p, with one file of n bytes. */
static const rcc_bundle *put_image(unsigned char *p, const char *name, size_t n)
{
	static const char contents[PAGE];
	const struct image_file f = {"file", contents, n, RCC_CODEC_STORE, NULL};

	memcpy(p, scratch, image_write(scratch, name, &f, 1, 4));
	return (const rcc_bundle *)(const void *)p;
}

/* One module over all of memory, not writable, with one segment of notes over its first page. */
static int fresh(void **state)
{
	(void)state;
	memset(memory, 0, MODULE);
	memset(own, 0, sizeof own);
	memset(headers, 0, sizeof headers);
	headers[0].p_type = PT_LOAD;
	headers[0].p_flags = PF_R;
	headers[0].p_filesz = headers[0].p_memsz = MODULE;
	headers[1].p_type = PT_NOTE;
	headers[1].p_flags = PF_R;
	headers[1].p_filesz = headers[1].p_memsz = PAGE;
	modules[0] = (struct find_module){(uintptr_t)memory, "fake", headers, 2};
	module_count = 1;
	walks = 0;
	return 0;
}

struct seen {
	const rcc_bundle *b[8];
	int n, stop_at;
};

static int see(const rcc_bundle *b, void *arg)
{
	struct seen *s = arg;

	assert_in_range(s->n, 0, 7);
	s->b[s->n++] = b;
	return s->n == s->stop_at ? 77 : 0;
}

static struct seen all(void)
{
	struct seen s = {.n = 0};

	assert_int_equal(rcc_each_bundle(see, &s), 0);
	return s;
}

static void none(void **state)
{
	(void)state;
	assert_null(rcc_find_bundle("web"));
	assert_null(rcc_find_bundle(""));
	assert_null(rcc_find_bundle(NULL));
	assert_int_equal(all().n, 0);
	assert_int_equal(rcc_each_bundle(NULL, NULL), RCC_EINVAL);
	assert_null(rcc_from_desc(NULL));
}

static void beside_the_stub_without_a_walk(void **state)
{
	const rcc_bundle *a = put_image(memory + PAGE, "a", 1), *b = put_image(memory + 2 * PAGE, "bb", 1);

	(void)state;
	put_desc(own, memory + PAGE);
	put_desc(own + RCCF_DESC_SIZE + 24, memory + 2 * PAGE); /* padding of 24 bytes between */
	assert_ptr_equal(rcc_find_bundle("a"), a);
	assert_ptr_equal(rcc_find_bundle("bb"), b);
	assert_int_equal(walks, 0);
	assert_null(rcc_find_bundle("b"));
	assert_int_equal(walks, 1);
	assert_int_equal(all().n, 2);
	assert_ptr_equal(rcc_from_desc((const rcc_desc *)own), a);
}

static void narrow_records(void **state)
{
	const rcc_bundle *a;
	unsigned char *near = own; /* four bytes reach within the program only */
	static _Alignas(16) unsigned char room[PAGE] = {1};

	(void)state;
	a = put_image(room, "near", 1);
	put_desc(near, room);
	near[RCCF_D_KIND] |= RCCF_KIND_NARROW;
	store_order(near + RCCF_D_REL, (uintptr_t)room - (uintptr_t)(near + RCCF_D_REL), 4);
	memset(near + RCCF_D_REL + 4, 0, 4);
	assert_ptr_equal(rcc_find_bundle("near"), a);
}

static void records_of_other_kinds_are_passed_over(void **state)
{
	static const unsigned char kinds[] = {OWN_KIND ^ RCCF_KIND_BIG, OWN_KIND | 4, OWN_KIND | 128};

	(void)state;
	put_image(memory + PAGE, "a", 1);
	put_desc(own, memory + PAGE);
	put_note(memory + 64, memory + PAGE);
	for (size_t i = 0; i < sizeof kinds; i++) {
		own[RCCF_D_KIND] = memory[64 + NOTE_DESC + RCCF_D_KIND] = kinds[i];
		assert_null(rcc_find_bundle("a"));
		assert_null(rcc_from_desc((const rcc_desc *)own));
	}
	own[RCCF_D_KIND] = OWN_KIND;
	assert_non_null(rcc_find_bundle("a"));
	own[3] ^= 1;
	assert_null(rcc_find_bundle("a"));
}

static void damaged_images_are_not_believed(void **state)
{
	(void)state;
	put_image(memory + PAGE, "a", 1);
	put_desc(own, memory + PAGE);
	put_note(memory + 64, memory + PAGE);
	for (unsigned i = 0; i < RCCF_MAGIC_SIZE; i++) {
		memory[PAGE + i] ^= 0x20;
		assert_null(rcc_find_bundle("a"));
		assert_int_equal(all().n, 0);
		memory[PAGE + i] ^= 0x20;
	}
	assert_int_equal(all().n, 1);
}

static void by_notes(void **state)
{
	const rcc_bundle *a = put_image(memory + PAGE, "a", 1), *b = put_image(memory + 2 * PAGE, "b", 1);

	(void)state;
	put_note(memory + 4, memory + PAGE);
	put_note(memory + 4 + RCCF_NOTE_SIZE + 12, memory + 2 * PAGE); /* no rule of padding holds */
	assert_ptr_equal(rcc_find_bundle("a"), a);
	assert_ptr_equal(rcc_find_bundle("b"), b);
	assert_int_equal(all().n, 2);
}

static void at_the_end_of_a_segment(void **state)
{
	(void)state;
	put_image(memory + PAGE, "a", 1);
	put_note(memory + PAGE - RCCF_NOTE_SIZE, memory + PAGE);
	assert_non_null(rcc_find_bundle("a"));
	headers[1].p_filesz--;
	assert_null(rcc_find_bundle("a"));
}

static void in_several_note_segments_and_modules(void **state)
{
	const rcc_bundle *b = put_image(memory + 3 * PAGE, "b", 1);

	(void)state;
	put_image(memory + PAGE, "a", 1);
	put_note(memory, memory + PAGE);
	put_note(memory + 2 * PAGE, memory + 3 * PAGE);
	headers[2] = headers[1];
	headers[2].p_vaddr = 2 * PAGE;
	modules[0].phnum = 3;
	assert_int_equal(all().n, 2);
	/* Segments that overlap, as merged and separate notes do, tell of nothing twice. */
	headers[2].p_vaddr = 0;
	headers[2].p_filesz = 3 * PAGE;
	assert_int_equal(all().n, 2);
	modules[1] = modules[0];
	modules[0].phnum = 1;
	module_count = 2;
	assert_ptr_equal(rcc_find_bundle("b"), b);
}

static void only_within_one_readable_segment(void **state)
{
	(void)state;
	put_image(memory + PAGE, "a", 1);
	put_note(memory + 64, memory + PAGE);
	headers[0].p_flags = PF_X;
	assert_null(rcc_find_bundle("a"));
	headers[0].p_flags = PF_R | PF_X;
	assert_non_null(rcc_find_bundle("a"));
	/* The segment ends within the image, within its header, before it, and before the note. */
	headers[0].p_filesz = PAGE + rccf_load64(memory + PAGE + RCCF_H_SIZE) - 1;
	assert_null(rcc_find_bundle("a"));
	headers[0].p_filesz++;
	assert_non_null(rcc_find_bundle("a"));
	headers[0].p_filesz = PAGE + RCCF_HEADER_SIZE - 1;
	assert_null(rcc_find_bundle("a"));
	headers[0].p_filesz = PAGE;
	assert_null(rcc_find_bundle("a"));
	headers[0].p_filesz = PAGE / 2;
	assert_null(rcc_find_bundle("a"));
	headers[0].p_filesz = 70;
	assert_null(rcc_find_bundle("a"));
	headers[0].p_filesz = MODULE;
	assert_non_null(rcc_find_bundle("a"));
	headers[0].p_type = PT_NULL;
	assert_null(rcc_find_bundle("a"));
}

/* As if the note had stood at a page of its own and been moved by patchelf to another. */
static void move_note(unsigned from, unsigned to)
{
	memmove(memory + to, memory + from, RCCF_NOTE_SIZE);
	memset(memory + from, 0, RCCF_NOTE_SIZE);
}

static void moved_notes_are_rescued(void **state)
{
	const rcc_bundle *a = put_image(memory + 40 * PAGE, "a", 100), *b = put_image(memory + 41 * PAGE, "b", 100),
	                 *c = put_image(memory + 42 * PAGE, "c", 999);

	(void)state;
	put_note(memory + 0x234, memory + 40 * PAGE);
	put_note(memory + 0x290, memory + 41 * PAGE);
	put_note(memory + 0x2f0, memory + 42 * PAGE);
	headers[1].p_vaddr = 60 * PAGE;
	move_note(0x234, 60 * PAGE);
	move_note(0x290, 60 * PAGE + 48);
	move_note(0x2f0, 60 * PAGE + 96);
	assert_ptr_equal(rcc_find_bundle("a"), a);
	assert_ptr_equal(rcc_find_bundle("b"), b); /* of one size with a: neither hides the other */
	assert_ptr_equal(rcc_find_bundle("c"), c);
	assert_int_equal(all().n, 3);
}

static void a_rescue_wants_the_same_size(void **state)
{
	(void)state;
	put_image(memory + 40 * PAGE, "a", 100);
	put_note(memory + 0x234, memory + 40 * PAGE);
	headers[1].p_vaddr = 60 * PAGE;
	move_note(0x234, 60 * PAGE);
	store_order(memory + 60 * PAGE + NOTE_DESC + RCCF_D_BYTES, 101, 8);
	assert_null(rcc_find_bundle("a"));
	assert_int_equal(all().n, 0);
}

static void each_image_once(void **state)
{
	const rcc_bundle *a = put_image(memory + PAGE, "a", 1), *b = put_image(memory + 2 * PAGE, "a", 1);
	struct seen s;

	(void)state;
	put_desc(own, memory + PAGE);
	put_note(memory, memory + PAGE);
	put_note(memory + 64, memory + PAGE);
	put_note(memory + 128, memory + 2 * PAGE);
	assert_int_equal(rcc_register_bundle(a), 0);
	assert_int_equal(rcc_register_bundle(b), 0);
	s = all();
	assert_int_equal(s.n, 2);
	assert_ptr_equal(s.b[0], a);
	assert_ptr_equal(s.b[1], b);
	s = (struct seen){.stop_at = 1};
	assert_int_equal(rcc_each_bundle(see, &s), 77);
	s = (struct seen){.stop_at = 2};
	assert_int_equal(rcc_each_bundle(see, &s), 77);
	assert_int_equal(rcc_unregister_bundle(b), 0);
	s = (struct seen){.stop_at = 2};
	assert_int_equal(rcc_each_bundle(see, &s), 77);
	assert_int_equal(rcc_unregister_bundle(a), 0);
}

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
	while (rcci_is_registered((const rcc_bundle *)(const void *)memory))
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

static int setup(void **state)
{
	(void)state;
	memory = aligned_alloc(PAGE, MODULE);
	return !memory;
}

static int teardown(void **state)
{
	(void)state;
	free(memory);
	memory = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(none, fresh),
		cmocka_unit_test_setup(beside_the_stub_without_a_walk, fresh),
		cmocka_unit_test_setup(narrow_records, fresh),
		cmocka_unit_test_setup(records_of_other_kinds_are_passed_over, fresh),
		cmocka_unit_test_setup(damaged_images_are_not_believed, fresh),
		cmocka_unit_test_setup(by_notes, fresh),
		cmocka_unit_test_setup(at_the_end_of_a_segment, fresh),
		cmocka_unit_test_setup(in_several_note_segments_and_modules, fresh),
		cmocka_unit_test_setup(only_within_one_readable_segment, fresh),
		cmocka_unit_test_setup(moved_notes_are_rescued, fresh),
		cmocka_unit_test_setup(a_rescue_wants_the_same_size, fresh),
		cmocka_unit_test_setup(each_image_once, fresh),
		cmocka_unit_test_setup(slots, fresh),
		cmocka_unit_test_setup(what_a_walk_takes_back_is_told_once, fresh),
		cmocka_unit_test_setup(what_was_taken_back_before_its_turn_is_not_told, fresh),
		cmocka_unit_test_setup(nothing_goes_while_it_is_looked_at, fresh),
		cmocka_unit_test_setup(slots_in_a_rush, fresh),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
