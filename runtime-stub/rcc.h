/* SPDX-License-Identifier: MIT */
/* rcc.h: read the files that rcc built into this program. C11 and C++; rcc(3) has examples.
 *
 * Every function may be called from any thread at any time, unless it says otherwise. Functions of type int
 * return 0 (or what they say) or a negative RCC_E...; what they write through a pointer is written on success only,
 * but for rcc_memfile, which a failure zeroes, and the buffer of rcc_read and rcc_pread, which it may have filled.
 * A bundle's bytes are read-only and stay where they are while their module is loaded, or until
 * rcc_close_bundle and the last hold (see there); every pointer handed out (names, MIME types, contents in place) points
 * into them and lives as long.
 * Only rcc_load, rcc_read_memfile, rcc_fopen, rcc_cursor_open, rcc_memfd, rcc_open_bundle, rcc_dctx_new, rcc_cache_new,
 * rcc_cache_get, rcc_residency and rcc_verify allocate, and rcc_read and rcc_pread of a compressed
 * file, the latter also with a decoder of the caller's; each says what.
 * librcc.a and rcc.c belong to the module (program or shared object) they are linked into, and nothing of them is seen
 * outside: a plugin may carry another copy. What was opened and registered is known to one copy alone: take back and
 * close in the module that opened and registered. Modules that link with librcc.so share one copy. */
#ifndef RCC_H
#define RCC_H

#include <stddef.h>
#include <stdint.h>
#if __STDC_HOSTED__
#include <stdio.h>
#include <sys/types.h>
typedef ssize_t rcc_ssize;
#else
typedef ptrdiff_t rcc_ssize; /* the same type under the ABIs rcc writes for */
#endif

#define RCC_VERSION_MAJOR 0
#define RCC_VERSION_MINOR 1
#define RCC_VERSION_PATCH 0
#define RCC_VERSION "0.1.0"

/* tcc: glibc's <sys/cdefs.h> defines __attribute__ away for a compiler without __GNUC__. */
#if defined(__TINYC__) && defined(__attribute__)
#undef __attribute__
#endif
#if (defined(__GNUC__) || defined(__TINYC__)) && !defined(_WIN32)
#define RCC_HIDDEN __attribute__((visibility("hidden")))
#ifndef RCC_PUBLIC /* the stub's own sources make it hidden, unless they are to become librcc.so */
#define RCC_PUBLIC __attribute__((visibility("default")))
#endif
#else
#define RCC_HIDDEN
#define RCC_PUBLIC
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What can go wrong. rcc_strerror says it in words. */
enum rcc_error {
	RCC_OK = 0,
	RCC_ENOENT = -1,    /* the bundle has no such name, or no such directory */
	RCC_ENOBUNDLE = -2, /* no loaded module has a bundle of that name */
	RCC_EINVAL = -3,    /* an argument makes no sense: a NULL, an unknown mode or advice */
	RCC_ECORRUPT = -4,  /* the bundle's bytes contradict the format or a checksum, or are cut short */
	RCC_EVERSION = -5,  /* the bundle needs a newer reader */
	RCC_ENOTSUP = -6,   /* unknown codec, or this build or kernel cannot do it */
	RCC_EENCODED = -7,  /* the file is stored compressed: there is nothing to view in place */
	RCC_EBUFFER = -8,   /* the buffer is too small */
	RCC_ENOMEM = -9,    /* out of memory, or of slots to register in */
	RCC_EIO = -10,      /* the operating system could not read the file; errno says why */
	RCC_EBUSY = -11,    /* in use: a file is being written, a trace or an overlay is there already */
	RCC_EPERM = -12     /* the operating system does not allow it */
};

/* A sentence fragment for any value of enum rcc_error, in English, static; never NULL. */
RCC_PUBLIC const char *rcc_strerror(int error);

/* How a file's bytes lie in the bundle. */
enum rcc_codec {
	RCC_CODEC_STORE = 0, /* as they are */
	RCC_CODEC_ZSTD = 1,  /* one zstd frame */
	RCC_CODEC_ZSTD_DICT = 2,  /* one zstd frame that needs the bundle's dictionary */
	RCC_CODEC_ZSTD_CHUNKS = 3 /* zstd frames one behind the other, and a table of them: parts can be read alone */
};

