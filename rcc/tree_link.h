/* SPDX-License-Identifier: MIT */
/* Where a symbolic link leads. For tree.c only. */
#ifndef RCC_TREE_LINK_H
#define RCC_TREE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Does what the link `leaf` in dirfd leads to lie below the directory root, or is it that directory? is_dir:
 * it leads to a directory. 1, 0, or -1 with errno. No path is spelt out, so none can be too long. */
int link_stays(const struct stat *root, int dirfd, const char *leaf, bool is_dir);

/* The words of the link itself, for messages: at most size - 1 bytes, NUL-ended. Returns buf. */
const char *link_text(int dirfd, const char *leaf, char *buf, size_t size);

#endif
