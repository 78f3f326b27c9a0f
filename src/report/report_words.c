// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/span.h"
#include "common/text.h"
#include "kernel/walked.h"
#include "report/report_parts.h"
#include "report/report_words.h"

#define UNIT_MAX 48

const char *words__amount(int64_t n, const char *unit, char *buf, size_t len)
{
	snprintf(buf, len, "%" PRId64 " %s%s", n, unit, n == 1 ? "" : "s");
	return buf;
}

static const char *be(int64_t n)
{
	return n == 1 ? "is" : "are";
}

static int64_t busy_of(const struct finding *f)
{
	return f->phase == FINDING_END ? (int64_t)f->counts.busy :
	       f->pages		       ? (int64_t)f->pages->busy :
					 0;
}

static bool is_over(const struct finding *f)
{
	return f->p->td.drained_ns || f->p->td.gone_ns;
}

/* The headline of a teardown that hangs, or that hung. */
static void tell_hang(const struct finding *f, char *buf, size_t len)
{
	int64_t n = f->p->td.stuck_value;
	char amount[UNIT_MAX];

	text__add(buf, len, "%s", is_over(f) ? "UNBIND HUNG" : "UNBIND HANGS");
	if (n < 0)
		text__add(buf, len, ", %s too many",
			  words__amount(-n, "put", amount, sizeof(amount)));
	else if (n)
		text__add(buf, len, ", %s %s left",
			  words__amount(n, "reference", amount, sizeof(amount)),
			  is_over(f) ? (n == 1 ? "was" : "were") : be(n));
}

const char *words__headline(const struct finding *f, char *buf, size_t len)
{
	int64_t busy = busy_of(f);

	buf[0] = '\0';
	if (f->j.verdict == VERDICT_CLEAN) {
		snprintf(buf, len, "clean");
	} else if (f->j.verdict == VERDICT_INCONCLUSIVE) {
		snprintf(buf, len, "NOT KNOWN WHETHER IT IS CLEAN");
	} else if (f->j.kinds & LEAK_HANG) {
		tell_hang(f, buf, len);
	} else if (f->j.kinds & LEAK_PINNED) {
		snprintf(buf, len, "UNBOUND WHILE %" PRId64 " PAGE%s IN USE", busy,
			 busy == 1 ? " IS" : "S ARE");
	} else if (f->j.kinds & LEAK_ENTRIES) {
		snprintf(buf, len, "UNBOUND WHILE FILES HAVE ITS PAGES");
	} else if (f->j.kinds & LEAK_UNDERFLOW) {
		snprintf(buf, len, "A REFERENCE WAS PUT TOO OFTEN");
	} else if (f->j.kinds & LEAK_GET_AFTER_KILL) {
		snprintf(buf, len, "%" PRId64 " REFERENCE%s TAKEN AFTER THE UNBIND BEGAN",
			 f->p->td.late.n, f->p->td.late.n == 1 ? "" : "S");
	} else if (f->j.kinds & LEAK_EXCESS_AT_END) {
		snprintf(buf, len, "%" PRId64 " REFERENCE%s LEFT", f->counts.references,
			 f->counts.references == 1 ? "" : "S");
	} else {
		snprintf(buf, len, "%" PRId64 " PAGE%s LEFT IN USE", busy, busy == 1 ? "" : "S");
	}
	return buf;
}

static uint64_t end_of(const struct finding *f, uint64_t now)
{
	const struct teardown *td = &f->p->td;

	return td->gone_ns ? td->gone_ns : td->drained_ns ? td->drained_ns : now;
}

/* "2.7 s", or "more than 2.7 s". */
static const char *wait_of(const struct finding *f, uint64_t now, char *buf, size_t len)
{
	const struct teardown *td = &f->p->td;
	char span[32];

	span__text(part__since(end_of(f, now), td->begin_ns), span, sizeof(span));
	snprintf(buf, len, "%s%s", td->begun ? "" : "more than ", span);
	return buf;
}

