/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A text that a test made, and the file that has it as it should be. */
#ifndef PGMAPREF_TEST_GOLDEN_FILE_H
#define PGMAPREF_TEST_GOLDEN_FILE_H

#include <stdbool.h>

/*
 * Does the file have this text? If not, shows a diff on standard error. With UPDATE_GOLDEN=1 it
 * writes the text into the file.
 */
bool golden_file__is(const char *path, const char *text);

#endif /* PGMAPREF_TEST_GOLDEN_FILE_H */
