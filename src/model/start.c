// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>

#include "model/start.h"

int start__note(struct pgmap *p, const struct reading *r, uint64_t ns)
{
	p->start.state = r->state;
	p->start.sweep = r->sweep;
	p->start.busy = r->busy;
	p->start.ns = ns;
	p->start.old_puts = p->exact.old_puts;
	p->start.there = true;
	return busy__copy(&p->start.floor, &p->start.busy);
}

void start__lower(struct pgmap *p, int64_t excess)
{
	if (p->start.has_low && p->start.low <= excess)
		return;
	p->start.low = excess;
	p->start.has_low = true;
}

void start__see_exact(struct pgmap *p)
{
	const struct state_facts *f = &p->start.state;

	if (!pgmap__is_exact(p) || !p->start.there || p->exact.since_ns > p->start.ns ||
	    !f->has_value || !f->explained_all)
		return;
	start__lower(p, f->excess - f->explained - (p->exact.old_puts - p->start.old_puts));
}

int64_t start__low(const struct pgmap *p)
{
	if (p->start.has_low)
		return p->start.low;
	return p->start.there ? p->start.state.excess : 0;
}

void start__see(struct pgmap *p, const struct reading *r)
{
	if (verdict__is_whole(r->sweep))
		busy__lower(&p->start.floor, &r->busy);
	if (r->state.has_value && r->state.explained_all)
		start__lower(p, r->state.excess - r->state.explained);
}

void start__add_pin(void *pins, const struct pgr_pin_key *key, const struct pgr_pin *pin)
{
	struct start_pins *s = pins;

	if (pin->last_ns < s->p->start.ns)
		return;
	/* At a pin, others had `least` references to the folio: the start has no more left. */
	if (pin->least != PGR_PIN_LEAST_UNKNOWN)
		busy__lower_page(&s->p->start.floor, key->pfn, pin->least);
	if (s->nr == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct busy_pin *v = realloc(s->v, room * sizeof(*v));

		if (!v) {
			s->failed = true;
			return;
		}
		s->v = v;
		s->room = room;
	}
	s->v[s->nr++] = (struct busy_pin){ .pfn = key->pfn,
					   .n = pin->n,
					   .got = pin->how == PGR_PIN_GET,
					   .foreign = pin->foreign,
					   .elders = pin->elders };
}
