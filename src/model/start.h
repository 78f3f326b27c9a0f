/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: the state of a pgmap at the start of the run, and how much of it may still be left. */
#ifndef PGMAPREF_START_H
#define PGMAPREF_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pgmaps.h"

/* A reading of a pgmap: samples, a sweep (both in state_facts), and all busy pages. */
struct reading {
	struct state_facts state;
	struct pgr_sweep *sweep; /* same as state.pages; NULL: the sweep failed */
	struct busy_set busy;
};

/* Records *r as the state at the start (ns). p takes over the memory that r owns. -ENOMEM. */
int start__note(struct pgmap *p, const struct reading *r, uint64_t ns);
/* A later reading: what is missing in *r can no longer be left of the start. */
void start__see(struct pgmap *p, const struct reading *r);
/* Two samples agreed on this excess (explained references subtracted): lowers the low to it. */
void start__lower(struct pgmap *p, int64_t excess);
/* The least excess since the start. */
/*
 * Lowers the low by the references of the start that an exact account saw being put. Does nothing if
 * the account began later, or if it missed writes.
 */
void start__see_exact(struct pgmap *p);
int64_t start__low(const struct pgmap *p);

/* Pins of the run. Initialise with { p }; the caller frees v. */
struct start_pins {
	struct pgmap *p;
	struct busy_pin *v;
	size_t nr, room;
	bool failed; /* out of memory: pins are missing */
};

/* A tracer_pin_fn: adds a pin, and lowers p->start.floor by what others had of its folio. */
void start__add_pin(void *pins, const struct pgr_pin_key *key, const struct pgr_pin *pin);

#endif /* PGMAPREF_START_H */
