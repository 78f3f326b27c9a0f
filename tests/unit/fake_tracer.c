// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "fake_tracer.h"
#include "kernel/asleep.h"
#include "kernel/tracer_alive.h"
#include "kernel/tracer_attach.h"
#include "kernel/tracer_read.h"
#include "kernel/tracer_sweep.h"
#include "kernel/walker.h"

struct tracer {
	struct fake_tracer f;
};

struct tracer *fake_tracer__as_tracer(struct fake_tracer *f)
{
	return (struct tracer *)f;
}

static struct fake_tracer *offered;

void fake_tracer__offer(struct fake_tracer *f)
{
	offered = f;
}

void fake_tracer__init(struct fake_tracer *f)
{
	memset(f, 0, sizeof(*f));
	fake_machine = f;
	f->adopted_all = true;
	for (int h = 0; h < PGR_HOOKS; h++) {
		f->plan.hook[h].name = hook__name(h);
		f->plan.hook[h].wanted = f->plan.hook[h].without = "";
		f->plan.hook[h].nr = 1;
	}
}

static struct fake_pgmap *at(struct tracer *t, uint64_t addr)
{
	for (size_t i = 0; i < t->f.nr; i++)
		if (t->f.pgmap[i].k.addr == addr && !t->f.pgmap[i].gone)
			return &t->f.pgmap[i];
	return NULL;
}

static struct fake_pgmap *of(struct tracer *t, uint32_t id)
{
	for (size_t i = 0; i < t->f.nr; i++)
		if (t->f.pgmap[i].k.id == id)
			return &t->f.pgmap[i];
	return NULL;
}

int tracer__open(const struct tracer_config *config, struct symbols *symbols, struct tracer **out,
		 char *why, size_t len)
{
	(void)config, (void)symbols;
	if (!offered) {
		snprintf(why, len, "there is no kernel");
		return -ENOTSUP;
	}
	*out = fake_tracer__as_tracer(offered);
	return 0;
}

void tracer__close(struct tracer *t)
{
	(void)t;
}

const char *const *tracer__symbols(void)
{
	static const char *const none[] = { NULL };

	return none;
}

const struct plan *tracer__plan(const struct tracer *t)
{
	return &t->f.plan;
}

bool tracer__has_vmemmap(const struct tracer *t)
{
	(void)t;
	return true;
}

uint64_t tracer__vmemmap(const struct tracer *t)
{
	(void)t;
	return 0;
}

int tracer__fd(const struct tracer *t, bool control)
{
	(void)t, (void)control;
	return -1;
}

int tracer__consume(struct tracer *t, tracer_record_fn fn, void *ctx)
{
	size_t n = t->f.nr_records;

	t->f.nr_records = 0;
	for (size_t i = 0; i < n; i++)
		fn(ctx, t->f.record[i].h, t->f.record[i].size);
	return 0;
}

int tracer__adopt(struct tracer *t, size_t *nr, bool *complete, bool *pending)
{
	*nr = t->f.nr;
	*complete = t->f.adopted_all;
	*pending = t->f.pending;
	return t->f.adopt_err;
}

int tracer__next_pgmap(struct tracer *t, uint64_t *addr, struct pgr_pgmap *out)
{
	size_t i = 0;

	while (*addr && i < t->f.nr && t->f.pgmap[i++].k.addr != *addr)
		;
	while (i < t->f.nr && t->f.pgmap[i].gone)
		i++;
	if (i == t->f.nr)
		return -ENOENT;
	*out = t->f.pgmap[i].k;
	*addr = out->addr;
	return 0;
}

int tracer__get_pgmap(struct tracer *t, uint64_t addr, struct pgr_pgmap *out)
{
	struct fake_pgmap *p = at(t, addr);

	if (!p)
		return -ENOENT;
	*out = p->k;
	return 0;
}

void tracer__forget(struct tracer *t, uint64_t addr, uint32_t id)
{
	struct fake_pgmap *p = of(t, id);

	if (!p || p->k.addr != addr)
		return;
	p->gone = true;
	p->forgotten++;
}

