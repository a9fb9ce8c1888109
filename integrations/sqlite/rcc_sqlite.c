/* SPDX-License-Identifier: MIT */
/* A read-only VFS for SQLite over files in bundles: stored ones in place, compressed ones by their chunks. What it is asked for
 * beside databases (time, randomness, temporary files) it asks of the VFS that was there before. */
#include <errno.h>
#include <string.h>

#ifdef RCC_SQLITE_EXTENSION
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT1
#else
#include <sqlite3.h>
#endif

#include "rcc.h"
#include "rcc_sqlite.h"

enum {
	VFS_NAME_MAX = 4096,
	VFS_FRAME_MAX = 8 << 20, /* as large as a chunk may be */
	VFS_KEPT = 1 << 20,      /* bytes of decoded chunks that a file keeps, or one chunk */
	VFS_SLOTS = 16,
	DB_HEADER = 100 /* bytes; https://www.sqlite.org/fileformat2.html, 1.3 */
};

/* A decoded chunk. */
struct slot {
	unsigned char *bytes; /* NULL: never used */
	uint64_t number;      /* UINT64_MAX: none */
	uint64_t used;        /* when last */
};

/* An open database. SQLite lets one thread at a time in. */
struct file {
	sqlite3_file base;
	rcc_entry e;
	const rcc_bundle *opened, *held; /* by this, or NULL */
	const unsigned char *bytes; /* in place, or NULL */
	sqlite3_int64 most_mapped; /* PRAGMA mmap_size */
	rcc_dctx *decoder;
	uint64_t chunk, turn;
	unsigned slots;
	struct slot slot[VFS_SLOTS];
};

static const char *default_bundle;
static _Thread_local char last_message[400];

const char *rcc_sqlite_errmsg(void)
{
	return last_message;
}

/* Remembers and logs why; returns code. */
static int refuse(int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	sqlite3_vsnprintf((int)sizeof last_message, last_message, format, ap);
	va_end(ap);
	sqlite3_log(code, "rcc: %s", last_message);
	return code;
}

static struct file *file_of(sqlite3_file *f)
{
	return (struct file *)(void *)f;
}

static sqlite3_vfs *root_of(sqlite3_vfs *v)
{
	return v->pAppData;
}

/* The chunk of that number, from the slots or decoded into the one that was not used for longest. NULL: *error says why. */
static const unsigned char *chunk_get(struct file *f, uint64_t number, int *error)
{
	struct slot *s = f->slot;
	rcc_ssize n;

	for (unsigned i = 0; i < f->slots; i++) {
		if (f->slot[i].number == number) {
			f->slot[i].used = ++f->turn;
			return f->slot[i].bytes;
		}
		if (f->slot[i].used < s->used)
			s = &f->slot[i];
	}
	if (!s->bytes && !(s->bytes = sqlite3_malloc64(f->chunk))) {
		*error = RCC_ENOMEM;
		return NULL;
	}
	s->number = UINT64_MAX;
	n = rcc_pread(&f->e, s->bytes, (size_t)f->chunk, number * f->chunk, f->decoder);
	if (n < 0) {
		*error = (int)n;
		return NULL;
	}
	s->number = number;
	s->used = ++f->turn;
	return s->bytes;
}

/* n bytes from off on, both within the contents. */
static int read_range(struct file *f, unsigned char *to, size_t n, uint64_t off)
{
	int error = 0;

	if (f->bytes) {
		memcpy(to, f->bytes + off, n);
		return 0;
	}
	while (n) {
		size_t skip = (size_t)(off % f->chunk), part = n < f->chunk - skip ? n : (size_t)f->chunk - skip;
		const unsigned char *chunk = chunk_get(f, off / f->chunk, &error);

		if (!chunk)
			return error;
		memcpy(to, chunk + skip, part);
		to += part;
		off += part;
		n -= part;
	}
	return 0;
}

