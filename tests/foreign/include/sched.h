/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_SCHED_H
#define FOREIGN_SCHED_H
int sched_yield(void);
#endif
