// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "kernel/tracer_exact.h"
#include "model/feed.h"
#include "run/run_exact.h"
#include "run/run_ledger.h"
#include "run/say.h"

/*
 * Readings until a difference counts. The pause before them doubles from 1 ms on: a virtual CPU that
 * its host has stopped between a write and the program of it goes on after tens of ms.
 */
#define READINGS 8

bool run__wants_exact(const struct options *o, const struct pgmap *p)
{
	if (o->exact_if_can)
		return p->wanted && !p->exact.given_up;
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
 * whose program has not run yet, is no difference: only one that stays in READINGS readings counts.
 */
static bool read_account(struct run_kernel *k, struct pgmap *p)
{
	struct pgmap_exact *x = &p->exact;
	struct exact_account a = { 0 };
	int err;

	for (int i = 0; i < READINGS; i++) {
		if (i)
			nanosleep(&(struct timespec){ .tv_nsec = NSEC_PER_MSEC << (i - 1) }, NULL);
		err = exact__read(k->exact, p->k.id, &a);
		if (!err && a.has_moved)
			feed__extremes(p, a.low, a.high, clock__now());
		if (a.missed <= x->missed && (err || !a.quiet || x->apart || a.value == a.counter))
			break;
	}
	x->missed = a.missed > x->missed ? a.missed : x->missed;
	if (err && err != -EFAULT)
		return err != -ESTALE;
	/* The account stays where the counter is gone: what the programs found missing counts. */
	if (!err && a.quiet && a.value != a.counter && !x->apart) {
		x->apart = true;
		x->gap_read = a.counter - a.value;
	}
	x->gap = a.gap + x->gap_read;
	x->gaps = a.gaps + x->apart;
	x->old_puts = a.old_puts;
	x->open_puts = a.open_puts;
	return !err;
}

/*
 * What breakpoints missed, no hook saw. If nobody asked for the account, it matters only for what is
 * judged by it, that references of the start were replaced: run__see_events(). The counter itself
 * judges the rest.
 */
static void note_missed(const struct options *o, struct run_outcome *end, const struct pgmap *p)
{
	if (!pgmap__is_exact(p) && !o->exact_if_can)
		end->exact_missed = true;
}

static void end(struct run_kernel *k, struct pgmap *p)
{
	exact__release(k->exact, p->k.id);
	p->exact.ended = true;
}

void run__end_exact(struct run_kernel *k, struct run_outcome *outcome, const struct options *o,
		    struct pgmap *p)
{
	if (!p->exact.on || p->exact.ended)
		return;
	read_account(k, p); /* what was missed since the last tick */
	end(k, p);
	note_missed(o, outcome, p);
}

/* Nobody asked for the account. If a teardown hangs, it is tried again. */
static void give_up_silently(struct pgmap_exact *x)
{
	if (x->on)
		return;
	x->given_up = true;
	x->tried = false;
	x->why_not[0] = '\0';
}

void run__check_exact(struct run_kernel *k, struct run_outcome *outcome, const struct options *o,
		      struct pgmap *p)
{
	struct pgmap_exact *x = &p->exact;

	if (!x->tried && p->named && run__wants_exact(o, p)) {
		run__begin_exact(k, p);
		if (o->exact_if_can)
			give_up_silently(x);
		else if (x->why_not[0])
			say__line("%s: no exact account: %s", p->name, x->why_not);
		else if (!o->quiet)
			say__line("%s: exact account: each get and each put is seen", p->name);
	}
	if (!x->on || x->ended)
		return;
	if (!read_account(k, p))
		end(k, p);
	note_missed(o, outcome, p);
}
