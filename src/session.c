// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "frames.h"
#include "report.h"
#include "session.h"
#include "symbols.h"

/* A sweep on the side may take one part in so many of the time. */
#define SWEEP_SHARE 50

struct session {
	const struct options *o;
	struct symbols *symbols;
	struct tracer *tracer;
	struct report report;
	struct pgmaps pgmaps;
	struct run_totals totals;
	struct judgement worst; /* of all teardowns so far */
	bool adopted_all;
	bool failed; /* out of memory, or no room for the output */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static __attribute__((format(printf, 1, 2))) void complain(const char *fmt, ...)
{
	va_list args;

	fputs("pgmapref: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

/* ---- pgmaps ----------------------------------------------------------------- */

static void name_pgmap(struct session *s, struct pgmap *p)
{
	pgmap__name(p, symbols__at(s->symbols, p->k.ops));
	if (!s->o->nr_names && !s->o->types)
		return;
	p->wanted = (!s->o->nr_names || pgmap__matches(p, s->o->names, s->o->nr_names)) &&
		    (!s->o->types || s->o->types >> p->k.type & 1);
	/* Until it has its own name, one that does not match may still come to. */
	if (p->wanted || p->named)
		tracer__select(s->tracer, p->k.addr, p->wanted);
}

static void start_teardown(struct session *s, struct pgmap *p, uint64_t ns)
{
	if (p->state != PGMAP_LIVE)
		return;
	p->state = PGMAP_KILLED;
	p->td.begin_ns = ns;
	history__mark(p->history, ns, HISTORY_KILLED);
	if (p->wanted)
		s->totals.teardowns++;
}

static struct pgmap *add_pgmap(struct session *s, const struct pgr_pgmap *k)
{
	struct pgmap *p = pgmaps__find(&s->pgmaps, k->id);

	if (p)
		return p;
	p = pgmaps__add(&s->pgmaps, k, s->o->interval_ns);
	if (!p) {
		s->failed = true;
		return NULL;
	}
	name_pgmap(s, p);
	history__mark(p->history, k->born_ns, HISTORY_LIVE);
	if (!(k->flags & PGR_PGMAP_ADOPTED)) {
		p->has_value = !(k->flags & PGR_PGMAP_NO_VALUE);
		p->value = k->baseline;
		history__sample(p->history, k->born_ns, HISTORY_VALUE, k->baseline);
	}
	if (k->flags & PGR_PGMAP_DYING_AT_START) {
		struct pgr_task tasks[2];

		start_teardown(s, p, k->born_ns);
		/* Of two that hang at the start nothing says which is whose. */
		if (process__in_function("memunmap_pages", tasks, 2) == 1)
			p->td.task = tasks[0];
	}
	return p;
}

/* The pgmap of a record; one whose birth was lost is fetched from the kernel side. */
static struct pgmap *pgmap_of(struct session *s, uint32_t id)
{
	struct pgmap *p = pgmaps__find(&s->pgmaps, id);
	struct pgr_pgmap k;
	uint64_t addr = 0;

	while (!p && !tracer__next_pgmap(s->tracer, &addr, &k))
		if (k.id == id)
			return add_pgmap(s, &k);
	return p;
}

static void sample_pgmap(struct session *s, struct pgmap *p)
{
	uint64_t ns;

	p->has_value = !tracer__sample(s->tracer, p->k.addr, p->k.id, &p->value, &p->ref_flags,
				       &ns) &&
		       !(p->ref_flags & PGR_REF_UNREADABLE);
	if (p->has_value)
		history__sample(p->history, ns, HISTORY_VALUE, p->value);
}

/* Puts what the counters have gained into the history. */
static void note_counters(struct pgmap *p, uint64_t now)
{
	static const enum history_event kinds[PGR_EVENTS] = {
		[PGR_EV_GET] = HISTORY_GET, [PGR_EV_PUT] = HISTORY_PUT,
		[PGR_EV_ALLOC] = HISTORY_ALLOC, [PGR_EV_FREE] = HISTORY_FREE,
		[PGR_EV_INSERT] = HISTORY_INSERT, [PGR_EV_DELETE] = HISTORY_DELETE,
	};

	history__sample(p->history, now, HISTORY_ENTRIES, p->k.entries);
	for (int e = 0; e < PGR_EVENTS; e++) {
		if (p->k.events[e] > p->counted[e])
			history__count(p->history, now, kinds[e], p->k.events[e] - p->counted[e]);
		p->counted[e] = p->k.events[e];
	}
}

static void refresh_counters(struct session *s, struct pgmap *p, uint64_t now)
{
	struct pgr_pgmap k;

	if (tracer__get_pgmap(s->tracer, p->k.addr, &k) || k.id != p->k.id)
		return;
	p->k = k;
	note_counters(p, now);
}

static struct pgr_sweep *sweep_pgmap(struct session *s, struct pgmap *p)
{
	struct pgr_sweep *w = calloc(1, sizeof(*w));

	if (!w || tracer__sweep(s->tracer, p->k.addr, p->k.id, w)) {
		free(w);
		return NULL;
	}
	if (w->flags & PGR_SWEEP_DONE)
		history__sample(p->history, now_ns(), HISTORY_BUSY, w->busy);
	return w;
}

/* ---- teardowns ---------------------------------------------------------------- */

static bool is_passing(void *ctx, uint64_t key)
{
	struct session *s = ctx;
	struct pgr_stack stack;

	return !tracer__stack(s->tracer, key, &stack) && frames__passing(s->symbols, &stack);
}

static struct ledger *ledger_of(struct session *s, const struct pgmap *p, bool drop)
{
	struct ledger *l = ledger__new();

	if (!l || tracer__ledger(s->tracer, p->k.id, drop, ledger__add, l) ||
	    ledger__finish(l, is_passing, s)) {
		ledger__free(l);
		return NULL;
	}
	return l;
}

static void report_teardown(struct session *s, struct pgmap *p, const char *phase,
			    const struct pgr_sweep *pages, bool last)
{
	struct teardown_facts f;
	struct judgement j;
	struct ledger *l;

	if (!p->wanted)
		return;
	pgmap__facts(p, &f);
	verdict__teardown(&f, &j);
	if (last) {
		p->td.judged = true;
		s->totals.leaks += j.verdict == VERDICT_LEAK;
		s->totals.inconclusive += j.verdict == VERDICT_INCONCLUSIVE;
	}
	s->worst.kinds |= j.kinds;
	if (j.verdict > s->worst.verdict) {
		s->worst.verdict = j.verdict;
		snprintf(s->worst.why, sizeof(s->worst.why), "%s", j.why);
	}
	l = ledger_of(s, p, last);
	/* trace has lines of its own for a teardown: only a finding is worth a report. */
	if (s->o->verb == VERB_WATCH || j.verdict != VERDICT_CLEAN)
		report__teardown(&s->report, p, phase, &j, l, pages, now_ns());
	ledger__free(l);
}

static void step_line(struct session *s, const struct pgmap *p, const char *step, uint64_t ns,
		      const struct pgr_task *task)
{
	if (s->o->verb == VERB_TRACE && p->wanted)
		report__step(&s->report, p, step, ns, task);
}

static void on_begin(struct session *s, const struct pgr_rec_teardown *r)
{
	struct pgmap *p = pgmap_of(s, r->h.id);
	struct teardown *td;

	if (!p)
		return;
	/* Before it is too late: a device of its own may have come up since. */
	if (!p->named)
		name_pgmap(s, p);
	td = &p->td;
	start_teardown(s, p, r->h.ns);
	td->begun = true;
	td->begin_ns = r->h.ns;
	td->value = r->value;
	td->has_value = !(r->ref_flags & PGR_REF_UNREADABLE);
	td->entries = r->entries;
	td->task = r->task;
	td->stack = r->stack;
	p->value = r->value;
	p->has_value = td->has_value;
	p->ref_flags = r->ref_flags;
	if (td->has_value)
		history__sample(p->history, r->h.ns, HISTORY_VALUE, r->value);
	history__sample(p->history, r->h.ns, HISTORY_ENTRIES, r->entries);
	step_line(s, p, "killed", r->h.ns, &r->task);
}

static void on_sweep(struct session *s, const struct pgr_rec_sweep *r)
{
	struct pgmap *p = pgmap_of(s, r->h.id);
	struct pgr_sweep **at;

	if (!p)
		return;
	at = r->final ? &p->td.final : &p->td.sweep;
	if (!*at)
		*at = malloc(sizeof(**at));
	if (!*at) {
		s->failed = true;
		return;
	}
	**at = r->sweep;
	if (r->sweep.flags & PGR_SWEEP_DONE)
		history__sample(p->history, r->h.ns, HISTORY_BUSY, r->sweep.busy);
}

static void on_step(struct session *s, const struct pgr_rec_step *r)
{
	struct pgmap *p = pgmap_of(s, r->h.id);

	if (!p)
		return;
	memcpy(p->k.events, r->events, sizeof(p->k.events));
	p->k.entries = r->entries;
	p->k.entry_pages = r->entry_pages;
	note_counters(p, r->h.ns);
	if (r->h.record == PGR_REC_DRAINED) {
		start_teardown(s, p, p->k.born_ns);
		p->state = PGMAP_DRAINED;
		p->td.drained_ns = r->h.ns;
		p->td.last = r->task;
		p->td.last_stack = r->stack;
		p->value = 0;
		history__mark(p->history, r->h.ns, HISTORY_DRAINED);
		history__sample(p->history, r->h.ns, HISTORY_VALUE, 0);
		step_line(s, p, "drained", r->h.ns, &r->task);
		return;
	}
	start_teardown(s, p, r->h.ns);
	p->state = PGMAP_GONE;
	p->td.gone_ns = r->h.ns;
	p->value = 0;
	history__mark(p->history, r->h.ns, HISTORY_GONE);
	history__sample(p->history, r->h.ns, HISTORY_VALUE, 0);
	step_line(s, p, "gone", r->h.ns, &r->task);
	report_teardown(s, p, p->td.stuck ? "drained" : "gone",
			p->td.final ? p->td.final : p->td.sweep, true);
}

static void on_record(void *ctx, const struct pgr_header *h, size_t size)
{
	static const size_t sizes[] = {
		[PGR_REC_PGMAP] = sizeof(struct pgr_rec_pgmap),
		[PGR_REC_TEARDOWN] = sizeof(struct pgr_rec_teardown),
		[PGR_REC_SWEEP] = sizeof(struct pgr_rec_sweep),
		[PGR_REC_DRAINED] = sizeof(struct pgr_rec_step),
		[PGR_REC_GONE] = sizeof(struct pgr_rec_step),
		[PGR_REC_EVENT] = sizeof(struct pgr_rec_event),
	};
	const struct pgr_rec_pgmap *created;
	struct session *s = ctx;
	struct pgmap *p;

	/* Both sides come from one header: another size is a mistake of ours. */
	assert(h->record < sizeof(sizes) / sizeof(*sizes) && size == sizes[h->record]);
	switch (h->record) {
	case PGR_REC_PGMAP:
		created = (const void *)h;
		p = add_pgmap(s, &created->pgmap);
		if (p && !(p->k.flags & PGR_PGMAP_ADOPTED))
			step_line(s, p, "created", h->ns, &p->k.creator);
		break;
	case PGR_REC_TEARDOWN:
		on_begin(s, (const void *)h);
		break;
	case PGR_REC_SWEEP:
		on_sweep(s, (const void *)h);
		break;
	case PGR_REC_DRAINED:
	case PGR_REC_GONE:
		on_step(s, (const void *)h);
		break;
	case PGR_REC_EVENT:
		p = pgmap_of(s, h->id);
		s->totals.events++;
		if (p && p->wanted && s->o->verb == VERB_TRACE) {
			if (!p->named)
				name_pgmap(s, p);
			report__event(&s->report, p, (const void *)h);
		}
		break;
	}
}

static void report_stuck(struct session *s, struct pgmap *p, const char *phase, uint64_t now)
{
	struct pgr_sweep *w;

	sample_pgmap(s, p);
	/*
	 * Not killed yet: programs of other tools may still stand before the kill. At
	 * 0 it has drained this very moment. Below 0 it never will: one put too many.
	 */
	if (!p->has_value || !(p->ref_flags & PGR_REF_DYING) || !p->value)
		return;
	p->td.stuck = true;
	p->td.stuck_ns = now;
	p->td.stuck_value = p->value;
	w = sweep_pgmap(s, p);
	report_teardown(s, p, phase, w, false);
	free(w);
}

/*
 * One that was adopted in the middle of its teardown: the end of that call is
 * not seen, since its fexit was not there when it began. Drained is the end.
 */
static void close_adopted(struct session *s, struct pgmap *p)
{
	if (p->state != PGMAP_DRAINED || p->td.begun || p->td.judged)
		return;
	p->state = PGMAP_GONE;
	report_teardown(s, p, "drained", NULL, true);
	tracer__forget(s->tracer, p->k.addr, p->k.id);
}

static void tick(struct session *s)
{
	struct pgr_pgmap k;
	uint64_t addr = 0;

	/* Any whose record was lost are met here. */
	while (!tracer__next_pgmap(s->tracer, &addr, &k))
		if (!pgmaps__find(&s->pgmaps, k.id))
			add_pgmap(s, &k);
	for (struct pgmap *p = s->pgmaps.first; p; p = p->next) {
		uint64_t now = now_ns();

		if (p->state == PGMAP_GONE)
			continue;
		close_adopted(s, p);
		if (p->state != PGMAP_LIVE && p->state != PGMAP_KILLED)
			continue;
		if (!p->named)
			name_pgmap(s, p);
		sample_pgmap(s, p);
		refresh_counters(s, p, now);
		if (p->state == PGMAP_LIVE && p->wanted && now >= p->next_sweep_ns) {
			struct pgr_sweep *w = sweep_pgmap(s, p);

			p->next_sweep_ns = now + 1000000000ULL;
			if (w && w->ns * SWEEP_SHARE > 1000000000ULL)
				p->next_sweep_ns = now + w->ns * SWEEP_SHARE;
			free(w);
		}
		if (p->state == PGMAP_KILLED && !p->td.stuck &&
		    now - p->td.begin_ns >= s->o->stuck_ns)
			report_stuck(s, p, "stuck", now);
	}
}

/* ---- the run -------------------------------------------------------------------- */

static int get_stack(void *tracer, uint64_t key, struct pgr_stack *out)
{
	return tracer__stack(tracer, key, out);
}

/* command: the process of a traced COMMAND, followed with its children; 0: none. */
static int open_tracer(struct session *s, bool attach, uint32_t command)
{
	const struct options *o = s->o;
	struct tracer_config c = {
		.attach = attach,
		.events = o->verb == VERB_TRACE,
		.follow = command || o->verb == VERB_PROBES,
		.tgids = command ? &command : o->pids, .nr_tgids = command ? 1 : o->nr_pids,
		.tids = o->tids, .nr_tids = o->nr_tids,
		.comm = o->comm,
		.types = o->types,
		.ledger_rows = o->ledger_rows,
		.sweep_budget_ns = o->sweep_budget_ns,
		.plan = { .mechanism = o->mechanism, .disabled = o->disabled },
		.verbose = o->verbose,
	};
	char why[512], caps[64];
	int err;

	if (*process__missing_caps(caps, sizeof(caps))) {
		complain("not allowed: %s missing; run as root", caps);
		return STATUS_CANNOT;
	}
	err = symbols__load(NULL, &s->symbols);
	if (err) {
		complain("cannot read /proc/kallsyms: %s", strerror(-err));
		return STATUS_CANNOT;
	}
	if (symbols__hidden(s->symbols) && !o->quiet)
		complain("kernel addresses are hidden (sysctl kernel.kptr_restrict is 2): stacks "
			 "have no names");
	err = tracer__open(&c, s->symbols, &s->tracer, why, sizeof(why));
	if (err) {
		complain("%s", why);
		return err == -EINVAL ? STATUS_USAGE : STATUS_CANNOT;
	}
	s->report.symbols = s->symbols;
	s->report.stack = get_stack;
	s->report.stack_ctx = s->tracer;
	s->report.stacks = o->stacks;
	return 0;
}

static int open_output(struct session *s)
{
	int err = out__open(s->o->output, s->o->json, &s->report.out);

	if (!err) {
		report__start(&s->report);
		return 0;
	}
	complain("cannot write to %s: %s", s->o->output ? s->o->output : "standard output",
		 err == -ELOOP ? "it is a symbolic link, which is not followed" : strerror(-err));
	return STATUS_CANNOT;
}

/* A name that means nothing is a mistake, but for one that may yet appear. */
static int check_names(struct session *s, bool may_appear)
{
	for (size_t i = 0; i < s->o->nr_names; i++) {
		const char *name = s->o->names[i];
		bool found = false;

		for (struct pgmap *p = s->pgmaps.first; p && !found; p = p->next)
			found = pgmap__matches(p, &name, 1);
		if (found)
			continue;
		if (!may_appear) {
			complain("%s: no such pgmap; 'pgmapref list' shows those there are", name);
			return STATUS_USAGE;
		}
		if (!s->o->quiet)
			complain("%s: no such pgmap yet; waiting for it", name);
	}
	return 0;
}

/* With no hook at all there is nothing to trace; with some, the verdict says what lacks. */
static int check_hooks(struct session *s)
{
	const struct plan *plan = tracer__plan(s->tracer);

	for (int h = 0; h < PGR_HOOK_FORK; h++)
		if (plan_hook__attempt(&plan->hook[h]))
			return 0;
	complain("no hook could be attached on this kernel (%s: %s); 'probes' shows each, 'list' "
		 "works without", plan->hook[PGR_HOOK_TEARDOWN].name,
		 plan->hook[PGR_HOOK_TEARDOWN].missing);
	return STATUS_CANNOT;
}

static int check_pids(const struct options *o)
{
	bool by_pid = o->nr_pids || o->nr_tids || (o->verb == VERB_TRACE && o->command);

	if (by_pid && !process__pids_are_global()) {
		complain("this process is in a PID namespace of its own, where numbers of "
			 "processes are not the kernel's: run outside of the container, or "
			 "without -p, -t and COMMAND");
		return STATUS_CANNOT;
	}
	for (size_t i = 0; i < o->nr_pids; i++) {
		if (!process__alive(o->pids[i])) {
			complain("-p %u: no such process", o->pids[i]);
			return STATUS_USAGE;
		}
	}
	for (size_t i = 0; i < o->nr_tids; i++) {
		if (!process__alive(o->tids[i])) {
			complain("-t %u: no such thread", o->tids[i]);
			return STATUS_USAGE;
		}
	}
	return 0;
}

static int adopt(struct session *s)
{
	struct pgr_pgmap k;
	uint64_t addr = 0;
	size_t n;
	int err = tracer__adopt(s->tracer, &n, &s->adopted_all);

	if (err && s->o->verb == VERB_LIST) {
		complain("cannot look for pgmaps: %s", strerror(-err));
		return STATUS_CANNOT;
	}
	if (err)
		s->adopted_all = false;
	while (!tracer__next_pgmap(s->tracer, &addr, &k))
		add_pgmap(s, &k);
	return 0;
}

static void say_ready(struct session *s)
{
	const struct plan *plan = tracer__plan(s->tracer);
	unsigned int have = 0, want = 0, pgmaps = 0, kprobes = 0;
	const struct plan_attempt *a;

	for (int h = 0; h < PGR_HOOKS; h++) {
		if (h == PGR_HOOK_FORK)
			continue;
		a = plan_hook__attempt(&plan->hook[h]);
		want++;
		have += a != NULL;
		kprobes += a && a->how == PLAN_KPROBE;
	}
	for (struct pgmap *p = s->pgmaps.first; p; p = p->next)
		pgmaps += p->wanted;
	if (!s->o->quiet)
		fprintf(stderr, "pgmapref: ready: %u pgmap%s, %u of %u hooks\n", pgmaps,
			pgmaps == 1 ? "" : "s", have, want);
	if (kprobes && !s->o->quiet)
		fprintf(stderr, "pgmapref: %u hooks by kprobe: calls that the kernel lets a kprobe "
				"miss are not counted\n", kprobes);
	for (int h = 0; h < PGR_HOOKS && !s->o->quiet; h++) {
		const struct plan_hook *hook = &plan->hook[h];

		if (h != PGR_HOOK_FORK && !plan_hook__attempt(hook))
			fprintf(stderr, "pgmapref: hook %s is missing (%s): %s will not be seen\n",
				hook->name, hook->missing, hook->without);
	}
	if (s->o->ready_fd >= 0) {
		if (write(s->o->ready_fd, "ready\n", 6) != 6)
			complain("--ready-fd %d: %s", s->o->ready_fd, strerror(errno));
		close(s->o->ready_fd);
	}
}

static int start_timer(uint64_t ns)
{
	struct itimerspec t = {
		.it_interval = { ns / 1000000000, ns % 1000000000 },
		.it_value = { ns / 1000000000, ns % 1000000000 },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &t, NULL)) {
		complain("no timer to be had: %s", strerror(errno));
		exit(STATUS_CANNOT);
	}
	return fd;
}

static bool pids_gone(const struct options *o)
{
	if (!o->nr_pids && !o->nr_tids)
		return false;
	for (size_t i = 0; i < o->nr_pids; i++)
		if (process__alive(o->pids[i]))
			return false;
	for (size_t i = 0; i < o->nr_tids; i++)
		if (process__alive(o->tids[i]))
			return false;
	return true;
}

/* Until ^C, -d, the end of every -p and -t, or the end of COMMAND. */
static void loop(struct session *s, struct command *c, int signals, int *command_status)
{
	int timer = start_timer(s->o->interval_ns);
	uint64_t end = s->o->duration_ns ? now_ns() + s->o->duration_ns : 0;
	struct pollfd fds[] = {
		{ .fd = tracer__fd(s->tracer, true), .events = POLLIN },
		{ .fd = tracer__fd(s->tracer, false), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = timer, .events = POLLIN },
	};
	bool done = false;

	while (!done && !s->failed && !out__error(s->report.out)) {
		uint64_t ticks, now = now_ns();
		int timeout = -1;

		if (end)
			timeout = end > now ? (end - now) / 1000000 + 1 : 0;
		if (poll(fds, 4, timeout) < 0 && errno != EINTR)
			break;
		if (fds[2].revents & POLLIN) {
			struct signalfd_siginfo info;

			while (read(signals, &info, sizeof(info)) == sizeof(info))
				done = done || info.ssi_signo != SIGCHLD;
		}
		/* Asked before the records are taken: what it did is then among them. */
		if (c->pid && command__ended(c, command_status))
			done = true;
		if (!done && pids_gone(s->o))
			done = true;
		if (end && now_ns() >= end)
			done = true;
		tracer__consume(s->tracer, on_record, s);
		if (fds[3].revents & POLLIN && read(timer, &ticks, sizeof(ticks)) > 0)
			tick(s);
	}
	close(timer);
	tracer__consume(s->tracer, on_record, s);
}

/* What is still open at the end is judged as it stands. */
static void finish(struct session *s)
{
	tick(s);
	tracer__consume(s->tracer, on_record, s);
	for (struct pgmap *p = s->pgmaps.first; p; p = p->next) {
		close_adopted(s, p);
		if (p->state == PGMAP_LIVE || p->td.judged || !p->wanted)
			continue;
		if (!p->td.stuck && p->state == PGMAP_KILLED &&
		    now_ns() - p->td.begin_ns >= s->o->stuck_ns)
			report_stuck(s, p, "end of run", now_ns());
		if (p->td.stuck) {
			struct teardown_facts f;
			struct judgement j;

			/* Reported while it was stuck; counted once, here. */
			pgmap__facts(p, &f);
			verdict__teardown(&f, &j);
			s->totals.leaks += j.verdict == VERDICT_LEAK;
			p->td.judged = true;
		} else {
			report_teardown(s, p, "end of run",
					p->td.final ? p->td.final : p->td.sweep, true);
		}
	}
}

static void summarise(struct session *s)
{
	struct tracer_loss loss = {};
	bool missing[PGR_HOOKS];
	struct loss_facts f = {
		.cause = loss.cause,
		.missed_runs = loss.missed_runs,
		.missing = missing,
		.events = s->o->verb == VERB_TRACE,
		.adopted_all = s->adopted_all,
	};
	uint64_t lost = 0;

	if (tracer__loss(s->tracer, &loss))
		f.adopted_all = false;
	for (int h = 0; h < PGR_HOOKS; h++) {
		/* Only a trace of COMMAND follows children. */
		missing[h] = (h != PGR_HOOK_FORK || (s->o->command && f.events)) &&
			     !plan_hook__attempt(&tracer__plan(s->tracer)->hook[h]);
		lost += loss.missed_runs[h];
	}
	for (int c = 0; c < PGR_LOSSES; c++)
		lost += loss.cause[c];
	f.unjudged = loss.unjudged;
	lost += loss.unjudged;
	verdict__loss(&f, &s->worst);
	if (s->o->verb == VERB_TRACE) {
		for (struct pgmap *p = s->pgmaps.first; p; p = p->next) {
			struct ledger *l;

			if (!p->wanted)
				continue;
			l = p->state == PGMAP_GONE ? NULL : ledger_of(s, p, false);
			report__pgmap_summary(&s->report, p, l, now_ns());
			ledger__free(l);
		}
	}
	report__loss(&s->report, &loss);
	report__summary(&s->report, &s->worst, &s->totals, lost);
}

static int close_session(struct session *s, int status)
{
	int err;

	pgmaps__free(&s->pgmaps);
	tracer__close(s->tracer);
	symbols__free(s->symbols);
	err = s->report.out ? out__close(s->report.out) : 0;
	if (err && err != -EPIPE) {
		complain("cannot write to %s: %s; what was written is not complete",
			 s->o->output ? s->o->output : "standard output", strerror(-err));
		status = STATUS_CANNOT;
	}
	if (s->failed) {
		complain("out of memory");
		status = STATUS_CANNOT;
	}
	return status;
}

static int verdict_status(const struct session *s)
{
	return s->worst.verdict == VERDICT_LEAK	? STATUS_LEAK :
	       s->worst.verdict == VERDICT_CLEAN ? STATUS_CLEAN : STATUS_INCONCLUSIVE;
}

int session__trace_or_watch(const struct options *o)
{
	struct session s = { .o = o };
	struct command c = { .go = -1, .failed = -1 };
	int status, err, signals, command_status = 0;
	sigset_t mask;

	status = check_pids(o);
	if (status)
		return status;
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0) {
		complain("no signalfd to be had: %s", strerror(errno));
		return STATUS_CANNOT;
	}
	if (o->ready_fd >= 0)
		fcntl(o->ready_fd, F_SETFD, FD_CLOEXEC); /* not COMMAND's */
	if (o->command) {
		err = command__prepare(o->command, &c);
		if (err) {
			complain("%s: %s", o->command[0], err == -ENOENT ? "command not found" :
								       strerror(-err));
			return STATUS_USAGE;
		}
	}
	status = open_output(&s);
	if (!status)
		status = open_tracer(&s, true, o->verb == VERB_TRACE && !o->nr_pids ? c.pid : 0);
	if (!status)
		status = check_hooks(&s);
	if (!status)
		status = adopt(&s);
	if (!status)
		status = check_names(&s, o->verb == VERB_WATCH);
	if (status) {
		command__kill(&c);
		return close_session(&s, status);
	}
	s.report.start_ns = now_ns();
	/* What was there at the start, before anything happens: the histories' first point. */
	tick(&s);
	say_ready(&s);
	if (o->verb == VERB_TRACE)
		report__event_header(&s.report);
	if (o->command) {
		err = command__start(&c);
		if (err) {
			complain("%s: %s", o->command[0], strerror(-err));
			command__kill(&c);
			return close_session(&s, STATUS_USAGE);
		}
	}
	loop(&s, &c, signals, &command_status);
	finish(&s);
	summarise(&s);
	status = verdict_status(&s);
	if (status == STATUS_CLEAN && o->command && !c.pid)
		status = command_status;
	command__kill(&c);
	return close_session(&s, status);
}

int session__list(const struct options *o)
{
	struct session s = { .o = o };
	uint64_t until;
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = open_output(&s);
	if (!status)
		status = open_tracer(&s, false, 0);
	if (!status)
		status = adopt(&s);
	if (!status)
		status = check_names(&s, false);
	if (status)
		return close_session(&s, status);
	until = now_ns() + (o->duration_ns ? o->duration_ns : 2000000000ULL);
	while (o->history && now_ns() < until) {
		struct timespec t = { o->interval_ns / 1000000000, o->interval_ns % 1000000000 };

		tick(&s);
		nanosleep(&t, NULL);
	}
	report__list_header(&s.report);
	for (struct pgmap *p = s.pgmaps.first; p; p = p->next) {
		struct pgr_sweep *w;

		if (!p->wanted)
			continue;
		sample_pgmap(&s, p);
		w = sweep_pgmap(&s, p);
		report__list(&s.report, p, w, o->history);
		free(w);
	}
	if (!s.adopted_all && !o->quiet)
		complain("the kernel's list of pgmaps has no address (%s): looked for them in "
			 "/proc/iomem, some may be missing", symbols__hidden(s.symbols) ?
			 "kernel.kptr_restrict hides it" : "CONFIG_KALLSYMS_ALL is off");
	return close_session(&s, STATUS_CLEAN);
}

int session__probes(const struct options *o)
{
	struct session s = { .o = o };
	int status;

	status = open_output(&s);
	if (!status)
		status = open_tracer(&s, true, 0);
	if (status)
		return close_session(&s, status);
	report__probes(&s.report, tracer__plan(s.tracer), tracer__has_vmemmap(s.tracer));
	return close_session(&s, STATUS_CLEAN);
}
