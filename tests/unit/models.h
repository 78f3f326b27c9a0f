/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A made-up pgmap with all that a report may say of it, for tests to change. */
#ifndef PGMAPREF_TEST_MODELS_H
#define PGMAPREF_TEST_MODELS_H

#include "report/report.h"

#define SEC 1000000000ULL
#define MS 1000000ULL
#define NOW (20 * SEC)

/* No host has block devices of these numbers: they are shown as numbers. */
#define DISK (4095u << 20 | 7)
#define CDEV (4094u << 20 | 9)

/* Keys of stacks. */
#define AT_FAULT 0xf1ull /* get_dev_pagemap() for a page fault */
#define AT_CHUNK 0xc1ull /* a driver's, in module test_hmm */
#define AT_PIN 0xe1ull
#define NO_STACK 0xbadull /* a key that leads nowhere */

struct model {
	struct report r; /* with symbols, stacks, and who has ended; no out */
	struct pgmap p; /* pmem0, fsdax, alive, made at 1 s, 1 GiB from 5 GiB on, nothing above rest */
	struct finding f; /* of p, with l: clean */
	struct ledger *l; /* empty; finish_ledger() before use */
	struct pgr_sweep sweep; /* whole, nothing busy */
	struct plan plan; /* all hooks attached; not in r */
	struct alive alive; /* all of them run; not in r */
};

extern struct model m;

/* For each test. */
int models__set_up(void **state);
int models__clean_up(void **state);
#define TEST_MODEL(fn) cmocka_unit_test_setup_teardown(fn, models__set_up, models__clean_up)

/* The model as it was at first, for the next section of a golden file. */
void fresh_model(void);

/* The symbols are for all tests of a program. */
int models__load_symbols(void **state);
int models__free_symbols(void **state);

struct pgr_task task_of(const char *comm, uint32_t tgid, uint32_t tid);
/* A row of m.l: at 10 s and 12 s. */
void add_row_of(uint32_t holding, const char *comm, uint32_t tgid, uint64_t stack, uint64_t pfn,
		int64_t n);
/* A row of a file's DAX entry, or of its folio. */
void add_entry_of(const char *comm, uint32_t tgid, uint64_t ino, uint64_t index, uint64_t pfn,
		  uint32_t order);
void finish_ledger(void);
/* Holders of m.f were looked for: there is none. */
void look_for_holders(void);
/* An empty one. */
void new_model_ledger(void);
/* A busy page of m.sweep; busy, extra and others of it go along. */
struct pgr_busy_page *add_busy(uint64_t pfn, int32_t refcount);
/* A killed pgmap with a value of so many above rest at 5 s, by sh/100. */
void begin_teardown(int64_t excess);
/* The verdict of m.f: a leak of these kinds; inconclusive, for this reason. */
void leaks(unsigned int kinds);
void doubts(const char *why);

#endif /* PGMAPREF_TEST_MODELS_H */
