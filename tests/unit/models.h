/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A made-up pgmap with all that a report may show. Tests change it. */
#ifndef PGMAPREF_TEST_MODELS_H
#define PGMAPREF_TEST_MODELS_H

#include "report/report.h"

#define SEC 1000000000ULL
#define MS 1000000ULL
#define NOW (20 * SEC)

/* No host has block devices with these numbers. Reports show the numbers. */
#define DISK (4095u << 20 | 7)
#define CDEV (4094u << 20 | 9)

/* Keys of stacks. */
#define AT_FAULT 0xf1ull /* get_dev_pagemap() for a page fault */
#define AT_CHUNK 0xc1ull /* a driver's site, in module test_hmm */
#define AT_PIN 0xe1ull
#define NO_STACK 0xbadull /* a key without a stack */

struct model {
	struct report r; /* has symbols, stacks and a function that tells who has ended; no out */
	struct pgmap p; /* pmem0, fsdax, alive, born at 1 s, 1 GiB from 5 GiB on, value at rest */
	struct finding f; /* about p and l; clean */
	struct ledger *l; /* empty; call finish_ledger() before you use it */
	struct pgr_sweep sweep; /* complete, no busy page */
	struct plan plan; /* all hooks attached; not in r */
	struct alive alive; /* all hooks run; not in r */
};

extern struct model m;

/* Setup and teardown of each test. */
int models__set_up(void **state);
int models__clean_up(void **state);
#define TEST_MODEL(fn) cmocka_unit_test_setup_teardown(fn, models__set_up, models__clean_up)

/* Makes the first model again, for the next section of a golden file. */
void fresh_model(void);

/* All tests of a program share the symbols. */
int models__load_symbols(void **state);
int models__free_symbols(void **state);

/* For r.file_path: of files that have names which no terminal should see. */
int path_of(void *ctx, uint32_t dev, uint64_t ino, uint64_t pfn, char *buf, size_t len);

struct pgr_task task_of(const char *comm, uint32_t tgid, uint32_t tid);
/* Adds a row to m.l, first at 10 s and last at 12 s. */
void add_row_of(uint32_t holding, const char *comm, uint32_t tgid, uint64_t stack, uint64_t pfn,
		int64_t n);
/* Adds the row of a file's DAX entry, or of its folio. */
void add_entry_of(const char *comm, uint32_t tgid, uint64_t ino, uint64_t index, uint64_t pfn,
		  uint32_t order);
void finish_ledger(void);
/* The tool looked for the holders of m.f and found none. */
void look_for_holders(void);
/* Makes m.l an empty ledger. */
void new_model_ledger(void);
/* Adds a busy page to m.sweep, and adds it to busy, extra and others. */
struct pgr_busy_page *add_busy(uint64_t pfn, int32_t refcount);
/* sh/100 killed the pgmap at 5 s; the value is `excess` above rest. */
void begin_teardown(int64_t excess);
/* Sets the verdict of m.f: a leak of these kinds; or inconclusive for this reason. */
void leaks(unsigned int kinds);
void doubts(const char *why);

#endif /* PGMAPREF_TEST_MODELS_H */
