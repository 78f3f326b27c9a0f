/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why the tool may not know every pin, every unpin and every taken reference of a run. */
#ifndef PGMAPREF_BLIND_H
#define PGMAPREF_BLIND_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/alive.h"
#include "kernel/plan.h"

struct blind_facts {
	const struct plan *plan;
	const struct alive *alive;
	/* Indexed by enum pgr_loss and by enum pgr_hook. Both NULL: the losses are not known. */
	const uint64_t *cause, *missed_runs;
	bool pins; /* pins are traced */
	bool filtered; /* a filter leaves some takers of references out */
};

struct blind_reason {
	char text[112]; /* "": the tool knows all of them */
};

struct blind {
	struct blind_reason pins, unpins, taken;
};

/*
 * Finds the first reason of each kind in what the run missed. Sets all of *b; the texts are copies,
 * and need nothing of *f afterwards.
 */
void blind__see(struct blind *b, const struct blind_facts *f);
/* Sets the reason, unless *r already has one. */
void blind__because(struct blind_reason *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Returns the reason; NULL: there is none. */
const char *blind__text(const struct blind_reason *r);

#endif /* PGMAPREF_BLIND_H */
