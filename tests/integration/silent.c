/* SPDX-License-Identifier: MIT */
/* Proof that a look-up of a stored file asks nobody for anything. After prctl(PR_SET_SECCOMP, strict) the
 * kernel kills the process at any system call but read, write and exit; malloc and the locks of pthread
 * are counted. Argument: syscall, malloc or lock, to do one of each in the middle and show that it is
 * noticed. */
#define _GNU_SOURCE
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rcc.h>

RCC_DECLARE_BUNDLE(one);

static volatile int counting, allocations, locks;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
	allocations += counting;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t each)
{
	allocations += counting;
	return __libc_calloc(n, each);
}

void *realloc(void *p, size_t n)
{
	allocations += counting;
	return __libc_realloc(p, n);
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
	(void)m;
	locks += counting;
	return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
	(void)m;
	return 0;
}

/* One file by every way to a stored file. */
static int look(const rcc_bundle *b, const char *name)
{
	unsigned char copy[16];
	rcc_memfile f;
	rcc_span s;
	rcc_entry e;

	if (rcc_lookup(b, name, strlen(name), &e) || rcc_view(&e, &s) || rcc_view_encoded(&e, &s))
		return 0;
	if (rcc_pread(&e, copy, sizeof copy, 0, NULL) < 1 || s.data[s.size])
		return 0;
	if (rcc_load(b, name, &f) || f.data != s.data)
		return 0;
	rcc_release(&f);
	return rcc_lookup(b, "absent", 6, &e) == RCC_ENOENT && rcc_at(b, 0, &e) == 0;
}

int main(int argc, char **argv)
{
	const char *fault = argc > 1 ? argv[1] : "";
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static const char *const names[] = {"a.txt", "numbers"};
	void *volatile p = malloc(1); /* the first one asks the kernel for the heap */
	char line[100];
	int done = 0, n;

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	counting = 1;
	for (int i = 0; i < 1000; i++)
		done += rcc_find_bundle("one") == RCC_BUNDLE(one) && look(rcc_find_bundle("two"), "b.txt") &&
		        look(RCC_BUNDLE(one), names[i % 2]);
	if (!strcmp(fault, "syscall"))
		syscall(SYS_getppid);
	if (!strcmp(fault, "malloc"))
		p = malloc(1);
	if (!strcmp(fault, "lock"))
		pthread_mutex_lock(&mutex);
	counting = 0;
	(void)p;
	n = snprintf(line, sizeof line, "%d looked up and viewed, %d allocations, %d locks\n", done, allocations, locks);
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		return 1;
	syscall(SYS_exit, 0); /* exit_group is not allowed either */
	return 1;
}