static void tell_wait(const struct finding *f, uint64_t now, char *buf, size_t len)
{
	const struct teardown *td = &f->p->td;
	char task[64], wait[64], amount[UNIT_MAX];

	part__task_text(&td->task, task, sizeof(task));
	text__add(buf, len, "%s", td->task.tgid ? task : "A task");
	if (td->begin_unseen || td->over)
		text__add(buf, len, is_over(f) ? " waited" : " waits");
	else
		text__add(buf, len, " %s %s", is_over(f) ? "waited" : "has waited",
			  wait_of(f, now, wait, sizeof(wait)));
	text__add(buf, len, " in memunmap_pages()");
	if (td->stuck_value > 0)
		text__add(buf, len, " for %s to %s that %s taken and not put",
			  words__amount(td->stuck_value, "reference", amount, sizeof(amount)),
			  f->p->name, td->stuck_value == 1 ? "was" : "were");
	else if (td->stuck_value < 0)
		text__add(buf, len,
			  ": the counter of %s is below 0, because a reference was put too often",
			  f->p->name);
	text__add(buf, len, ".");
	if (!is_over(f))
		text__add(buf, len, " It is in D state and cannot be killed.");
}

/* "sh/12 unbound pmem0 in 81 ms." */
static void tell_unbind(const struct finding *f, uint64_t now, char *buf, size_t len)
{
	const struct teardown *td = &f->p->td;
	char task[64], wait[64];

	text__add(buf, len, "%s unbound %s",
		  td->task.tgid ? part__task_text(&td->task, task, sizeof(task)) : "A task",
		  f->p->name);
	if (td->begun && !td->over)
		text__add(buf, len, " in %s", wait_of(f, now, wait, sizeof(wait)));
	text__add(buf, len, ".");
}

const char *words__happened(const struct finding *f, uint64_t now, char *buf, size_t len)
{
	unsigned int kinds = f->j.kinds;

	buf[0] = '\0';
	if (f->j.verdict == VERDICT_INCONCLUSIVE)
		text__add(buf, len, "%s: %s.", f->p->name, f->j.why);
	if (f->j.verdict != VERDICT_LEAK)
		return buf;
	if (f->phase == FINDING_END) {
		bool one = (kinds & LEAK_EXCESS_AT_END ? f->counts.references : busy_of(f)) == 1;

		text__add(
			buf, len, "%s",
			kinds & LEAK_UNDERFLOW ?
				"More references were put than taken since the start." :
			one ? "It was not there at the start of the run, and is left at its end." :
			      "They were not there at the start of the run, and are left at its end.");
	} else if (kinds & LEAK_HANG) {
		tell_wait(f, now, buf, len);
	} else {
		tell_unbind(f, now, buf, len);
	}
	if (kinds & (LEAK_PINNED | LEAK_ENTRIES))
		text__add(buf, len, "%s did not wait for %s and %s freed the struct pages.",
			  " The kernel", "the users of these pages,", "has");
	if (kinds & LEAK_UNDERFLOW && f->phase != FINDING_END && !(kinds & LEAK_HANG))
		text__add(buf, len, " The counter was below its value at rest.");
	return buf;
}

/*
 * Not reboot -f: systemctl(1) ends all processes and unmounts all filesystems then. Sysrq b does
 * neither (drivers/tty/sysrq.c, 6.1 to 7.3).
 */
#define REBOOT_AT_ONCE                                                                           \
	"Save what matters to another disk ('sync -f FILE' there), and reboot at once: 'echo b " \
	">/proc/sysrq-trigger'. "

const char *words__danger(const struct finding *f)
{
	if (f->j.verdict != VERDICT_LEAK || f->j.allowed)
		return NULL;
	if (f->j.kinds & LEAK_PINNED)
		return "When a user of these pages drops them or ends, the kernel writes to struct "
		       "pages that are gone: it may crash, or corrupt memory. Do not kill the "
		       "tasks named here. " REBOOT_AT_ONCE
		       "A normal shutdown, or 'reboot -f', ends them, too.";
	if (f->j.kinds & LEAK_ENTRIES)
		return "When these files are truncated, removed or unmounted, the kernel goes from "
		       "them to struct pages that are gone: it may crash, or corrupt memory. " REBOOT_AT_ONCE
		       "A normal shutdown, or 'reboot -f', unmounts them, too.";
	return NULL;
}

