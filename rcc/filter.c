/* SPDX-License-Identifier: MIT */
/* See filter.h. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"

extern char **environ;

/* Starts the shell with in and out as its standard input and output. 0 or an errno. Signals are as a program of
 * its own expects them: none is blocked, and none that rcc ignores is ignored. */
static int start(const char *command, int in, int out, pid_t *pid)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)command, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, ignored;
	int e = posix_spawn_file_actions_init(&files);

	if (e)
		return e;
	e = posix_spawnattr_init(&attr);
	if (e) {
		posix_spawn_file_actions_destroy(&files);
		return e;
	}
	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	sigaddset(&ignored, SIGXFSZ);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &ignored);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	e = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	if (!e)
		e = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	if (!e)
		e = posix_spawn(pid, "/bin/sh", &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return e;
}

/* Reads to the end; 0 or an errno. */
static int read_all(int fd, struct sb *out)
{
	char buf[1 << 16];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) != 0) {
		if (n > 0)
			sb_add(out, buf, (size_t)n);
		else if (errno != EINTR)
			return errno;
	}
	return 0;
}

bool filter_run(struct str command, int fd, struct sb *out, char words[static FILTER_WORDS])
{
	struct sb text = {0};
	int ends[2], status = 0, e;
	pid_t pid;

	sb_add(&text, command.p, command.n);
	e = pipe2(ends, O_CLOEXEC) ? errno : 0;
	if (!e) {
		e = start(text.p, fd, ends[1], &pid);
		close(ends[1]);
		if (!e) {
			e = read_all(ends[0], out);
			close(ends[0]); /* before waiting: a command that still writes must not wait for us */
			while (waitpid(pid, &status, 0) < 0)
				if (errno != EINTR) {
					e = errno;
					break;
				}
		} else {
			close(ends[0]);
		}
	}
	sb_done(&text);
	if (e)
		snprintf(words, FILTER_WORDS, "could not be run: %s", strerrordesc_np(e));
	else if (WIFSIGNALED(status))
		snprintf(words, FILTER_WORDS, "was killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(words, FILTER_WORDS, "exited with status %d", WEXITSTATUS(status));
	else
		return true;
	return false;
}
