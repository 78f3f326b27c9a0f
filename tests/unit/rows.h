/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows as the BPF side would leave them, for tests of the ledger. */
#ifndef PGMAPREF_TEST_ROWS_H
#define PGMAPREF_TEST_ROWS_H

#include <stdint.h>

#include "model/ledger.h"

#define FIO 4711u
#define CAT 4712u
#define SITE_A 0xaaaaaaaa00000001ull
#define SITE_B 0xbbbbbbbb00000001ull
#define SITE_GUP 0xcccccccc00000001ull /* finish() tells the ledger that this site is transient */

struct ledger *new_ledger(void);
/* A row from 1000 to 2000 ns. All other fields are 0. */
struct pgr_ledger_row row_of(uint32_t tid, uint64_t stack, int64_t n);
/* Adds one row. References have a row per task and site, other holdings a row per page. */
void add_row(struct ledger *l, uint32_t holding, const struct pgr_ledger_row *row);
void add_get(struct ledger *l, uint32_t tid, uint64_t stack, int64_t n);
/* An entry by FIO at SITE_A. */
void add_entry(struct ledger *l, uint64_t ino, uint64_t index, uint64_t pfn, uint32_t order);

/* How often the ledger asked whether a site is transient, and how often without a stack. */
struct asked {
	unsigned int calls, about_none;
};

/* Calls ledger__finish(), which must succeed and must not ask about a row without a stack. */
struct asked finish(struct ledger *l);

#endif /* PGMAPREF_TEST_ROWS_H */
