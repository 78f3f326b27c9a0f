// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verb `list`: shows every pgmap by reading only; with -H, how its counts change. */
#include <poll.h>
#include <stdlib.h>
#include <sys/param.h>
#include <time.h>

#include "kernel/bdevs.h"
#include "report/report_list.h"
#include "run/cmd_list.h"
#include "run/open.h"
#include "run/reading.h"
#include "run/run.h"
#include "run/run_used.h"
#include "run/run_waiting.h"
#include "run/signals.h"

static void watch_counts(struct run *run)
{
	uint64_t interval = run->o->interval_ns;
	struct timespec t = { interval / NSEC_PER_SEC, interval % NSEC_PER_SEC };
	uint64_t end = clock__now() + run->o->duration_ns;

	while (clock__now() < end) {
		run__tick(run);
		nanosleep(&t, NULL);
	}
}

/* Reads all pgmaps, in the order in which they were made, and shows them. */
static void look(struct run *run)
{
	size_t most = 0, nr = 0;
	struct list_row *rows;

	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		most++;
	rows = calloc(most ? most : 1, sizeof(*rows));
	if (!rows) {
		run->end.failed = true;
		return;
	}
	bdevs__scan(run->k.bdevs, run->k.root);
	run__see_waiters(run);
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next) {
		if (!p->wanted)
			continue;
		rows[nr].p = p;
		rows[nr].sweep = reading__read(&run->k, run->o, p);
		run__used_by(&run->k, p, rows[nr].used_by, sizeof(rows[nr].used_by));
		/* It went while the tool repeats the table. */
		if (p->stale && run->o->every_ns)
			free(rows[nr].sweep);
		else
			nr++;
	}
	report__table(&run->out.report, rows, nr, run->o->history,
		      run->o->nr_names || run->o->types);
	for (size_t i = 0; i < nr; i++)
		free(rows[i].sweep);
	free(rows);
}

/* Waits until it is time to look again. Returns true if a signal or the end of -d comes first. */
static bool rest(int signals, uint64_t every_ns, uint64_t end)
{
	uint64_t next = clock__now() + every_ns;
	struct pollfd fd = { .fd = signals, .events = POLLIN };

	for (uint64_t now; (now = clock__now()) < next;) {
		if ((end && now >= end) || signals__asked())
			return true;
		poll(&fd, 1, MIN(next - now, end ? end - now : next) / NSEC_PER_MSEC + 1);
	}
	return false;
}

int cmd_list__run(const struct options *o)
{
	struct run run = { .o = o, .k.bdevs = bdevs__new() };
	int signals = o->every_ns ? open__signals() : 0, status;
	uint64_t end = o->every_ns && o->duration_ns ? clock__now() + o->duration_ns : 0;

	status = signals < 0 ? STATUS_CANNOT : reading__open(&run);
	if (status)
		return open__close(&run, status);
	if (o->history)
		watch_counts(&run);
	do
		look(&run);
	while (o->every_ns && !run.end.failed && !out__error(run.out.report.out) &&
	       !rest(signals, o->every_ns, end) && !run__adopt(&run));
	return reading__close(&run, STATUS_CLEAN);
}
