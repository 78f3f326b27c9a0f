/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs a verb from its command line to its exit status, on a made-up kernel. */
#ifndef PGMAPREF_TEST_VERB_WORLD_H
#define PGMAPREF_TEST_VERB_WORLD_H

#include "run_world.h"

extern char done[96]; /* the file that COMMAND makes */
extern const char *caps; /* the capabilities that are missing */

int set_up_verbs(void **state);
int tear_down_verbs(void **state);
#undef test
#define test(name) cmocka_unit_test_setup_teardown(name, set_up_verbs, tear_down_verbs)

/* Runs "pgmapref LINE -o out_path" and returns the exit status. Blanks separate words. */
int pgmapref(const char *line);
/* Runs check with these options and a COMMAND that makes the file `done`. Returns the exit status. */
int check_that_makes_the_file(const char *more);
/* What the last run wrote, and what it said on standard error. Both are valid until the next call. */
const char *output(void);
const char *said(void);

/* The run gets the record while COMMAND runs. The caller keeps it until then. */
void comes(const struct pgr_header *h, size_t size);
#define COMES(r) comes(&(r).h, sizeof(r))
/* The excess of the pgmap becomes n when COMMAND has made the file. */
void rises(struct fake_pgmap *k, int64_t n);

#endif /* PGMAPREF_TEST_VERB_WORLD_H */
