/* SPDX-License-Identifier: MIT */
/* rcc compile: options to calls. Directories to a plan, the plan to an image, the image to its outputs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd.h"
#include "compile_options.h"
#include "dict.h"
#include "encode.h"
#include "ident.h"
#include "io.h"
#include "layout.h"
#include "like.h"
#include "out.h"
#include "pack.h"
#include "unchanged.h"

/* In the order they take their places: the object, or the assembler text that names the image, last, for what
 * build systems look at is not to be newer than what belongs to it. */
enum { HEADER, DEPFILE, IMAGE, ASM, OUTPUTS };

/* An output that lies in the tree. */
struct inside {
	struct str name;     /* that it would have there */
	uint32_t root;
	const char *path;
};

struct compile {
	struct diag d;
	struct arena a;
	struct compile_options o;
	struct like like;
	struct tree tree;
	struct plan plan;
	struct dict *dict; /* NULL: none */
	struct str *text; /* every rules file, list and example that was read, by path: for the depfile */
	size_t ntexts;
	const char *path[OUTPUTS]; /* NULL: not asked for */
	struct stat old[OUTPUTS]; /* what is there now; st_nlink 0: nothing */
	struct out out[OUTPUTS];
	struct inside *inside;
	size_t ninside;
	struct layout layout;
	struct unchanged cached;
};

/* What the outputs come from, beside the files of the tree. */
#define FROM(c) {&(c)->o, &(c)->like, &(c)->tree, (c)->text, (c)->ntexts, (c)->path, (c)->old, OUTPUTS}

/* --- inputs --------------------------------------------------------------------------------------- */

static void add_text(struct compile *c, const char *path)
{
	if (!strcmp(path, "-"))
		return;
	c->text = one_more(&c->a, struct str, c->text, c->ntexts);
	c->text[c->ntexts++] = str_of(path);
}

/* A text the user named; it lives as long as the run. False: reported. */
static bool read_text(struct compile *c, const char *path, struct str *out)
{
	struct sb b = {0};

	if (io_read_file(path, &b)) {
		diag_error(&c->d, AT_FILE(path), "cannot read:");
		sb_done(&b);
		return false;
	}
	*out = str_copy(&c->a, (struct str){b.p ? b.p : "", b.n});
	compile_options_say(&c->o, *out);
	sb_done(&b);
	add_text(c, path);
	return true;
}

/* --like decides the target, so it comes first. False: reported. */
static bool read_like(struct compile *c)
{
	if (!like_read(&c->like, &c->a, &c->d, c->o.like, c->o.target))
		return false;
	c->o.target = &c->like.target;
	add_text(c, c->like.path);
	return true;
}

static void read_texts(struct compile *c)
{
	struct compile_options *o = &c->o;
	struct str text;

	for (size_t i = 0; i < o->nrules_files; i++)
		if (read_text(c, o->rules_file[i].p, &text))
			rules_parse(&o->rules, &c->a, &c->d, o->rules_file[i].p, text);
	if (o->keep && read_text(c, o->keep, &text)) {
		o->select.keeping = true;
		name_list_parse(&o->select.keep, &c->a, &c->d, o->keep, text);
	}
	if (o->order && read_text(c, o->order, &text))
		name_list_parse(&o->select.order, &c->a, &c->d, o->order, text);
}

/* --- names ---------------------------------------------------------------------------------------- */

/* The path without links, "." and ".."; NULL with errno. The caller frees it. */
static char *real_path(const char *path)
{
	char *real = realpath(path, NULL);

	if (!real && errno == ENOMEM)
		die("out of memory");
	return real;
}

/* The bundle's name from what the first directory is really called. */
static struct str default_name(struct compile *c)
{
	const char *path = c->tree.root[0].path;
	char *real = real_path(path);
	struct str name = STR("bundle");

	if (!real)
		diag_error(&c->d, AT_FILE(path), "cannot tell what it is called (%s); name the bundle with -n", strerror(errno));
	else if (strrchr(real, '/')[1])
		name = ident_bundle(&c->a, str_of(strrchr(real, '/') + 1));
	free(real);
	return name;
}

/* The path of an output, without links too; what is not there yet has a place in its directory. */
static char *real_target(struct compile *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct str dir = slash ? (struct str){path, (size_t)(slash - path) + 1} : STR("./");
	char *real = real_path(path), *above = real ? NULL : real_path(str_copy(&c->a, dir).p);

	if (above && asprintf(&real, "%s/%s", strcmp(above, "/") ? above : "", slash ? slash + 1 : path) < 0)
		die("out of memory");
	free(above);
	return real;
}

