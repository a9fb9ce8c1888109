/* SPDX-License-Identifier: MIT */
/* A page that shows what takes the room in bundles: a rectangle a file, nested by directory, as large as its stored
 * bytes. HTML and SVG in one file that loads nothing. */
#ifndef RCC_TREEMAP_H
#define RCC_TREEMAP_H

#include "report.h"
#include "str.h"

void treemap_begin(struct sb *page, struct str title);
/* One bundle. change: what a program has of it, or NULL. */
void treemap_add(struct sb *page, struct str name, const struct report *r, const struct report_change *change);
void treemap_end(struct sb *page);

#endif
