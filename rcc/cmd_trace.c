/* SPDX-License-Identifier: MIT */
/* rcc trace: runs a program and prints the names it read, in the order of first use. A library that notes them is preloaded,
 * and a program that has the stub in itself is told to note them where it allows that. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "io.h"
#include "opt.h"
#include "out.h"
#include "select.h"

extern char **environ;

struct trace {
	const char *bundle, *output;
	struct diag d;
	struct arena a;
	int names;   /* a memory file that all processes of the program append names to */
	int preloaded; /* what is preloaded, if it must be named by number */
};

enum { O_BUNDLE, O_OUTPUT };

static const struct opt table[] = {
	[O_BUNDLE] = {0, "bundle", OPT_VALUE, "NAME", "only what is read from the bundle of that name"},
	[O_OUTPUT] = {'o', "output", OPT_VALUE, "FILE", "the names go there, and what PROGRAM writes to standard output\nstays there"},
};

static bool set(void *ctx, size_t i, const char *value)
{
	struct trace *t = ctx;

	*(i == O_BUNDLE ? &t->bundle : &t->output) = value;
	return true;
}

static const struct opt_spec spec = {
	"trace", "[options] PROGRAM [ARG...]",
	"Runs PROGRAM and prints the names it and its children read, in the order of first use, as\n"
	"--keep and --order of rcc compile take them. Without -o, what PROGRAM writes to standard output goes\n"
	"to standard error. PROGRAM uses librcc.so, or calls rcc_trace_from_env().",
	table, sizeof table / sizeof *table, set
};

/* The child, for signals that are sent to rcc alone. */
static volatile pid_t running;

static void pass_on(int sig)
{
	if (running > 0)
		kill(running, sig);
}

/* A path by which any process can open the descriptor as long as rcc runs. */
static const char *path_of(struct arena *a, int fd)
{
	struct sb b = {0};
	const char *p;

	sb_fmt(&b, "/proc/%ld/fd/%d", (long)getpid(), fd);
	p = str_copy(a, (struct str){b.p, b.n}).p;
	sb_done(&b);
	return p;
}

/* The library that belongs to this rcc: beside it, where it was built, or where it was installed. NULL: it is not there. */
static const char *find_library(struct trace *t)
{
	static const char *const places[] = {"librcc-trace.so", "../lib/rcc/librcc-trace.so"};
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	const char *found = NULL;

	while (n > 0 && self[n - 1] != '/')
		n--;
	for (size_t i = 0; i < sizeof places / sizeof *places && n > 0 && !found; i++) {
		struct sb b = {0};

		sb_add(&b, self, (size_t)n);
		sb_str(&b, places[i]);
		if (!access(b.p, R_OK))
			found = str_copy(&t->a, (struct str){b.p, b.n}).p;
		/* The dynamic linker parts the list by blanks and colons. */
		if (found && strpbrk(found, " :")) {
			t->preloaded = open(found, O_RDONLY | O_CLOEXEC);
			found = t->preloaded < 0 ? NULL : path_of(&t->a, t->preloaded);
		}
		sb_done(&b);
	}
	return found;
}

static void set_environment(struct trace *t)
{
	const char *library = find_library(t), *others = getenv("LD_PRELOAD");
	struct sb preload = {0};
	bool ok;

	if (library)
		sb_str(&preload, library);
	else
		diag_warn(&t->d, AT_NONE, "librcc-trace.so is neither beside rcc nor in ../lib/rcc; only a program that calls "
		          "rcc_trace_from_env() will be seen");
	if (others && *others)
		sb_fmt(&preload, "%s%s", preload.n ? ":" : "", others);
	ok = !setenv("RCC_TRACE", path_of(&t->a, t->names), 1) && (!preload.n || !setenv("LD_PRELOAD", preload.p, 1)) &&
	     !(t->bundle ? setenv("RCC_TRACE_BUNDLE", t->bundle, 1) : unsetenv("RCC_TRACE_BUNDLE"));
	sb_done(&preload);
	if (!ok)
		die("cannot set the environment:");
}

