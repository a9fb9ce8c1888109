/* SPDX-License-Identifier: MIT */
/* rcc_sqlite.h: SQLite databases in bundles, read where they lie. A file apart: compile rcc_sqlite.c into the program, beside
 * librcc.a or rcc.c, and link with SQLite 3.7.17 or later. Or make a loadable extension of it:
 *   cc -shared -fPIC -fvisibility=hidden -DRCC_SQLITE_EXTENSION -o rcc_sqlite.so rcc_sqlite.c librcc.a -lzstd
 * and in the shell: .load ./rcc_sqlite
 *
 * The VFS "rcc" opens file:NAME?vfs=rcc&bundle=BUNDLE, NAME being a file of a bundle of this process, and with &file=PATH
 * one of the .rcb file PATH, which is mapped (RCC_MAPPED; with &guarded=1, RCC_GUARDED) until the connection is closed.
 * NAME as in the bundle, with %xx where a URI wants it; leading slashes do not count.
 *
 * Rules: store align=4096, and pages are read in place; with PRAGMA mmap_size above 0 SQLite does not even copy them. Or
 * chunk=64K, and a page is decoded with its chunk; each connection keeps some 1 MiB of decoded chunks. A database that
 * became one compressed frame is opened if it has at most 8 MiB, and then kept decoded by each connection.
 *
 * Nothing is ever written: no lock, journal or WAL; SQLite says SQLITE_READONLY. A database in WAL mode is read as it lies, as
 * with immutable=1. NAME-wal, or a journal that would be rolled back, in the same bundle means that NAME alone is not
 * what was committed: that is an error. Temporary files of SQLite's own (sorting, temporary tables) go where they
 * always go. With such a database as main, one transaction cannot write to two attached files: SQLite puts what
 * makes that atomic beside main.
 *
 * Connections may be of any threads, as SQLite allows. Each holds its bundle (rcc_hold); one of a module that is unloaded, or
 * of rcc_open_memory, must stay until they are closed. */
#ifndef RCC_SQLITE_H
#define RCC_SQLITE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the VFS "rcc" known to SQLite, and does not make it the default. bundle: the one that names without bundle= are
 * looked up in, a string that stays; or NULL. Returns SQLite's result code. A VFS of that name that is there already
 * stays as it is. Thread-safe as far as sqlite3_vfs_register is; the extension calls it when it is loaded. */
int rcc_sqlite_register(const char *bundle);

/* Why the VFS refused to open or to read, the last time it did in this thread, in words; "" if it never did. For people:
 * sqlite3_errmsg has no room for it. The same goes to sqlite3_log (".log stderr" in the shell), and xGetLastError of
 * the VFS copies it. Valid until the next such failure in this thread. */
const char *rcc_sqlite_errmsg(void);

#ifdef __cplusplus
}
#endif
#endif
