/* SPDX-License-Identifier: MIT */
/* Contents as a descriptor, a path and an iovec; the file under a bundle. Kernels that lack what rcc_memfd asks for are had by
 * standing before the C library. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "image.h"

enum { LONG = 300000 };

static int memfd_missing, memfd_old, tmpfile_missing, shm_missing, memfds;

int memfd_create(const char *name, unsigned flags)
{
	if (memfd_missing || (memfd_old && flags & 8)) {
		errno = memfd_missing ? ENOSYS : EINVAL;
		return -1;
	}
	memfds++;
	return (int)syscall(SYS_memfd_create, name, flags);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if ((flags & O_TMPFILE) == O_TMPFILE && (tmpfile_missing || (shm_missing && !strcmp(path, "/dev/shm")))) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int mkostemp64(char *path, int flags)
{
	if (shm_missing && !strncmp(path, "/dev/shm/", 9)) {
		errno = ENOENT;
		return -1;
	}
	snprintf(strstr(path, "XXXXXX"), 7, "%06u", (unsigned)getpid() % 1000000u);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_RDWR | O_CREAT | O_EXCL, 0600);
}

static char pattern[LONG];
static const struct image_file files[] = {
	{"a/long", pattern, LONG, RCC_CODEC_STORE, NULL},
	{"chunks", pattern, LONG, RCC_CODEC_ZSTD_CHUNKS, NULL},
	{"empty", pattern, 0, RCC_CODEC_STORE, NULL},
	{"frame", pattern, LONG, RCC_CODEC_ZSTD, NULL},
	{"odd", pattern, 10, 9, NULL},
};
static unsigned char *image;
static size_t image_size;
static const rcc_bundle *bundle;

static int setup(void **state)
{
	(void)state;
	for (int i = 0; i < LONG; i++)
		pattern[i] = (char)(i * 7 / 3 + i / 1000);
	image = image_new("memfd", files, sizeof files / sizeof *files, 4, &image_size);
	return rcc_open_memory(image, image_size, &bundle);
}

static int teardown(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static int normal(void **state)
{
	(void)state;
	memfd_missing = memfd_old = tmpfile_missing = shm_missing = memfds = 0;
	return 0;
}

static size_t open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* fd holds n bytes of pattern, cannot be written, and stands at 0. */
static void holds(int fd, size_t n)
{
	static char buf[LONG + 1];
	struct stat st;
	void *p;

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, n);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(read(fd, buf, sizeof buf), n);
	assert_memory_equal(buf, pattern, n);
	assert_int_equal(write(fd, "x", 1), -1);
	if (!n)
		return;
	p = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_memory_equal(p, pattern, n);
	munmap(p, n);
}

static void all_hold(int sealed)
{
	static const char *const names[] = {"a/long", "chunks", "empty", "frame"};
	enum { ALL = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };
	size_t before = open_descriptors();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int fd = rcc_memfd(bundle, names[i]), other;
		char path[32];

		holds(fd, i == 2 ? 0 : LONG);
		assert_int_equal(rcc_fd_path(fd, path, sizeof path), 0);
		other = open(path, O_RDONLY | O_CLOEXEC); /* at 0 whatever fd is at */
		holds(other, i == 2 ? 0 : LONG);
		close(other);
		if (sealed) {
			assert_int_equal(fcntl(fd, F_GET_SEALS) & ALL, ALL);
			other = open(path, O_RDWR | O_CLOEXEC);
			if (other >= 0) {
				assert_int_equal(write(other, "x", 1), -1);
				assert_int_equal(errno, EPERM);
				assert_int_equal(ftruncate(other, 1), -1);
				assert_int_equal(ftruncate(other, LONG + 1), -1);
				close(other);
			}
		}
		close(fd);
	}
	assert_int_equal(open_descriptors(), before);
}

static void a_sealed_memfd(void **state)
{
	(void)state;
	all_hold(1);
	assert_int_equal(memfds, 4);
}

static void of_a_kernel_before_6_3(void **state)
{
	(void)state;
	memfd_old = 1;
	all_hold(1);
	assert_int_equal(memfds, 4);
}

static void without_memfd(void **state)
{
	(void)state;
	memfd_missing = 1;
	all_hold(0);
	shm_missing = 1;
	all_hold(0);
	tmpfile_missing = 1;
	all_hold(0);
	assert_int_equal(memfds, 0);
}

