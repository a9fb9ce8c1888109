/* SPDX-License-Identifier: MIT */
/* See compile_options.h. */
#include "compile_options.h"

#include <unistd.h>

#include "../runtime-stub/core/core.h"
#include "codec.h"
#include "dict.h"
#include "ident.h"
#include "jobs.h"

enum {
	O_OUTPUT, O_NAME, O_PREFIX, O_RULES, O_EXCLUDE, O_INCLUDE, O_TAG, O_FILES_FROM, O_NUL, O_KEEP, O_ORDER, O_COMPRESS,
	O_DICT, O_CHUNK, O_JOBS, O_TARGET, O_LIKE, O_FORMAT, O_SECTIONS, O_SYMBOLS, O_HEADER, O_DEPFILE, O_CACHE,
	O_CACHE_SIZE, O_RESERVE, O_CHECK, O_ALLOW_RUN, O_BUDGET, O_DOTFILES, O_LINKS, O_PROGRESS, O_COUNT
};

#define LATER "not in this version yet"

static const struct opt table[O_COUNT] = {
	[O_OUTPUT] = {'o', "output", OPT_VALUE, "FILE", "the output; default NAME.o, NAME.rcb for a bundle, NAME.s for\nassembler text, NAME.a for an archive"},
	[O_NAME] = {'n', "name", OPT_VALUE, "NAME", "the bundle's name, a C identifier; default: made from the\nfirst DIR's base name"},
	[O_PREFIX] = {0, "prefix", OPT_VALUE, "P", "put every name under P/ (DIR:PREFIX does it for one DIR)"},
	[O_RULES] = {'r', "rules", OPT_VALUE, "FILE", "per-file rules, see rcc-rules(5); repeatable, later files win"},
	[O_EXCLUDE] = {'x', "exclude", OPT_VALUE, "GLOB", "leave out names that match; the last match of -x and -i wins"},
	[O_INCLUDE] = {'i', "include", OPT_VALUE, "GLOB", "take names that match; given first, all others are left out"},
	[O_TAG] = {'D', NULL, OPT_VALUE, "TAG", "turn on a build tag, for when= and unless= in rules"},
	[O_FILES_FROM] = {0, "files-from", OPT_VALUE, "FILE", "take the files listed in FILE, one path below DIR a line;\n- is standard input"},
	[O_NUL] = {'0', NULL, OPT_FLAG, NULL, "the paths of --files-from end with NUL"},
	[O_KEEP] = {0, "keep", OPT_VALUE, "FILE", "keep only the names listed in FILE, one a line; - is\nstandard input"},
	[O_ORDER] = {0, "order", OPT_VALUE, "FILE", "lay the names listed in FILE first, in that order"},
	[O_COMPRESS] = {'z', "compress", OPT_MAY_VALUE, "LEVEL", "zstd every file that gains 5 % by it; 1 to 22, negative\nfor fast, default 9. Rules override it"},
	[O_DICT] = {0, "dict", OPT_MAY_VALUE, "SIZE", "train a zstd dictionary on the small files and use it where\nit gains; default SIZE: as suits the files, 1M at most"},
	[O_CHUNK] = {0, "chunk", OPT_VALUE, "SIZE", "compress files above SIZE in chunks of SIZE, so that a range\ncan be read without the rest"},
	[O_JOBS] = {'j', "jobs", OPT_VALUE, "N", "worker threads; default: the processors at hand. The output\ndoes not depend on it"},
	[O_TARGET] = {0, "target", OPT_VALUE, "TRIPLE", "the machine to write for; default: the host; list lists"},
	[O_LIKE] = {0, "like", OPT_VALUE, "FILE", "write for the machine of this object, archive(member) or\nprogram, with what linkers compare"},
	[O_FORMAT] = {0, "format", OPT_VALUE, "FORMAT", "elf (an object, the default), bundle (a bare .rcb), asm\n(assembler text, and a .rcb beside it) or archive (a static\nlibrary; so it is too when FILE ends in .a)"},
	[O_SECTIONS] = {0, "per-file-sections", OPT_FLAG, NULL, "a section for each file, so that linkers can drop what no\ncode refers to (--gc-sections)"},
	[O_SYMBOLS] = {0, "symbols", OPT_VALUE, "KIND", "per-asset ELF symbols: none, sizes (local, the default) or\nglobal"},
	[O_HEADER] = {0, "header", OPT_VALUE, "FILE", "write a C/C++ header with the bundle and one constant a name"},
	[O_DEPFILE] = {'M', "depfile", OPT_VALUE, "FILE", "write a Make/Ninja depfile; directories are listed too"},
	[O_CACHE] = {0, "cache", OPT_VALUE, "DIR", "keep compressed files in DIR, so that what has not changed is\nneither read nor compressed again"},
	[O_CACHE_SIZE] = {0, "cache-size", OPT_VALUE, "N", "the most that DIR may hold, with K, M or G; default 2G. What\nwas not used for longest goes first"},
	[O_RESERVE] = {0, "reserve", OPT_VALUE, "SIZE", LATER},
	[O_CHECK] = {0, "check", OPT_FLAG, NULL, "write nothing; exit 1 if the output is not what would be\nwritten"},
	[O_ALLOW_RUN] = {0, "allow-run", OPT_FLAG, NULL, "let rules run commands (run=)"},
	[O_BUDGET] = {0, "budget", OPT_VALUE, "FILE", LATER},
	[O_DOTFILES] = {0, "dotfiles", OPT_FLAG, NULL, "take names that begin with a dot"},
	[O_LINKS] = {0, "links", OPT_VALUE, "POLICY", "symbolic links: follow (inside the tree, the default), skip,\nerror or follow-anywhere"},
	[O_PROGRESS] = {0, "progress", OPT_MAY_VALUE, "WHEN", "a progress line: auto (on a terminal), always or never"},
};

