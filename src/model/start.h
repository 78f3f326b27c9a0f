/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: what a pgmap was when the run began, and what can still be left of that. */
#ifndef PGMAPREF_START_H
#define PGMAPREF_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pgmaps.h"

/* What was read of a pgmap at one time: excess and pages as in state_facts, and every busy page. */
struct look {
	struct state_facts state;
	struct pgr_sweep *sweep; /* state.pages; NULL: not to be had */
	struct busy_set busy;
};

/* The run begins at ns; what l has belongs to p from here on. -ENOMEM. */
int start__note(struct pgmap *p, const struct look *l, uint64_t ns);
/* A later look: what is not there any more was of the start, and is not left. */
void start__see(struct pgmap *p, const struct look *l);
/* So many references, less what is explained, were there above rest at a steady reading. */
void start__lower(struct pgmap *p, int64_t excess);
/* The least there were so far. */
int64_t start__low(const struct pgmap *p);

/* Pins of the run: { p } to begin with, v to be freed. */
struct start_pins {
	struct pgmap *p;
	struct busy_pin *v;
	size_t nr, room;
	bool failed; /* no memory: some are missing */
};

/* Has the shape of a tracer_pin_fn; lowers what can be left by what others had of the page, too. */
void start__add_pin(void *pins, const struct pgr_pin_key *key, const struct pgr_pin *pin);

#endif /* PGMAPREF_START_H */