static void says_why_not(void **state)
{
	size_t before = open_descriptors();
	struct rlimit old, none;
	char path[32];
	int fd;

	(void)state;
	assert_int_equal(rcc_memfd(bundle, "absent"), RCC_ENOENT);
	assert_int_equal(rcc_memfd(bundle, "odd"), RCC_ENOTSUP);
	assert_int_equal(rcc_memfd(NULL, "chunks"), RCC_EINVAL);
	assert_int_equal(rcc_memfd(bundle, NULL), RCC_EINVAL);
	assert_int_equal(rcc_fd_path(-1, path, sizeof path), RCC_EINVAL);
	assert_int_equal(rcc_fd_path(9999, path, sizeof path), RCC_EINVAL);
	assert_int_equal(rcc_fd_path(1, NULL, 32), RCC_EINVAL);
	assert_int_equal(rcc_fd_path(1, path, 15), RCC_EBUFFER);
	assert_int_equal(rcc_fd_path(1, path, 16), 0);
	assert_string_equal(path, "/proc/self/fd/1");
	assert_int_equal(open_descriptors(), before);
	fd = rcc_memfd(bundle, "a/long");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (rlim_t more = 0; more < 3; more += 2) { /* no descriptor; one, below fd, and none for the second look */
		none = (struct rlimit){(rlim_t)fd - 1 + more, old.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
		assert_int_equal(rcc_memfd(bundle, "frame"), RCC_EIO);
		assert_int_equal(errno, EMFILE);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	close(fd);
	assert_int_equal(open_descriptors(), before);
}

/* A frame that is damaged leaves no descriptor. */
static void damage_is_told(void **state)
{
	unsigned char *copy = malloc(IMAGE_MAX);
	size_t before = open_descriptors();
	const rcc_bundle *b;
	rcc_entry e;

	(void)state;
	memcpy(copy, image, IMAGE_MAX);
	assert_int_equal(rcc_open_memory(copy, image_size, &b), 0);
	assert_int_equal(rcc_lookup(b, "frame", 5, &e), 0);
	copy[e.data - copy] ^= 1;
	assert_int_equal(rcc_memfd(b, "frame"), RCC_ECORRUPT);
	assert_int_equal(open_descriptors(), before);
	free(copy);
}

static void an_iovec(void **state)
{
	static const struct {
		uint64_t off, n;
		size_t at, len;
	} good[] = {{0, LONG, 0, LONG}, {0, UINT64_MAX, 0, LONG}, {5, 10, 5, 10}, {LONG - 5, 10, LONG - 5, 5},
	            {LONG, 1, LONG, 0}, {LONG + 1, 1, LONG, 0}, {UINT64_MAX, UINT64_MAX, LONG, 0}, {7, 0, 7, 0}};
	struct iovec v[3] = {{0}};
	rcc_entry e, other;
	int ends[2];
	char buf[32];

	(void)state;
	assert_int_equal(rcc_lookup(bundle, "a/long", 6, &e), 0);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(rcc_iov(&e, good[i].off, good[i].n, v), 0);
		assert_ptr_equal(v->iov_base, e.data + good[i].at);
		assert_int_equal(v->iov_len, good[i].len);
	}
	assert_int_equal(rcc_iov(NULL, 0, 1, v), RCC_EINVAL);
	assert_int_equal(rcc_iov(&e, 0, 1, NULL), RCC_EINVAL);
	assert_int_equal(rcc_lookup(bundle, "frame", 5, &other), 0);
	assert_int_equal(rcc_iov(&other, 0, 1, v), RCC_EENCODED);
	assert_int_equal(rcc_lookup(bundle, "odd", 3, &other), 0);
	assert_int_equal(rcc_iov(&other, 0, 1, v), RCC_ENOTSUP);
	assert_int_equal(pipe(ends), 0);
	v[0] = (struct iovec){(char *)(uintptr_t)"head ", 5};
	rcc_iov(&e, 100, 10, &v[1]);
	rcc_iov(&e, LONG - 3, 10, &v[2]);
	assert_int_equal(writev(ends[1], v, 3), 18);
	assert_int_equal(read(ends[0], buf, sizeof buf), 18);
	assert_memory_equal(buf, "head ", 5);
	assert_memory_equal(buf + 5, pattern + 100, 10);
	assert_memory_equal(buf + 15, pattern + LONG - 3, 3);
	close(ends[0]);
	close(ends[1]);
}

/* On a file system of the kernel's own, whose device numbers are the same wherever they are told. */
static void the_file_under_a_bundle(void **state)
{
	char path[] = "/dev/shm/rcc test.XXXXXX", renamed[64], gone[80];
	int fd = mkstemp(path), under;
	static char buf[LONG];
	const rcc_bundle *b, *copy;
	uint64_t off = 77;
	rcc_entry e;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, image, image_size), image_size);
	close(fd);
	assert_int_equal(rcc_open_bundle(path, RCC_MAPPED, &b), 0);
	assert_int_equal(rcc_open_bundle(path, RCC_GUARDED, &copy), 0);
	assert_int_equal(rcc_bundle_fd(copy, &off), RCC_ENOTSUP);
	assert_int_equal(rcc_bundle_fd(bundle, &off), RCC_ENOTSUP);
	assert_int_equal(rcc_bundle_fd(NULL, &off), RCC_EINVAL);
	assert_int_equal(rcc_bundle_fd(b, NULL), RCC_EINVAL);
	assert_int_equal(off, 77);
	for (int round = 0; round < 2; round++) {
		under = rcc_bundle_fd(b, &off);
		assert_true(under >= 0);
		assert_int_equal(fcntl(under, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		assert_int_equal(off, 0);
		assert_int_equal(rcc_lookup(b, "a/long", 6, &e), 0);
		assert_int_equal(pread(under, buf, LONG, (off_t)off + (e.data - (const unsigned char *)b)), LONG);
		assert_memory_equal(buf, pattern, LONG);
		close(under);
		/* advice for a part tears the mapping in pieces */
		assert_int_equal(rcc_advise(b, "a/long", RCC_ADV_DONTFORK), 0);
	}
	snprintf(renamed, sizeof renamed, "%s.2", path);
	assert_int_equal(rename(path, renamed), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600); /* another file by the name */
	assert_int_equal(write(fd, image, image_size), image_size);
	close(fd);
	off = 77;
	under = rcc_bundle_fd(b, &off); /* the kernel tells the new name */
	assert_true(under >= 0 && !off);
	close(under);
	assert_int_equal(unlink(renamed), 0);
	snprintf(gone, sizeof gone, "%s (deleted)", renamed); /* what the kernel says then, and another file has that name */
	assert_int_equal(rename(path, gone), 0);
	off = 77;
	assert_int_equal(rcc_bundle_fd(b, &off), RCC_ENOTSUP);
	assert_int_equal(off, 77);
	unlink(gone);
	rcc_close_bundle(copy);
	rcc_close_bundle(b);
}

/* A mapping that is not, or not all, the file as it lies there. */
static void a_file_in_part(void **state)
{
	char path[] = "/dev/shm/rcc-test.XXXXXX", other_path[] = "/dev/shm/rcc-test.XXXXXX";
	int fd = mkstemp(path), other = mkstemp(other_path), under;
	size_t n = (image_size + 4095) / 4096 * 4096;
	const rcc_bundle *b;
	unsigned char *p;
	uint64_t off = 77;

	(void)state;
	assert_true(fd >= 0 && other >= 0);
	assert_int_equal(pwrite(fd, image, image_size, 8192), image_size);
	assert_int_equal(pwrite(other, image, image_size, 8192), image_size);
	p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 8192);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(rcc_open_memory(p, n, &b), 0);
	under = rcc_bundle_fd(b, &off);
	assert_true(under >= 0);
	assert_int_equal(off, 8192);
	close(under);
	off = 77;
	assert_int_equal(mprotect(p + 4096, 4096, PROT_READ | PROT_WRITE), 0); /* it could have been changed */
	assert_int_equal(rcc_bundle_fd(b, &off), RCC_ENOTSUP);
	assert_int_equal(mprotect(p + 4096, 4096, PROT_READ), 0);
	assert_ptr_equal(mmap(p + 8192, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, other, 8192 + 8192), p + 8192);
	assert_int_equal(rcc_bundle_fd(b, &off), RCC_ENOTSUP); /* the same bytes, of another file */
	assert_ptr_equal(mmap(p + 8192, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 4096), p + 8192);
	assert_int_equal(rcc_bundle_fd(b, &off), RCC_ENOTSUP); /* of this, from another place */
	assert_ptr_equal(mmap(p + 8192, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), p + 8192);
	assert_int_equal(rcc_bundle_fd(b, &off), RCC_ENOTSUP);
	assert_int_equal(off, 77);
	munmap(p, n);
	close(fd);
	close(other);
	unlink(path);
	unlink(other_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_sealed_memfd, normal),
		cmocka_unit_test_setup(of_a_kernel_before_6_3, normal),
		cmocka_unit_test_setup(without_memfd, normal),
		cmocka_unit_test_setup(says_why_not, normal),
		cmocka_unit_test_setup(damage_is_told, normal),
		cmocka_unit_test(an_iovec),
		cmocka_unit_test(the_file_under_a_bundle),
		cmocka_unit_test(a_file_in_part),
	};

	return cmocka_run_group_tests_name("memfd", tests, setup, teardown);
}
