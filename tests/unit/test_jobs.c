/* SPDX-License-Identifier: MIT */
/* jobs: every job is done once, results come in the order submitted, whatever the number of workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../rcc/jobs.h"

enum { JOBS = 5000, DEPTH = 6 };

struct job {
	int in, out, done;
};

static void *begin(void *ctx)
{
	return ctx;
}

static void work(void *state, void *job)
{
	struct job *j = job;
	volatile int spin = j->in * 37 % 200; /* so that they do not end in order by themselves */

	while (spin)
		spin--;
	j->out = j->in * 2 + *(int *)state;
	j->done++;
}

static void end(void *state)
{
	(void)state;
}

static void run(unsigned workers)
{
	struct job *v = calloc(JOBS, sizeof *v), *got;
	int one = 1, next = 0, seen = 0;
	struct jobs *j = jobs_start(workers, DEPTH, begin, work, end, &one);

	assert_non_null(v);
	for (;;) {
		for (; next < JOBS && jobs_room(j); next++) {
			v[next].in = next;
			jobs_submit(j, &v[next]);
		}
		got = jobs_next(j);
		if (!got)
			break;
		assert_ptr_equal(got, &v[seen]);
		assert_int_equal(got->out, seen * 2 + 1);
		assert_int_equal(got->done, 1);
		seen++;
	}
	assert_int_equal(seen, JOBS);
	jobs_stop(j);
	free(v);
}

static void test_order(void **state)
{
	(void)state;
	run(1);
	run(2);
	run(8);
}

static void test_stop_with_work_under_way(void **state)
{
	struct job v[DEPTH] = {{0}};
	int one = 1;
	struct jobs *j = jobs_start(3, DEPTH, begin, work, end, &one);

	(void)state;
	for (size_t i = 0; i < DEPTH; i++)
		jobs_submit(j, &v[i]);
	jobs_stop(j);
	for (size_t i = 0; i < DEPTH; i++)
		assert_int_equal(v[i].done, 1);
	jobs_stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_stop_with_work_under_way),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
