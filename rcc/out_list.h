/* SPDX-License-Identifier: MIT */
/* Unfinished outputs that have a temporary name: an exit and a signal remove them. For out.c only. */
#ifndef RCC_OUT_LIST_H
#define RCC_OUT_LIST_H

#include "out.h"

/* Lists o->temp within o->dirfd for removal. The name is listed before the file is made: a signal in between
 * finds nothing to remove, never too late. */
void out_list_add(struct out *o);
void out_list_remove(struct out *o);

#endif
