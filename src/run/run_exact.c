// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "kernel/tracer_exact.h"
#include "run/run_exact.h"
#include "run/run_ledger.h"
#include "run/say.h"

/* Readings, 1 ms apart, until a difference counts. */
#define RETRIES 5

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

/*
 * Reads the account. Returns false if the counter is gone. A program that still runs, or a write
 * whose program has not run yet, is no difference: only one that stays in RETRIES readings counts.
 */
static bool read_account(struct run_kernel *k, struct pgmap *p)
{
	struct pgmap_exact *x = &p->exact;
	struct exact_account a = { 0 };
	int err;

	for (int i = 0; i < RETRIES; i++) {
		if (i)
			nanosleep(&(struct timespec){ .tv_nsec = NSEC_PER_MSEC }, NULL);
		err = exact__read(k->exact, p->k.id, &a);
		if (!a.missed && (err || !a.quiet || a.value == a.counter))
			break;
	}
	x->missed = a.missed > x->missed ? a.missed : x->missed;
	if (err)
		return err != -ESTALE && err != -EFAULT;
	if (a.quiet && a.value != a.counter && !x->apart) {
		x->apart = true;
		x->gap_read = a.counter - a.value;
	}
	x->gap = a.gap + x->gap_read;
	x->gaps = a.gaps + x->apart;
	x->old_puts = a.old_puts;
	x->open_puts = a.open_puts;
	return true;
}

static void end(struct run_kernel *k, struct run_outcome *end, struct pgmap *p)
{
	exact__release(k->exact, p->k.id);
	p->exact.ended = true;
	end->exact_missed = end->exact_missed || !pgmap__is_exact(p);
}

void run__end_exact(struct run_kernel *k, struct run_outcome *outcome, struct pgmap *p)
{
	if (!p->exact.on || p->exact.ended)
		return;
	read_account(k, p); /* what was missed since the last tick */
	end(k, outcome, p);
}

void run__check_exact(struct run_kernel *k, struct run_outcome *outcome, const struct options *o,
		      struct pgmap *p)
{
	struct pgmap_exact *x = &p->exact;

	if (!x->tried && p->named && is_wanted(o, p)) {
		run__begin_exact(k, p);
		if (x->why_not[0])
			say__line("%s: no exact account: %s", p->name, x->why_not);
		else if (!o->quiet)
			say__line("%s: exact account: each get and each put is seen", p->name);
	}
	if (!x->on || x->ended)
		return;
	if (!read_account(k, p))
		end(k, outcome, p);
	outcome->exact_missed = outcome->exact_missed || !pgmap__is_exact(p);
}
