/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a file of suppressions. */
#ifndef PGMAPREF_ALLOW_FILE_H
#define PGMAPREF_ALLOW_FILE_H

#include "model/allow.h"

/*
 * Returns 0: the caller frees *out. Returns -EINVAL if the syntax is wrong: `why` (len bytes)
 * is then "FILE:LINE: reason", in printable ASCII except for FILE. Returns another negative
 * errno if the file cannot be read, or -ENOMEM: `why` is then empty.
 */
int allow__read(const char *path, struct allow **out, char *why, size_t len);
/* The same for text in memory: `size` bytes at `data`. Messages call the text `name`. */
int allow__parse(const char *name, const char *data, size_t size, struct allow **out, char *why,
		 size_t len);

#endif /* PGMAPREF_ALLOW_FILE_H */
