/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why pins, unpins and takings of a run may not all be known. */
#ifndef PGMAPREF_BLIND_H
#define PGMAPREF_BLIND_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/alive.h"
#include "kernel/plan.h"

struct blind_facts {
	const struct plan *plan;
	const struct alive *alive;
	/* By enum pgr_loss, and by enum pgr_hook; both NULL: what was lost is not known. */
	const uint64_t *cause, *missed_runs;
	bool pins; /* pins are traced */
	bool filtered; /* who takes is traced in part */
};

struct blind_reason {
	char text[112]; /* "": all are known */
};

struct blind {
	struct blind_reason pins, unpins, taken;
};

void blind__see(struct blind *b, const struct blind_facts *f);
/* The first one counts. */
void blind__because(struct blind_reason *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* NULL: none. */
const char *blind__text(const struct blind_reason *r);

#endif /* PGMAPREF_BLIND_H */
