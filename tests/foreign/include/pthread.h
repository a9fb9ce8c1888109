/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_PTHREAD_H
#define FOREIGN_PTHREAD_H
typedef struct {
	long sig;
	char opaque[56];
} pthread_mutex_t;
#define PTHREAD_MUTEX_INITIALIZER {0x32AAABA7, {0}}
int pthread_mutex_lock(pthread_mutex_t *m);
int pthread_mutex_unlock(pthread_mutex_t *m);
#endif
