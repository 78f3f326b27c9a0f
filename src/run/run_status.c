// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>

#include "common/span.h"
#include "run/run_status.h"
#include "run/status.h"

const char *run__status(const struct run *run, uint64_t now, char *buf, size_t len)
{
	uint64_t start = run->out.report.start_ns;
	uint64_t s = now > start ? (now - start) / NSEC_PER_SEC : 0;
	uint64_t teardowns = run->end.totals.teardowns;
	int64_t refs = 0, busy = 0, pages;
	unsigned int n = 0;
	char events[48] = "";

	for (const struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		if (!p->wanted || p->state == PGMAP_GONE || p->state == PGMAP_DRAINED)
			continue;
		n++;
		refs += pgmap__has_excess(p) ? pgmap__excess(p) : 0;
		busy += pgmap__busy(p, &pages) ? pages : 0;
	}
	if (run->o->verb->shows_events)
		snprintf(events, sizeof(events), "%" PRIu64 " events, ", run->end.totals.events);
	snprintf(buf, len,
		 "%s %u pgmap%s: %s%" PRIu64 " unbind%s so far, refs %+" PRId64 ", busy %" PRId64
		 " page%s. ^C ends. %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64,
		 run->o->verb->shows_events ? "tracing" : "watching", n, n == 1 ? "" : "s", events,
		 teardowns, teardowns == 1 ? "" : "s", refs, busy, busy == 1 ? "" : "s", s / 3600,
		 s / 60 % 60, s % 60);
	return buf;
}

const char *run__sweep_status(const struct pgmap *p, const struct pgr_sweep *so_far, char *buf,
			      size_t len)
{
	uint64_t all = so_far->pages, done = so_far->seen + so_far->faults;
	uint64_t left = done && done < all ? (double)so_far->ns / done * (all - done) : 0;
	char span[32];

	snprintf(buf, len, "looking at %s: %" PRIu64 " %% of %" PRIu64 " pages, %s left", p->name,
		 done < all ? done * 100 / all : 100, all, span__text(left, span, sizeof(span)));
	return buf;
}

void run__show_status(const struct run *run)
{
	char line[160];

	if (!run->o->command && status__is_due())
		status__show("%s", run__status(run, clock__now(), line, sizeof(line)));
}
