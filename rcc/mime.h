/* SPDX-License-Identifier: MIT */
/* mime=auto: a name's ending to a MIME type, by a table of our own, so that the output does not depend on the machine. */
#ifndef RCC_MIME_H
#define RCC_MIME_H

#include "str.h"

/* The type of what ends so; p NULL: no ending that is known. Static. */
struct str mime_of(struct str name);

#endif
