/* SPDX-License-Identifier: MIT */
/* Outputs. Each emitter turns a decided plan or a finished layout into one file; none calls another. */
#ifndef RCC_EMIT_H
#define RCC_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "layout.h"
#include "like.h"
#include "plan.h"
#include "str.h"
#include "target.h"
#include "tree.h"

enum emit_symbols { SYMBOLS_NONE, SYMBOLS_SIZES, SYMBOLS_GLOBAL };

/* Where in the object the image begins; the layout is written there before emit_elf is called. A multiple of
 * 4096. */
uint64_t emit_elf_image_offset(void);

/* The most bytes that an image may have for an object of this target. */
uint64_t emit_elf_image_max(const struct target *t);

/* Writes the ELF object around the image that lies in fd from emit_elf_image_offset() on, with what like adds,
 * unless that is NULL. False: reported. */
bool emit_elf(int fd, struct diag *d, const char *out_path, const struct layout *l, const struct target *t,
              const struct like *like, enum emit_symbols symbols);

/* The form that the layout has to give an image for emit_elf_split. */
struct split emit_elf_split_form(const struct target *t);

/* As emit_elf, but each asset becomes a section, and so does its reference, so that linkers can prune. */
bool emit_elf_split(int fd, struct diag *d, const char *out_path, const struct layout *l, const struct target *t,
                    const struct like *like, enum emit_symbols symbols);

/* Where the layout is to write an image for emit_archive: far behind the file's beginning. A multiple of 4096. */
uint64_t emit_archive_image_offset(const struct plan *p, const struct like *like);

/* As emit_elf_split, but the pieces are members of a static library, moved to their places in fd from
 * emit_archive_image_offset() on. symbols: not SYMBOLS_GLOBAL. */
bool emit_archive(int fd, struct diag *d, const char *out_path, const struct layout *l, const struct target *t,
                  const struct like *like, enum emit_symbols symbols);

/* Assembler text that makes the same object, or one that libelf cannot write, of the image that is in image_fd and
 * will be at image_path, which is said as it is: relative to where the assembler runs. The text changes whenever
 * the image does. False: what the target's objects cannot hold, reported. Appended to text. */
bool emit_asm(struct sb *text, struct diag *d, const struct layout *l, const struct target *t, enum emit_symbols symbols,
              int image_fd, const char *image_path);

/* The C/C++ header of a bundle: RCC_DECLARE_BUNDLE and for each name a string constant RCC_NAME_bundle__ident and
 * an rcc_asset, RCC_ASSET_bundle__ident, so that a program that names an asset which is not there does not compile. split:
 * the object has references, which the latter name. Appended to text. */
void emit_header(struct sb *text, struct arena *a, const struct plan *p, bool split);

/* A Make and Ninja depfile: target: every directory, file and list read; then a phony target for each.
 * extra: rules files, lists. False: a name that make cannot say, reported. Appended to text. */
bool emit_depfile(struct sb *text, struct arena *a, struct diag *d, const char *target, const struct tree *t,
                  const struct plan *p, const struct str *extra, size_t nextra);

#endif
