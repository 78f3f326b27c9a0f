// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* References that were taken or put one by one, with who did it. */
#include <inttypes.h>

#include "report/report_moves.h"
#include "report/report_parts.h"

#define MOVES_SHOWN 16

static void put_move(struct report *r, const struct late_move *m, uint64_t since)
{
	struct out *o = r->out;

	out__object(o, NULL);
	out__int(o, "n", "    %s", m->n);
	out__int(o, "calls", NULL, m->calls);
	part__task(o, "task", " by %s", &m->task);
	out__span(o, "after_ns", " after %s", part__since(m->first_ns, since));
	out__span(o, "last_after_ns", m->calls > 1 ? " to %s" : NULL,
		  part__since(m->last_ns, since));
	if (m->first_pfn) {
		out__hex(o, "first_pfn", ", pfn %s", m->first_pfn);
		out__hex(o, "last_pfn", m->last_pfn != m->first_pfn ? " to %s" : NULL, m->last_pfn);
	}
	if (m->held_ns)
		out__span(o, "held_ns", m->calls > 1 ? ", held %s at most" : ", held %s",
			  m->held_ns);
	part__task(o, "taker",
		   m->taker.tgid && m->taker.tgid != m->task.tgid ? ", taken by %s" : NULL,
		   &m->taker);
	if (!(m->ref_flags & PGR_REF_UNREADABLE))
		out__int(o, "value", NULL, m->value);
	part__site(r, m->stack, ", %s");
	out__text(o, "\n");
	out__pop(o);
}

void report__move(struct report *r, const struct pgmap *p, const struct pgr_rec_move *m,
		  const struct pgr_task *task)
{
	bool put = m->h.record != PGR_REC_LATE;
	struct out *o = r->out;

	out__begin(o, "move");
	out__int(o, "time_ns", NULL, m->h.ns);
	part__pgmap(r, p, &(struct pgmap_text){ .name = "%s: " });
	out__str(o, "event", "%s ", put ? "put" : "get");
	out__int(o, "n", put ? "%s" : "%s, after the kill,", m->n);
	part__task(o, "task", " by %s", task);
	part__task(o, "taker", m->taker.tgid ? ", taken by %s" : NULL, &m->taker);
	if (m->held_ns)
		out__span(o, "held_ns", ", held %s", m->held_ns);
	part__site(r, m->stack, ", %s");
	out__figure(o, "value", ", left: %s", !(m->ref_flags & PGR_REF_UNREADABLE), m->value);
	out__text(o, "\n");
	part__stack(r, "stack", m->stack, "            ");
	out__end(o);
}

void part__moves(struct report *r, const char *key, const struct late_moves *m, uint64_t calls,
		 uint64_t since)
{
	struct out *o = r->out;
	uint64_t shown = 0;

	out__array(o, key);
	for (size_t i = 0; i < m->nr && (out__is_json(o) || i < MOVES_SHOWN); i++) {
		put_move(r, &m->group[i], since);
		shown += m->group[i].calls;
	}
	out__pop(o);
	if (calls > shown)
		out__text(o, "    … and %" PRIu64 " more calls\n", calls - shown);
}
