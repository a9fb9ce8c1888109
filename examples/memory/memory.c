/* SPDX-License-Identifier: MIT */
/* Memory under control: gives the pages of a bundle back and reads them again, keeps them out of forks and huge pages, locks them, brings
 * a list of files in before they are wanted. Prints what it saw, and fails if that is not what rcc.h says.
 *   build/rcc compile -n assets -o build/assets.o DIR
 *   cc -D_GNU_SOURCE -Iruntime-stub -pthread -o build/memory examples/memory/memory.c build/assets.o build/librcc.a -lzstd
 *   build/memory [FILE.rcb]
 * DIR (or FILE.rcb) has hot.txt, a list of some of its files as `rcc compile --order` takes it, and 4 MiB or more besides. */
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rcc.h"

RCC_DECLARE_BUNDLE(assets);

static int failures;

#define HOLDS(x) ((void)((x) || (++failures, printf("NOT SO, line %d: %s\n", __LINE__, #x))))

static rcc_resident residency(const rcc_bundle *b, const char *name)
{
	rcc_resident r = {0};

	HOLDS(!rcc_residency(b, name, &r));
	return r;
}

static void show(const char *what, const rcc_bundle *b)
{
	rcc_resident r = residency(b, NULL);

	printf("%-28s %6llu KiB: %6llu in memory, %6llu mapped here, %llu our own, %llu in huge pages\n", what,
	       (unsigned long long)r.size >> 10, (unsigned long long)r.cached >> 10, (unsigned long long)r.mapped >> 10,
	       (unsigned long long)r.private_dirty >> 10, (unsigned long long)r.huge >> 10);
}

/* Bytes of this process in memory. */
static uint64_t rss(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long long all, resident = 0;

	HOLDS(f && fscanf(f, "%llu %llu", &all, &resident) == 2);
	if (f)
		fclose(f);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Has the mapping that p lies in this flag of smaps ("lo": locked, "nh": no huge pages, "hg": huge ones)? */
static int has_flag(const void *p, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	int inside = 0, found = 0;
	char line[1024];

	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= (unsigned long)p && (unsigned long)p < to;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			found |= strstr(line, flag) != NULL;
	}
	if (f)
		fclose(f);
	return found;
}

/* The middle of the bundle, where pages are its own. */
static const unsigned char *middle(const rcc_bundle *b)
{
	rcc_info info;

	HOLDS(!rcc_get_info(b, &info));
	return (const unsigned char *)b + info.size / 2;
}

static void given_back(const rcc_bundle *b)
{
	rcc_resident before, after;
	uint64_t rss_before, rss_after;

	HOLDS(!rcc_verify(b));
	show("read", b);
	before = residency(b, NULL);
	rss_before = rss();
	HOLDS(!rcc_advise(b, NULL, RCC_ADV_DONTNEED));
	rss_after = rss();
	show("given back", b);
	after = residency(b, NULL);
	printf("RSS of the process: %llu KiB, then %llu\n", (unsigned long long)rss_before >> 10, (unsigned long long)rss_after >> 10);
	HOLDS(before.mapped == before.size && after.mapped < before.size / 4);
	HOLDS(rss_before - rss_after > before.size / 4 * 3);
	HOLDS(before.private_dirty == 0);
	HOLDS(!rcc_verify(b));
	show("read again", b);
}

/* --- given back in a loop, while others verify every hash */

enum { READERS = 2, ROUNDS = 3, DROPS = 50 };

static atomic_int drops, reading = READERS;

static void *reads(void *b)
{
	uintptr_t bad = 0;

	for (int i = 0; i < ROUNDS || atomic_load(&drops) < DROPS; i++)
		bad += rcc_verify(b) != 0;
	atomic_fetch_sub(&reading, 1);
	return (void *)bad;
}

static void *gives_back(void *b)
{
	uintptr_t bad = 0;

	for (; atomic_load(&reading); atomic_fetch_add(&drops, 1))
		bad += rcc_advise(b, NULL, RCC_ADV_DONTNEED) != 0;
	return (void *)bad;
}

static void given_back_all_the_time(const rcc_bundle *b)
{
	pthread_t t[READERS + 1];
	void *bad;

	for (int i = 0; i <= READERS; i++)
		HOLDS(!pthread_create(&t[i], NULL, i < READERS ? reads : gives_back, (void *)(uintptr_t)b));
	for (int i = 0; i <= READERS; i++)
		HOLDS(!pthread_join(t[i], &bad) && !bad);
	printf("given back %d times under %d readers, and every hash was right\n", atomic_load(&drops), READERS);
	HOLDS(atomic_load(&drops) >= DROPS);
}

/* --- forks */

