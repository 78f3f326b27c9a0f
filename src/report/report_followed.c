// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* refs --follow: a line for each change of a followed page, and the answer at the end. */
#include <inttypes.h>

#include "report/report_followed.h"
#include "report/report_parts.h"

void report__change(struct report *r, const struct followed_page *f)
{
	const struct pgr_rec_change *c = &f->last;
	struct out *o = r->out;

	out__begin(o, "change");
	part__time(r, c->h.ns);
	part__pgmap(r, f->p, &(struct pgmap_text){ .name = "%-9s " });
	out__str(o, "event", "%-7s ", followed_page__event(f, c->n));
	out__hex(o, "pfn", "%-10s ", f->pfn);
	out__int(o, "order", "%3s ", f->order);
	out__delta(o, "n", "%6s ", c->n);
	out__int(o, "refcount", "%9s ", c->refcount);
	part__task(o, "task", "%-16s ", &f->last_task);
	part__counting_site(r, c->stack, "%s");
	out__text(o, "\n");
	if (r->stacks > STACKS_SITE)
		part__stack(r, "stack", c->stack, "            ");
	out__end(o);
}

static void put_last(struct report *r, const struct followed_page *f)
{
	bool missed = !followed_page__has_last_put(f);
	struct out *o = r->out;

	out__bool(o, "last_put_missed", "; nobody was seen to put the last reference", missed);
	if (missed)
		return;
	out__object(o, "last_put");
	part__task(o, "task",
		   f->put_task.tgid ? "; the last reference was put by %s" :
				      "; the last reference was put in an interrupt",
		   &f->put_task);
	part__counting_site(r, f->put.stack, ", %s");
	out__pop(o);
}

static void put_tasks(struct out *o, const struct followed_page *f)
{
	bool busy = f->state == FOLLOWED_BUSY;

	out__array(o, "tasks");
	for (size_t i = 0; i < f->nr_tasks; i++) {
		out__object(o, NULL);
		part__task(o, "task",
			   !busy		? NULL :
			   f->task[i].task.tgid ? "    %s:" :
						  "    interrupts:",
			   &f->task[i].task);
		out__int(o, "took", busy ? " took %s" : NULL, f->task[i].took);
		out__int(o, "gets", busy ? " (changes: %s)" : NULL, f->task[i].gets);
		out__int(o, "dropped", busy ? ", dropped %s" : NULL, f->task[i].dropped);
		out__int(o, "puts", busy ? " (changes: %s)\n" : NULL, f->task[i].puts);
		out__pop(o);
	}
	out__pop(o);
	out__int(o, "unlisted",
		 f->unlisted && busy ? "    … and changes by other tasks: %s\n" : NULL, f->unlisted);
}

void report__followed(struct report *r, const struct followed_page *f, uint64_t ns)
{
	static const char *const words[] = {
		[FOLLOWED_BUSY] = ": still %s",
		[FOLLOWED_IDLE] = ": %s",
		[FOLLOWED_GONE] = ": the pgmap is %s, and the page with it,",
	};
	struct out *o = r->out;

	out__begin(o, "followed");
	part__pgmap(r, f->p, &(struct pgmap_text){ .name = "%s" });
	out__hex(o, "pfn", ": pfn %s", f->pfn);
	out__int(o, "order", f->order ? " of order %s" : NULL, f->order);
	out__str(o, "result", words[f->state], followed_state__name(f->state));
	out__span(o, "after_ns", " after %s",
		  f->state == FOLLOWED_BUSY ? part__since(ns, f->since_ns) :
					      followed_page__after(f));
	out__int(o, "refcount", f->state == FOLLOWED_IDLE ? NULL : ", refcount %s", f->refcount);
	out__int(o, "changes", f->state == FOLLOWED_BUSY ? ", changes so far: %s" : NULL,
		 f->changes);
	if (f->state == FOLLOWED_IDLE)
		put_last(r, f);
	out__text(o, "\n");
	if (r->stacks > STACKS_SITE && f->state == FOLLOWED_IDLE && followed_page__has_last_put(f))
		part__stack(r, "last_put_stack", f->put.stack, "            ");
	put_tasks(o, f);
	out__int(o, "missed",
		 f->missed ? "    changes that were not seen: %s; the next line includes them\n" :
			     NULL,
		 f->missed);
	out__bool(
		o, "blind",
		"    a CPU came online, and its changes were not seen until it had its breakpoint\n",
		f->blind);
	out__end(o);
}
