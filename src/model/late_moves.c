// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdbool.h>
#include <string.h>

#include "model/late_moves.h"

static bool same_group(const struct late_move *g, const struct pgr_rec_move *r)
{
	return g->task.tid == r->task.tid && g->taker.tid == r->taker.tid && g->stack == r->stack;
}

/* A record read from a file may contain any number: the sum stops at the limit of its type. */
static void add(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = n < 0 ? INT64_MIN : INT64_MAX;
}

void late_moves__add(struct late_moves *m, const struct pgr_rec_move *r)
{
	struct late_move *g = m->group;

	m->calls++;
	add(&m->n, r->n);
	while (g < m->group + m->nr && !same_group(g, r))
		g++;
	if (g == m->group + LATE_MOVES_KEPT)
		return;
	if (g == m->group + m->nr) {
		memset(g, 0, sizeof(*g));
		m->nr++;
		g->task = r->task;
		g->taker = r->taker;
		g->stack = r->stack;
		g->first_ns = r->h.ns;
		g->first_pfn = g->last_pfn = r->pfn;
	}
	g->calls++;
	add(&g->n, r->n);
	g->last_ns = r->h.ns;
	if (r->pfn) {
		if (!g->first_pfn || r->pfn < g->first_pfn)
			g->first_pfn = r->pfn;
		if (r->pfn > g->last_pfn)
			g->last_pfn = r->pfn;
	}
	if (r->held_ns > g->held_ns)
		g->held_ns = r->held_ns;
	g->value = r->value;
	g->ref_flags = r->ref_flags;
}