/* What a child that reads the bundle dies of; 0: of nothing. */
static int child_dies_of(const rcc_bundle *b)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(*(const volatile unsigned char *)middle(b) * 0);
	}
	HOLDS(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void kept_out_of_forks(const rcc_bundle *b)
{
	HOLDS(child_dies_of(b) == 0);
	HOLDS(!rcc_advise(b, NULL, RCC_ADV_DONTFORK));
	HOLDS(child_dies_of(b) == SIGSEGV);
	HOLDS(!rcc_verify(b)); /* here it is as it was */
	HOLDS(!rcc_advise(b, NULL, RCC_ADV_DOFORK));
	HOLDS(child_dies_of(b) == 0);
	puts("a child after DONTFORK dies of reading it, one after DOFORK does not");
}

static void huge_pages(const rcc_bundle *b)
{
	int error = rcc_advise(b, NULL, RCC_ADV_NOHUGEPAGE);

	if (error == RCC_ENOTSUP && access("/sys/kernel/mm/transparent_hugepage", F_OK)) {
		puts("this kernel has no transparent huge pages, and says so");
		return;
	}
	HOLDS(!error && has_flag(middle(b), " nh"));
	HOLDS(!rcc_advise(b, NULL, RCC_ADV_HUGEPAGE) && has_flag(middle(b), " hg") && !has_flag(middle(b), " nh"));
	HOLDS(!rcc_advise_readonly(b) && has_flag(middle(b), " nh") && has_flag(middle(b), " dc"));
	HOLDS(child_dies_of(b) == SIGSEGV);
	HOLDS(!rcc_advise(b, NULL, RCC_ADV_DOFORK));
	puts("huge pages refused, asked for, and refused again with forks, in one call");
}

/* --- locks; in a child, which gives up what root may */

static int locks_within_limits(const rcc_bundle *b)
{
	struct rlimit limit = {64 << 10, 64 << 10};
	int error;

	HOLDS(!rcc_advise(b, "hot.txt", RCC_ADV_LOCK)); /* less than a page: nothing to do */
	HOLDS(!setrlimit(RLIMIT_MEMLOCK, &limit));
	if (!geteuid())
		HOLDS(!setgroups(0, NULL) && !setresgid(65534, 65534, 65534) && !setresuid(65534, 65534, 65534));
	error = rcc_advise(b, NULL, RCC_ADV_LOCK);
	printf("LOCK of more than RLIMIT_MEMLOCK: %s\n", rcc_strerror(error));
	HOLDS(error == RCC_ENOMEM || error == RCC_EPERM);
	HOLDS(!rcc_advise(b, "small", RCC_ADV_LOCK)); /* 20 KB: within it */
	HOLDS(!rcc_advise(b, "small", RCC_ADV_UNLOCK));
	fflush(stdout);
	return failures;
}

static void locks(const rcc_bundle *b)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(locks_within_limits(b) != 0);
	HOLDS(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

/* --- first accesses, with and without preheating */

/* Out of this process's memory, and out of the page cache as far as the kernel lets go of it. */
static void make_cold(const rcc_bundle *b, const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	HOLDS(!rcc_advise(b, NULL, RCC_ADV_DONTNEED));
	if (fd < 0)
		return;
	fdatasync(fd); /* what is dirty stays */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

/* Reads the files of the list; how often the kernel had to help. */
static long first_access(const char *how, const rcc_bundle *b, const char *list)
{
	struct rusage before, after;
	struct timespec t, u;
	unsigned sum = 0;
	int files = 0;

	clock_gettime(CLOCK_MONOTONIC, &t);
	getrusage(RUSAGE_SELF, &before);
	for (const char *end; *list; list = end + (*end == '\n')) {
		rcc_entry e;
		rcc_span s;

		end = strchrnul(list, '\n');
		if (rcc_lookup(b, list, (size_t)(end - list), &e) || rcc_view(&e, &s))
			continue;
		for (size_t i = 0; i < s.size; i += 4096)
			sum += s.data[i];
		files++;
	}
	getrusage(RUSAGE_SELF, &after);
	clock_gettime(CLOCK_MONOTONIC, &u);
	printf("%s: %d files, %ld minor and %ld major faults, %ld us (%u)\n", how, files, after.ru_minflt - before.ru_minflt,
	       after.ru_majflt - before.ru_majflt, (u.tv_sec - t.tv_sec) * 1000000 + (u.tv_nsec - t.tv_nsec) / 1000, sum % 10);
	return after.ru_minflt - before.ru_minflt + after.ru_majflt - before.ru_majflt;
}

static void preheated(const rcc_bundle *b, const char *path)
{
	rcc_memfile hot;
	char *list;
	long cold, warm;
	rcc_ssize files;

	HOLDS(!rcc_load(b, "hot.txt", &hot));
	list = strdup((const char *)hot.data);
	rcc_release(&hot);
	if (!list)
		return;
	make_cold(b, path);
	show("cold", b);
	cold = first_access("as they come", b, list);
	make_cold(b, path);
	files = rcc_preheat(b, list, strlen(list));
	show("preheated", b);
	warm = first_access("preheated", b, list);
	HOLDS(files > 1 && cold >= files);
	HOLDS(warm <= cold / 4);
	free(list);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : NULL;
	const rcc_bundle *b = path ? NULL : RCC_BUNDLE(assets);
	int error = path ? rcc_open_bundle(path, RCC_MAPPED, &b) : 0;

	if (error || !b) {
		fprintf(stderr, "memory: %s\n", rcc_strerror(error ? error : RCC_ENOBUNDLE));
		return 1;
	}
	given_back(b);
	given_back_all_the_time(b);
	kept_out_of_forks(b);
	huge_pages(b);
	locks(b);
	preheated(b, path);
	HOLDS(!rcc_close_bundle(b));
	return failures != 0;
}
