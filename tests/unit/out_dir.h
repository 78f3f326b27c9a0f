/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A folder for each test of output, and files in it. */
#ifndef PGMAPREF_TEST_OUT_DIR_H
#define PGMAPREF_TEST_OUT_DIR_H

#include <stdbool.h>

#include "report/out.h"

/* The folder, and a path in it where there is nothing yet. */
extern char out_dir[64], out_path[96];

int make_dir(void **state);
/* Takes out_path and a file "target" with it. */
int remove_dir(void **state);
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make_dir, remove_dir)

/* Output to out_path. */
struct out *open_out(bool json);
/* What is in a file of less than 64 KiB: valid up to the next call. */
const char *read_file(const char *name);
/* The test fails if the text lacks this part; if it has it. */
void has(const char *text, const char *part);
void lacks(const char *text, const char *part);

#endif /* PGMAPREF_TEST_OUT_DIR_H */
