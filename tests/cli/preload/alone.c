/* SPDX-License-Identifier: MIT */
/* To be preloaded into rcc: whoever starts another program is ended at once. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NEVER(type, name, params)                                                                                      \
	type name params                                                                                               \
	{                                                                                                              \
		abort();                                                                                               \
	}

NEVER(pid_t, fork, (void))
NEVER(pid_t, vfork, (void))
NEVER(int, system, (const char *command))
NEVER(FILE *, popen, (const char *command, const char *mode))
NEVER(int, execve, (const char *path, char *const argv[], char *const env[]))
NEVER(int, execv, (const char *path, char *const argv[]))
NEVER(int, execvp, (const char *file, char *const argv[]))
NEVER(int, execvpe, (const char *file, char *const argv[], char *const env[]))
NEVER(int, posix_spawn, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *files,
                         const posix_spawnattr_t *attr, char *const argv[], char *const env[]))
NEVER(int, posix_spawnp, (pid_t *pid, const char *file, const posix_spawn_file_actions_t *files,
                          const posix_spawnattr_t *attr, char *const argv[], char *const env[]))
