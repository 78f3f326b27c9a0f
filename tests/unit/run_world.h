/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A run on a made-up kernel: a trace with a --stuck that does not elapse during a test. */
#ifndef PGMAPREF_TEST_RUN_WORLD_H
#define PGMAPREF_TEST_RUN_WORLD_H

#include <stdint.h>

#include "fake_tracer.h"
#include "out_dir.h"
#include "records.h"
#include "run/run.h"
#include "run/verbs.h"

#define NAME "dax77.0" /* the name of every pgmap */
#define SECOND_NS 1000000000ULL
#define NEVER (UINT64_MAX / 2)

extern struct fake_tracer kernel;
extern struct options o;
extern struct run run;
/* Half of the time since the boot, so that no time in a test is in the future. */
extern uint64_t start;

/* The row of an existing verb. */
const struct verb *verb_of(const char *name);

int set_up(void **state);
int tear_down(void **state);
#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* All that the run has written. Closes the output: the run can write nothing more. */
const char *written(void);

/* Makes a pgmap of the kernel, at rest, born at `start`. */
struct fake_pgmap *make_pgmap(uint32_t id, uint32_t flags);
/* The same, and the run gets the record of the birth. */
void bear(uint32_t id);
/* The model's pgmap with this id. */
struct pgmap *p_of(uint32_t id);

#define RECORD(r) run__record(&run, &(r).h, sizeof(r))

/*
 * Records about the pgmap, ns after `start`. They also set the first made-up pgmap of the kernel to
 * the state that they describe.
 */
void feed_begin(uint32_t id, uint64_t ns, int64_t excess);
void feed_sweep(uint32_t id, uint64_t ns, uint32_t final, uint64_t busy);
void feed_drained(uint32_t id, uint64_t ns);
void feed_gone(uint32_t id, uint64_t ns);

#endif /* PGMAPREF_TEST_RUN_WORLD_H */