/* A bundle: opaque, never owned by the caller but for rcc_open_bundle. The pointer is the image's first byte. */
typedef struct rcc_bundle rcc_bundle;

/* Bytes inside a bundle. */
typedef struct rcc_span {
	const unsigned char *data;
	size_t size;
} rcc_span;

/* One file of a bundle, found but not yet read. A plain value: copy it freely, nothing to release. */
typedef struct rcc_entry {
	const rcc_bundle *bundle;
	const char *name;  /* a NUL follows it */
	size_t name_len;   /* bytes, without that NUL */
	uint64_t size;     /* bytes of the contents */
	uint64_t stored;   /* bytes as they lie: equal to size, or those of the zstd frame */
	uint64_t hash;     /* XXH3-64 of the contents (xxHash specification, seedless) */
	const char *mime;  /* MIME type, or NULL where none was given */
	size_t align;      /* bytes: the stored bytes' alignment within the image */
	int codec;         /* enum rcc_codec; a newer bundle may hold others */
	const unsigned char *data; /* the stored bytes; prefer rcc_view and rcc_view_encoded, which check */
} rcc_entry;

/* A file's whole contents, in place or on the heap. Give it back with rcc_release. */
typedef struct rcc_memfile {
	const unsigned char *data; /* the contents; one NUL, which size does not count, follows them */
	size_t size;               /* bytes of the contents */
	const char *name;
	size_t name_len;
	uint64_t stored;
	uint64_t hash;
	const char *mime;
	size_t align;
	int codec;
	void *heap; /* private: what rcc_release gives back; NULL when there is nothing to */
} rcc_memfile;

/* --- Bundles of this program ------------------------------------------------------------------- */

/* The descriptor that rcc puts beside each image, under the symbol rcc_bundle_NAME (format.md, 7). */
typedef struct rcc_desc {
	unsigned char bytes[32];
} rcc_desc;

/* Declares the bundle NAME (an identifier, unquoted), linked into the same program or shared object. In C++ it
 * stands outside of functions and classes, in a namespace or in none. */
#ifdef __cplusplus
#define RCC_DECLARE_BUNDLE(NAME) extern "C" RCC_HIDDEN const rcc_desc rcc_bundle_##NAME
#else
#define RCC_DECLARE_BUNDLE(NAME) extern RCC_HIDDEN const rcc_desc rcc_bundle_##NAME
#endif

/* The bundle NAME, declared before. Not linked in: an undefined symbol when linking. NULL: the image is damaged. */
#define RCC_BUNDLE(NAME) rcc_from_desc(&rcc_bundle_##NAME)

/* The bundle a descriptor speaks of, its header checked; NULL if there is none. For RCC_BUNDLE, and for
 * descriptors found by dlsym("rcc_bundle_NAME"). What the descriptor says is believed, as it was linked in with
 * the bundle: do not hand it bytes from elsewhere. A descriptor must not be copied: it is relative to its own
 * place. */
RCC_PUBLIC const rcc_bundle *rcc_from_desc(const rcc_desc *desc);

/* The bundle of that name: in the module this stub is linked into, then among those registered, then in every
 * loaded module; NULL if none. The first is a matter of nanoseconds, the last walks dl_iterate_phdr. On Windows other
 * modules are not looked into: register their bundles.
 * Two bundles of one name: the first found. Other threads may register, unregister and close bundles meanwhile: none
 * is read once it is gone. The one returned may go at any time, if some thread closes it. */
RCC_PUBLIC const rcc_bundle *rcc_find_bundle(const char *name);

/* Calls fn for each bundle of the program once. A fn that returns other than 0 ends the walk, and that is returned.
 * fn may run under the dynamic loader's lock: it must not call dlopen or dlclose. It may register, unregister and
 * close: what is registered meanwhile may be left out, what is unregistered before its turn is. Other threads may do
 * so too; but one of them may close a bundle while fn is looking at it, and to rule that out is up to the caller. */
RCC_PUBLIC int rcc_each_bundle(int (*fn)(const rcc_bundle *, void *), void *arg);

/* Lets rcc_find_bundle and rcc_each_bundle of this copy of the stub see a bundle they cannot find themselves (got by
 * dlsym, from Go, from flash, from a .rcb). Up to 64; RCC_ENOMEM when full; twice is once. Lock-free. The header is
 * checked: RCC_ECORRUPT, RCC_EVERSION. */
