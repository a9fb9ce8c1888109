/* SPDX-License-Identifier: MIT */
/* rcc_dev.h: for development: files on disk before those of a bundle, and what a program reads. C11 and C++; rcc(3) has
 * examples. A program that calls none of this holds none of it. Every function may be called from any thread, unless it
 * says otherwise, and answers as those of rcc.h do. */
#ifndef RCC_DEV_H
#define RCC_DEV_H

#include "rcc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- A directory that shadows a bundle, for development ------------------------------------------- */

/* A bundle and a directory over it: a file on disk takes the place of the bundle's of that name, ".wh.NAME" hides the
 * bundle's NAME (a file, or a directory with all below it), and what changes is seen while the program runs. Linux; elsewhere
 * every function of this section says RCC_ENOTSUP, or does nothing.
 *
 * What is promised: a name never leads out of the directory (openat2(2) with RESOLVE_BENEATH, or without it part by part,
 * where no link is followed at all). Contents from disk are whole: read while nobody had the file open for writing, as a
 * lease (fcntl(2), F_SETLEASE) tells, which makes who opens it for writing wait until it is read. Where there are no leases
 * (a file system that polling is for, a file of another user): contents whose size and times stayed for a fifth of a second.
 * While a file is not whole its last whole contents are given that were loaded, or the bundle's. What editors leave for a
 * moment is not there: .#* #*# *~ .*.sw? 4913 .goutputstream-* .~lock.*# .nfs* .fuse_hidden* *___jb_tmp___ *___jb_old___
 * *.vsctmp, and *.tmp, also followed by other than a letter or by six letters and digits. */
typedef struct rcc_overlay rcc_overlay;

enum rcc_overlay_flag {
	RCC_OVERLAY_POLL = 1 /* look every half second instead of being told by inotify(7), and trust no lease. Without it
	                        that is done where others change files behind the kernel's back: NFS, SMB, FUSE, 9P, AFS, Ceph,
	                        overlayfs; and where inotify has no room */
};

/* Shadows b by dir, which is read through once. b may be NULL: the directory alone; else it must not be closed before the
 * overlay. If dir is deleted and made again, the new one is taken; a link is followed once, here. Close with rcc_overlay_close.
 * Allocates; takes four descriptors. RCC_EINVAL, RCC_EIO with errno (dir cannot be opened), RCC_ENOMEM, RCC_ENOTSUP. */
RCC_PUBLIC int rcc_overlay_open(const rcc_bundle *b, const char *dir, unsigned flags, rcc_overlay **out);
/* Ends it, its thread too, and is no longer attached; what was loaded stays the caller's. No other call with o may be under way
 * or come. NULL is fine. Not from within a callback. */
RCC_PUBLIC void rcc_overlay_close(rcc_overlay *o);

/* As rcc_load, but the disk's file if there is one: a private copy on the heap, whatever becomes of the file, with its size and
 * hash, codec RCC_CODEC_STORE, and the MIME type of the bundle's file of that name, or NULL. What the disk has now counts, whether or not
 * rcc_overlay_update has been called. Release it by rcc_release. The overlay keeps another copy of what it gave last.
 * Beside rcc_load's errors: RCC_ENOENT also if the name is hidden, or a file stands on disk where it has a directory;
 * RCC_EPERM: the name leads out of the directory, or may not be read; RCC_EINVAL: a device, a FIFO, a socket, or a directory
 * where the bundle has a file; RCC_EBUSY: not whole, and there is nothing else to give; RCC_EIO with errno. */
RCC_PUBLIC int rcc_overlay_load(rcc_overlay *o, const char *name, rcc_memfile *out);

/* Where a name's contents come from. */
enum rcc_overlay_place {
	RCC_IN_BUNDLE = 1,
	RCC_ON_DISK = 2
};
/* A place, or RCC_ENOENT and the other errors of rcc_overlay_load, but for RCC_EBUSY. Nothing is read. */
RCC_PUBLIC int rcc_overlay_where(rcc_overlay *o, const char *name);
/* Calls fn for each name there is, in the order of memcmp, with the place it comes from. fn's value other than 0 ends it and is
 * returned. Names behind a link to a directory can be loaded, but are not told here, nor is a change of them. fn may call any
 * function with o but rcc_overlay_close. RCC_ENOMEM, RCC_EIO, RCC_ECORRUPT. */
RCC_PUBLIC int rcc_overlay_each(rcc_overlay *o, int (*fn)(const char *name, int place, void *arg), void *arg);

