/* SPDX-License-Identifier: MIT */
/* What rcc.h promises on Windows, beyond what read_all.c reads: windows WEB.RCB SQUEEZED.RCB PLUGIN.DLL, in a folder it may write to.
 * Linked with the bundle "web". Prints each line that did not hold; status 1 if there was one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "rcc.h"

RCC_DECLARE_BUNDLE(web);

static int failures;

#define HOLDS(x) ((void)((x) || (++failures, printf("windows.c:%d: %s\n", __LINE__, #x))))

static int count(const rcc_bundle *b, void *arg)
{
	(void)b;
	++*(unsigned *)arg;
	return 0;
}

static unsigned bundles(void)
{
	unsigned n = 0;

	HOLDS(!rcc_each_bundle(count, &n));
	return n;
}

/* Files and directories of one level, and of those below. */
static size_t walk(const rcc_bundle *b, const char *dir, size_t *dirs)
{
	rcc_dir d;
	rcc_dirent e;
	size_t files = 0;
	int r;

	HOLDS(!rcc_dir_open(b, dir, &d));
	while ((r = rcc_dir_next(&d, &e)) == 1) {
		char below[256];

		files += !e.is_dir;
		if (!e.is_dir)
			continue;
		++*dirs;
		snprintf(below, sizeof below, "%s%s%.*s", dir, *dir ? "/" : "", (int)e.name_len, e.name);
		files += walk(b, below, dirs);
	}
	HOLDS(!r);
	return files;
}

static int is_css(const rcc_entry *e, void *arg)
{
	++*(int *)arg;
	return e->name_len < 5 || strcmp(e->name + e->name_len - 4, ".css") != 0;
}

/* A bundle of files as they are, wherever it lies. */
static void reads(const rcc_bundle *b)
{
	size_t dirs = 0;
	int css = 0;
	char buf[64];
	rcc_entry e;
	rcc_span s;
	rcc_dir d;

	HOLDS(!rcc_verify(b));
	HOLDS(walk(b, "", &dirs) == rcc_count(b) && dirs > 0);
	HOLDS(rcc_dir_open(b, "nowhere", &d) == RCC_ENOENT);
	HOLDS(!rcc_glob(b, "*.css", is_css, &css) && css > 0);
	HOLDS(rcc_lookup(b, "nowhere", 7, &e) == RCC_ENOENT);
	HOLDS(!rcc_lookup(b, "hello.txt", 9, &e) && e.size > 2 && e.size < sizeof buf);
	HOLDS(!rcc_view(&e, &s) && s.size == e.size);
	HOLDS(rcc_read(&e, buf, sizeof buf, NULL) == (rcc_ssize)e.size && !memcmp(buf, s.data, s.size));
	HOLDS(rcc_read(&e, buf, 1, NULL) == RCC_EBUFFER);
	HOLDS(rcc_pread(&e, buf, 2, e.size - 1, NULL) == 1 && buf[0] == (char)s.data[e.size - 1]);
	HOLDS(rcc_pread(&e, buf, 2, e.size, NULL) == 0);
}

/* A stream cannot be made there, and memory cannot be advised. */
static void refuses(const rcc_bundle *b)
{
	errno = 0;
	HOLDS(!rcc_fopen(b, "hello.txt") && errno == ENOSYS);
	for (int advice = RCC_ADV_WILLNEED; advice <= RCC_ADV_UNLOCK; advice++)
		HOLDS(rcc_advise(b, NULL, advice) == RCC_ENOTSUP && rcc_advise(b, "hello.txt", advice) == RCC_ENOTSUP);
	HOLDS(rcc_advise(b, NULL, 0) == RCC_EINVAL && rcc_advise(b, NULL, RCC_ADV_UNLOCK + 1) == RCC_EINVAL);
	HOLDS(rcc_advise(NULL, NULL, RCC_ADV_LOCK) == RCC_EINVAL);
}

/* A copy of the first n bytes of the file at path, with "changed" put in at a place, as "copy.rcb". */
static void copy(const char *path, size_t n, size_t at, int changed)
{
	static unsigned char buf[1 << 20];
	FILE *in = fopen(path, "rb"), *out = fopen("copy.rcb", "wb");
	size_t got = in ? fread(buf, 1, sizeof buf, in) : 0;

	HOLDS(got && got < sizeof buf && out);
	if (changed >= 0)
		buf[at] = (unsigned char)changed;
	n = n < got ? n : got;
	HOLDS(out && fwrite(buf, 1, n, out) == n && !fclose(out));
	if (in)
		fclose(in);
}

