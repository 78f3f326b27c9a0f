/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sweeps struct pages on demand. */
#ifndef PGMAPREF_TRACER_SWEEP_H
#define PGMAPREF_TRACER_SWEEP_H

#include "kernel/tracer.h"

struct sweep_how {
	/* Nothing waits for the sweep: it may take TRACER_PATIENCE_NS, unless sweep_budget_ns is set. */
	bool patient;
	/* Called several times a second; so_far: what the sweep has found. May be NULL. */
	void (*going)(void *ctx, const struct pgr_sweep *so_far);
	void *ctx;
};
#define TRACER_PATIENCE_NS 60000000000ULL

/*
 * Sweeps every struct page. busy gets all busy pages, and the caller frees it; NULL: not wanted.
 */
int tracer__sweep(struct tracer *t, uint64_t addr, uint32_t id, const struct sweep_how *how,
		  struct pgr_sweep *out, struct busy_set *busy);
/* Sweeps only the given pages. *out gets the busy ones of them, and the caller frees it. */
int tracer__sweep_listed(struct tracer *t, uint64_t addr, uint32_t id, const struct busy_set *pages,
			 struct busy_set *out);
/* Unmaps the rows that these two mapped. */
void tracer__unmap_rows(struct tracer *t);

#endif /* PGMAPREF_TRACER_SWEEP_H */