RCC_PUBLIC int rcc_register_bundle(const rcc_bundle *b);
/* Undoes it; RCC_ENOENT if it was not registered. Do it before the image goes away: once this has returned, no
 * call of rcc_find_bundle in another thread reads the image any more (it waits for one that does, some
 * microseconds). */
RCC_PUBLIC int rcc_unregister_bundle(const rcc_bundle *b);

/* --- Bundles from elsewhere -------------------------------------------------------------------- */

/* A bundle in memory the caller owns and keeps unchanged while it is used; size may be larger than the bundle.
 * Nothing is copied or allocated; there is nothing to close. Alignments hold as far as image itself is aligned.
 * RCC_ECORRUPT, RCC_EVERSION. */
RCC_PUBLIC int rcc_open_memory(const void *image, size_t size, const rcc_bundle **out);

/* What rcc_open_bundle does with the file. */
enum rcc_mode {
	RCC_MAPPED = 1, /* mmap: shared with the page cache, no copy. If the file is truncated or overwritten in place
	                   while it is open, reads go astray or raise SIGBUS: replace such files by rename only. On Windows
	                   the same as RCC_GUARDED */
	RCC_GUARDED = 2 /* a private copy in memory, sealed: nobody can write to it, and nothing that happens to the file
	                   afterwards matters. What happens to it while it is copied is RCC_EIO: a failing disk, a file that
	                   is cut short or written to (as far as size and time of change tell). Never SIGBUS */
};

/* Opens a .rcb file. Allocates the mapping or the copy and a few words; close with rcc_close_bundle. RCC_EIO with
 * errno, RCC_ECORRUPT, RCC_EVERSION, RCC_EINVAL (also: not a regular file), RCC_ENOMEM. */
RCC_PUBLIC int rcc_open_bundle(const char *path, int mode, const rcc_bundle **out);

/* Ends a bundle opened by rcc_open_bundle of this copy of the stub: it is unregistered, and its bytes are freed as soon as
 * nobody holds them, which may be at once. A hold is each rcc_memfile over it until it is released, each stream of
 * rcc_fopen until fclose, what an rcc_cache keeps of it, and each rcc_hold until its rcc_drop. Entries, spans, rcc_dirs
 * and other plain pointers into it are no holds: without one, they are void from here on. Who closes and who releases
 * need not know of one another, and need not be one thread. Always 0. A second time, NULL, any other bundle: nothing happens. */
RCC_PUBLIC int rcc_close_bundle(const rcc_bundle *b);

/* Keeps a bundle's bytes, also after rcc_close_bundle, until rcc_drop; as often as you like, by any thread. b is looked up
 * and not followed, so it may be one that another thread has closed: then it is RCC_ENOBUNDLE, unless a new one has come to
 * lie there. So a bundle that others replace is held like this, and examples/upgrade does it:
 *     while (rcc_hold(b = atomic_load(&current)) || (b != atomic_load(&current) && (rcc_drop(b), 1)))
 *             ;
 * and replaced like this: open the new one, old = atomic_exchange(&current, new), rcc_close_bundle(old). Each takes a short
 * lock. 0: held; or b lies in a loaded module, which is all that keeps it, and there is nothing to hold.
 * RCC_ENOBUNDLE: neither; so it is of rcc_open_memory, whose bytes are the caller's to keep. RCC_EINVAL. */
RCC_PUBLIC int rcc_hold(const rcc_bundle *b);
/* Undoes one rcc_hold. One too many takes another's; where there is none, and for NULL or a bundle that was not opened, nothing happens. */
RCC_PUBLIC void rcc_drop(const rcc_bundle *b);

/* --- Whole files ------------------------------------------------------------------------------- */

/* rcc_find_bundle and rcc_load in one, right also while other threads close and replace bundles of that name (of this copy
 * of the stub). RCC_ENOBUNDLE beside rcc_load's errors. */
RCC_PUBLIC int rcc_read_memfile(const char *bundle, const char *name, rcc_memfile *out);

/* The contents of name (a C string). Stored files: in place, nothing allocated. Compressed ones: malloc of size +
 * 17, and a decoder (about 95 KiB) for the length of the call. It holds a bundle of rcc_open_bundle, by a short lock:
 * data, name and MIME type are there until rcc_release, even if the bundle is closed meanwhile. After a failure *out is
 * all zero, so that rcc_release is right whatever happened. RCC_EINVAL, RCC_ENOENT, RCC_ECORRUPT, RCC_ENOTSUP, RCC_ENOMEM. */