static int file_read(sqlite3_file *base, void *buf, int n, sqlite3_int64 off)
{
	struct file *f = file_of(base);
	uint64_t left = (uint64_t)off < f->e.size ? f->e.size - (uint64_t)off : 0;
	size_t part = left < (uint64_t)n ? (size_t)left : (size_t)n;
	int error = read_range(f, buf, part, (uint64_t)off);

	if (error == RCC_ENOMEM)
		return SQLITE_IOERR_NOMEM;
	if (error) /* which SQLite turns into SQLITE_CORRUPT */
		return refuse(SQLITE_IOERR_CORRUPTFS, "cannot decode '%s' at %lld: %s", f->e.name, off, rcc_strerror(error));
	memset((unsigned char *)buf + part, 0, (size_t)n - part);
	return part == (size_t)n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_fetch(sqlite3_file *base, sqlite3_int64 off, int n, void **out)
{
	const struct file *f = file_of(base);
	uint64_t end = (uint64_t)off + (uint64_t)n;

	*out = NULL; /* read it, then */
	if (f->bytes && end <= f->e.size && end <= (uint64_t)f->most_mapped)
		*out = (void *)(uintptr_t)(f->bytes + off); /* SQLite does not write to such pages */
	return SQLITE_OK;
}

static int file_unfetch(sqlite3_file *base, sqlite3_int64 off, void *p)
{
	(void)base, (void)off, (void)p;
	return SQLITE_OK;
}

static int file_close(sqlite3_file *base)
{
	struct file *f = file_of(base);

	for (unsigned i = 0; i < f->slots; i++)
		sqlite3_free(f->slot[i].bytes);
	rcc_dctx_free(f->decoder);
	rcc_close_bundle(f->opened);
	rcc_drop(f->held);
	return SQLITE_OK;
}

static int file_write(sqlite3_file *base, const void *p, int n, sqlite3_int64 off)
{
	(void)base, (void)p, (void)n, (void)off;
	return SQLITE_READONLY;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	(void)base, (void)size;
	return SQLITE_READONLY;
}

/* Also syncing, locking and unlocking: there is nothing to do. */
static int file_nothing(sqlite3_file *base, int flags)
{
	(void)base, (void)flags;
	return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
	*out = (sqlite3_int64)file_of(base)->e.size;
	return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *base, int *out)
{
	(void)base;
	*out = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int what, void *arg)
{
	struct file *f = file_of(base);

	if (what == SQLITE_FCNTL_VFSNAME) {
		*(char **)arg = sqlite3_mprintf("rcc");
		return SQLITE_OK;
	}
	if (what == SQLITE_FCNTL_MMAP_SIZE) {
		sqlite3_int64 asked = *(sqlite3_int64 *)arg;

		*(sqlite3_int64 *)arg = f->most_mapped;
		if (asked >= 0 && f->bytes)
			f->most_mapped = asked;
		return SQLITE_OK;
	}
	return SQLITE_NOTFOUND;
}

static int file_traits(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_IMMUTABLE; /* no lock, and no look for a journal or a WAL */
}

static const sqlite3_io_methods file_methods = {
	.iVersion = 3,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_nothing,
	.xFileSize = file_size,
	.xLock = file_nothing,
	.xUnlock = file_nothing,
	.xCheckReservedLock = file_is_reserved,
	.xFileControl = file_control,
	.xDeviceCharacteristics = file_traits,
	.xFetch = file_fetch,
	.xUnfetch = file_unfetch,
};

/* The bundle that the URI of uri tells; f->opened is to be closed. */
static int find_bundle(struct file *f, const char *uri, const rcc_bundle **out)
{
	const char *name = sqlite3_uri_parameter(uri, "bundle"), *path = sqlite3_uri_parameter(uri, "file");
	rcc_info info;
	int error;

	if (!path) {
		if (!name)
			name = default_bundle;
		if (!name)
			return refuse(SQLITE_CANTOPEN, "'%s': no bundle is named; say file:NAME?vfs=rcc&bundle=BUNDLE", uri);
		*out = rcc_find_bundle(name);
		f->held = *out && !rcc_hold(*out) ? *out : NULL;
		return *out ? SQLITE_OK : refuse(SQLITE_CANTOPEN, "there is no bundle '%s' in this process", name);
	}
	error = rcc_open_bundle(path, sqlite3_uri_boolean(uri, "guarded", 0) ? RCC_GUARDED : RCC_MAPPED, &f->opened);
	if (error)
		return refuse(error == RCC_ENOMEM ? SQLITE_NOMEM : SQLITE_CANTOPEN, "cannot open '%s': %s", path,
		              error == RCC_EIO ? strerror(errno) : rcc_strerror(error));
	*out = f->opened;
	if (name && (rcc_get_info(*out, &info) || info.name_len != strlen(name) || memcmp(info.name, name, info.name_len)))
		return refuse(SQLITE_CANTOPEN, "the bundle in '%s' is not called '%s'", path, name);
	return SQLITE_OK;
}

/* Is there a file NAME and suffix that begins with other than a NUL, as a journal does that counts? */
static int has_beside(const rcc_entry *e, const char *suffix)
{
	char *name = sqlite3_mprintf("%s%s", e->name, suffix), first = 0;
	rcc_entry other;
	int has = name && !rcc_lookup(e->bundle, name, strlen(name), &other) && rcc_pread(&other, &first, 1, 0, NULL) == 1 && first;

	sqlite3_free(name);
	return has;
}

/* Makes f ready to read its entry. */
static int file_prepare(struct file *f)
{
	rcc_span s;
	int error = rcc_view(&f->e, &s);

	if (!error) {
		f->bytes = s.data;
		return SQLITE_OK;
	}
	if (error == RCC_EENCODED)
		error = rcc_chunk_size(&f->e, &f->chunk);
	if (error)
		return refuse(SQLITE_CANTOPEN, "cannot read '%s': %s", f->e.name, rcc_strerror(error));
	if (f->chunk > VFS_FRAME_MAX)
		return refuse(SQLITE_CANTOPEN, "'%s' is one compressed frame of %lld bytes, which cannot be read in parts; "
		              "give it 'store align=4096' or 'chunk=64K' in the rules", f->e.name, (long long)f->e.size);
	f->chunk += !f->chunk;
	f->slots = f->chunk < VFS_KEPT / VFS_SLOTS ? VFS_SLOTS : f->chunk < VFS_KEPT ? (unsigned)(VFS_KEPT / f->chunk) : 1;
	for (unsigned i = 0; i < f->slots; i++)
		f->slot[i].number = UINT64_MAX;
	f->decoder = rcc_dctx_new();
	return f->decoder ? SQLITE_OK : SQLITE_NOMEM;
}

static uint32_t big32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* What SQLite would find out later, or not say so well. That it is a database at all, SQLite itself looks. */
static int file_judge(struct file *f)
{
	unsigned char h[DB_HEADER];
	uint64_t page, size;
	int rc;

	if (has_beside(&f->e, "-wal"))
		return refuse(SQLITE_CANTOPEN, "'%s-wal' lies beside it: before it is embedded it wants PRAGMA wal_checkpoint(TRUNCATE)",
		              f->e.name);
	if (has_beside(&f->e, "-journal"))
		return refuse(SQLITE_CANTOPEN, "'%s-journal' lies beside it: open it once with sqlite3 before it is embedded", f->e.name);
	if (f->e.size < DB_HEADER)
		return SQLITE_OK;
	rc = file_read(&f->base, h, DB_HEADER, 0);
	if (rc || memcmp(h, "SQLite format 3", 16) || big32(h + 24) != big32(h + 92))
		return rc;
	page = (uint64_t)h[16] << 8 | h[17];
	size = (page == 1 ? 65536 : page) * big32(h + 28);
	if (size > f->e.size)
		return refuse(SQLITE_CORRUPT, "'%s' is cut short: it has %lld bytes of %lld", f->e.name, (long long)f->e.size,
		              (long long)size);
	return SQLITE_OK;
}

static int file_open(struct file *f, const char *uri)
{
	const rcc_bundle *b = NULL;
	int rc = find_bundle(f, uri, &b), error;
	const char *name = uri + strspn(uri, "/");

	if (rc)
		return rc;
	error = rcc_lookup(b, name, strlen(name), &f->e);
	if (error)
		return refuse(SQLITE_CANTOPEN, "'%s' in the bundle: %s", name, rcc_strerror(error));
	rc = file_prepare(f);
	return rc ? rc : file_judge(f);
}

static int vfs_open(sqlite3_vfs *v, const char *uri, sqlite3_file *base, int flags, int *out_flags)
{
	struct file *f = file_of(base);
	int rc;

	if (!uri) /* a temporary file */
		return root_of(v)->xOpen(root_of(v), uri, base, flags, out_flags);
	memset(f, 0, sizeof *f);
	if (!(flags & SQLITE_OPEN_MAIN_DB))
		return refuse(SQLITE_CANTOPEN, "there is nothing but databases to open, and none is written: not '%s'", uri);
	rc = file_open(f, uri);
	if (rc) {
		file_close(base);
		return rc;
	}
	base->pMethods = &file_methods;
	if (out_flags)
		*out_flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
	return SQLITE_OK;
}

/* --- what else the VFS is asked --- */

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
	(void)v, (void)name, (void)sync;
	return SQLITE_READONLY;
}