/* If path lies in the root, it is noted. */
static void note_output(struct compile *c, uint32_t r, const char *path)
{
	const struct root *root = &c->tree.root[r];
	char *top = real_path(root->path), *real = real_target(c, path);
	size_t n = top && real ? strlen(top) : 0;
	struct sb b = {0};

	n -= n == 1; /* "/" */
	if (top && real && !strncmp(real, top, n) && real[n] == '/') {
		sb_add(&b, root->prefix.p, root->prefix.n);
		sb_str(&b, real + n + 1);
		c->inside[c->ninside++] = (struct inside){str_copy(&c->a, (struct str){b.p, b.n}), r, path};
		sb_done(&b);
	}
	free(top);
	free(real);
}

/* Where the image goes that the assembler text at path reads: beside it. */
static const char *image_beside(struct compile *c, const char *path)
{
	const char *dot = strrchr(path, '.');
	bool ending = dot && (!strcasecmp(dot, ".s") || !strcmp(dot, ".asm"));
	struct sb b = {0};

	sb_add(&b, path, ending ? (size_t)(dot - path) : strlen(path));
	sb_str(&b, ".rcb");
	path = str_copy(&c->a, (struct str){b.p, b.n}).p;
	sb_done(&b);
	return path;
}

static void name_outputs(struct compile *c)
{
	static const char *const ending[] = {[FORMAT_ELF] = ".o", [FORMAT_BUNDLE] = ".rcb", [FORMAT_ASM] = ".s",
	                                     [FORMAT_ARCHIVE] = ".a"};
	struct sb b = {0};

	if (!c->o.name.p)
		c->o.name = default_name(c);
	if (!c->o.output) {
		sb_fmt(&b, "%.*s%s", (int)c->o.name.n, c->o.name.p, ending[c->o.format]);
		c->o.output = str_copy(&c->a, (struct str){b.p, b.n}).p;
		sb_done(&b);
	}
	c->path[IMAGE] = c->o.output;
	if (c->o.format == FORMAT_ASM) {
		c->path[IMAGE] = image_beside(c, c->o.output);
		c->path[ASM] = c->o.output;
	}
	c->path[HEADER] = c->o.header;
	c->path[DEPFILE] = c->o.depfile;
	c->inside = new(&c->a, struct inside, OUTPUTS * c->tree.nroots);
	for (size_t i = 0; i < OUTPUTS; i++) {
		if (!c->path[i] || !strcmp(c->path[i], "-"))
			continue;
		for (uint32_t r = 0; r < c->tree.nroots; r++)
			note_output(c, r, c->path[i]);
		if (stat(c->path[i], &c->old[i]))
			c->old[i].st_nlink = 0;
	}
}

/* A file this run is about to write is no input, though it may lie in the tree from the run before. */
static bool is_output(const struct compile *c, struct str name)
{
	for (size_t i = 0; i < c->ninside; i++)
		if (str_eq(c->inside[i].name, name))
			return true;
	return false;
}

/* Nor is it under another name. */
static bool shun(void *ctx, struct str name, const struct stat *st)
{
	struct compile *c = ctx;

	for (size_t i = 0; i < OUTPUTS; i++)
		if (c->old[i].st_nlink && c->old[i].st_dev == st->st_dev && c->old[i].st_ino == st->st_ino) {
			diag_verbose(&c->d, "left out %s: it leads to what this run writes", name.p);
			return true;
		}
	return false;
}

