/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading files whose size is not known before: those of /proc have none. */
#ifndef PGMAPREF_FILE_H
#define PGMAPREF_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * The whole file into *data, which the caller frees, with a 0 after its *len bytes. Of one that is
 * larger than `most` a little more than that is read, so that *len > most tells.
 * Returns 0, -ENOMEM, or what open() and read() say: then *data and *len are as they were.
 */
int file__read(const char *path, size_t most, char **data, size_t *len);

/*
 * The first bytes of a short file, by one read: at most size - 1, with a 0 after them, which is there
 * in any case. path is relative to the open directory `dir`. Returns their number or a negative errno.
 */
ssize_t file__read_head(int dir, const char *path, char *buf, size_t size);

#endif /* PGMAPREF_FILE_H */
