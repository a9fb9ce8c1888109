/* SPDX-License-Identifier: MIT */
/* webd: a web server of libmicrohttpd whose files are in the program. What its files share. */
#ifndef WEBD_H
#define WEBD_H

#include <microhttpd.h>

#include "rcc_dev.h"
#include "rcc_http.h"

struct webd {
	const rcc_bundle *bundle;
	rcc_http_options site;
	const char *disk;    /* --disk: serve this directory in place of the bundle; NULL: no */
	const char *overlay; /* --overlay; NULL: none */
};

/* serve.c: a request as libmicrohttpd has it, answered from the bundle. */
enum MHD_Result serve(const struct webd *w, struct MHD_Connection *c, const char *method, const char *target);
/* The decoder of the calling thread, made at its first call and freed at its end. */
rcc_dctx *decoder(void);

/* disk.c: the same from files, as a server without rcc would have it, to measure beside. */
enum MHD_Result serve_disk(const struct webd *w, struct MHD_Connection *c, const char *method, const char *url);

/* reload.c: files on disk before those of the bundle, and pages that load anew when one changes. */
#define EVENTS "/-/events"
/* 0, or what is wrong is printed. */
int reload_start(struct webd *w);
void reload_stop(void);  /* ends the streams, before the server is stopped */
void reload_close(void); /* after it */
/* Answers a request for EVENTS?GENERATION: a stream that says when the generation is another one. */
enum MHD_Result reload_events(struct MHD_Connection *c, const char *query);
/* What a page needs to hear it, to be put behind its end. */
void reload_script(char *buf, size_t size);
/* A rcc_http_options.lookup; arg is a struct reload_files, which keeps what was read from disk. */
struct reload_files {
	rcc_memfile file[4];
	unsigned n;
};
int reload_lookup(void *arg, const rcc_bundle *b, const char *name, size_t len, rcc_entry *out);
void reload_release(struct reload_files *f);

#endif