static int by_path(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* An output changes the directory it is put into; where the depfile lists that directory, no build is the last. */
static void warn_of_outputs_inside(const struct compile *c, struct arena *a, struct diag *d)
{
	for (size_t i = 0; i < c->ninside; i++) {
		const struct inside *in = &c->inside[i];
		size_t skip = c->tree.root[in->root].prefix.n, n = in->name.n;
		struct asset dir = {in->name, in->root, (uint32_t)skip};
		struct str path;

		while (n > skip && in->name.p[n - 1] != '/')
			n--;
		dir.name.n = n - (n > skip);
		path = str_of(tree_path(&c->tree, a, &dir));
		if (bsearch(&path, c->tree.dir, c->tree.ndirs, sizeof path, by_path))
			diag_warn(d, AT_FILE(in->path), "lies in '%s', which the depfile lists: each build would make the next one "
			          "due; write it elsewhere", path.p);
	}
}

static bool want(void *ctx, struct str name, bool dir)
{
	struct compile *c = ctx;
	struct at by;

	if (dir)
		return select_may_descend(&c->o.select, name) && rules_may_descend(&c->o.rules, name);
	if (!select_name(&c->o.select, name))
		diag_verbose(&c->d, "left out %s: by -x and -i", name.p);
	else if (is_output(c, name))
		diag_verbose(&c->d, "left out %s: it is what this run writes", name.p);
	else if (rules_drop(&c->o.rules, name, &by))
		diag_verbose(&c->d, "dropped %s: %s:%lu drop", name.p, by.file, by.line);
	else
		return true;
	return false;
}

static void read_tree(struct compile *c, const struct opt_args *dirs)
{
	struct compile_options *o = &c->o;
	struct str list;

	for (size_t i = 0; i < dirs->n; i++)
		tree_add_root(&c->tree, &c->a, &c->d, dirs->v[i], o->prefix);
	if (diag_failed(&c->d))
		return;
	name_outputs(c);
	o->tree.want = want;
	o->tree.shun = shun;
	o->tree.ctx = c;
	if (!o->files_from)
		tree_scan(&c->tree, &c->a, &c->d, &o->tree);
	else if (read_text(c, o->files_from, &list))
		tree_take(&c->tree, &c->a, &c->d, &o->tree, o->files_from, list, o->nul);
	if (o->depfile && !o->check && c->tree.ndirs)
		warn_of_outputs_inside(c, &c->a, &c->d);
	if (c->tree.dotfiles)
		diag_verbose(&c->d, "left out %zu names that begin with a dot; --dotfiles takes them", c->tree.dotfiles);
	if (c->tree.links)
		diag_verbose(&c->d, "left out %zu symbolic links", c->tree.links);
}

/* --- outputs -------------------------------------------------------------------------------------- */

/* All of them, before the work begins. With --check no depfile: it is read once and thrown away. False: reported. */
static bool open_outputs(struct compile *c)
{
	for (size_t i = 0; i < OUTPUTS; i++) {
		if (!c->path[i] || (i == DEPFILE && c->o.check))
			continue;
		if (!out_open(&c->out[i], &c->d, AT_FDCWD, c->path[i]))
			return false;
		for (size_t k = 0; k < i; k++)
			if (c->out[k].path && out_same_place(&c->out[k], &c->out[i])) {
				diag_error(&c->d, AT_FILE(c->out[i].said), "is two of the outputs; give each a file of its own");
				return false;
			}
	}
	return true;
}

/* Fills an output with text. False: reported. */
static bool put_text(struct compile *c, size_t i, const struct sb *text)
{
	return !io_write(c->out[i].fd, text->p, text->n) || out_failed(&c->d, c->path[i], "write");
}

static bool make_header(struct compile *c)
{
	struct sb text = {0};
	bool ok;

	emit_header(&text, &c->a, &c->plan, c->o.per_file_sections);
	ok = put_text(c, HEADER, &text);
	sb_done(&text);
	return ok;
}

static bool make_depfile(struct compile *c)
{
	struct sb text = {0};
	bool ok = emit_depfile(&text, &c->a, &c->d, c->o.output, &c->tree, &c->plan, c->text, c->ntexts) &&
	          put_text(c, DEPFILE, &text);

	sb_done(&text);
	return ok;
}

/* False: reported. */
static bool make_dict(struct compile *c)
{
	if (!dict_make(&c->dict, &c->d, &c->plan, &c->tree, c->o.dict_size, c->o.per_file_sections))
		return false;
	c->plan.dict = c->dict;
	return true;
}

static bool make_image(struct compile *c)
{
	bool pieces = c->o.per_file_sections, archive = c->o.format == FORMAT_ARCHIVE, linked = is_object(&c->o), ok;
	const struct like *like = c->o.like ? &c->like : NULL;
	struct split split = pieces ? emit_elf_split_form(c->o.target) : (struct split){0};
	struct pack *k = pack_start(&c->d, &c->plan, &c->tree, c->o.workers, c->cached.cache, c->cached.seen);
	uint64_t off = archive ? emit_archive_image_offset(&c->plan, like) : linked ? emit_elf_image_offset() : 0;
	int fd = c->out[IMAGE].fd;

	ok = layout_write(&c->layout, &c->d, fd, off, linked ? emit_elf_image_max(c->o.target) : INT64_MAX, c->path[IMAGE],
	                  &c->plan, k, pieces ? &split : NULL, c->o.progress);
	pack_stop(k);
	return ok && (!linked || (archive ? emit_archive : pieces ? emit_elf_split : emit_elf)(
	                                 fd, &c->d, c->path[IMAGE], &c->layout, c->o.target, like, c->o.symbols));
}

static bool make_asm(struct compile *c)
{
	struct sb text = {0};
	bool ok = emit_asm(&text, &c->d, &c->layout, c->o.target, c->o.symbols, c->out[IMAGE].fd, c->path[IMAGE]) &&
	          put_text(c, ASM, &text);

	sb_done(&text);
	return ok;
}

/* Code reaches 2 GiB, and other sections may have to lie within reach too. */
static void warn_of_size(struct compile *c)
{
	const uint64_t near = 1945ull << 20;
	char size[32];

	if (is_object(&c->o) && c->layout.size >= near)
		diag_warn(&c->d, AT_FILE(c->o.output), "the image has %s: on x86_64 it links as PIE by bfd, gold, lld 19 and mold; "
		          "else link with -Wl,-T,own-segment.ld (bfd and lld), or into a shared object of its own",
		          str_size(size, c->layout.size));
}

static void tell(struct compile *c)
{
	const struct layout *l = &c->layout;
	char contents[32], image[32], shared[32];

	diag_verbose(&c->d, "%s: %zu files, %s; image %s; %zu compressed; %zu shared, %s spared", c->o.output, c->plan.n,
	             str_size(contents, l->contents), str_size(image, l->size), l->compressed, l->shared,
	             str_size(shared, l->shared_bytes));
}

static bool commit(struct compile *c, struct out *o, const char *path)
{
	enum out_result r = out_commit(o, &c->d, c->o.check);

	if (r == OUT_DIFFERS)
		diag_error(&c->d, AT_FILE(path), "is not up to date; run rcc without --check to write it");
	return r == OUT_SAME || r == OUT_WRITTEN;
}

/* All outputs are made before the first takes its place, so that a fault in one leaves the old ones of all.
 * Streams, which a write may still fail on, go first. */
static bool write_outputs(struct compile *c)
{
	bool made = open_outputs(c) && encode_make(&c->plan, &c->a, &c->d, &c->tree, c->o.workers) && make_dict(c) && make_image(c) &&
	            encode_check(&c->plan, &c->a, &c->d, &c->tree) && (!c->out[ASM].path || make_asm(c)) &&
	            (!c->out[HEADER].path || make_header(c)) && (!c->out[DEPFILE].path || make_depfile(c));
	bool ok = made;

	for (size_t i = 0; made && i < OUTPUTS; i++)
		if (c->out[i].path)
			unchanged_made(&c->cached, i, c->out[i].fd);
	for (int streams = 1; streams >= 0; streams--)
		for (size_t i = 0; i < OUTPUTS; i++)
			if (made && (ok || c->o.check) && c->out[i].path && c->out[i].stream == streams)
				ok = commit(c, &c->out[i], c->path[i]) && ok;
	for (size_t i = 0; i < OUTPUTS; i++)
		out_discard(&c->out[i]);
	if (ok) {
		warn_of_size(c);
		tell(c);
	}
	if (ok && !c->o.check)
		unchanged_remember(&c->cached, &(struct unchanged_from)FROM(c), &c->plan);
	return ok;
}

static int list_targets(struct diag *d)
{
	target_print();
	return opt_close_stdout(d, 0);
}

static int compile(struct compile *c, const struct opt_args *dirs)
{
	struct compile_options *o = &c->o;

	for (size_t i = 0; i < dirs->nfiles; i++)
		add_text(c, dirs->files[i]);
	if ((o->like && !read_like(c)) || (o->cache && !unchanged_open(&c->cached, &c->d, o)))
		return 1;
	read_texts(c);
	if (!diag_failed(&c->d))
		read_tree(c, dirs);
	if (diag_failed(&c->d))
		return 1;
	if (o->cache && unchanged_look(&c->cached, &(struct unchanged_from)FROM(c)))
		return 0;
	plan_make(&c->plan, &c->a, &c->d, &c->tree, &o->rules, &o->select, &o->plan);
	c->plan.bundle = o->name;
	if (diag_failed(&c->d))
		return 1;
	return write_outputs(c) ? 0 : 1;
}

int cmd_compile(int argc, char **argv)
{
	struct compile c = {0};
	struct opt_args dirs = {0};
	int status = 2;

	c.o.d = &c.d;
	c.o.a = &c.a;
	switch (compile_options_parse(&c.o, argc, argv, &dirs)) {
	case OPT_HELPED: status = opt_close_stdout(&c.d, 0); break;
	case OPT_BAD: break;
	case OPT_OK: status = c.o.target_list ? list_targets(&c.d) : compile(&c, &dirs); break;
	}
	unchanged_done(&c.cached);
	sb_done(&c.o.said);
	dict_free(c.dict);
	encode_done(&c.plan);
	tree_done(&c.tree);
	arena_done(&c.a);
	return status;
}
