// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/tracer_impl.h"
#include "kernel/tracer_run.h"
#include "kernel/tracer_sweep.h"

static int map_rows(struct tracer *t)
{
	void *rows;

	if (t->rows)
		return 0;
	rows = mmap(NULL, PGR_BUSY_ROWS * sizeof(*t->rows), PROT_READ | PROT_WRITE, MAP_SHARED,
		    bpf_map__fd(t->skel->maps.busy_rows), 0);
	if (rows == MAP_FAILED)
		return -errno;
	t->rows = rows;
	return 0;
}

void tracer__unmap_rows(struct tracer *t)
{
	if (t->rows)
		munmap(t->rows, PGR_BUSY_ROWS * sizeof(*t->rows));
	t->rows = NULL;
}

/* Runs one sweep or, with a->resume, the next part of it. */
static int sweep_part(struct tracer *t, struct pgr_sweep_args *a, struct pgr_sweep *out)
{
	int err = tracer__run(t->skel->progs.sweep, a, sizeof(*a));

	if (err || a->err)
		return err ? err : a->err;
	*out = t->skel->bss->sweep_result;
	return 0;
}

/* How often a long sweep says how far it is. */
#define SWEEP_PART_NS 100000000ULL

int tracer__sweep(struct tracer *t, uint64_t addr, uint32_t id, const struct sweep_how *how,
		  struct pgr_sweep *out, struct busy_set *busy)
{
	int err = busy ? map_rows(t) : 0;

	if (busy)
		memset(busy, 0, sizeof(*busy));
	for (bool resume = false; !err; resume = true) {
		struct pgr_sweep_args a = {
			.addr = addr,
			.id = id,
			.rows = busy != NULL,
			.resume = resume,
			.pause_ns = how->going ? SWEEP_PART_NS : 0,
			.budget_ns = how->patient && !t->budget_is_set ? TRACER_PATIENCE_NS : 0,
		};

		err = sweep_part(t, &a, out);
		if (!err && busy && a.rows <= PGR_BUSY_ROWS)
			err = busy__add(busy, t->rows, a.rows);
		if (!(out->flags & PGR_SWEEP_PAUSED))
			break;
		if (!err && how->going)
			how->going(how->ctx, out);
	}
	if (err && busy)
		busy__free(busy);
	else if (busy)
		busy__sort(busy); /* the ranges of a pgmap may have any order */
	return err;
}

int tracer__sweep_listed(struct tracer *t, uint64_t addr, uint32_t id, const struct busy_set *pages,
			 struct busy_set *out)
{
	int err = map_rows(t);

	memset(out, 0, sizeof(*out));
	for (size_t at = 0; at < pages->nr && !err; at += PGR_BUSY_ROWS) {
		size_t nr = pages->nr - at < PGR_BUSY_ROWS ? pages->nr - at : PGR_BUSY_ROWS;
		struct pgr_sweep_listed_args a = { .addr = addr, .id = id, .nr = nr };

		for (size_t i = 0; i < nr; i++)
			t->rows[i].pfn = pages->v[at + i].pfn;
		err = tracer__run(t->skel->progs.sweep_listed, &a, sizeof(a));
		if (!err)
			err = a.err;
		if (!err)
			err = busy__add(out, t->rows, a.nr);
	}
	if (err)
		busy__free(out);
	return err;
}
