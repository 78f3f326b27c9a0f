// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel/tracer_read.h"
#include "run/mark_source.h"
#include "run/run.h"
#include "run/run_allow.h"
#include "run/run_cases.h"
#include "run/run_check.h"
#include "run/run_ledger.h"
#include "run/run_marks.h"
#include "run/say.h"

/* What a test used may go a moment after it: maximum number of readings, and the time between. */
#define LOOKS 5
#define LOOK_AGAIN_NS (20 * NSEC_PER_MSEC)

/* How much is there now, except for what is no leak. */
static struct pgmap_mark mark_of(const struct reading *r)
{
	return (struct pgmap_mark){
		.known = r->state.has_value && r->state.explained_all && r->sweep,
		.excess = r->state.excess - r->state.explained,
		.busy = r->sweep ? r->sweep->busy : 0,
	};
}

static bool is_more(const struct pgmap_mark *now, const struct pgmap_mark *before)
{
	return now->excess > before->excess || now->busy > before->busy;
}

/* Reads p until it has no more than at the mark before, or LOOKS times. */
static void look(struct run *run, struct pgmap *p, struct reading *r)
{
	for (int i = 0;; i++) {
		struct pgmap_mark now;

		run__read_state(&run->k, run->o, p, r);
		now = mark_of(r);
		if (i + 1 == LOOKS || (now.known && !is_more(&now, &p->mark)))
			return;
		run__free_reading(r);
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_AGAIN_NS }, NULL);
		tracer__consume(run->k.tracer, run__record, run);
	}
}

/* What p has more than at the begin of the test, as a finding. The caller clears it. */
static void find(struct run *run, struct pgmap *p, const struct reading *r,
		 const struct pgmap_mark *now, uint64_t since_ns, struct finding *f)
{
	*f = (struct finding){ .p = p,
			       .phase = FINDING_END,
			       .since_ns = since_ns,
			       .pages_hold = run__pages_hold(run->k.tracer, p) };
	f->facts.after = r->state;
	f->pages = r->sweep;
	f->j.verdict = VERDICT_LEAK;
	if (now->excess > p->mark.excess) {
		f->counts.references = now->excess - p->mark.excess;
		f->j.kinds |= LEAK_EXCESS_AT_END;
	}
	if (now->busy > p->mark.busy) {
		f->counts.busy = now->busy - p->mark.busy;
		f->j.kinds |= LEAK_BUSY_AT_END;
	}
	f->excess = f->counts.references;
	f->ledger = run__ledger(&run->k, run->o, p, r->sweep, false);
	f->j.allowed = run__allowed(&run->k, run->out.allow, f);
}

/* Adds what one pgmap has more to the case of the test. */
static void judge(struct run *run, struct pgmap *p, uint64_t since_ns, struct mark_case *c)
{
	struct pgmap_mark now;
	struct reading r;
	struct finding f;

	look(run, p, &r);
	now = mark_of(&r);
	if (since_ns && now.known && is_more(&now, &p->mark)) {
		find(run, p, &r, &now, since_ns, &f);
		run__case_mark_leak(&run->out, &run->end, c, &f);
		finding__clear(&f);
	} else if (since_ns && !now.known) {
		c->unknown = true;
	}
	p->mark = now;
	run__free_reading(&r);
}

/* The test that ran until now ends. name: of the next one; NULL: the run ends. */
static void begin(struct run *run, const char *name)
{
	struct marks *m = &run->model.marks;
	const struct mark *last = m->nr ? &m->v[m->nr - 1] : NULL;
	struct mark_case c = { .name = last ? last->name : NULL };
	uint64_t now = clock__now();

	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		if (p->wanted && p->state == PGMAP_LIVE)
			judge(run, p, last ? last->ns : 0, &c);
	if (last) {
		c.ns = now - last->ns;
		run__case_mark(&run->out, &run->end, &c);
	}
	if (name && marks__add(m, name, now))
		run->end.failed = true;
}

void run__read_marks(struct run *run)
{
	char name[MARK_NAME];
	size_t lost;

	if (!run->loop.marks)
		return;
	lost = mark_source__lost(run->loop.marks);
	while (mark_source__next(run->loop.marks, name, sizeof(name)))
		begin(run, name);
	if (!lost && mark_source__lost(run->loop.marks))
		say__line(
			"--marks: lines of the kernel's log were overwritten: a test may be missing");
}

void run__end_marks(struct run *run)
{
	run__read_marks(run);
	if (run->model.marks.nr)
		begin(run, NULL);
	else if (run->loop.marks)
		say__line("--marks %s: no test was named", run->o->marks);
}
