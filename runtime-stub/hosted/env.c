/* SPDX-License-Identifier: MIT */
/* The environment, where the program said that it counts. */
#include "hosted.h"

#ifdef RCC_NO_ENV
int rcc_i_env(const char *name, const char **value)
{
	(void)name;
	(void)value;
	return RCC_ENOTSUP;
}
#else
#include <stdlib.h>
#ifdef __linux__
#include <sys/auxv.h>
#elif !defined(_WIN32)
#include <unistd.h>
#endif

/* Has the program rights that whoever started it lacks? */
static int env_is_privileged(void)
{
#ifdef __linux__
	return getauxval(AT_SECURE) != 0;
#elif defined(_WIN32)
	return 0;
#else
	return getuid() != geteuid() || getgid() != getegid();
#endif
}

int rcc_i_env(const char *name, const char **value)
{
	const char *v = getenv(name);

	if (!v || !*v)
		return RCC_ENOENT;
	if (env_is_privileged())
		return RCC_EPERM;
	*value = v;
	return 0;
}
#endif
