/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parses the text of a file of suppressions. */
#ifndef PGMAPREF_ALLOW_FILE_H
#define PGMAPREF_ALLOW_FILE_H

#include "model/allow.h"

/*
 * The text is `size` bytes at `data`; messages call it `name`. Returns 0: the caller frees *out.
 * Returns -EINVAL if the syntax is wrong, or if the text is longer than ALLOW_BYTES: `why` (len
 * bytes) is then "NAME:LINE: reason", in printable ASCII except for NAME. Returns -ENOMEM: `why` is
 * then empty.
 */
int allow__parse(const char *name, const char *data, size_t size, struct allow **out, char *why,
		 size_t len);

#endif /* PGMAPREF_ALLOW_FILE_H */