int tracer__ranges(struct tracer *t, const struct pgr_pgmap *k, struct pgr_range **out)
{
	struct fake_pgmap *p = of(t, k->id);

	if (!p || !p->ranges)
		return -ENOENT;
	*out = malloc(k->nr_range * sizeof(**out));
	if (!*out)
		return -ENOMEM;
	memcpy(*out, p->ranges, k->nr_range * sizeof(**out));
	return 0;
}

int tracer__select(struct tracer *t, uint64_t addr, bool yes)
{
	struct fake_pgmap *p = at(t, addr);

	if (!p)
		return -ENOENT;
	p->selected = yes ? 1 : -1;
	return 0;
}

int tracer__sample(struct tracer *t, uint64_t addr, uint32_t id, int64_t *value,
		   uint32_t *ref_flags, uint64_t *ns)
{
	struct fake_pgmap *p = of(t, id);

	if (!p || p->k.addr != addr)
		return -ESTALE;
	p->samples++;
	if (p->sample_err)
		return p->sample_err;
	*value = p->value;
	if (p->moves && (!p->when || !access(p->when, F_OK)))
		p->value = p->then;
	*ref_flags = p->ref_flags;
	*ns = p->k.born_ns + p->samples;
	return 0;
}

int tracer__sweep(struct tracer *t, uint64_t addr, uint32_t id, const struct sweep_how *how,
		  struct pgr_sweep *out, struct busy_set *busy)
{
	struct fake_pgmap *p = of(t, id);

	if (busy)
		memset(busy, 0, sizeof(*busy));
	if (!p || p->k.addr != addr)
		return -ESTALE;
	p->sweeps++;
	if (p->sweep_err)
		return p->sweep_err;
	t->f.patient = how->patient;
	*out = p->sweep;
	if (how->going)
		how->going(how->ctx, out);
	return busy ? busy__add(busy, p->row, p->nr_rows) : 0;
}

int tracer__sweep_listed(struct tracer *t, uint64_t addr, uint32_t id, const struct busy_set *pages,
			 struct busy_set *out)
{
	int err;

	(void)addr, (void)id;
	t->f.listed_sweeps++;
	if (t->f.still_for && t->f.listed_sweeps > t->f.still_for)
		t->f.still = 0;
	memset(out, 0, sizeof(*out));
	err = busy__copy(out, pages);
	if (!err && out->nr > t->f.still)
		out->nr = t->f.still;
	return err;
}

int tracer__ledger(struct tracer *t, uint32_t id, bool drop, tracer_ledger_fn fn, void *ctx)
{
	if (t->f.ledger_err)
		return t->f.ledger_err;
	for (size_t i = 0; i < t->f.nr_rows; i++)
		if (t->f.row[i].key.id == id)
			fn(ctx, &t->f.row[i].key, &t->f.row[i].row);
	if (drop)
		t->f.nr_rows = 0;
	return 0;
}

int tracer__pins(struct tracer *t, uint32_t id, uint64_t since_ns, bool drop, tracer_ledger_fn fn,
		 void *ctx)
{
	(void)t, (void)id, (void)since_ns, (void)drop, (void)fn, (void)ctx;
	return 0;
}

bool tracer__update_unpin_hooks(struct tracer *t, bool rest)
{
	(void)rest;
	t->f.unpins_updated++;
	return t->f.unpins_anew;
}

const struct plan_hook *tracer__next_failed(struct tracer *t)
{
	const struct plan_hook *hook = t->f.failed;

	t->f.failed = NULL;
	return hook;
}

bool tracer__keep_unpins(struct tracer *t, uint64_t began_ns)
{
	(void)t, (void)began_ns;
	return true;
}

int tracer__pin_rows(struct tracer *t, uint32_t id, tracer_pin_fn fn, void *ctx)
{
	(void)t, (void)id, (void)fn, (void)ctx;
	return 0;
}

