/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A part of reports: tasks that pin pages of a pgmap. A pin is no reference of the pgmap. */
#ifndef PGMAPREF_REPORT_PINS_H
#define PGMAPREF_REPORT_PINS_H

#include <stddef.h>
#include <stdint.h>

struct ledger;
struct pgr_sweep;
struct report;

/*
 * First the number of pins and of other references that the sweep `pages` found on busy pages, and
 * how many of them were traced: object "pin_account", left out if `pages` is NULL. Then the pins in
 * l, each as "holder (traced)", largest first: array "page_holders" in JSON, present even if empty.
 * l may be NULL. now: CLOCK_MONOTONIC in ns.
 */
void part__pins(struct report *r, const struct ledger *l, const struct pgr_sweep *pages,
		uint64_t now);
/* The number of pin holders in l, which may be NULL. */
size_t pins__nr(const struct ledger *l);

#endif /* PGMAPREF_REPORT_PINS_H */
