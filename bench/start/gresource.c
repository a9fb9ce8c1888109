/* SPDX-License-Identifier: MIT */
/* Start-up: a GResource linked in. */
#include <gio/gio.h>

GResource *files(void);

int main(int argc, char **argv)
{
	GResource *r = files();
	char *path = g_strconcat("/", argc > 1 ? argv[1] : "", NULL);
	GBytes *b = r ? g_resource_lookup_data(r, path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL) : NULL;

	return b ? *(const volatile unsigned char *)g_bytes_get_data(b, NULL) & 0 : 1;
}
