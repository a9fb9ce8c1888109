/* SPDX-License-Identifier: MIT */
/* rcc verify: every index and every checksum, by the runtime stub's own rcc_verify. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd.h"
#include "inside.h"
#include "opt.h"
#include "torn.h"

/* As cmp has them. */
enum { SOUND = 0, DAMAGED = 1, TROUBLE = 2 };

/* So many damaged names are told of a bundle; the others are likely to be more of the same. */
enum { NAMES_MAX = 10 };

static bool set(void *ctx, size_t i, const char *value)
{
	(void)ctx, (void)i, (void)value;
	return true;
}

static const struct opt_spec spec = {
	"verify", "[options] FILE...",
	"Checks every bundle in each FILE: headers, indexes, checksums, contents. Prints nothing\n"
	"when all are sound; a line for each bundle with -v. Exit status: 0 sound, 1 damaged,\n"
	"2 could not look.",
	NULL, 0, set
};

/* After a failure: which names it is about. */
static void tell_names(struct diag *d, const char *path, const rcc_bundle *b)
{
	rcc_dctx *ctx = rcc_dctx_new();
	size_t told = 0, n = rcc_count(b);

	for (size_t i = 0; i < n && told < NAMES_MAX; i++) {
		rcc_entry e;
		int r = rcc_at(b, i, &e);

		if (r) {
			diag_note(d, AT_FILE(path), "the index is damaged at entry %zu", i);
			told = NAMES_MAX;
		} else if ((r = inside_write(&e, ctx, -1))) {
			told++;
			diag_note(d, AT_FILE(path), "'%s': %s", e.name,
			          r == RCC_ECORRUPT ? "its contents are damaged" : rcc_strerror(r));
		}
	}
	if (!told)
		diag_note(d, AT_FILE(path),
		          "every name and its contents can be read; the damage is in checksums, order or padding");
	rcc_dctx_free(ctx);
}

/* A sound bundle that nothing leads to is lost to whoever looks for it by name. tcc and Go's linker make no notes. */
static void tell_lost(struct diag *d, const char *path, const struct found *f, struct str name)
{
	const char *in = f->member.n ? " in " : "", *member = f->member.n ? f->member.p : "";

	if (f->by == FOUND_BY_DESC)
		diag_warn(d, AT_FILE(path),
		          "no note leads to bundle '%s'%s%s: other modules cannot find it by name; where a linker script, strip "
		          "or objcopy dropped .note.rcc, let it keep that",
		          name.p, in, member);
	else if (f->by == FOUND_BY_MAGIC)
		diag_warn(d, AT_FILE(path),
		          "neither a note nor a section rcc_desc leads to bundle '%s'%s%s: it may not be found by name; where a "
		          "linker script, strip or objcopy dropped .note.rcc and rcc_desc, let it keep them",
		          name.p, in, member);
}

/* Assets that no reference leads to: pruned ones are gone, these are in the way. */
static bool is_torn(struct diag *d, const char *path, const struct found *f, struct str name)
{
	uint64_t lost = torn_bytes(f->b);

	if (!lost)
		return false;
	diag_error(d, AT_FILE(path),
	           "bundle '%s' at offset %" PRIu64 ": %" PRIu64 " bytes between its files belong to none: the linker put sections out "
	           "of order; link without --symbol-ordering-file, --section-ordering-file and --shuffle-sections for them",
	           name.p, f->off, lost);
	return true;
}

static int verify_bundle(struct diag *d, const char *path, const struct found *f)
{
	struct str name = inside_name(f->b);
	int r = rcc_verify(f->b);

	if (r) {
		diag_error(d, AT_FILE(path), "bundle '%s'%s%s at offset %" PRIu64 ": %s", name.p,
		           f->member.n ? " in " : "", f->member.n ? f->member.p : "", f->off, rcc_strerror(r));
		tell_names(d, path, f->b);
		return r == RCC_ECORRUPT ? DAMAGED : TROUBLE;
	}
	if (is_torn(d, path, f, name))
		return DAMAGED;
	tell_lost(d, path, f, name);
	if (d->verbose > 0) {
		rcc_info info = {0};

		rcc_get_info(f->b, &info);
		inside_print(path, strlen(path));
		fputs(": ", stdout);
		inside_print(name.p, name.n);
		printf(": %zu files, %" PRIu64 " bytes, sound\n", info.count, info.size);
	}
	return SOUND;
}

static int verify_file(struct diag *d, const char *path)
{
	struct arena a = {0};
	struct carrier c;
	int status;

	inside_guard(&a, path, TROUBLE);
	status = carrier_open(&c, &a, d, path) ? SOUND : TROUBLE;
	if (c.damaged)
		status = DAMAGED;
	for (size_t i = 0; i < c.n; i++) {
		int s = verify_bundle(d, path, &c.v[i]);

		status = s > status ? s : status;
	}
	carrier_close(&c);
	inside_unguard();
	arena_done(&a);
	return status;
}

int cmd_verify(int argc, char **argv)
{
	struct diag d = {0};
	struct arena a = {0};
	struct opt_args files = {0};
	enum opt_result r = opt_parse(&spec, &d, &a, argc, argv, NULL, &files);
	int status = r == OPT_OK && files.n ? SOUND : r == OPT_HELPED ? SOUND : TROUBLE;

	if (r == OPT_OK && !files.n)
		opt_bad(&spec, &d, "no FILE to verify");
	for (size_t i = 0; r == OPT_OK && i < files.n; i++) {
		int s = verify_file(&d, files.v[i]);

		status = s > status ? s : status;
	}
	if (opt_close_stdout(&d, SOUND))
		status = TROUBLE; /* 1 would be an answer */
	arena_done(&a);
	return status;
}