RCC_PUBLIC int rcc_load(const rcc_bundle *b, const char *name, rcc_memfile *out);

/* Frees what there is to free, lets go of the bundle, and clears data and size; again, or on NULL or a zeroed struct,
 * nothing happens. Any thread may do it, and several at the same time: one of them does it. A copy of the struct is not
 * another owner: release one of them. */
RCC_PUBLIC void rcc_release(rcc_memfile *f);

/* --- Look-up and reading in place: no allocation, no lock, no system call ------------------------ */

/* Finds a name of len bytes (it needs no NUL). RCC_ENOENT, RCC_ECORRUPT, RCC_EINVAL: *out then says nothing. */
RCC_PUBLIC int rcc_lookup(const rcc_bundle *b, const char *name, size_t len, rcc_entry *out);

/* Looks up n names at once: results[i] becomes what rcc_lookup would return for names[i] (data need no NUL behind), and where that
 * is 0, out[i] its entry. Of names in no order, and a bundle much larger than the processor's caches, this takes a part of the
 * time, as the memory of several is waited for together; of few or cached names it takes as long. Nothing is allocated. Returns
 * how many were found, or RCC_EINVAL: b, or one of the others with n not 0, is NULL. */
RCC_PUBLIC rcc_ssize rcc_lookup_many(const rcc_bundle *b, const rcc_span *names, size_t n, rcc_entry *out, int *results);

/* The contents where they lie. RCC_EENCODED for a compressed file, RCC_ENOTSUP for an unknown codec. */
RCC_PUBLIC int rcc_view(const rcc_entry *e, rcc_span *out);

/* The stored bytes as they lie, whatever the codec. Those of RCC_CODEC_ZSTD, and of no other, may be sent as they are
 * with "Content-Encoding: zstd": those of RCC_CODEC_ZSTD_DICT are nothing without the bundle, and those of
 * RCC_CODEC_ZSTD_CHUNKS end with a frame to be skipped, which zstd and its command do, but clients need not. */
RCC_PUBLIC int rcc_view_encoded(const rcc_entry *e, rcc_span *out);

/* A decoder to reuse for any number of files of any bundle, by one thread at a time. What it needs of a bundle's
 * dictionary is made at the first read, once for all threads and decoders (some 27 KiB, which rcc_close_bundle frees; of
 * the first 32 bundles, beyond which each call makes it anew). NULL: out of memory, or a
 * build without zstd. About 95 KiB, and up to 8 MiB more once rcc_pread has decoded a large file. */
typedef struct rcc_dctx rcc_dctx;
RCC_PUBLIC rcc_dctx *rcc_dctx_new(void);
RCC_PUBLIC void rcc_dctx_free(rcc_dctx *ctx); /* NULL is fine */

/* Copies or decodes the whole contents into buf of cap bytes; returns e->size. No NUL is added. RCC_EBUFFER if cap
 * is smaller; RCC_ECORRUPT, RCC_ENOTSUP, RCC_ENOMEM of compressed files. One that is decoded with ctx NULL makes a
 * decoder for the call (malloc of about 95 KiB); with a ctx, nothing is
 * allocated, but for a dictionary's first use. */
RCC_PUBLIC rcc_ssize rcc_read(const rcc_entry *e, void *buf, size_t cap, rcc_dctx *ctx);

/* Up to n bytes from off on; returns their number, 0 at the end and behind it. Stored files: a copy. Files in chunks
 * (RCC_CODEC_ZSTD_CHUNKS): only the chunks that the range overlaps are touched and decoded. Other compressed ones are
 * decoded from their beginning, so off costs time. Of a frame that is not wanted whole the decoder, ctx or one for the
 * call, allocates the window (at most 8 MiB) as well, which ctx keeps. Errors as above. */
RCC_PUBLIC rcc_ssize rcc_pread(const rcc_entry *e, void *buf, size_t n, uint64_t off, rcc_dctx *ctx);

/* Bytes of contents that are decoded together, of which a read of one byte decodes up to all: a chunk of
 * RCC_CODEC_ZSTD_CHUNKS, the whole of other compressed files, 1 of a stored one. RCC_ECORRUPT, RCC_ENOTSUP, RCC_EINVAL. */