static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
	(void)v, (void)name, (void)flags;
	*out = 0; /* no journal, no WAL */
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *v, const char *name, int room, char *out)
{
	size_t n = strlen(name);

	(void)v;
	if (n >= (size_t)room)
		return refuse(SQLITE_CANTOPEN, "the name is too long");
	memcpy(out, name, n + 1);
	return SQLITE_OK;
}

static void *vfs_dl_open(sqlite3_vfs *v, const char *path)
{
	return root_of(v)->xDlOpen(root_of(v), path);
}

static void vfs_dl_error(sqlite3_vfs *v, int n, char *out)
{
	root_of(v)->xDlError(root_of(v), n, out);
}

static void (*vfs_dl_sym(sqlite3_vfs *v, void *handle, const char *name))(void)
{
	return root_of(v)->xDlSym(root_of(v), handle, name);
}

static void vfs_dl_close(sqlite3_vfs *v, void *handle)
{
	root_of(v)->xDlClose(root_of(v), handle);
}

static int vfs_random(sqlite3_vfs *v, int n, char *out)
{
	return root_of(v)->xRandomness(root_of(v), n, out);
}

static int vfs_sleep(sqlite3_vfs *v, int microseconds)
{
	return root_of(v)->xSleep(root_of(v), microseconds);
}

