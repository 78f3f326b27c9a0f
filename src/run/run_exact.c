// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>

#include "kernel/tracer_exact.h"
#include "run/run_exact.h"
#include "run/run_ledger.h"
#include "run/say.h"

/* Account and counter are read one after the other: a difference counts if it stays. */
#define APART 2

static bool is_wanted(const struct options *o, const struct pgmap *p)
{
	if (!o->exact)
		return false;
	return o->nr_exact_names ? pgmap__matches(p, o->exact_names, o->nr_exact_names) : p->wanted;
}

void run__begin_exact(struct run_kernel *k, struct pgmap *p)
{
	struct pgmap_exact *x = &p->exact;
	int err = 0;

	if (x->tried)
		return;
	x->tried = true;
	if (run__has_series(k->tracer)) {
		snprintf(x->why_not, sizeof(x->why_not), "hooks see each put on this kernel");
		return;
	}
	if (!k->exact)
		err = tracer_exact__open(k->tracer, &k->exact, x->why_not, sizeof(x->why_not));
	if (!err)
		err = exact__follow(k->exact, p->k.addr, p->k.id, x->why_not, sizeof(x->why_not));
	if (err)
		return;
	x->on = true;
	x->since_ns = clock__now();
}

void run__end_exact(struct run_kernel *k, struct pgmap *p)
{
	if (!p->exact.on || p->exact.ended)
		return;
	exact__release(k->exact, p->k.id);
	p->exact.ended = true;
}

void run__check_exact(struct run_kernel *k, struct run_outcome *end, const struct options *o,
		      struct pgmap *p)
{
	struct pgmap_exact *x = &p->exact;
	struct exact_account a;
	int err;

	if (!x->tried && p->named && is_wanted(o, p)) {
		run__begin_exact(k, p);
		if (x->why_not[0])
			say__line("%s: no exact account: %s", p->name, x->why_not);
		else if (!o->quiet)
			say__line("%s: exact account: each get and each put is seen", p->name);
	}
	if (!x->on || x->ended)
		return;
	err = exact__read(k->exact, p->k.id, &a);
	if (err == -ESTALE || err == -EFAULT) {
		run__end_exact(k, p);
		return;
	}
	if (err)
		return;
	x->missed = a.missed;
	x->gap = a.gap + x->gap_read;
	x->gaps = a.gaps + x->apart_seen;
	x->old_puts = a.old_puts;
	x->open_puts = a.open_puts;
	x->apart = a.quiet && a.value != a.counter ? x->apart + 1 : 0;
	if (x->apart == APART && !x->apart_seen) {
		x->apart_seen = true;
		x->gap_read = a.counter - a.value;
		x->gap += x->gap_read;
		x->gaps++;
	}
	end->exact_missed = end->exact_missed || !pgmap__is_exact(p);
}