RCC_PUBLIC int rcc_chunk_size(const rcc_entry *e, uint64_t *out);

/* --- Decoded contents, shared ------------------------------------------------------------------- */

/* Contents of compressed files, for all threads, in a bounded amount of memory. */
typedef struct rcc_cache rcc_cache;

/* bytes: of contents that the cache keeps at most, those counted that someone holds just now. Its table takes up to a ninth
 * of that beside them, and has a place for each KiB, at least 256. RCC_EINVAL: bytes is 0. RCC_ENOMEM. RCC_ENOTSUP: on Windows, and where
 * the compiler has no atomics. */
RCC_PUBLIC int rcc_cache_new(size_t bytes, rcc_cache **out);

/* Nobody may ask the cache any more; what was got from it stays until it is released, and the last release frees the
 * rest. NULL: nothing. */
RCC_PUBLIC void rcc_cache_free(rcc_cache *c);

/* The contents of e: as rcc_load gives them, and released by rcc_release. Of a compressed file they lie in the cache: a hit
 * takes no lock and copies nothing; of many threads that ask for one file that is not there, one decodes it and the others
 * wait for that one. Room is made by dropping what nobody holds and has not been asked for lately; where that does not
 * suffice, and for files larger than the cache, the contents are decoded for this call alone. What the cache keeps holds its
 * bundle, so that one of rcc_open_bundle goes, once closed, when its contents have; see rcc_cache_forget. A trace is told of
 * e; an overlay is not asked, for e is the bundle's. RCC_EINVAL, RCC_ECORRUPT, RCC_ENOTSUP, RCC_ENOMEM. */
RCC_PUBLIC int rcc_cache_get(rcc_cache *c, const rcc_entry *e, rcc_memfile *out);

/* Drops all that the cache keeps of b. To be called before the bytes of a bundle go that rcc_open_bundle did not open (by
 * dlclose, or of rcc_open_memory), with everything of it released; and after rcc_close_bundle, where its memory is to go
 * at once. No thread may ask for files of b meanwhile. */
RCC_PUBLIC void rcc_cache_forget(rcc_cache *c, const rcc_bundle *b);

typedef struct rcc_cache_counts {
	uint64_t hits;      /* found, or waited for */
	uint64_t misses;    /* decoded, or tried to */
	uint64_t evictions; /* dropped to make room */
	uint64_t unkept;    /* those of misses that there was no room for */
	size_t bytes;       /* of contents, now */
	size_t limit;       /* as it was made */
} rcc_cache_counts;

/* Numbers of somewhat different moments, if other threads are at work. Walks the table. */
RCC_PUBLIC int rcc_cache_stats(rcc_cache *c, rcc_cache_counts *out);

/* --- One asset by a constant ---------------------------------------------------------------------- */

/* What a linker knows an asset by in an object of --per-file-sections. Opaque; its symbol is rcc_ref_BUNDLE__IDENT. */
typedef struct rcc_ref {
	unsigned char bytes[16];
} rcc_ref;

/* One asset of a bundle linked into this module, as the generated header knows it. A plain value. */
typedef struct rcc_asset {
	const rcc_desc *bundle;
	const rcc_ref *ref; /* NULL unless the bundle was compiled with --per-file-sections */
	size_t index;       /* its place in the order of names when the header was made; without meaning beside a ref */
	const char *name;
	size_t name_len;
} rcc_asset;

/* The asset that the generated header of BUNDLE calls IDENT (as in RCC_NAME_BUNDLE__IDENT): an rcc_asset. One that is
 * not there does not compile. With --per-file-sections and --gc-sections this is what keeps the asset in the program. */
#define RCC_ASSET(BUNDLE, IDENT) RCC_ASSET_##BUNDLE##__##IDENT

/* For generated headers. */
static inline rcc_asset rcc_asset_of(const rcc_desc *bundle, const rcc_ref *ref, size_t index, const char *name,
                                     size_t name_len)
{
	rcc_asset a;

	a.bundle = bundle;
	a.ref = ref;
	a.index = index;
	a.name = name;
	a.name_len = name_len;
	return a;
}

