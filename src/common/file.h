/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads whole files (stat(2) gives no size for files of /proc), and appends to files. */
#ifndef PGMAPREF_FILE_H
#define PGMAPREF_FILE_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * Reads the whole file into *data, with a 0 after its *len bytes. The caller frees *data. If the
 * file is larger than `most`, the function stops soon after `most` bytes: the caller sees *len >
 * most. Returns 0, -ENOMEM, or the negative errno of open() or read(); on error *data and *len are
 * unchanged.
 */
int file__read(const char *path, size_t most, char **data, size_t *len);

/*
 * Reads the first bytes of a short file by one read(): at most size - 1, with a 0 after them (on
 * error too). path is relative to the open directory `dir`. Returns the number of bytes or a
 * negative errno.
 */
ssize_t file__read_head(int dir, const char *path, char *buf, size_t size);

/*
 * Opens a text file to append lines to it; the caller closes *f. A new file has a mode by umask;
 * symlinks are not followed. If its last line has no newline, the file gets one. Returns 0 or a
 * negative errno.
 */
int file__append(const char *path, FILE **f);

#endif /* PGMAPREF_FILE_H */