/* What the certain culprits have, one bit for each culprit_what. */
static unsigned int whats_of(const struct culprits *c)
{
	unsigned int whats = 0;

	for (size_t i = 0; i < c->nr; i++)
		if (c->v[i].certain)
			whats |= 1u << c->v[i].what;
	return whats;
}

#define HAS(whats, what) ((whats) >> CULPRIT_##what & 1)

/* Who can end a hang. */
static void advise_hang(const struct finding *f, const struct culprits *c, words_fn fn, void *ctx)
{
	unsigned int whats = whats_of(c);

	if (f->p->td.stuck_value < 0) {
		fn(ctx, "Only a reboot ends the wait. Fix the put that has no get.");
		return;
	}
	if (f->pages_hold && (HAS(whats, PIN) || HAS(whats, OBJECT) || HAS(whats, FOLIO)))
		fn(ctx, "The unbind goes on when the pages are dropped: when the tasks named here "
			"close, read or unregister what holds them, or end.");
	if (HAS(whats, DEVICE_PAGE))
		fn(ctx,
		   "Pages of device memory give their references back when they are freed: when "
		   "the process unmaps them or ends, or the driver frees them.");
	if (HAS(whats, REFERENCE))
		fn(ctx, "Kernel code took the references; a process that ends does not give them "
			"back. Fix the missing put_dev_pagemap() of the call named here. Now, only "
			"that code or a reboot ends the wait.");
	if (!whats && verdict__is_whole(f->pages) && !f->pages->busy)
		fn(ctx,
		   "No page is in use, so kernel code has the references: no process can be ended "
		   "to free them. Now, only that code or a reboot ends the wait.");
	if (!f->pages_hold && f->pages && f->pages->busy)
		fn(ctx,
		   "Pages are in use, too. Let them be dropped now, while the unbind waits: it does "
		   "not wait for them, and after it the kernel may crash when they are dropped.");
	if (c->known < c->left)
		fn(ctx,
		   f->p->k.flags & PGR_PGMAP_ADOPTED ?
			   "Next time, run 'pgmapref watch' before: it names the task and the "
			   "call that took each reference." :
			   "No hook saw who took the others: 'pgmapref probes' shows what is not "
			   "seen on this kernel.");
}

void words__advice(const struct finding *f, const struct culprits *c, words_fn fn, void *ctx)
{
	unsigned int kinds = f->j.kinds;
	char text[WORDS_MAX];

	if (f->j.verdict != VERDICT_LEAK || f->j.allowed)
		return;
	if (kinds & LEAK_HANG && !is_over(f))
		advise_hang(f, c, fn, ctx);
	if (kinds & (LEAK_PINNED | LEAK_ENTRIES)) {
		snprintf(text, sizeof(text),
			 "Run 'pgmapref refs %s' before the unbind, and unbind when it shows no busy "
			 "page and no file.",
			 f->p->name);
		fn(ctx, text);
	}
	if (kinds & LEAK_UNDERFLOW && !(kinds & LEAK_HANG))
		fn(ctx, "Fix the put_dev_pagemap() that has no get.");
	if (kinds & LEAK_GET_AFTER_KILL)
		fn(ctx, "Fix the call named here: it took a reference without asking whether the "
			"pgmap is live (percpu_ref_tryget_live()).");
	if (kinds & LEAK_EXCESS_AT_END && whats_of(c) & 1u << CULPRIT_REFERENCE)
		fn(ctx,
		   "If the code of the call named here is done with them, its put_dev_pagemap() "
		   "is missing.");
	if (kinds & LEAK_EXCESS_AT_END) {
		snprintf(text, sizeof(text), "An unbind of %s will wait until they are put.",
			 f->p->name);
		fn(ctx, text);
	}
	if (kinds & LEAK_BUSY_AT_END)
		fn(ctx, f->pages_hold ?
				"An unbind will wait until they are dropped." :
				"An unbind will not wait for them: it will free their struct pages, "
				"and the kernel may crash when they are dropped.");
}

static void add_size(uint64_t pages, char *buf, size_t len)
{
	char size[32];

	text__add(buf, len, "%s", part__bytes(pages * 4096, size, sizeof(size)));
}

