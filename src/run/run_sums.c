// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "kernel/tracer_read.h"
#include "model/frames.h"
#include "report/report_parts.h"
#include "report/report_sums.h"
#include "run/run_sums.h"

static void name_site(void *ctx, uint64_t key, char *buf, size_t len)
{
	struct run *run = ctx;
	struct symbols *symbols = run->k.symbols;
	struct pgr_stack stack;

	if (!tracer__stack(run->k.tracer, key, &stack))
		frames__short(symbols, &stack, frames__site(symbols, &stack), buf, len);
}

int run__begin_sums(struct run *run)
{
	if (!run->o->sums)
		return 0;
	run->model.sums = sums__new(run->o->sum_by, name_site, run);
	return run->model.sums ? 0 : -ENOMEM;
}

int run__sum_event(struct run *run, const struct pgmap *p, const struct pgr_rec_event *e)
{
	char path[PART_PATH];

	/* The path is known as long as the file is there. */
	if (sums__by(run->model.sums) & SUM_BY_FILE)
		part__path(&run->out.report, e->dev, e->ino, e->pfn, path);
	return sums__add(run->model.sums, p->name, e);
}

void run__sum_holders(struct sums *s, const struct pgmap *p, const struct ledger *l)
{
	for (size_t i = 0; l && i < ledger__nr(l); i++)
		sums__see_holder(s, p->name, ledger__holder(l, i));
}

/* Are gets and puts of all pgmaps that were traced in pairs? */
static bool sees_puts(const struct run *run)
{
	if (plan__series(tracer__plan(run->k.tracer)).puts_visible)
		return true;
	for (struct pgmap *p = run->model.pgmaps.first; p; p = p->next)
		if (p->wanted && !p->exact.on)
			return false;
	return true;
}

void run__report_sums(struct run *run)
{
	if (!run->model.sums)
		return;
	sums__sort(run->model.sums);
	report__sums(&run->out.report, run->model.sums, sees_puts(run), clock__now());
	sums__free(run->model.sums);
	run->model.sums = NULL;
}
