/* SPDX-License-Identifier: MIT */
/* rcc compile: options to calls. Directories to a plan, the plan to an image, the image to its outputs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "compile_options.h"
#include "ident.h"
#include "io.h"
#include "layout.h"
#include "out.h"
#include "pack.h"

struct compile {
	struct diag d;
	struct arena a;
	struct compile_options o;
	struct tree tree;
	struct plan plan;
	struct str *text; /* every rules file and list that was read, by path: for the depfile */
	size_t ntexts;
	struct str *output; /* names that this run's outputs would have where they lie in the tree */
	size_t noutputs;
	struct layout layout;
	struct out image, header, depfile;
};

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
	sb_done(&b);
	add_text(c, path);
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

/* If path lies in the root, the name it would have. */
static void note_output(struct compile *c, const struct root *root, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct str dir = slash ? (struct str){path, (size_t)(slash - path) + 1} : STR("./");
	char *top = real_path(root->path), *real = real_path(str_copy(&c->a, dir).p);
	size_t n = top && real ? strlen(top) : 0;
	struct sb b = {0};

	if (n && !strncmp(real, top, n) && (!real[n] || real[n] == '/')) {
		sb_add(&b, root->prefix.p, root->prefix.n);
		if (real[n])
			sb_fmt(&b, "%s/", real + n + 1);
		sb_str(&b, slash ? slash + 1 : path);
		c->output[c->noutputs++] = str_copy(&c->a, (struct str){b.p, b.n});
		sb_done(&b);
	}
	free(top);
	free(real);
}

static void name_outputs(struct compile *c)
{
	const char *path[3];
	struct sb b = {0};

	if (!c->o.name.p)
		c->o.name = default_name(c);
	if (!c->o.output) {
		sb_fmt(&b, "%.*s%s", (int)c->o.name.n, c->o.name.p, c->o.format == FORMAT_ELF ? ".o" : ".rcb");
		c->o.output = str_copy(&c->a, (struct str){b.p, b.n}).p;
		sb_done(&b);
	}
	path[0] = c->o.output;
	path[1] = c->o.header;
	path[2] = c->o.depfile;
	c->output = new(&c->a, struct str, 3 * c->tree.nroots);
	for (size_t i = 0; i < 3; i++)
		for (size_t r = 0; path[i] && r < c->tree.nroots; r++)
			note_output(c, &c->tree.root[r], path[i]);
}

/* A file this run is about to write is no input, though it may lie in the tree from the run before. */
static bool is_output(const struct compile *c, struct str name)
{
	for (size_t i = 0; i < c->noutputs; i++)
		if (str_eq(c->output[i], name))
			return true;
	return false;
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
	o->tree.ctx = c;
	if (!o->files_from)
		tree_scan(&c->tree, &c->a, &c->d, &o->tree);
	else if (read_text(c, o->files_from, &list))
		tree_take(&c->tree, &c->a, &c->d, &o->tree, o->files_from, list, o->nul);
	if (c->tree.dotfiles)
		diag_verbose(&c->d, "left out %zu names that begin with a dot; --dotfiles takes them", c->tree.dotfiles);
	if (c->tree.links)
		diag_verbose(&c->d, "left out %zu symbolic links", c->tree.links);
}

/* --- outputs -------------------------------------------------------------------------------------- */

/* Fills an output with text. False: reported. */
static bool make_text(struct compile *c, struct out *o, const char *path, const struct sb *text)
{
	if (!out_open(o, &c->d, AT_FDCWD, path))
		return false;
	return !io_write(o->fd, text->p, text->n) || out_failed(&c->d, path, "write");
}

static bool make_header(struct compile *c)
{
	struct sb text = {0};
	bool ok;

	emit_header(&text, &c->a, &c->plan);
	ok = make_text(c, &c->header, c->o.header, &text);
	sb_done(&text);
	return ok;
}

static bool make_depfile(struct compile *c)
{
	struct sb text = {0};
	bool ok = emit_depfile(&text, &c->a, &c->d, c->o.output, &c->tree, &c->plan, c->text, c->ntexts) &&
	          make_text(c, &c->depfile, c->o.depfile, &text);

	sb_done(&text);
	return ok;
}

static bool make_image(struct compile *c)
{
	bool elf = c->o.format == FORMAT_ELF, ok;
	struct pack *k;

	if (!out_open(&c->image, &c->d, AT_FDCWD, c->o.output))
		return false;
	k = pack_start(&c->d, &c->plan, &c->tree, c->o.workers);
	ok = layout_write(&c->layout, &c->d, c->image.fd, elf ? emit_elf_image_offset() : 0, c->o.output, &c->plan, k,
	                  c->o.progress);
	pack_stop(k);
	return ok && (!elf || emit_elf(c->image.fd, &c->d, c->o.output, &c->layout, c->o.target, c->o.symbols));
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
		diag_error(&c->d, AT_FILE(path), "is not up to date");
	return r == OUT_SAME || r == OUT_WRITTEN;
}

/* All outputs are made before the first takes its place, so that a fault in one leaves the old ones of all. Streams, which a write may
 * still fail on, go first, and the object last: what build systems look at is not newer than what belongs to it. */
static bool write_outputs(struct compile *c)
{
	struct out *out[] = {&c->header, &c->depfile, &c->image};
	const char *path[] = {c->o.header, c->o.depfile, c->o.output};
	bool made = make_image(c) && (!c->o.header || make_header(c)) &&
	            (!c->o.depfile || c->o.check || make_depfile(c)); /* a depfile is read once and thrown away */
	bool ok = made;

	for (int streams = 1; streams >= 0; streams--)
		for (size_t i = 0; i < 3; i++)
			if (made && (ok || c->o.check) && out[i]->path && out[i]->stream == streams)
				ok = commit(c, out[i], path[i]) && ok;
	for (size_t i = 0; i < 3; i++)
		out_discard(out[i]);
	if (ok)
		tell(c);
	return ok;
}

static int list_targets(struct diag *d)
{
	size_t n;
	const struct target *t = target_table(&n);

	for (size_t i = 0; i < n; i++)
		printf("%s%s\n", t[i].name, &t[i] == target_host() ? " (host)" : "");
	return opt_close_stdout(d, 0);
}

static int compile(struct compile *c, const struct opt_args *dirs)
{
	struct compile_options *o = &c->o;

	read_texts(c);
	if (!diag_failed(&c->d))
		read_tree(c, dirs);
	if (diag_failed(&c->d))
		return 1;
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
	tree_done(&c.tree);
	arena_done(&c.a);
	return status;
}
