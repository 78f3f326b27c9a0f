// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* refs --follow: who takes and drops references of busy pages, until the pages are idle. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <time.h>

#include "kernel/tracer_followed.h"
#include "kernel/tracer_read.h"
#include "kernel/tracer_sweep.h"
#include "model/frames.h"
#include "report/report_followed.h"
#include "run/ready.h"
#include "run/run_followed.h"
#include "run/say.h"
#include "run/signals.h"

/* A record of the last put may come so much later than a reading that finds the page idle. */
#define SETTLE_NS (10 * NSEC_PER_MSEC)

/* ---- the choice ----------------------------------------------------------------------------- */

static bool has_pfn(const struct pgmap *p, uint64_t pfn)
{
	uint32_t nr;
	const struct pgr_range *range = pgmap__ranges(p, &nr);

	for (uint32_t i = 0; i < nr; i++)
		if (pfn >= range[i].start >> PAGE_SHIFT && pfn <= range[i].end >> PAGE_SHIFT)
			return true;
	return false;
}

bool following__may_choose(const struct options *o, const struct pgmap *p)
{
	for (size_t i = 0; i < o->nr_follow_pfns; i++)
		if (p->wanted && has_pfn(p, o->follow_pfns[i]))
			return true;
	return p->wanted && !o->nr_follow_pfns;
}

int following__check(const struct options *o, const struct pgmaps *pgmaps)
{
	for (size_t i = 0; i < o->nr_follow_pfns; i++) {
		const struct pgmap *p = pgmaps->first;

		while (p && !(p->wanted && has_pfn(p, o->follow_pfns[i])))
			p = p->next;
		if (p)
			continue;
		say__line("pfn 0x%" PRIx64 ": no pgmap%s has this page (see 'pgmapref list')",
			  o->follow_pfns[i], o->nr_names || o->types ? " that is selected" : "");
		return STATUS_USAGE;
	}
	return 0;
}

static void choose(struct following *f, struct pgmap *p, uint64_t pfn)
{
	if (f->nr < PGR_FOLLOWED)
		f->page[f->nr++] = (struct followed_page){ .p = p, .pfn = pfn };
}

void following__choose(struct following *f, const struct options *o, struct pgmap *p,
		       const struct pgr_sweep *pages)
{
	for (size_t i = 0; i < o->nr_follow_pfns; i++)
		if (has_pfn(p, o->follow_pfns[i]))
			choose(f, p, o->follow_pfns[i]);
	for (unsigned int i = 0; pages && !o->nr_follow_pfns && i < pages->listed; i++)
		choose(f, p, pages->list[i].pfn);
}

/* ---- what is read --------------------------------------------------------------------------- */

/* A reading that fails says nothing: the page stays in its state. */
static void read_state(struct run_kernel *k, struct followed_page *f)
{
	const struct pgr_pgmap *p = &f->p->k;
	struct busy_page page = { .pfn = f->pfn };
	struct busy_set one = { .v = &page, .nr = 1 }, busy = { 0 };
	uint64_t now = clock__now(), ns;
	uint32_t flags = 0;
	int64_t value;
	int err = tracer__sample(k->tracer, p->addr, p->id, &value, &flags, &ns);

	if (err == -ESTALE || (!err && flags & PGR_REF_EXITED)) {
		followed_page__set_state(f, FOLLOWED_GONE, now);
		return;
	}
	if (tracer__sweep_listed(k->tracer, p->addr, p->id, &one, &busy))
		return;
	followed_page__set_state(f, busy.nr ? FOLLOWED_BUSY : FOLLOWED_IDLE, now);
	busy__free(&busy);
}

static bool read_all(struct following *f, struct run *run)
{
	bool busy = false;

	if (!followed__watch_cpus(f->followed))
		for (unsigned int i = 0; i < f->nr; i++)
			f->page[i].blind = true;
	for (unsigned int i = 0; i < f->nr; i++) {
		read_state(&run->k, &f->page[i]);
		f->page[i].missed = followed__missed(f->followed, i);
		busy = busy || f->page[i].state == FOLLOWED_BUSY;
	}
	return busy;
}

/* ---- what happens --------------------------------------------------------------------------- */

struct receiver {
	struct following *f;
	struct run *run;
};

static void on_record(void *ctx, const struct pgr_header *h, size_t size)
{
	struct receiver *to = ctx;
	const struct pgr_rec_change *c = (const void *)h;
	const struct run_kernel *k = &to->run->k;
	struct pgr_task task = { 0 };
	struct pgr_stack stack;

	if (h->record != PGR_REC_CHANGE || size < sizeof(*c))
		return;
	if (tracer__stack(k->tracer, c->stack, &stack) || !frames__in_interrupt(k->symbols, &stack))
		task = c->task;
	for (unsigned int i = 0; i < to->f->nr; i++) {
		struct followed_page *f = &to->f->page[i];

		if (f->pfn != c->pfn || f->p->k.id != h->id)
			continue;
		followed_page__see(f, c, &task);
		report__change(&to->run->out.report, f);
	}
}

static void consume(struct following *f, struct run *run)
{
	tracer__consume(run->k.tracer, on_record, &(struct receiver){ f, run });
}