static bool set(void *ctx, size_t i, const char *value);

static const struct opt_spec spec = {
	"compile",
	"[options] [-o FILE] DIR[:PREFIX]...",
	"Turns directories into an ELF object (or a bundle file) that holds every file by name.",
	table,
	O_COUNT,
	set,
};

/* The place of value in a list of words; n if it is none of them, and then it is reported. */
static bool one_of(struct compile_options *o, size_t i, const char *value, const char *const *words, size_t n, size_t *out)
{
	const char *near;

	for (*out = 0; *out < n; ++*out)
		if (!strcmp(words[*out], value))
			return true;
	near = str_nearest(str_of(value), words, n);
	if (near)
		return opt_bad(&spec, o->d, "--%s does not know '%s'; did you mean '%s'?", table[i].name, value, near);
	return opt_bad(&spec, o->d, "--%s does not know '%s'", table[i].name, value);
}

#define ONE_OF(o, i, value, words, out) one_of(o, i, value, words, sizeof(words) / sizeof *(words), out)

/* A list that took another's place would drop names in silence. */
static bool set_once(struct compile_options *o, size_t i, const char **to, const char *value)
{
	if (*to)
		return opt_bad(&spec, o->d, "--%s is given twice; join the lists in one file", table[i].name);
	*to = value;
	return true;
}

static bool set_name(struct compile_options *o, const char *value)
{
	o->name = str_of(value);
	return ident_ok(o->name) || opt_bad(&spec, o->d, "the name '%s' is no C identifier", value);
}

static bool set_prefix(struct compile_options *o, const char *value)
{
	size_t n = strlen(value);

	while (n && value[n - 1] == '/')
		n--;
	o->prefix = (struct str){value, n};
	return !n || rcc_i_name_ok(value, n) ||
	       opt_bad(&spec, o->d, "the prefix '%s' is no name: no empty, '.' or '..' part", value);
}

static bool add_glob(struct compile_options *o, const char *value, bool include)
{
	return select_add(&o->select, o->a, value, include) ||
	       opt_bad(&spec, o->d, "-%c '%s': %s", include ? 'i' : 'x', value, rcc_i_match_fault(value, strlen(value)));
}

static void add_word(struct compile_options *o, struct str **v, size_t *n, const char *value)
{
	*v = one_more(o->a, struct str, *v, *n);
	(*v)[(*n)++] = str_of(value);
}

static bool set_level(struct compile_options *o, const char *value)
{
	long level = CODEC_LEVEL_DEFAULT;

	if (value && *value == '=')
		value++; /* -z=3 is meant like -z3 */
	if (value && (!str_to_long(str_of(value), &level) || !level || level < RULES_LEVEL_MIN || level > RULES_LEVEL_MAX))
		return opt_bad(&spec, o->d, "'%s' is no zstd level: 1 to %d, or negative for fast", value, RULES_LEVEL_MAX);
	o->plan.compress = true;
	o->plan.level = (int)level;
	return true;
}

static bool set_dict(struct compile_options *o, const char *value)
{
	unsigned long long n = 0;

	if (value && (!str_to_size(str_of(value), &n) || n < DICT_SIZE_MIN || n > DICT_SIZE_MAX))
		return opt_bad(&spec, o->d, "--dict wants a size from 1K to 16M, not '%s'", value);
	o->dict_size = n;
	return o->plan.dict = true;
}

static bool set_chunk(struct compile_options *o, const char *value)
{
	return rules_chunk_ok(str_of(value), &o->plan.chunk) ||
	       opt_bad(&spec, o->d, "--chunk wants " RULES_CHUNK ", not '%s'", value);
}

