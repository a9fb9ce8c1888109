/* SPDX-License-Identifier: MIT */
/* Finding bundles: descriptors beside the stub, notes in modules, each image once. Real modules are met by
 * tests/integration/find.bats. */
#include "module.h"

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
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
