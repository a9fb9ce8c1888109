/* SPDX-License-Identifier: MIT */
/* See string.h. */
#ifndef FOREIGN_PTHREAD_H
#define FOREIGN_PTHREAD_H
typedef struct {
	long sig;
	char opaque[56];
} pthread_mutex_t;
typedef struct {
	long sig;
	char opaque[40];
} pthread_cond_t;
#define PTHREAD_MUTEX_INITIALIZER {0x32AAABA7, {0}}
int pthread_mutex_init(pthread_mutex_t *m, const void *attributes);
int pthread_mutex_destroy(pthread_mutex_t *m);
int pthread_cond_init(pthread_cond_t *c, const void *attributes);
int pthread_cond_destroy(pthread_cond_t *c);
int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int pthread_cond_broadcast(pthread_cond_t *c);
int pthread_mutex_lock(pthread_mutex_t *m);
int pthread_mutex_unlock(pthread_mutex_t *m);
typedef struct {
	long sig;
	char opaque[8];
} pthread_once_t;
#define PTHREAD_ONCE_INIT {0x30B1BCBA, {0}}
int pthread_once(pthread_once_t *once, void (*make)(void));
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
#endif