static bool set_workers(struct compile_options *o, const char *value)
{
	long n;

	if (!str_to_long(str_of(value), &n) || n < 1 || n > 1024)
		return opt_bad(&spec, o->d, "-j wants a number from 1 to 1024, not '%s'", value);
	o->workers = (unsigned)n;
	return true;
}

/* The known name nearest to the whole triple, or to its first part. Returns false. */
static bool unknown_target(struct compile_options *o, const char *value)
{
	size_t rows, n = 0;
	const struct target *t = target_table(&rows);
	const char **names = NULL, *near;

	for (size_t i = 0; i < rows; i++) {
		names = one_more(o->a, const char *, names, n);
		names[n++] = t[i].name;
		for (const char *p = t[i].also; *p; p += strspn(p, " ")) {
			size_t len = strcspn(p, " ");

			names = one_more(o->a, const char *, names, n);
			names[n++] = str_copy(o->a, (struct str){p, len}).p;
			p += len;
		}
	}
	near = str_nearest(str_of(value), names, n);
	if (!near)
		near = str_nearest((struct str){value, strcspn(value, "-")}, names, n);
	if (near)
		return opt_bad(&spec, o->d, "--target does not know '%s'; did you mean '%s'?", value, near);
	return opt_bad(&spec, o->d, "--target does not know '%s': 'rcc compile --target list' lists them", value);
}

static bool set_target(struct compile_options *o, const char *value)
{
	if (!strcmp(value, "list"))
		return o->target_list = true;
	o->target = target_find(value);
	return o->target || unknown_target(o, value);
}

static bool set_cache_size(struct compile_options *o, const char *value)
{
	return str_to_size(str_of(value), &o->cache_size) ||
	       opt_bad(&spec, o->d, "--cache-size wants a size like 500M or 2G, not '%s'", value);
}

void compile_options_say(struct compile_options *o, struct str text)
{
	sb_add(&o->said, &text.n, sizeof text.n);
	if (text.n)
		sb_add(&o->said, text.p, text.n);
}

/* An option as it was given, but for those that change how the outputs are made and not what they are. */
static void say(struct compile_options *o, size_t i, const char *value)
{
	if (i == O_JOBS || i == O_PROGRESS || i == O_CHECK || i == O_CACHE || i == O_CACHE_SIZE)
		return;
	sb_fmt(&o->said, "%zu%c", i, value ? '=' : ' ');
	compile_options_say(o, str_of(value ? value : ""));
}

static bool set_words(struct compile_options *o, size_t i, const char *value)
{
	static const char *const formats[] = {"elf", "bundle", "asm", "archive"}, *const symbols[] = {"none", "sizes", "global"},
	                         *const links[] = {"follow", "skip", "error", "follow-anywhere"},
	                         *const when[] = {"auto", "always", "never"};
	size_t k;

	switch (i) {
	case O_FORMAT:
		if (!ONE_OF(o, i, value, formats, &k))
			return false;
		o->format = (enum compile_format)k;
		o->format_given = true;
		return true;
	case O_SYMBOLS:
		if (!ONE_OF(o, i, value, symbols, &k))
			return false;
		o->symbols = (enum emit_symbols)k;
		return true;
	case O_LINKS:
		if (!ONE_OF(o, i, value, links, &k))
			return false;
		o->tree.links = (enum tree_links)k;
		return true;
	default:
		if (!ONE_OF(o, i, value ? value : "always", when, &k))
			return false;
		o->progress = k == 1 || (k == 0 && isatty(STDERR_FILENO));
		return true;
	}
}

static bool set(void *ctx, size_t i, const char *value)
{
	struct compile_options *o = ctx;

	say(o, i, value);
	switch (i) {
	case O_OUTPUT: o->output = value; return true;
	case O_NAME: return set_name(o, value);
	case O_PREFIX: return set_prefix(o, value);
	case O_RULES: add_word(o, &o->rules_file, &o->nrules_files, value); return true;
	case O_EXCLUDE: return add_glob(o, value, false);
	case O_INCLUDE: return add_glob(o, value, true);
	case O_TAG: add_word(o, &o->rules.tags, &o->rules.ntags, value); return true;
	case O_FILES_FROM: return set_once(o, i, &o->files_from, value);
	case O_NUL: o->nul = true; return true;
	case O_KEEP: return set_once(o, i, &o->keep, value);
	case O_ORDER: return set_once(o, i, &o->order, value);
	case O_COMPRESS: return set_level(o, value);
	case O_DICT: return set_dict(o, value);
	case O_CHUNK: return set_chunk(o, value);
	case O_JOBS: return set_workers(o, value);
	case O_TARGET: return set_target(o, value);
	case O_LIKE: o->like = value; return true;
	case O_FORMAT:
	case O_SYMBOLS:
	case O_LINKS:
	case O_PROGRESS: return set_words(o, i, value);
	case O_SECTIONS: o->per_file_sections = true; return true;
	case O_HEADER: o->header = value; return true;
	case O_DEPFILE: o->depfile = value; return true;
	case O_CACHE: o->cache = value; return true;
	case O_CACHE_SIZE: return set_cache_size(o, value);
	case O_CHECK: o->check = true; return true;
	case O_ALLOW_RUN: o->rules.allow_run = true; return true;
	case O_DOTFILES: o->tree.dotfiles = true; return true;
	default: return opt_bad(&spec, o->d, "--%s is " LATER, table[i].name);
	}
}

