/* SPDX-License-Identifier: MIT */
/* measure [-n RUNS] [-c CPU] [-t SECONDS] [-m GIB] [-w MIB] [-l LOG] COMMAND...: runs it and all it starts, and prints
 * as TSV the medians of wall seconds, CPU seconds, peak RSS in KiB, minor and major faults, and the first bad
 * exit status (124: out of time). What the command prints goes to LOG. -w: before each run so much memory is touched
 * and freed. To the host of a virtual machine free memory may have been given back, and who first touches it again
 * would pay for it, several times what it takes to fill it. */
#include <fcntl.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WALL, CPU, RSS, MINOR, MAJOR, NFIELDS, TIMED_OUT = 124 };

static int cpu = -1, limit = 3600;
static unsigned long gib, warm_mib;
static const char *log_path = "/dev/null";
static sigset_t watched;

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void be_command(char **argv)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	cpu_set_t set;

	setpgid(0, 0);
	sigprocmask(SIG_UNBLOCK, &watched, NULL);
	if (in < 0 || log < 0 || dup2(in, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	CPU_ZERO(&set);
	CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &set);
	if (cpu >= 0 && sched_setaffinity(0, sizeof set, &set))
		_exit(126);
	if (gib)
		setrlimit(RLIMIT_AS, &(struct rlimit){gib << 30, gib << 30});
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static void warm_up(void)
{
	enum { PAGE = 4096 };
	size_t n = warm_mib << 20;
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return;
	madvise(p, n, MADV_HUGEPAGE);
	for (size_t i = 0; i < n; i += PAGE)
		p[i] = 1;
	munmap(p, n);
}

/* The status of the child, as a shell counts; whoever interrupts us interrupts the child's whole group. */
static int await(pid_t pid, struct rusage *use)
{
	struct timespec left = {.tv_sec = limit};
	int status, out_of_time = 0;

	while (wait4(pid, &status, WNOHANG, use) == 0) {
		int got = sigtimedwait(&watched, NULL, &left);

		if (got == SIGCHLD || (got < 0 && errno == EINTR))
			continue;
		kill(-pid, SIGKILL);
		if (got > 0)
			_exit(130);
		out_of_time = 1;
		wait4(pid, &status, 0, use);
		break;
	}
	if (out_of_time)
		return TIMED_OUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(char **argv, double out[NFIELDS])
{
	struct rusage use;
	double from = now();
	pid_t pid = fork();
	int status;

	if (!pid)
		be_command(argv);
	if (pid < 0)
		return 126;
	status = await(pid, &use);
	out[WALL] = now() - from;
	out[CPU] = seconds(use.ru_utime) + seconds(use.ru_stime);
	out[RSS] = (double)use.ru_maxrss;
	out[MINOR] = (double)use.ru_minflt;
	out[MAJOR] = (double)use.ru_majflt;
	return status;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int runs = 1, status = 0, c;
	double *field[NFIELDS];

	while ((c = getopt(argc, argv, "+n:c:t:m:w:l:")) != -1) {
		switch (c) {
		case 'n': runs = atoi(optarg); break;
		case 'c': cpu = atoi(optarg); break;
		case 't': limit = atoi(optarg); break;
		case 'm': gib = strtoul(optarg, NULL, 10); break;
		case 'w': warm_mib = strtoul(optarg, NULL, 10); break;
		case 'l': log_path = optarg; break;
		default: return 2;
		}
	}
	if (optind >= argc || runs < 1)
		return 2;
	for (int f = 0; f < NFIELDS; f++)
		if (!(field[f] = calloc((size_t)runs, sizeof *field[f])))
			return 1;
	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGINT);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGHUP);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	for (int r = 0; r < runs && !status; r++) {
		double one[NFIELDS];

		if (warm_mib)
			warm_up();
		status = run(argv + optind, one);
		for (int f = 0; f < NFIELDS; f++)
			field[f][r] = one[f];
		if (status)
			runs = r + 1;
	}
	for (int f = 0; f < NFIELDS; f++)
		qsort(field[f], (size_t)runs, sizeof *field[f], by_value);
	for (int f = 0; f < NFIELDS; f++)
		printf(f < RSS ? "%.6f\t" : "%.0f\t", field[f][runs / 2]);
	printf("%d\n", status);
	return 0;
}
