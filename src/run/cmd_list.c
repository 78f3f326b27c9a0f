// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verb `list`: shows every pgmap by reading only; with -H, how its counts change. */
#include <stdlib.h>
#include <time.h>

#include "run/cmd_list.h"
#include "run/open.h"
#include "run/reading.h"
#include "run/run.h"

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

int cmd_list__run(const struct options *o)
{
	struct run run = { .o = o };
	int status = reading__open(&run);

	if (status)
		return open__close(&run, status);
	if (o->history)
		watch_counts(&run);
	report__list_header(&run.out.report);
	for (struct pgmap *p = run.model.pgmaps.first; p; p = p->next) {
		struct pgr_sweep *w;

		if (!p->wanted)
			continue;
		w = reading__read(&run.k, run.o, p);
		report__list(&run.out.report, p, w, o->history);
		free(w);
	}
	return reading__close(&run, STATUS_CLEAN);
}
