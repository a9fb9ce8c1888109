/* SPDX-License-Identifier: MIT */
/* webd: serves the bundle "site", which is linked in, on the loopback interface, until it gets SIGINT or SIGTERM. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "webd.h"

RCC_DECLARE_BUNDLE(site);

static const char usage[] =
	"usage: webd [--port N] [--overlay DIR] [--fallback PAGE] [--not-found PAGE] [--immutable GLOB] [--csp POLICY]\n"
	"            [--threads N] [--tls CERT,KEY] [--disk DIR]\n"
	"  --port N         listen there; 0, the default, takes a free one. The address is printed\n"
	"  --overlay DIR    files in DIR go before those in the program, and pages load anew when one changes\n"
	"  --fallback PAGE  for paths that are no file's: the routes of a single-page app\n"
	"  --immutable GLOB names whose contents never change, beside those with a hash in them\n"
	"  --tls CERT,KEY   https, by these PEM files\n"
	"  --disk DIR       serve DIR and not the program's files, to compare\n";

struct options {
	struct webd w;
	unsigned port, threads;
	char *cert, *key; /* PEM; NULL: no https */
};

/* The whole file as a string; exits if it cannot be had. */
static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *p = calloc(1, 1 << 16);

	if (!f || !p || !fread(p, 1, (1 << 16) - 1, f)) {
		fprintf(stderr, "webd: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	fclose(f);
	return p;
}

static unsigned number(const char *s, unsigned max)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (!*s || *end || v > max) {
		fprintf(stderr, "webd: '%s' is no number up to %u\n", s, max);
		exit(2);
	}
	return (unsigned)v;
}

static void set(struct options *o, int c, char *value)
{
	char *comma;

	switch (c) {
	case 'p': o->port = number(value, 65535); break;
	case 'o': o->w.overlay = value; break;
	case 'f': o->w.site.fallback = value; break;
	case 'n': o->w.site.not_found = value; break;
	case 'i': o->w.site.immutable = value; break;
	case 'c': o->w.site.csp = value; break;
	case 't': o->threads = number(value, 1024); break;
	case 'd': o->w.disk = value; break;
	case 's':
		comma = strchr(value, ',');
		if (comma) {
			*comma = 0;
			o->cert = slurp(value);
			o->key = slurp(comma + 1);
			break;
		}
		/* fall through */
	default: fputs(usage, stderr); exit(2);
	}
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option table[] = {
		{"port", 1, NULL, 'p'}, {"overlay", 1, NULL, 'o'}, {"fallback", 1, NULL, 'f'}, {"not-found", 1, NULL, 'n'},
		{"immutable", 1, NULL, 'i'}, {"csp", 1, NULL, 'c'}, {"threads", 1, NULL, 't'}, {"tls", 1, NULL, 's'},
		{"disk", 1, NULL, 'd'}, {"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		set(o, c, optarg);
	}
	if (optind < argc || !o->threads)
		set(o, '?', NULL);
}

/* What is kept of a request: its target as it came, for what libmicrohttpd hands to answer is decoded already. */
struct asked {
	int begun;
	char target[];
};

static void *keep_target(void *cls, const char *target, struct MHD_Connection *c)
{
	struct asked *a = malloc(sizeof *a + strlen(target) + 1);

	(void)cls;
	(void)c;
	if (a) {
		a->begun = 0;
		strcpy(a->target, target);
	}
	return a;
}

static void request_done(void *cls, struct MHD_Connection *c, void **asked, enum MHD_RequestTerminationCode code)
{
	(void)cls;
	(void)c;
	(void)code;
	free(*asked);
	*asked = NULL;
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_size, void **asked)
{
	const struct webd *w = cls;
	struct asked *a = *asked;

	(void)version;
	(void)upload;
	(void)upload_size;
	if (!a)
		return MHD_NO; /* out of memory */
	if (!a->begun++ && (!strcmp(method, "GET") || !strcmp(method, "HEAD")))
		return MHD_YES; /* an answer before the request's end would end the connection, which suits others */
	if (w->disk)
		return serve_disk(w, c, method, url);
	if (w->overlay && !strcmp(url, EVENTS))
		return reload_events(c, strchr(a->target, '?'));
	return serve(w, c, method, a->target);
}

static struct MHD_Daemon *start(struct options *o)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, o->cert}, {MHD_OPTION_HTTPS_MEM_KEY, 0, o->key}, {MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | (o->cert ? MHD_USE_TLS : 0);

	return MHD_start_daemon(flags, 0, NULL, NULL, answer, &o->w, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_THREAD_POOL_SIZE,
	                        o->threads > 1 ? o->threads : 0, MHD_OPTION_URI_LOG_CALLBACK, keep_target, NULL,
	                        MHD_OPTION_NOTIFY_COMPLETED, request_done, NULL, MHD_OPTION_ARRAY, o->cert ? tls : none,
	                        MHD_OPTION_END);
}

int main(int argc, char **argv)
{
	static struct options o = {.threads = 2};
	struct MHD_Daemon *daemon;
	sigset_t stop;
	int signal;

	parse(&o, argc, argv);
	o.w.bundle = RCC_BUNDLE(site);
	if (!o.w.bundle) {
		fputs("webd: the bundle is damaged\n", stderr);
		return 1;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL); /* before there are threads, which have it from here */
	if (o.w.overlay && reload_start(&o.w))
		return 1;
	daemon = start(&o);
	if (!daemon) {
		fprintf(stderr, "webd: cannot listen on port %u: %s\n", o.port, strerror(errno));
		reload_stop();
		reload_close();
		return 1;
	}
	printf("webd: %zu files at %s://localhost:%u/\n", rcc_count(o.w.bundle), o.cert ? "https" : "http",
	       (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	sigwait(&stop, &signal);
	reload_stop();
	MHD_stop_daemon(daemon);
	reload_close();
	free(o.cert);
	free(o.key);
	return 0;
}