static int vfs_time(sqlite3_vfs *v, double *out)
{
	return root_of(v)->xCurrentTime(root_of(v), out);
}

static int vfs_time64(sqlite3_vfs *v, sqlite3_int64 *out)
{
	return root_of(v)->xCurrentTimeInt64(root_of(v), out);
}

static int vfs_last_error(sqlite3_vfs *v, int n, char *out)
{
	(void)v;
	if (n > 0)
		sqlite3_snprintf(n, out, "%s", last_message);
	return 0; /* a number of the operating system's, and there is none */
}

static sqlite3_vfs vfs = {
	.mxPathname = VFS_NAME_MAX,
	.zName = "rcc",
	.xOpen = vfs_open,
	.xDelete = vfs_delete,
	.xAccess = vfs_access,
	.xFullPathname = vfs_full_path,
	.xDlOpen = vfs_dl_open,
	.xDlError = vfs_dl_error,
	.xDlSym = vfs_dl_sym,
	.xDlClose = vfs_dl_close,
	.xRandomness = vfs_random,
	.xSleep = vfs_sleep,
	.xCurrentTime = vfs_time,
	.xGetLastError = vfs_last_error,
	.xCurrentTimeInt64 = vfs_time64,
};

int rcc_sqlite_register(const char *bundle)
{
	sqlite3_vfs *root = sqlite3_vfs_find(NULL);

	if (sqlite3_vfs_find("rcc"))
		return SQLITE_OK;
	if (!root)
		return SQLITE_ERROR;
	default_bundle = bundle;
	vfs.pAppData = root;
	vfs.szOsFile = root->szOsFile > (int)sizeof(struct file) ? root->szOsFile : (int)sizeof(struct file);
	vfs.iVersion = root->iVersion < 2 ? 1 : 2; /* the latter has xCurrentTimeInt64 */
	return sqlite3_vfs_register(&vfs, 0);
}

#ifdef RCC_SQLITE_EXTENSION
#ifdef _WIN32
#define VFS_EXPORT __declspec(dllexport)
#else
#define VFS_EXPORT __attribute__((visibility("default")))
#endif
VFS_EXPORT int sqlite3_rccsqlite_init(sqlite3 *db, char **message, const sqlite3_api_routines *api);

/* What SQLite calls in rcc_sqlite.so. The VFS may be in use by any connection from now on, so it is never unloaded. */
int sqlite3_rccsqlite_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	int rc;

	(void)db, (void)message;
	SQLITE_EXTENSION_INIT2(api);
	rc = rcc_sqlite_register(NULL);
	return rc ? rc : SQLITE_OK_LOAD_PERMANENTLY;
}
#endif