static void add_counter(const char *what, const struct pgmap *p, int64_t value, int64_t excess,
			char *buf, size_t len)
{
	text__add(buf, len, " %s %" PRId64 ": %" PRId64 " at rest%s, %+" PRId64 ".", what, value,
		  (int64_t)p->k.baseline, p->k.flags & PGR_PGMAP_ADOPTED ? " (computed)" : "",
		  excess);
}

const char *words__facts(const struct finding *f, char *buf, size_t len)
{
	const struct pgmap *p = f->p;
	const struct teardown *td = &p->td;

	snprintf(buf, len, "%s, ", pgmap__type_name(p));
	add_size(p->k.pages, buf, len);
	text__add(buf, len, " at 0x%" PRIx64, (uint64_t)p->k.first.start);
	if (p->module)
		text__add(buf, len, " [%s]", p->module);
	text__add(buf, len, ".");
	if (f->phase == FINDING_END && f->facts.after.has_value)
		add_counter("Counter", p, p->value, f->facts.after.excess, buf, len);
	else if (f->phase != FINDING_END && td->begun && td->has_value && pgmap__has_baseline(p))
		add_counter("Counter at the begin", p, td->value, td->value - p->k.baseline, buf,
			    len);
	if (f->pages)
		text__add(buf, len, " Busy pages: %" PRIu64 " of %" PRIu64 ".",
			  (uint64_t)f->pages->busy, (uint64_t)f->pages->seen);
	text__add(buf, len, " More: -v.");
	return buf;
}

const char *words__nobody(const struct finding *f, const struct culprits *c, char *buf, size_t len)
{
	bool searched = f->found && !f->found->err && walked__complete(f->found);

	snprintf(buf, len, "not known who%s", c->of_pages ? "" : ": not seen when taken");
	if (!c->of_pages && f->p->k.flags & PGR_PGMAP_ADOPTED)
		text__add(buf, len, ", or taken before the tool started");
	if (searched && !c->nr)
		text__add(buf, len, "; no task has a page of %s in a pipe, an io_uring or a mapping",
			  f->p->name);
	return buf;
}

const char *words__clean(const struct finding *f, uint64_t now, char *buf, size_t len)
{
	const struct end_counts *n = &f->counts;
	char task[64], wait[64], refs[UNIT_MAX], pages[UNIT_MAX];

	snprintf(buf, len, "clean");
	if (f->phase != FINDING_END) {
		if (f->p->td.task.tgid)
			text__add(buf, len, ", unbound by %s",
				  part__task_text(&f->p->td.task, task, sizeof(task)));
		if (f->p->td.begun && !f->p->td.over)
			text__add(buf, len, " in %s", wait_of(f, now, wait, sizeof(wait)));
		text__add(buf, len, ", nothing left");
	} else if (n->pre_existing || n->busy_before) {
		text__add(buf, len, "; %s and %s were there at the start, and still are",
			  words__amount(n->pre_existing, "reference", refs, sizeof(refs)),
			  words__amount((int64_t)n->busy_before, "busy page", pages, sizeof(pages)));
	}
	return buf;
}

const char *words__again(const struct finding *f, uint64_t now, char *buf, size_t len)
{
	const struct teardown *td = &f->p->td;
	char wait[64], task[64], amount[UNIT_MAX], kinds[VERDICT_KINDS_MAX];

	buf[0] = '\0';
	wait_of(f, now, wait, sizeof(wait));
	if (!is_over(f)) {
		text__add(buf, len, "still hangs after %s, %s left", wait,
			  words__amount(f->p->has_value ? f->p->value : td->stuck_value,
					"reference", amount, sizeof(amount)));
		return buf;
	}
	text__add(buf, len, "%s after %s", td->drained_ns ? "drained" : "ended", wait);
	if (td->last.tgid)
		text__add(buf, len, ", the last reference was dropped by %s",
			  part__task_text(&td->last, task, sizeof(task)));
	text__add(buf, len, "%s. It stays a leak (%s).", td->gone_ns ? "; the pgmap is gone" : "",
		  verdict__kinds(f->j.kinds, kinds, sizeof(kinds)));
	return buf;
}
