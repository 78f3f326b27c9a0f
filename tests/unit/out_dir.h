/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A folder for each test of output, with files in it. */
#ifndef PGMAPREF_TEST_OUT_DIR_H
#define PGMAPREF_TEST_OUT_DIR_H

#include <stdbool.h>

#include "report/out.h"

/* The folder, and a path in it where no file is yet. */
extern char out_dir[64], out_path[96];

int make_dir(void **state);
/* Also removes out_path and a file named "target". */
int remove_dir(void **state);
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_dir, remove_dir)

/* Opens an output to out_path. */
struct out *open_out(bool json);
/* The content of a file of less than 64 KiB. It is valid until the next call. */
const char *read_file(const char *name);
/* has() fails the test if the text does not contain the part, lacks() if it does. */
void has(const char *text, const char *part);
void lacks(const char *text, const char *part);

#endif /* PGMAPREF_TEST_OUT_DIR_H */