/* The asset's entry, without a look-up: by its reference, or by its index if the name there is the asset's; if it is
 * not (the bundle has been replaced since the header was made), it is looked up. RCC_ENOBUNDLE: there is no
 * sound bundle at the descriptor. RCC_ENOENT, RCC_ECORRUPT (also: a linker tore the references apart), RCC_EINVAL (also: it
 * was pruned, as the header was made without --per-file-sections and the object with it). */
RCC_PUBLIC int rcc_asset_entry(rcc_asset asset, rcc_entry *out);

/* --- Everything, a directory, a pattern ---------------------------------------------------------- */

/* How many files; 0 for NULL. */
RCC_PUBLIC size_t rcc_count(const rcc_bundle *b);
/* The i-th file in the order of names (memcmp). RCC_ENOENT behind the last. */
RCC_PUBLIC int rcc_at(const rcc_bundle *b, size_t i, rcc_entry *out);

/* A walk through one directory level. The fields are private; a plain value, nothing to close. */
typedef struct rcc_dir {
	const rcc_bundle *bundle;
	size_t next, end, skip;
} rcc_dir;

typedef struct rcc_dirent {
	const char *name;  /* the last part of the path; of a directory no NUL follows: use name_len */
	size_t name_len;
	int is_dir;        /* 1: a directory, and entry is not set */
	size_t count;      /* files in it and below; 1 for a file */
	rcc_entry entry;
} rcc_dirent;

/* dir without slashes around it; "" is the top, and always there, even if the bundle is empty. RCC_ENOENT when no
 * name lies below any other. */
RCC_PUBLIC int rcc_dir_open(const rcc_bundle *b, const char *dir, rcc_dir *out);
/* 1 and the next file or directory, in name order; 0 at the end; or an error. */
RCC_PUBLIC int rcc_dir_next(rcc_dir *d, rcc_dirent *out);

/* Calls fn for each name the pattern matches, in order. Patterns are gitignore's: * ? [a-z] within one part, **
 * across parts, a leading or inner slash anchors, without one any level matches; a directory's pattern matches all
 * below it. fn's value other than 0 ends it and is returned. */
RCC_PUBLIC int rcc_glob(const rcc_bundle *b, const char *pattern, int (*fn)(const rcc_entry *, void *), void *arg);

/* What a bundle says of itself. */
typedef struct rcc_info {
	const char *name;  /* the bundle's own name; a NUL follows it */
	size_t name_len;
	size_t count;      /* files */
	uint64_t size;     /* bytes of the image */
	uint64_t index_size; /* bytes before the data */
	size_t align;      /* bytes: what the image wants to lie on */
	uint64_t index_hash;    /* XXH3-64 of the index, which covers data_hash: with it, the bundle's identity */
	uint64_t data_hash[2];  /* XXH3-128 of the data: low, high */
} rcc_info;

RCC_PUBLIC int rcc_get_info(const rcc_bundle *b, rcc_info *out);

/* Checks everything: index and data checksums, order, table, zeros, every file's contents. Reads every byte.
 * Allocates one decoder if there are compressed files. RCC_ECORRUPT; RCC_ENOMEM: there was no memory to decode,
 * and what follows was not looked at; RCC_ENOTSUP: all sound so far, but a codec this build cannot decode. */
RCC_PUBLIC int rcc_verify(const rcc_bundle *b);

/* --- With an operating system -------------------------------------------------------------------- */

#if __STDC_HOSTED__
/* A read-only, seekable stdio stream over a file; fclose ends it. Allocates the stream, and for a compressed file what a
 * cursor does, which it then reads by: see below for what seeking back costs. One frame of up to 1 MiB is decoded at once
 * instead, and seeks for nothing. NULL with errno: ENOENT, EINVAL (b or name is NULL), ENOMEM, EIO (all else); ENOSYS on
 * Windows, which has no such streams. A read that fails sets EIO or ENOMEM. */
RCC_PUBLIC FILE *rcc_fopen(const rcc_bundle *b, const char *name);

/* A place in a file that moves as it is read, whatever the codec, in memory that does not grow with the file: of a
 * compressed one a decoder and its window, 95 KiB up to some 8.5 MiB. Used by one thread at a time. It holds its
 * bundle (rcc_hold) until rcc_cursor_close. */
