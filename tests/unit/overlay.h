/* SPDX-License-Identifier: MIT */
/* A directory to lay over a bundle, for the tests of overlays. Included by one file a program. */
#ifndef TEST_OVERLAY_H
#define TEST_OVERLAY_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image.h"
#include "../../runtime-stub/rcc_dev.h"

enum { SOON_MS = 20000 }; /* for what must come, however busy the machine */

static char overlay_dir[64];
static unsigned char *overlay_image;
static const rcc_bundle *overlay_bundle;

/* In memory where that can be: no network, and leases. */
static inline void overlay_make_dir(void)
{
	strcpy(overlay_dir, "/dev/shm/rcc-overlay-XXXXXX");
	if (mkdtemp(overlay_dir))
		return;
	strcpy(overlay_dir, "/tmp/rcc-overlay-XXXXXX");
	assert_non_null(mkdtemp(overlay_dir));
}

static inline int overlay_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline void overlay_clear(const char *dir)
{
	nftw(dir, overlay_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The directory, and a bundle of these files to lay it over. */
static inline int overlay_begin(const struct image_file *files, size_t n)
{
	size_t size;

	overlay_make_dir();
	overlay_image = image_new("over", files, n, 4, &size);
	return rcc_open_memory(overlay_image, size, &overlay_bundle);
}

static inline int overlay_end(void **state)
{
	(void)state;
	overlay_clear(overlay_dir);
	free(overlay_image);
	return 0;
}

static inline rcc_overlay *opened(unsigned flags)
{
	rcc_overlay *o;

	assert_int_equal(rcc_overlay_open(overlay_bundle, overlay_dir, flags, &o), 0);
	return o;
}

/* DIR/name; of the last eight calls. */
static inline const char *at(const char *name)
{
	static char paths[8][8192];
	static int i;

	i = (i + 1) % 8;
	snprintf(paths[i], sizeof paths[i], "%s/%s", overlay_dir, name);
	return paths[i];
}

static inline void put(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0666);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* As editors save that rename. */
static inline void put_by_rename(const char *name, const char *text)
{
	char temporary[256];

	snprintf(temporary, sizeof temporary, "%s~", name);
	put(temporary, text);
	assert_int_equal(rename(at(temporary), at(name)), 0);
}

static inline void dir(const char *name)
{
	assert_int_equal(mkdir(at(name), 0777), 0);
}

/* What load gives, as text: the contents, or the error's number. Of the last call. */
static inline const char *text_of(rcc_overlay *o, const char *name)
{
	static char text[1 << 16];
	rcc_memfile f;
	int error = rcc_overlay_load(o, name, &f);

	if (error) {
		assert_null(f.data);
		snprintf(text, sizeof text, "%d", error);
		return text;
	}
	assert_true(f.size < sizeof text);
	assert_int_equal(f.data[f.size], 0);
	memcpy(text, f.data, f.size + 1);
	rcc_release(&f);
	return text;
}

/* Loads until it is that. */
static inline void soon(rcc_overlay *o, const char *name, const char *text)
{
	for (int i = 0; i < SOON_MS / 10 && strcmp(text_of(o, name), text); i++)
		poll(NULL, 0, 10);
	assert_string_equal(text_of(o, name), text);
}

/* From here on this process lacks these system calls. False: no seccomp here. */
static inline int lose_syscalls(long a, long b)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)a, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)b, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof code / sizeof *code, code};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

#endif