int tracer__path(struct tracer *t, uint64_t pfn, uint32_t dev, uint64_t ino, char *buf, size_t len)
{
	(void)pfn, (void)dev;
	t->f.paths_asked++;
	if (t->f.path_err)
		return t->f.path_err;
	snprintf(buf, len, "/%s%llu", t->f.path, (unsigned long long)ino);
	return 0;
}

int tracer__follow(struct tracer *t, const uint32_t *tgids, size_t nr)
{
	struct fake_tracer *f = &t->f;

	for (size_t i = 0; i < nr; i++) {
		size_t at = 0;

		while (at < f->nr_tgids && f->tgids[at] != tgids[i])
			at++;
		assert(at < FAKE_ROWS);
		f->tgids[at] = tgids[i];
		f->nr_tgids += at == f->nr_tgids;
	}
	if (f->then)
		f->then();
	return f->follow_err;
}

void tracer__unfollow(struct tracer *t, uint32_t tgid)
{
	for (size_t i = 0; i < t->f.nr_tgids; i++)
		if (t->f.tgids[i] == tgid)
			t->f.tgids[i] = t->f.tgids[--t->f.nr_tgids];
}

int tracer__next_followed(struct tracer *t, uint32_t *tgid)
{
	struct fake_tracer *f = &t->f;
	size_t at = 0;

	while (*tgid && f->tgids[at++] != *tgid)
		;
	if (at == f->nr_tgids)
		return -ENOENT;
	*tgid = f->tgids[at];
	return 0;
}

int tracer__left_out(struct tracer *t, uint64_t n[PGR_LEFT_OUTS])
{
	struct fake_tracer *f = &t->f;

	memcpy(n, f->left_out, sizeof(f->left_out));
	return 0;
}

int tracer__drop_pins(struct tracer *t, uint32_t id)
{
	(void)t, (void)id;
	return 0;
}

int tracer__forget_pins(struct tracer *t, uint32_t id, uint64_t start_ns)
{
	struct fake_pgmap *p = of(t, id);

	(void)start_ns;
	p->pins_forgotten++;
	return 0;
}

void tracer__effect(const struct tracer *t, enum pgr_hook hook, struct pgr_effect *out)
{
	(void)t, (void)hook;
	memset(out, 0, sizeof(*out));
}

enum pgr_takes tracer__folios_take(const struct tracer *t)
{
	return t->f.takes;
}

int tracer__stack(struct tracer *t, uint64_t key, struct pgr_stack *out)
{
	t->f.stacks_asked++;
	for (size_t i = 0; i < t->f.nr_stacks; i++) {
		if (t->f.stack[i].key != key)
			continue;
		*out = t->f.stack[i].stack;
		return 0;
	}
	return -ENOENT;
}

bool tracer__look_alive(struct tracer *t)
{
	(void)t;
	return false;
}

struct alive *tracer__alive(struct tracer *t)
{
	return &t->f.alive;
}

int tracer__loss(struct tracer *t, struct tracer_loss *out)
{
	*out = t->f.loss;
	return t->f.loss_err;
}

bool tracer__counts_misses(const struct tracer *t)
{
	(void)t;
	return true;
}

int tracer__no_pokes(const struct tracer *t)
{
	(void)t;
	return 0;
}

int walker__open(struct walker **out, char *why, size_t len)
{
	(void)out;
	snprintf(why, len, "there is no kernel to walk");
	return -EPERM;
}

void walker__close(struct walker *f)
{
	(void)f;
}

int walker__walk(struct walker *f, const struct pgr_walk_query *q,
		 const struct pgr_pfn_range *ranges, uint64_t timeout_ns, struct walked_set *s)
{
	(void)f, (void)q, (void)ranges, (void)timeout_ns, (void)s;
	return -EPERM;
}

int asleep__read(const uint32_t *tids, size_t n, struct pgr_asleep *out)
{
	size_t nr = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < fake_machine->nr_asleep; k++)
			if (fake_machine->asleep[k].task.tid == tids[i])
				out[nr++] = fake_machine->asleep[k];
	return nr;
}
