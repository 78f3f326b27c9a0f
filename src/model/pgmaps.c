// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "model/pgmaps.h"

struct pgmap *pgmaps__find(const struct pgmaps *ps, uint32_t id)
{
	struct pgmap *p = ps->first;

	while (p && p->k.id != id)
		p = p->next;
	return p;
}

struct pgmap *pgmaps__add(struct pgmaps *ps, const struct pgr_pgmap *k, uint64_t step_ns)
{
	struct pgmap *p = calloc(1, sizeof(*p)), **at = &ps->first;

	if (!p)
		return NULL;
	if (history__new(k->born_ns, step_ns, &p->history)) {
		free(p);
		return NULL;
	}
	p->k = *k;
	p->wanted = true;
	while (*at && (*at)->k.id < k->id)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	return p;
}

void pgmaps__drop(struct pgmaps *ps, struct pgmap *p)
{
	struct pgmap **at = &ps->first;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	history__free(p->history);
	free(p->ranges);
	free(p->td.sweep);
	free(p->td.final);
	free(p->td.text);
	free(p->start.sweep);
	busy__free(&p->start.busy);
	busy__free(&p->start.floor);
	free(p);
}

void pgmaps__free(struct pgmaps *ps)
{
	while (ps->first)
		pgmaps__drop(ps, ps->first);
}

const struct pgr_range *pgmap__ranges(const struct pgmap *p, uint32_t *nr)
{
	uint32_t most = p->ranges ? PGR_RANGES_MAX : 1;

	*nr = p->k.nr_range < most ? p->k.nr_range : most;
	return p->ranges ? p->ranges : &p->k.first;
}

bool pgmap__ranges_ascend(const struct pgmap *p)
{
	uint32_t nr;
	const struct pgr_range *v = pgmap__ranges(p, &nr);

	for (uint32_t i = 1; i < nr; i++)
		if (v[i].start < v[i - 1].start)
			return false;
	return nr == p->k.nr_range;
}

bool pgmap__matches(const struct pgmap *p, const char *const *names, size_t n)
{
	const char *dev = p->dev[0] ? p->dev : NULL;
	uint32_t nr;
	const struct pgr_range *ranges = pgmap__ranges(p, &nr);

	if (nr < p->k.nr_range) {
		ranges = &p->k.span;
		nr = 1;
	}
	for (size_t i = 0; i < n; i++)
		if (devices__match(names[i], p->name, dev, ranges, nr))
			return true;
	return false;
}

bool pgmap__is_exact(const struct pgmap *p)
{
	return p->exact.on && !p->exact.missed && !p->exact.gaps;
}

const char *pgmap__type_name(const struct pgmap *p)
{
	unsigned int region, instance;

	if (p->k.type == PGR_TYPE_GENERIC && sscanf(p->name, "dax%u.%u", &region, &instance) == 2)
		return "devdax";
	return type__name(p->k.type);
}

const char *pgmap_state__name(enum pgmap_state state)
{
	static const char *const names[] = {
		[PGMAP_LIVE] = "live",
		[PGMAP_KILLED] = "killed",
		[PGMAP_DRAINED] = "drained",
		[PGMAP_GONE] = "gone",
	};

	return names[state];
}

const char *pgmap__state_name(const struct pgmap *p)
{
	return pgmap_state__name(p->state);
}

bool pgmap__has_baseline(const struct pgmap *p)
{
	return !(p->k.flags &
		 (p->k.flags & PGR_PGMAP_ADOPTED ? PGR_PGMAP_PAGES_PART : PGR_PGMAP_NO_VALUE));
}

bool pgmap__has_excess(const struct pgmap *p)
{
	return p->has_value && (p->ref_flags & PGR_REF_DYING || pgmap__has_baseline(p));
}

int64_t pgmap__above(int64_t value, int64_t rest)
{
	int64_t n;

	if (__builtin_sub_overflow(value, rest, &n))
		return value < rest ? INT64_MIN : INT64_MAX;
	return n;
}

int64_t pgmap__excess(const struct pgmap *p)
{
	/* memunmap_pages() has put the initial references, or puts them within microseconds. */
	if (p->ref_flags & PGR_REF_DYING)
		return p->value;
	return pgmap__above(p->value, p->k.baseline);
}

bool pgmap__busy(const struct pgmap *p, int64_t *busy)
{
	unsigned int slots = history__nr_slots(p->history);
	struct history_cell cell;

	if (!slots || history__shown(p->history, slots - 1, HISTORY_BUSY, &cell))
		return false;
	*busy = cell.last;
	return true;
}

void pgmap__facts(const struct pgmap *p, struct teardown_facts *f)
{
	const struct teardown *td = &p->td;

	*f = (struct teardown_facts){
		.begun = td->begun,
		.has_value = td->has_value && pgmap__has_baseline(p),
		.value = td->value,
		.baseline = p->k.baseline,
		.rest_unknown = !pgmap__has_baseline(p),
		.swept = td->sweep,
		.final_swept = td->final,
		.drained = td->drained_ns || td->gone_ns,
		.gone = td->gone_ns,
		.stuck = td->stuck,
		.stuck_value = td->stuck_value,
		.wait_unseen = td->wait_unseen,
		.late_gets = td->late.calls,
	};
	if (td->sweep) {
		f->sweep_whole = td->sweep->flags == PGR_SWEEP_DONE && !td->sweep->faults;
		f->busy = td->sweep->busy;
		f->mapped = td->sweep->mapped;
		f->entry_pages = td->sweep->entry_pages;
	}
	if (td->final) {
		f->final_whole = td->final->flags == PGR_SWEEP_DONE && !td->final->faults;
		f->final_busy = td->final->busy;
		f->final_mapped = td->final->mapped;
		f->final_entry_pages = td->final->entry_pages;
	}
}
