// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/followed.h"

struct followed {
	const struct followed_ops *ops;
	void *ctx;
	int nr_cpus;
	unsigned int nr;
	struct breakpoints *of[PGR_FOLLOWED];
};

struct followed *followed__new(const struct followed_ops *ops, void *ctx, int nr_cpus)
{
	struct followed *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->ops = ops;
	f->ctx = ctx;
	f->nr_cpus = nr_cpus;
	return f;
}

void followed__close(struct followed *f)
{
	if (!f)
		return;
	for (unsigned int i = 0; i < f->nr; i++)
		breakpoints__clear(f->of[i]);
	f->ops->close(f->ctx);
	free(f);
}

static void explain(int err, char *why, size_t len)
{
	switch (err) {
	case -ENODATA:
		snprintf(why, len, "the address of the struct pages is not known");
		break;
	case -EFAULT:
		snprintf(why, len, "its struct page cannot be read");
		break;
	case -ESTALE:
		snprintf(why, len, "its struct page does not belong to the pgmap");
		break;
	default:
		snprintf(why, len, "cannot read its struct page: %s", strerror(-err));
	}
}

static int look(struct followed *f, struct pgr_followed_args *a, bool start, char *why, size_t len)
{
	int err;

	a->slot = f->nr;
	a->start = start;
	err = f->ops->look(f->ctx, a);
	if (err)
		explain(err, why, len);
	return err;
}

int followed__look(struct followed *f, struct pgr_followed_args *a, char *why, size_t len)
{
	if (f->nr == PGR_FOLLOWED) {
		snprintf(why, len, "%d pages are followed", PGR_FOLLOWED);
		return -EBUSY;
	}
	return look(f, a, false, why, len);
}

int followed__add(struct followed *f, struct pgr_followed_args *a, char *why, size_t len)
{
	struct breakpoint_at at = { .kind = BREAKPOINT_WRITE_4, .cookie = f->nr };
	struct breakpoints *b = NULL;
	int err = followed__look(f, a, why, len);

	if (err)
		return err;
	at.addr = a->addr;
	err = breakpoints__set(f->ops->breakpoints, f->ops->program(f->ctx), &at, f->nr_cpus, &b);
	if (err) {
		breakpoint__explain(err, why, len);
		return err;
	}
	err = look(f, a, true, why, len);
	if (err) {
		breakpoints__clear(b);
		return err;
	}
	f->of[f->nr++] = b;
	return 0;
}

bool followed__watch_cpus(struct followed *f)
{
	bool whole = true;

	for (unsigned int i = 0; i < f->nr; i++)
		whole = breakpoints__look(f->of[i]) && whole;
	return whole;
}

uint64_t followed__missed(const struct followed *f, unsigned int n)
{
	/* Before the runs: a run in between is no missed one. */
	uint64_t hits = breakpoints__hits(f->of[n]), runs, lost;

	f->ops->count(f->ctx, n, &runs, &lost);
	return (hits > runs ? hits - runs : 0) + lost;
}
