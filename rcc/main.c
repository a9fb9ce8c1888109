/* SPDX-License-Identifier: MIT */
/* The verbs' table and the way to them. No work is done here. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd.h"
#include "diag.h"
#include "opt.h"
#include "out.h"
#include "str.h"
#include "../runtime-stub/rcc.h"

struct verb {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the verb; returns the exit status */
	const char *help;                  /* one line for rcc --help */
};

/* By name. */
static const struct verb verbs[] = {
	{"cat", cmd_cat, "contents to standard output"},
	{"compile", cmd_compile, "a directory to an object file that any program can be linked with"},
	{"extract", cmd_extract, "contents to files"},
	{"list", cmd_list, "every bundle and name in a file"},
	{"stat", cmd_stat, "sizes, duplicates, and what the linker dropped"},
	{"trace", cmd_trace, "run a program and print the names it reads"},
	{"verify", cmd_verify, "check every index and every checksum"},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static void usage(FILE *to)
{
	fputs("usage: rcc VERB [options] ...\n       rcc VERB --help\n       rcc --version\n\nverbs:\n", to);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(to, "  %-9s %s\n", verbs[i].name, verbs[i].help);
}

static const struct verb *find(struct diag *d, const char *name)
{
	const char *names[VERBS], *near;

	for (size_t i = 0; i < VERBS; i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
		names[i] = verbs[i].name;
	}
	near = str_nearest(str_of(name), names, VERBS);
	if (near)
		diag_error(d, AT_NONE, "unknown verb '%s'; did you mean '%s'?", name, near);
	else
		diag_error(d, AT_NONE, "unknown %s '%s'; try 'rcc --help'", *name == '-' ? "option" : "verb", name);
	return NULL;
}

static int help(struct diag *d, const char *name)
{
	char option[] = "--help";
	const struct verb *v;

	if (!name) {
		usage(stdout);
		return opt_close_stdout(d, 0);
	}
	v = find(d, name);
	return v ? v->run(2, (char *[]){(char *)v->name, option, NULL}) : 2;
}

/* A standard stream that the caller closed must not become the number of an output. Opened for the wrong
 * direction, so that using it is still an error. */
static void hold_standard_streams(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

/* Each directory that is compiled stays open for the run, so many of them need more than the 1024 files that are common. */
static void allow_many_files(void)
{
	struct rlimit l;

	if (!getrlimit(RLIMIT_NOFILE, &l) && l.rlim_cur != l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l); /* else the fault is told when a directory cannot be opened */
	}
}

int main(int argc, char **argv)
{
	struct diag d = {0};
	const struct verb *v;

	hold_standard_streams();
	out_catch_signals();
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help(&d, NULL);
	if (!strcmp(argv[1], "help"))
		return help(&d, argc > 2 ? argv[2] : NULL);
	if (!strcmp(argv[1], "--version")) {
		puts("rcc " RCC_VERSION);
		return opt_close_stdout(&d, 0);
	}
	v = find(&d, argv[1]);
	if (v && v->run == cmd_compile)
		allow_many_files();
	return v ? v->run(argc - 1, argv + 1) : 2;
}
