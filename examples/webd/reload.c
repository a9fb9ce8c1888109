/* SPDX-License-Identifier: MIT */
/* webd --overlay: files on disk before those in the program. A page hears by server-sent events when one changes. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "webd.h"

/* A page that listens. Suspended from when it has heard all there is until there is more. */
struct listener {
	struct MHD_Connection *c;
	uint64_t generation; /* that it knows */
	int suspended;
	struct listener *next, **at;
};

static rcc_overlay *overlay;
static pthread_t watcher;
static int wake[2]; /* a pipe: the watcher ends when it is closed */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct listener *listeners;
static int stopping;

static void tell_all(void)
{
	pthread_mutex_lock(&lock);
	for (struct listener *l = listeners; l; l = l->next)
		if (l->suspended) {
			l->suspended = 0;
			MHD_resume_connection(l->c);
		}
	pthread_mutex_unlock(&lock);
}

static void changed(const char *name, void *arg)
{
	(void)arg;
	printf("webd: %s changed\n", name);
	fflush(stdout);
}

static void *watch(void *arg)
{
	struct pollfd from[2] = {{rcc_overlay_fd(overlay), POLLIN, 0}, {wake[0], POLLIN, 0}};

	while (poll(from, 2, -1) >= 0 && !from[1].revents)
		if (rcc_overlay_update(overlay, changed, NULL) > 0)
			tell_all();
	return arg;
}

int reload_start(struct webd *w)
{
	int error = rcc_overlay_open(w->bundle, w->overlay, 0, &overlay);

	if (error || pipe(wake) || pthread_create(&watcher, NULL, watch, NULL)) {
		fprintf(stderr, "webd: %s: %s\n", w->overlay, error ? rcc_strerror(error) : "cannot be watched");
		return 1;
	}
	return 0;
}

void reload_stop(void)
{
	if (!overlay)
		return;
	close(wake[1]);
	pthread_join(watcher, NULL);
	pthread_mutex_lock(&lock);
	stopping = 1;
	pthread_mutex_unlock(&lock);
	tell_all();
}

void reload_close(void)
{
	rcc_overlay_close(overlay);
}

/* The next words of the stream; nothing to say: it sleeps until there is. */
static ssize_t listen_on(void *listener, uint64_t pos, char *buf, size_t max)
{
	struct listener *l = listener;
	uint64_t now;
	ssize_t n = 0;

	(void)pos;
	pthread_mutex_lock(&lock);
	now = rcc_overlay_generation(overlay);
	if (stopping) {
		n = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (now != l->generation) {
		l->generation = now;
		n = snprintf(buf, max, "data: %llu\n\n", (unsigned long long)now);
	} else {
		l->suspended = 1;
		MHD_suspend_connection(l->c);
	}
	pthread_mutex_unlock(&lock);
	return n;
}

static void listened(void *listener)
{
	struct listener *l = listener;

	pthread_mutex_lock(&lock);
	*l->at = l->next;
	if (l->next)
		l->next->at = l->at;
	pthread_mutex_unlock(&lock);
	free(l);
}

enum MHD_Result reload_events(struct MHD_Connection *c, const char *query)
{
	struct listener *l = calloc(1, sizeof *l);
	struct MHD_Response *r = l ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, listen_on, l, listened) : NULL;
	enum MHD_Result ok;

	if (!r) {
		free(l);
		return MHD_NO;
	}
	l->c = c;
	l->generation = query ? strtoull(query + 1, NULL, 10) : rcc_overlay_generation(overlay);
	pthread_mutex_lock(&lock);
	l->next = listeners;
	l->at = &listeners;
	if (l->next)
		l->next->at = &l->next;
	listeners = l;
	pthread_mutex_unlock(&lock);
	MHD_add_response_header(r, "Content-Type", "text/event-stream");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	ok = MHD_queue_response(c, 200, r);
	MHD_destroy_response(r);
	return ok;
}

void reload_script(char *buf, size_t size)
{
	snprintf(buf, size, "\n<script>new EventSource(\"%s?%llu\").onmessage = () => location.reload()</script>\n", EVENTS,
	         (unsigned long long)rcc_overlay_generation(overlay));
}

int reload_lookup(void *arg, const rcc_bundle *b, const char *name, size_t len, rcc_entry *out)
{
	struct reload_files *files = arg;
	char *z = strndup(name, len);
	int place = z ? rcc_overlay_where(overlay, z) : RCC_ENOMEM;
	rcc_memfile *f = &files->file[files->n];

	if (place == RCC_IN_BUNDLE)
		place = rcc_lookup(b, name, len, out);
	else if (place == RCC_ON_DISK && files->n == sizeof files->file / sizeof *files->file)
		place = RCC_ENOMEM;
	else if (place == RCC_ON_DISK && !(place = rcc_overlay_load(overlay, z, f))) {
		rcc_entry e = {.bundle = b, .name = f->name, .name_len = f->name_len, .size = f->size, .stored = f->size,
		               .hash = f->hash, .mime = f->mime, .align = 1, .codec = RCC_CODEC_STORE, .data = f->data};

		*out = e;
		files->n++;
	}
	free(z);
	return place;
}

void reload_release(struct reload_files *f)
{
	while (f->n)
		rcc_release(&f->file[--f->n]);
}
