/* SPDX-License-Identifier: MIT */
/* Contender: GResource of GLib, from a bundle file. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "contender.h"

static GResource *resource;

static bool open_file(const struct name *names, size_t n, const char *base)
{
	char *path = g_strconcat(base, ".gresource", NULL);

	(void)names;
	(void)n;
	resource = g_resource_load(path, NULL);
	g_free(path);
	return resource;
}

static const void *prepare(const char *name, size_t n)
{
	(void)n;
	return g_strconcat("/", name, NULL);
}

static bool has(const struct name *q)
{
	GBytes *b = g_resource_lookup_data(resource, q->own, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

	g_bytes_unref(b);
	return b;
}

static long list(const struct name *dir)
{
	char **v = g_resource_enumerate_children(resource, dir->own, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
	long n = v ? (long)g_strv_length(v) : -1;

	g_strfreev(v);
	return n;
}

static long read_whole(const struct name *q, void *to, size_t cap)
{
	GBytes *b = g_resource_lookup_data(resource, q->own, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
	gsize n;
	const void *p;

	if (!b)
		return -1;
	p = g_bytes_get_data(b, &n);
	if (n <= cap)
		memcpy(to, p, n);
	g_bytes_unref(b);
	return n <= cap ? (long)n : -1;
}

const struct contender by_gresource = {"GResource", open_file, prepare, has, list, read_whole};
