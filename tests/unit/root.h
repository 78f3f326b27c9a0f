/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A folder for each test that takes the place of /, with made-up files of /proc and /sys. */
#ifndef PGMAPREF_TEST_ROOT_H
#define PGMAPREF_TEST_ROOT_H

#include <stddef.h>

extern char root[64];

int make_root(void **state);
/* Removes the folder and all that is in it. */
int remove_root(void **state);
/* The whole path of a file in the folder. Makes its parent folders. Valid until the next call. */
const char *in_root(const char *path);
/* Writes a file in the folder. Makes its parent folders. */
void put_file(const char *path, const char *text);
/* The same with len bytes. If `at` is not 0: writes them at this offset of an existing file. */
void put_bytes(const char *path, const void *data, size_t len, long at);
/* Writes a process whose only thread is in D state, with this kernel stack. */
void put_task(unsigned int pid, const char *stack);

#endif /* PGMAPREF_TEST_ROOT_H */