static bool is_dash(const char *path)
{
	return path && !strcmp(path, "-");
}

static bool ends_in_a(const char *path)
{
	size_t n = strlen(path);

	return n > 2 && !strcmp(path + n - 2, ".a");
}

/* What no single option can judge. */
static bool check_together(struct compile_options *o, const struct opt_args *dirs)
{
	int readers = dirs->stdin_used + is_dash(o->files_from) + is_dash(o->keep) + is_dash(o->order);

	for (size_t i = 0; i < o->nrules_files; i++)
		readers += is_dash(o->rules_file[i].p);
	if (o->target_list)
		return true;
	if (!dirs->n)
		return opt_bad(&spec, o->d, "no directory to compile");
	if (o->nul && !o->files_from)
		return opt_bad(&spec, o->d, "-0 is for --files-from");
	if (o->files_from && dirs->n != 1)
		return opt_bad(&spec, o->d, "--files-from wants exactly one directory, not %zu", dirs->n);
	if (readers > 1)
		return opt_bad(&spec, o->d, "only one of @-, -r -, --files-from -, --keep - and --order - can read standard input");
	if (o->check && (is_dash(o->output) || is_dash(o->header)))
		return opt_bad(&spec, o->d, "--check compares with a file, and standard output is none");
	if (o->format == FORMAT_ASM && is_dash(o->output))
		return opt_bad(&spec, o->d, "--format asm writes two files, side by side: name one with -o");
	if (!o->format_given && o->output && ends_in_a(o->output))
		o->format = FORMAT_ARCHIVE;
	if (o->format == FORMAT_ARCHIVE && !o->per_file_sections)
		return opt_bad(&spec, o->d, "an archive is for linkers to take single files from, with --per-file-sections; without it, "
		               "write an object, and put that into an archive with ar");
	if (o->format == FORMAT_ARCHIVE && o->symbols == SYMBOLS_GLOBAL)
		return opt_bad(&spec, o->d, "--symbols global does not go with an archive: linkers would take its parts out of order; "
		               "write an object");
	if (o->per_file_sections && !is_object(o))
		return opt_bad(&spec, o->d, "--per-file-sections needs an ELF object; what --format %s makes has no sections to drop",
		               o->format == FORMAT_ASM ? "asm" : "bundle");
	if (o->per_file_sections && o->plan.dict)
		return opt_bad(&spec, o->d, "--dict and --per-file-sections do not go together: a linker can drop files, but not the "
		               "part of a dictionary that they needed");
	if (o->like && !is_object(o))
		return opt_bad(&spec, o->d, "--like is for objects (--format elf); linkers compare nothing of the other formats");
	if (o->like && is_dash(o->like))
		return opt_bad(&spec, o->d, "--like wants a file, not standard input");
	if (!o->target && !o->like)
		o->target = target_host();
	if (!o->target && !o->like && o->format != FORMAT_BUNDLE)
		return opt_bad(&spec, o->d, "rcc does not know this machine; name one with --target");
	if (is_object(o) && o->target && o->target->object != OBJECT_ELF)
		return opt_bad(&spec, o->d, "rcc writes no objects for %s itself; use --format asm and an assembler for it",
		               o->target->name);
	return true;
}

enum opt_result compile_options_parse(struct compile_options *o, int argc, char **argv, struct opt_args *dirs)
{
	enum opt_result r;

	o->plan.level = CODEC_LEVEL_DEFAULT;
	o->workers = jobs_default();
	o->symbols = SYMBOLS_SIZES;
	o->cache_size = 2ull << 30;
	o->progress = isatty(STDERR_FILENO);
	r = opt_parse(&spec, o->d, o->a, argc, argv, o, dirs);
	if (r == OPT_OK && o->d->verbose)
		o->progress = false; /* lines of -v and a line that is rewritten do not go together; -q wants none */
	return r == OPT_OK && !check_together(o, dirs) ? OPT_BAD : r;
}
