/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Those who hold pages of a pgmap without a reference of it: a part of its reports. */
#ifndef PGMAPREF_REPORT_PINS_H
#define PGMAPREF_REPORT_PINS_H

#include <stddef.h>
#include <stdint.h>

struct ledger;
struct pgr_sweep;
struct report;

/*
 * How many pins, and other references, the sweep `pages` met on busy pages (NULL: not said), and how
 * many of these were traced, object "pin_account"; then the pins in l, each "holder (traced)",
 * largest first; array "page_holders" in JSON, which is there also when it is empty. l may be NULL.
 * now: CLOCK_MONOTONIC in ns.
 */
void part__pins(struct report *r, const struct ledger *l, const struct pgr_sweep *pages,
		uint64_t now);
/* How many there are. */
size_t pins__nr(const struct ledger *l);

#endif /* PGMAPREF_REPORT_PINS_H */