typedef struct rcc_cursor rcc_cursor;
/* At the beginning of the file. Allocates it, and a decoder if need be. RCC_ENOMEM, RCC_ECORRUPT, RCC_ENOTSUP, RCC_EINVAL. */
RCC_PUBLIC int rcc_cursor_open(const rcc_entry *e, rcc_cursor **out);
/* The next bytes, n of them or all that are left; returns their number, 0 at the end and behind it. An error moves
 * nothing. Of a compressed file the hash is checked too: once every byte from the first to the last has been read, in any
 * number of reads, with or without seeking back, but without a gap left behind. If it is wrong, the read that would give
 * the last byte gives RCC_ECORRUPT, and so does each one from then on. RCC_ECORRUPT, RCC_ENOMEM, RCC_EINVAL. */
RCC_PUBLIC rcc_ssize rcc_cursor_read(rcc_cursor *c, void *buf, size_t n);
/* Moves to off, which may lie behind the end. It is the next read that pays: in a stored file nothing, in the same frame
 * forward the decoding of what lies between, else that of the frame (rcc_chunk_size) up to off. RCC_EINVAL: c is NULL. */
RCC_PUBLIC int rcc_cursor_seek(rcc_cursor *c, uint64_t off);
/* Where it is: bytes from the beginning. 0 for NULL. */
RCC_PUBLIC uint64_t rcc_cursor_tell(const rcc_cursor *c);
RCC_PUBLIC void rcc_cursor_close(rcc_cursor *c); /* NULL is fine */

/* For libraries that want a file: a new descriptor (0 or more), read-only and close-on-exec, at position 0, of a file in
 * memory that holds the contents; close(2) it. It is a memfd sealed against every change (F_SEAL_WRITE, SHRINK, GROW and
 * SEAL; never executable, from Linux 6.3 on). Where the kernel has no memfd_create, or forbids it, it is an unnamed file in
 * /dev/shm, or else /tmp, which nothing seals. Takes memory for the contents, beside 64 KiB for the length of the call and,
 * of a compressed file, a cursor. Needs /proc to be read-only. RCC_ENOTSUP but on Linux; RCC_EIO with errno (no
 * descriptors left, no room); RCC_ENOENT, RCC_EINVAL, RCC_ECORRUPT, RCC_ENOMEM. */
RCC_PUBLIC int rcc_memfd(const rcc_bundle *b, const char *name);
/* For libraries that want a path: that of an open descriptor, "/proc/self/fd/N", good in this process while it is open;
 * opened, it has a position of its own. RCC_EBUFFER: buf, of cap bytes, is too small (32 do). RCC_ENOTSUP: there is no
 * /proc, or this is not Linux. RCC_EINVAL: fd is not open, or buf is NULL. */
RCC_PUBLIC int rcc_fd_path(int fd, char *buf, size_t cap);

/* Part of a stored file as it lies, for writev(2), sendmsg(2) and the like: n bytes from off on or those there are, of
 * length 0 at the end and behind it. RCC_EENCODED, RCC_ENOTSUP (also: on Windows), RCC_ECORRUPT, RCC_EINVAL. */
struct iovec;
RCC_PUBLIC int rcc_iov(const rcc_entry *e, uint64_t off, uint64_t n, struct iovec *out);
/* For sendfile(2), splice(2), copy_file_range(2): a new descriptor (0 or more; close(2) it), read-only, of the file that
 * the bundle's memory is a mapping of, a .rcb or a module, and in *off where in it the bundle begins. A stored file e of
 * it lies at *off + (e.data - (const unsigned char *)b). It is known for that very file, by device and inode, or
 * RCC_ENOTSUP: a copy in memory, a file renamed or removed since, other systems than Linux, no /proc, a file system
 * whose numbers differ from mmap to stat. Reads /proc/self/maps: once a bundle will do. RCC_EINVAL, RCC_EIO. */
RCC_PUBLIC int rcc_bundle_fd(const rcc_bundle *b, uint64_t *off);
#endif

/* Advice for the memory under a bundle (name NULL) or one file, by madvise(2) or mlock(2). The range is rounded
 * inward to the running kernel's pages, so that no neighbour is touched; nothing left is success. */
