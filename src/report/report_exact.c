// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>

#include "report/report_exact.h"
#include "report/report_moves.h"
#include "report/report_parts.h"

void part__exact(struct report *r, const struct pgmap *p)
{
	const struct pgmap_exact *x = &p->exact;
	struct out *o = r->out;

	if (!x->tried)
		return;
	out__object(o, "exact");
	if (!x->on) {
		out__str(o, "why_not", "  exact     no: %s\n", x->why_not);
	} else {
		out__int(o, "since_ns", NULL, x->since_ns);
		out__bool(o, "whole", "  exact     each get and each put is seen, by breakpoints\n",
			  pgmap__is_exact(p));
		out__bool(o, NULL, "  exact     breakpoints missed gets or puts\n",
			  !pgmap__is_exact(p));
		out__int(o, "missed",
			 !x->missed	? NULL :
			 x->missed == 1 ? "            %s write of the counter was missed\n" :
					  "            %s writes of the counter were missed\n",
			 x->missed);
		out__int(o, "gaps",
			 !x->gaps ? NULL :
			 x->gaps == 1 ?
				    "            %s time the account did not fit the counter\n" :
				    "            %s times the account did not fit the counter\n",
			 x->gaps);
		out__delta(o, "gap", x->gap ? "            %s references in missed writes\n" : NULL,
			   x->gap);
		out__int(o, "old_puts",
			 !x->old_puts	  ? NULL :
			 x->old_puts == 1 ? "            %s reference of the start was put\n" :
					    "            %s references of the start were put\n",
			 x->old_puts);
		out__int(o, "open_puts",
			 x->open_puts ?
				 "            %s put by other tasks: of the start, or newer\n" :
				 NULL,
			 x->open_puts);
		part__moves(r, "puts", &x->puts, x->puts.calls, x->since_ns);
	}
	out__pop(o);
}

void report__references(struct report *r, const struct pgmap *p)
{
	bool known = !p->stale && pgmap__has_excess(p);
	int64_t excess = known ? pgmap__excess(p) : 0;
	struct out *o = r->out;

	out__begin(o, "references");
	part__pgmap(r, p, &(struct pgmap_text){ .name = "%s: " });
	out__bool(o, "gone", p->stale ? "the pgmap is gone\n" : NULL, p->stale);
	out__figure(o, "excess",
		    p->stale	? NULL :
		    !known	? "its references: %s\n" :
		    excess <= 0 ? "no reference above the baseline is left (excess %s)\n" :
		    excess == 1 ? "%s reference above the baseline is left\n" :
				  "%s references above the baseline are left\n",
		    known, excess);
	part__exact(r, p);
	out__end(o);
}
