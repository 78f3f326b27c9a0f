// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "kernel/walked.h"
#include "report/report_parts.h"
#include "report/report_why_advice.h"

const char *advice__wait(enum why_way way)
{
	switch (way) {
	case WHY_FREEZE:
		return "for I/O of others on the disk to end";
	case WHY_QUEUE:
		return "for the queue of the disk, which another task has frozen";
	case WHY_LOCK:
		return "for a lock";
	case WHY_REMOVAL:
		return "before memunmap_pages(): no reference or page keeps it";
	default:
		return NULL;
	}
}

const char *advice__thing(enum pgr_walk_how how)
{
	switch (how) {
	case PGR_WALK_PIPE:
		return "in a pipe";
	case PGR_WALK_URING:
		return "an io_uring";
	case PGR_WALK_XDP:
		return "the umem of an AF_XDP socket";
	case PGR_WALK_MAP:
		return "maps";
	case PGR_WALK_PINNER:
		return "has open";
	default:
		return "has it";
	}
}

const char *advice__unknown(const struct why *y)
{
	switch (y->way) {
	case WHY_REFERENCES:
		return "taken before pgmapref ran; no task has a page of it";
	case WHY_PAGES:
		return "a pin in flight, or one that the kernel keeps";
	case WHY_FREEZE:
		return "pgmapref does not see who does I/O";
	case WHY_QUEUE:
		return "no task is seen that freezes the queue";
	default:
		return "its driver knows";
	}
}

/* How a holder lets go, for "goes on when ...". */
static const char *letting_go(enum pgr_walk_how how)
{
	switch (how) {
	case PGR_WALK_PIPE:
		return "that pipe is read or closed, or ";
	case PGR_WALK_URING:
		return "that ring is closed, or ";
	case PGR_WALK_XDP:
		return "that socket is closed, or ";
	case PGR_WALK_PINNER:
		return "that file is closed, or ";
	case PGR_WALK_MAP:
		return "what it has pinned of that mapping is let go, or ";
	default:
		return "";
	}
}

static void say_holder(const struct why *y, struct advice *a)
{
	const struct walked *f = y->holder[0].f;
	char waiter[64], holder[64];

	part__task_text(&y->t->task, waiter, sizeof(waiter));
	part__task_text(&f->task, holder, sizeof(holder));
	if (y->nr_holders + y->more_holders > 1)
		snprintf(a->so, sizeof(a->so), "%s goes on when all of these let go, or end",
			 waiter);
	else
		snprintf(a->so, sizeof(a->so), "%s%s goes on when %s%s ends",
			 f->grade == GRADE_HOLDS ? "" : "perhaps ", waiter, letting_go(f->how),
			 holder);
}

/* ---- nobody is named ------------------------------------------------------------------------- */

#define WATCH "run 'pgmapref watch' before: it names the task and the call that took each "

/* Does it wait for pages? Without a page in use, code of the kernel took the references itself. */
static bool holds_pages(const struct why *y)
{
	return y->pages_hold && (!y->pages || y->pages->busy);
}

static void say_unknown(const struct why *y, struct advice *a)
{
	char waiter[64];

	part__task_text(&y->t->task, waiter, sizeof(waiter));
	switch (y->way) {
	case WHY_REFERENCES:
		snprintf(a->so, sizeof(a->so), "%s",
			 holds_pages(y) ? "pages of this memory are in use: by a driver, or by a "
					  "pin in flight" :
					  "the kernel code that took them must put them: no "
					  "process can be ended to free them");
		a->next = WATCH "reference";
		break;
	case WHY_PAGES:
		snprintf(a->so, sizeof(a->so), "%s goes on when these pages are let go", waiter);
		a->next = WATCH "page";
		break;
	case WHY_FREEZE:
		snprintf(a->so, sizeof(a->so), "%s goes on when the I/O in flight has ended",
			 waiter);
		a->next = "stop what uses the disk, and unmount it, before the unbind";
		break;
	case WHY_REMOVAL:
		snprintf(a->so, sizeof(a->so), "%s goes on when the driver's own wait ends", waiter);
		a->next = "pgmapref cannot help here: ask the driver of the function that waits";
		break;
	default:
		break;
	}
}

/* An unbind that hangs on a reference, while pages are in use that do not hold it up. */
static const char *beside(const struct why *y)
{
	if (y->way != WHY_REFERENCES || y->pages_hold || !y->pages || !y->pages->busy)
		return NULL;
	return "pages are in use, too ('pgmapref refs' names who has them): let them be dropped "
	       "now, while the unbind waits; it does not wait for them, and after it the kernel "
	       "uses freed memory when they are dropped";
}

void advice__find(const struct why *y, struct advice *a)
{
	char waiter[64], other[64];

	*a = (struct advice){ .beside = beside(y) };
	if (y->behind) {
		part__task_text(&y->t->task, waiter, sizeof(waiter));
		part__task_text(&y->behind->task, other, sizeof(other));
		snprintf(a->so, sizeof(a->so), "%s goes on when %s does", waiter, other);
	} else if (y->nr_holders) {
		say_holder(y, a);
	} else {
		say_unknown(y, a);
	}
}
