/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the file of --allow. */
#ifndef PGMAPREF_READ_ALLOW_H
#define PGMAPREF_READ_ALLOW_H

#include "model/allow.h"

/*
 * Returns 0: the caller frees *out. Returns -EINVAL if the text is wrong: `why` (len bytes) is as
 * from allow__parse(), with path as the name. Returns another negative errno if the file cannot be
 * read, or -ENOMEM: `why` is then empty.
 */
int read_allow__file(const char *path, struct allow **out, char *why, size_t len);

#endif /* PGMAPREF_READ_ALLOW_H */