/* Starts the program, with the signals in defaults as they are by themselves and those in mask blocked. 0 or an errno. */
static int start(const struct trace *t, char **argv, const sigset_t *defaults, const sigset_t *mask, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int e = posix_spawn_file_actions_init(&files);

	if (e)
		return e;
	e = posix_spawnattr_init(&attr);
	if (!e) {
		posix_spawnattr_setsigdefault(&attr, defaults);
		posix_spawnattr_setsigmask(&attr, mask);
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
		if (!t->output)
			e = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
		if (!e)
			e = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return e;
}

/* What rcc does with a signal from here on; one that it found ignored stays so, here and in the program. */
static void on_signal(int sig, void (*handler)(int), sigset_t *defaults)
{
	struct sigaction now = {.sa_handler = handler, .sa_flags = SA_RESTART}, was;

	sigaction(sig, NULL, &was);
	if (was.sa_handler == SIG_IGN)
		return;
	sigaddset(defaults, sig);
	sigaction(sig, &now, NULL);
}

/* Runs the program to its end; the status of waitpid, or -1: reported. Keys that interrupt are for the program, and rcc prints
 * what was read until then; what ends rcc alone is passed on. */
static int run(struct trace *t, char **argv)
{
	sigset_t defaults, passed, mask;
	int status, e;
	pid_t pid;

	sigemptyset(&passed);
	sigaddset(&passed, SIGTERM);
	sigaddset(&passed, SIGHUP);
	sigprocmask(SIG_BLOCK, &passed, &mask); /* until it is known whom to pass them to */
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	on_signal(SIGINT, SIG_IGN, &defaults);
	on_signal(SIGQUIT, SIG_IGN, &defaults);
	on_signal(SIGTERM, pass_on, &defaults);
	on_signal(SIGHUP, pass_on, &defaults);
	e = start(t, argv, &defaults, &mask, &pid);
	running = e ? 0 : pid;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (e) {
		diag_error(&t->d, AT_FILE(argv[0]), "cannot be run: %s", strerror(e));
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("cannot wait for the program:");
	running = 0;
	return status;
}

static int by_rank(const void *x, const void *y)
{
	const struct listed *a = x, *b = y;

	return (a->rank > b->rank) - (a->rank < b->rank);
}

/* The names, each once: several processes, or two copies of the stub, may have noted it. */
static bool print_names(struct trace *t, int to)
{
	struct sb text = {0};
	struct name_list names;
	char buf[65536];
	ssize_t n;
	bool ok;

	for (uint64_t off = 0; (n = io_pread(t->names, buf, sizeof buf, off)) > 0; off += (uint64_t)n)
		sb_add(&text, buf, (size_t)n);
	name_list_parse(&names, &t->a, &t->d, "the trace", (struct str){text.p, text.n});
	if (names.n)
		qsort(names.v, names.n, sizeof *names.v, by_rank);
	else
		diag_note(&t->d, AT_NONE, "no name was seen; PROGRAM must use librcc.so, or have librcc.a and call "
		          "rcc_trace_from_env()");
	text.n = 0;
	for (size_t i = 0; i < names.n; i++) {
		sb_add(&text, names.v[i].name.p, names.v[i].name.n);
		sb_char(&text, '\n');
	}
	ok = !text.n || !io_write(to, text.p, text.n);
	sb_done(&text);
	return ok;
}

/* To the output that was opened before, or to standard output. */
static void write_names(struct trace *t, struct out *out)
{
	if (t->output) {
		if (!print_names(t, out->fd))
			out_failed(&t->d, t->output, "write");
		if (!diag_failed(&t->d))
			out_commit(out, &t->d, false);
	} else if (!print_names(t, STDOUT_FILENO)) {
		diag_error(&t->d, AT_FILE("standard output"), "cannot write:");
	}
}

/* Ends as the program did: by the same signal, or with its status; with 1 if that is 0 and rcc itself failed. */
static int end_like(struct trace *t, int status)
{
	const struct rlimit no_core = {0, 0};

	if (WIFSIGNALED(status)) {
		int sig = WTERMSIG(status);

		diag_note(&t->d, AT_NONE, "the program was killed by signal %d (%s)", sig, strsignal(sig));
		setrlimit(RLIMIT_CORE, &no_core); /* of the program there may be one */
		signal(sig, SIG_DFL);
		raise(sig);
		return 128 + sig;
	}
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : diag_failed(&t->d);
}

int cmd_trace(int argc, char **argv)
{
	struct trace t = {.names = -1, .preloaded = -1};
	struct opt_args words = {0};
	struct out out = {0};
	enum opt_result r = opt_parse_program(&spec, &t.d, &t.a, argc, argv, &t, &words);
	int status = -1;

	if (r == OPT_OK && !words.n)
		opt_bad(&spec, &t.d, "no PROGRAM to run");
	if (r != OPT_OK || !words.n) {
		arena_done(&t.a);
		return opt_close_stdout(&t.d, r == OPT_HELPED ? 0 : 2);
	}
	t.names = memfd_create("rcc-trace", MFD_CLOEXEC);
	if (t.names < 0 || access(path_of(&t.a, t.names), W_OK))
		diag_error(&t.d, AT_NONE, "no place for the trace; /proc must be there:");
	else if (!t.output || out_open(&out, &t.d, AT_FDCWD, t.output)) {
		set_environment(&t);
		status = run(&t, (char **)words.v);
		if (status >= 0)
			write_names(&t, &out);
		out_discard(&out);
	}
	arena_done(&t.a);
	return status < 0 ? 1 : end_like(&t, status);
}
