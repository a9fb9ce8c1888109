/* SPDX-License-Identifier: MIT */
/* Worker threads; results come back in the order submitted. Sole user of pthread. */
#ifndef RCC_JOBS_H
#define RCC_JOBS_H

#include <stdbool.h>
#include <stddef.h>

/* The processors this process may run on. */
unsigned jobs_default(void);

struct jobs;

/* n workers, each with its own state made and freed by the two functions, in the worker. One of them is the calling thread,
 * which works when it would wait in jobs_next; so with n 1 there is no other. At most depth jobs are under way. */
struct jobs *jobs_start(unsigned n, size_t depth, void *(*begin)(void *ctx), void (*work)(void *state, void *job),
                        void (*end)(void *state), void *ctx);

/* May one more be submitted without waiting? */
bool jobs_room(const struct jobs *j);
/* Gives a job to the workers; there must be room. */
void jobs_submit(struct jobs *j, void *job);
/* The oldest job, when it is done; NULL when none is under way. */
void *jobs_next(struct jobs *j);
/* Waits for what is under way, ends the workers, frees all. NULL is fine. */
void jobs_stop(struct jobs *j);

#endif