static void opens(const char *path, int mode)
{
	const rcc_bundle *b = NULL, *untouched = NULL;
	rcc_info info;

	copy(path, SIZE_MAX, 0, -1);
	HOLDS(!rcc_open_bundle("copy.rcb", mode, &b) && b);
	/* The file is not held: nothing that happens to it matters. */
	HOLDS(!remove("copy.rcb"));
	HOLDS(!rcc_get_info(b, &info) && info.align >= 16384 && (uintptr_t)b % info.align == 0);
	reads(b);
	refuses(b);
	HOLDS(rcc_find_bundle("web") != b && !rcc_register_bundle(b) && bundles() == 2);
	HOLDS(!rcc_close_bundle(b) && bundles() == 1); /* and no longer registered */

	errno = 0;
	HOLDS(rcc_open_bundle("nowhere.rcb", mode, &untouched) == RCC_EIO && errno == ENOENT);
	copy(path, 5, 0, -1);
	HOLDS(rcc_open_bundle("copy.rcb", mode, &untouched) == RCC_ECORRUPT);
	copy(path, 500, 0, -1);
	HOLDS(rcc_open_bundle("copy.rcb", mode, &untouched) == RCC_ECORRUPT);
	copy(path, SIZE_MAX, 0, 'x');
	HOLDS(rcc_open_bundle("copy.rcb", mode, &untouched) == RCC_ECORRUPT);
	copy(path, 0, 0, -1);
	HOLDS(rcc_open_bundle("copy.rcb", mode, &untouched) == RCC_ECORRUPT);
	HOLDS(rcc_open_bundle(".", mode, &untouched) == RCC_EINVAL);
	HOLDS(rcc_open_bundle("NUL", mode, &untouched) == RCC_EINVAL);
	HOLDS(rcc_open_bundle(NULL, mode, &untouched) == RCC_EINVAL && rcc_open_bundle(path, mode, NULL) == RCC_EINVAL);
	HOLDS(!untouched);
}

/* This program's stub has no zstd. */
static void squeezed(const char *path)
{
	const rcc_bundle *b = NULL;
	rcc_memfile f;
	rcc_entry e;
	rcc_span s;

	HOLDS(!rcc_open_bundle(path, RCC_MAPPED, &b));
	HOLDS(!rcc_lookup(b, "long.txt", 8, &e) && e.codec == RCC_CODEC_ZSTD);
	HOLDS(rcc_view(&e, &s) == RCC_EENCODED && !rcc_view_encoded(&e, &s) && s.size == e.stored);
	HOLDS(rcc_load(b, "long.txt", &f) == RCC_ENOTSUP && !f.data && !rcc_dctx_new() && rcc_verify(b) == RCC_ENOTSUP);
	HOLDS(!rcc_close_bundle(b));
}

/* A DLL with a stub and a bundle of its own, "plug", that knows nothing of ours. */
static void plugin(const char *path)
{
	HMODULE dll = LoadLibraryA(path);
	const rcc_bundle *(*find)(const char *), *b;
	const rcc_desc *desc;
	FARPROC p;

	HOLDS(dll);
	if (!dll)
		return;
	p = GetProcAddress(dll, "plugin_find");
	memcpy(&find, &p, sizeof find);
	p = GetProcAddress(dll, "rcc_bundle_plug");
	memcpy(&desc, &p, sizeof desc);
	HOLDS(find && desc);
	if (!find || !desc)
		return;
	b = rcc_from_desc(desc);
	HOLDS(b && find("plug") == b && !find("web") && !rcc_find_bundle("plug") && bundles() == 1);
	HOLDS(!rcc_register_bundle(b) && rcc_find_bundle("plug") == b && bundles() == 2);
	reads(b);
	refuses(b);
	HOLDS(!rcc_unregister_bundle(b) && !rcc_find_bundle("plug") && rcc_unregister_bundle(b) == RCC_ENOENT);
	HOLDS(FreeLibrary(dll));
}

int main(int argc, char **argv)
{
	const rcc_bundle *b = RCC_BUNDLE(web);

	if (argc != 4)
		return 2;
	HOLDS(b && rcc_find_bundle("web") == b && !rcc_find_bundle("we") && bundles() == 1);
	reads(b);
	refuses(b);
	opens(argv[1], RCC_MAPPED);
	opens(argv[1], RCC_GUARDED);
	squeezed(argv[2]);
	plugin(argv[3]);
	return failures > 0;
}