enum rcc_advice {
	RCC_ADV_WILLNEED = 1, /* read ahead, without waiting; issued in pieces of 2 MiB, for one call reads no more than the device's read-ahead */
	RCC_ADV_POPULATE,     /* read and map now (MADV_POPULATE_READ, Linux 5.14; before that each page is touched) */
	RCC_ADV_DONTNEED,     /* give the memory back; the bytes come back from the file when next read. Nothing is lost */
	RCC_ADV_DONTFORK,     /* keep out of children made by fork: a child that reads it gets SIGSEGV */
	RCC_ADV_DOFORK,       /* undo that */
	RCC_ADV_NOHUGEPAGE,
	RCC_ADV_HUGEPAGE,
	RCC_ADV_LOCK,         /* mlock; RLIMIT_MEMLOCK bounds it: RCC_ENOMEM or RCC_EPERM */
	RCC_ADV_UNLOCK
};
/* RCC_ENOTSUP: the kernel does not know it, or not for this mapping; on Windows, always. RCC_ADV_DONTNEED of
 * memory that no file stands behind (a guarded copy, what rcc_open_memory was given, unless it lies in a module's
 * read-only segment), which would lose its bytes, is RCC_ENOTSUP; so it is where no /proc tells what stands behind
 * a module. RCC_ENOENT, RCC_EINVAL, RCC_ECORRUPT, RCC_ENOMEM, RCC_EPERM, RCC_EIO. */
RCC_PUBLIC int rcc_advise(const rcc_bundle *b, const char *name, int advice);

/* What suits a read-only image in a process that forks and lives long, in one call: RCC_ADV_NOHUGEPAGE and RCC_ADV_DONTFORK
 * of the whole bundle. What follows of it:
 * - a child made by fork has no image: reading it is SIGSEGV there, in rcc's functions too, and RCC_ADV_DOFORK in the
 *   parent before the fork is the only cure. Children that only exec do not notice, nor do threads and vfork;
 * - fork has fewer page tables to copy, and the child's memory does not count the image;
 * - the kernel does not gather its pages into huge ones: no pauses for that, and no memory for what is not read; but more
 *   TLB misses where much of a large image is read again and again.
 * Where the second advice fails, the first stays. Undone by RCC_ADV_DOFORK and, for huge pages, RCC_ADV_HUGEPAGE (which asks for more than
 * no advice did). Of a bundle in a program, pages that hold other things as well are left out, as ever. Errors are those of rcc_advise. */
RCC_PUBLIC int rcc_advise_readonly(const rcc_bundle *b);

/* Reads ahead, then reads and maps, all pages under these files and their index entries, so that first accesses wait for no disk and
 * fault no more. list: size bytes of names, one a line, as --order and --keep take them: a trace, which may be a file
 * of the bundle itself. Pages are taken whole, with what else lies in them; files that --order put together are one range to
 * the kernel. Names that the bundle has not are passed over. Nothing is allocated. Returns how many files were found, or an
 * error: RCC_EINVAL, RCC_ECORRUPT, and those of RCC_ADV_POPULATE. On Windows RCC_ENOTSUP. */
RCC_PUBLIC rcc_ssize rcc_preheat(const rcc_bundle *b, const char *list, size_t size);

/* Where the pages under a bundle or file are. All in bytes, whole pages, those at the ends with what else lies in them. */
typedef struct rcc_resident {
	uint64_t size;          /* pages that hold a byte of it */
	uint64_t cached;        /* of these, in memory: in the page cache, or of a copy in RAM. By cachestat(2), Linux 6.5, else mincore(2), which,
	                           of a file the user neither owns nor may write to, says that all is there */
	uint64_t evicted;       /* of these, gone from the page cache since they were read (cachestat); RCC_UNKNOWN */
	uint64_t mapped;        /* of these, mapped by this process now: its part of Rss (/proc/self/pagemap) */
	uint64_t private_dirty; /* of those mapped, this process's own: a copy (RCC_GUARDED), or changed. 0 of an image as it should be */
	uint64_t huge;          /* in huge pages, of all mappings that hold a byte of it (/proc/self/smaps); at most size */
} rcc_resident;
#define RCC_UNKNOWN ((uint64_t)-1)
/* Fills in *out for a bundle (name NULL) or one file. For looking on, not for the hot path: it reads two files of /proc and, of a file's
 * mapping, opens that file by its path. RCC_ENOTSUP: not on this system, or no /proc. RCC_ENOENT, RCC_EINVAL, RCC_ECORRUPT,
 * RCC_ENOMEM, RCC_EIO. */
RCC_PUBLIC int rcc_residency(const rcc_bundle *b, const char *name, rcc_resident *out);

#ifdef __cplusplus
}
#endif
#endif
