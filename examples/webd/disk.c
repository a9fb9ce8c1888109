/* SPDX-License-Identifier: MIT */
/* webd --disk: each request opens its file and lets the kernel send it, as a server without rcc does. To measure beside. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "webd.h"

static enum MHD_Result say(struct MHD_Connection *c, unsigned status, const char *words)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(words), (void *)(uintptr_t)words, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ok = r ? MHD_queue_response(c, status, r) : MHD_NO;

	if (r)
		MHD_destroy_response(r);
	return ok;
}

enum MHD_Result serve_disk(const struct webd *w, struct MHD_Connection *c, const char *method, const char *url)
{
	char path[4096], tag[64];
	const char *seen = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "If-None-Match");
	size_t n = strlen(url);
	struct MHD_Response *r;
	enum MHD_Result ok;
	rcc_entry e;
	struct stat st;
	int fd;

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return say(c, 405, "files are for GET and HEAD\n");
	if (strstr(url, "..") || (size_t)snprintf(path, sizeof path, "%s%s%s", w->disk, url, url[n - 1] == '/' ? "index.html" : "") >=
	                             sizeof path)
		return say(c, 400, "no path\n");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		if (fd >= 0)
			close(fd);
		return say(c, 404, "there is no such file\n");
	}
	snprintf(tag, sizeof tag, "\"%llx-%llx\"", (unsigned long long)st.st_mtim.tv_sec, (unsigned long long)st.st_size);
	if (seen && !strcmp(seen, tag)) {
		close(fd);
		return say(c, 304, "");
	}
	r = MHD_create_response_from_fd64((uint64_t)st.st_size, fd);
	if (!r) {
		close(fd);
		return MHD_NO;
	}
	/* Types are the bundle's: to look them up by a table would be no more work. */
	n = strlen(w->disk) + 1;
	if (!rcc_lookup(w->bundle, path + n, strlen(path + n), &e) && e.mime)
		MHD_add_response_header(r, "Content-Type", e.mime);
	MHD_add_response_header(r, "ETag", tag);
	MHD_add_response_header(r, "Cache-Control", "no-cache");
	ok = MHD_queue_response(c, 200, r);
	MHD_destroy_response(r);
	return ok;
}