/* A descriptor for poll(2) and the like: readable when rcc_overlay_update may have something to tell; not to be read from, nor to be
 * closed. The same as long as o is open. RCC_EINVAL, RCC_ENOTSUP. */
RCC_PUBLIC int rcc_overlay_fd(rcc_overlay *o);
/* Takes in what happened on disk, without waiting. Calls fn, unless it is NULL, for each name whose contents are others now, or
 * that has come, gone or been hidden (then it may be a directory's): once a file is whole, not at each write. Returns their number; if
 * it is not 0 the generation has risen by one. fn may call any function with o but rcc_overlay_close. RCC_ENOMEM, RCC_EIO:
 * what was missed is told by a later call. */
RCC_PUBLIC int rcc_overlay_update(rcc_overlay *o, void (*fn)(const char *name, void *arg), void *arg);
/* How often an update found a change; from 1 on. 0 for NULL. */
RCC_PUBLIC uint64_t rcc_overlay_generation(rcc_overlay *o);
/* For programs without a loop: calls rcc_overlay_update with fn whenever there is something, from a thread of its own, which has all
 * signals blocked, until rcc_overlay_close. Once for an overlay: RCC_EBUSY. RCC_EINVAL, RCC_ENOMEM, RCC_ENOTSUP. */
RCC_PUBLIC int rcc_overlay_watch(rcc_overlay *o, void (*fn)(const char *name, void *arg), void *arg);

/* From here until rcc_overlay_close, rcc_load, rcc_read_memfile and rcc_fopen of the bundle that o shadows give what
 * rcc_overlay_load gives, in this copy of the stub. rcc_lookup, rcc_view and all else that gives entries do not: the bundle is all they
 * know. RCC_EBUSY: the bundle has such an overlay. RCC_EINVAL: o has no bundle. */
RCC_PUBLIC int rcc_overlay_attach(rcc_overlay *o);

/* rcc_overlay_open with the directory that the environment variable RCC_OVERLAY names: who calls this allows it. RCC_ENOENT:
 * it is not set, or empty. RCC_EPERM: it is set and not to be believed, as the program has rights that its caller lacks
 * (AT_SECURE). RCC_ENOTSUP: the stub was built with -DRCC_NO_ENV. */
RCC_PUBLIC int rcc_overlay_from_env(const rcc_bundle *b, unsigned flags, rcc_overlay **out);

/* --- What a program reads -------------------------------------------------------------------------- */

/* A trace: names in the order of first use, as `rcc compile --keep` and `--order` take them. What rcc_load, rcc_read_memfile,
 * rcc_fopen, rcc_cache_get and rcc_memfd give is noticed; rcc_lookup, rcc_lookup_many, rcc_asset_entry, rcc_view, rcc_view_encoded,
 * rcc_read, rcc_pread, rcc_cursor_open and rcc_iov are where the code was compiled with `-include rcc_traced.h`. (`rcc trace PROGRAM` sees all of a program that uses librcc.so as it is.) One trace at a time
 * in a copy of the stub: RCC_EBUSY. Not on Windows: RCC_ENOTSUP. A name is known by a 64-bit hash of it and of its bundle's name.
 *
 * Appends a line for each name to the file at path, at once; a name with a newline in it is left out. Of the bundle of
 * that name only, unless it is NULL. RCC_EIO with errno; RCC_EINVAL (also: neither a regular file nor a character device);
 * RCC_ENOMEM. A file that takes no more ends the trace, not the program: rcc_trace_stop tells. */
RCC_PUBLIC int rcc_trace_start(const char *path, const char *bundle);
/* The same, but fn is called at each first use, in the thread that uses the name, which may come and go; fn may read. */
RCC_PUBLIC int rcc_trace_call(void (*fn)(const rcc_bundle *b, const char *name, size_t len, void *arg), void *arg);
/* rcc_trace_start with the file that the environment variable RCC_TRACE names, and the bundle that RCC_TRACE_BUNDLE names, if it is
 * set: who calls this allows it. RCC_ENOENT, RCC_EPERM and RCC_ENOTSUP as of rcc_overlay_from_env. */
RCC_PUBLIC int rcc_trace_from_env(void);
/* Ends the trace. 0, also if there is none; or what ended it earlier: RCC_EIO with errno, RCC_ENOMEM. */
RCC_PUBLIC int rcc_trace_stop(void);
/* The entry's file is in use: for programs that read what e->data points to. Without a trace, or for NULL, nothing happens. */
RCC_PUBLIC void rcc_trace_note(const rcc_entry *e);

#ifdef __cplusplus
}
#endif
#endif