/* Timeout for poll() in ms. */
static int timeout_of(const struct options *o, uint64_t end)
{
	uint64_t now = clock__now(), next = now + o->interval_ns;

	if (end && end < next)
		next = end > now ? end : now;
	return (next - now) / NSEC_PER_MSEC + 1;
}

/* Does anything end the run before the pages are idle? */
static bool is_asked(struct pollfd *signals, const struct pollfd *out, uint64_t end)
{
	if (signals->revents & POLLIN && signals__next(signals->fd))
		return true;
	return out->revents & (POLLERR | POLLHUP) || (end && clock__now() >= end);
}

static void follow(struct following *f, struct run *run, int signals)
{
	uint64_t end = run->o->duration_ns ? clock__now() + run->o->duration_ns : 0;
	struct pollfd fds[] = {
		{ .fd = tracer__fd(run->k.tracer, false), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = out__fd(run->out.report.out) },
	};
	bool asked = false;

	while (!asked && !out__error(run->out.report.out)) {
		bool busy = read_all(f, run);

		if (!busy) {
			nanosleep(&(struct timespec){ .tv_nsec = SETTLE_NS }, NULL);
			consume(f, run);
			if (!read_all(f, run))
				break;
		}
		if (poll(fds, sizeof(fds) / sizeof(*fds), timeout_of(run->o, end)) < 0 &&
		    errno != EINTR)
			break;
		asked = is_asked(&fds[1], &fds[2], end);
		consume(f, run);
	}
	if (asked)
		read_all(f, run);
}

/* ---- begin and end -------------------------------------------------------------------------- */

/* Without the refcount of idle pages, readings would find each page idle. */
static bool knows_idle(const struct run_kernel *k, const struct pgmap *p)
{
	return p->k.type < PGR_TYPES && tracer__plan(k->tracer)->idle[p->k.type] >= 0;
}

/*
 * Begins to follow a page. Returns STATUS_CANNOT after a message. Drops the page if it is idle, or if
 * it belongs to the folio of the page before.
 */
static int begin(struct following *f, struct run *run, struct followed_page page)
{
	struct pgr_followed_args a = { .pfn = page.pfn,
				       .pgmap = page.p->k.addr,
				       .id = page.p->k.id };
	char why[128];
	int err = followed__look(f->followed, &a, why, sizeof(why));

	page.pfn = a.pfn;
	if (!err && !knows_idle(&run->k, page.p)) {
		snprintf(why, sizeof(why), "the refcount of idle pages of its type is not known");
		err = -ENOTSUP;
	}
	if (!err && f->nr && f->page[0].pfn == a.pfn)
		return 0;
	if (!err)
		read_state(&run->k, &page);
	if (!err && page.state == FOLLOWED_BUSY)
		err = followed__add(f->followed, &a, why, sizeof(why));
	if (err) {
		say__line("%s: pfn 0x%" PRIx64 " cannot be followed: %s", page.p->name, page.pfn,
			  why);
		return STATUS_CANNOT;
	}
	if (page.state != FOLLOWED_BUSY) {
		say__line("%s: pfn 0x%" PRIx64 " is %s: nothing to follow", page.p->name, page.pfn,
			  followed_state__name(page.state));
		return 0;
	}
	page.order = a.order;
	page.refcount = a.refcount;
	f->page[f->nr++] = page;
	if (!run->o->quiet)
		say__line("%s: follows pfn 0x%" PRIx64 ", refcount %d", page.p->name, page.pfn,
			  page.refcount);
	return 0;
}

static int begin_all(struct following *f, struct run *run)
{
	struct following chosen = *f;
	uint64_t now;
	char why[128];
	int status = 0;

	f->nr = 0;
	if (tracer_followed__open(run->k.tracer, &f->followed, why, sizeof(why))) {
		say__line("%s", why);
		return STATUS_CANNOT;
	}
	for (unsigned int i = 0; i < chosen.nr && !status; i++)
		status = begin(f, run, chosen.page[i]);
	now = run->out.report.start_ns = clock__now();
	for (unsigned int i = 0; i < f->nr; i++)
		f->page[i].since_ns = now;
	return status;
}

static int end_all(struct following *f, struct run *run)
{
	uint64_t now = clock__now();
	int status = STATUS_CLEAN;

	for (unsigned int i = 0; i < f->nr; i++) {
		report__followed(&run->out.report, &f->page[i], now);
		if (f->page[i].state == FOLLOWED_BUSY)
			status = STATUS_INCONCLUSIVE;
	}
	return status;
}

int following__run(struct following *f, struct run *run, int signals)
{
	int status;

	if (!f->nr) {
		say__line("no busy page was found: nothing to follow");
		return STATUS_CLEAN;
	}
	status = begin_all(f, run);
	if (!status && f->nr) {
		report__event_header(&run->out.report, "REFCOUNT");
		if (!run->o->quiet)
			say__line("ready: %u page%s followed", f->nr, f->nr == 1 ? "" : "s");
		ready__tell(run->o);
		follow(f, run, signals);
		status = end_all(f, run);
	}
	followed__close(f->followed);
	return status;
}
