// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reports why a task hangs on device memory: what it waits for, who has it, and what follows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "kernel/pinners.h"
#include "kernel/walked.h"
#include "model/grade.h"
#include "report/report_identity.h"
#include "report/report_parts.h"
#include "report/report_why.h"
#include "report/report_why_advice.h"

const char *why_way__name(enum why_way way)
{
	static const char *const names[WHY_WAYS] = {
		[WHY_NOTHING] = "nothing", [WHY_REFERENCES] = "references", [WHY_PAGES] = "pages",
		[WHY_REMOVAL] = "removal", [WHY_FREEZE] = "freeze",	    [WHY_QUEUE] = "queue",
		[WHY_LOCK] = "lock",
	};

	return names[way];
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#define TEXT_AT 13 /* column of the texts behind the labels */
#define WIDTH 80

/* In text: breaks `text` at blanks, so that it fits behind a label. Returns buf; JSON: text. */
static const char *wrap(struct out *o, const char *text, char buf[512])
{
	size_t n = 0, from = 0, blank = 0;

	if (out__is_json(o))
		return text;
	for (; *text && n < 512 - TEXT_AT - 2; text++) {
		if (*text == ' ')
			blank = n;
		buf[n++] = *text;
		if (n - from <= WIDTH - TEXT_AT || !blank)
			continue;
		memmove(buf + blank + 1 + TEXT_AT, buf + blank + 1, n - blank - 1);
		memset(buf + blank + 1, ' ', TEXT_AT);
		buf[blank] = '\n';
		from = blank + 1 + TEXT_AT;
		n += TEXT_AT;
		blank = 0;
	}
	buf[n] = '\0';
	return buf;
}

/* ---- the first line: who does what, where, for how long ------------------------------------- */

static void put_device(struct out *o, const struct why *y, const struct blocked_judgement *j)
{
	bool writes = y->way == WHY_FREEZE && j->way == BLOCKED_NO_WAY;

	out__str(o, "doing", "%s of ", writes ? "change" : y->unbinds ? "unbind" : "removal");
	out__str(o, NULL, "%s", base(y->device));
	out__str(o, "device", NULL, y->device);
}

static void put_call(struct out *o, const struct why *y)
{
	char path[TASK_CALL_PATH];

	snprintf(path, sizeof(path), "%s", y->call.path);
	part__clean(path);
	out__str(o, "doing", "%s", *y->call.name ? y->call.name : "a call");
	out__str(o, NULL, *path ? " of %s" : NULL, path);
	if (*path)
		out__str(o, "path", NULL, y->call.path);
}

/* " (pmem0)" behind the name of its device, or " on pmem0". */
static void put_names(struct out *o, const struct why *y)
{
	bool same = y->nr == 1 && !strcmp(base(y->device), y->pgmap[0]->name);

	if (y->nr)
		out__bool(o, "unsure", y->nr == 1 ? ", probably" : NULL, !y->sure);
	out__array(o, "pgmaps");
	for (size_t i = 0; i < y->nr; i++)
		out__str(o, "",
			 same		       ? NULL :
			 i		       ? ", %s" :
			 *y->device	       ? " (%s" :
			 y->sure || y->nr == 1 ? " on %s" :
						 " on one of %s",
			 y->pgmap[i]->name);
	out__pop(o);
	if (*y->device && y->nr && !same)
		out__text(o, ")");
	if (!*y->mount.type)
		return;
	out__str(o, "filesystem_type", " (%s", y->mount.type);
	out__str(o, "mount_point", " on %s)", y->mount.at);
}

static const char *state_of(const struct waiting_task *t)
{
	return t->state == 'D' ? "D" : t->state == 'S' ? "S" : t->state == 'R' ? "R" : "other";
}

static void put_age(struct out *o, const struct waiting_task *t)
{
	out__str(o, "state", ", %s state", state_of(t));
	if (t->slept_ns)
		out__age(o, "asleep_ns", " for %s", t->slept_ns);
	else if (t->stayed)
		out__age(o, "asleep_at_least_ns", " for %s or more", NSEC_PER_SEC);
}

static void put_headline(struct out *o, const struct why *y, const struct blocked_judgement *j)
{
	out__begin(o, "why");
	part__task(o, "task", "%s", &y->t->task);
	part__identity(o, "identity", &y->who, false);
	out__bool(o, "hangs", " hangs: ", true);
	if (*y->device)
		put_device(o, y, j);
	else if (y->way == WHY_REFERENCES || y->way == WHY_REMOVAL)
		out__str(o, "doing", "%s of a device", "removal");
	else
		put_call(o, y);
	put_names(o, y);
	put_age(o, y->t);
	out__text(o, "\n");
}

/* ---- what it waits for ----------------------------------------------------------------------- */

static void put_wait(struct out *o, const struct why *y, const struct blocked_judgement *j)
{
	const struct pgmap *p = y->nr == 1 ? y->pgmap[0] : NULL;
	int64_t n = p && pgmap__has_excess(p) ? pgmap__excess(p) : 0;

	out__str(o, "waits_in", "  waits in   %s", j->waits);
	out__str(o, "way", NULL, j->by);
	out__str(o, "waits_for", NULL, why_way__name(y->way));
	if (y->way == WHY_REFERENCES && p && p->has_value)
		out__int(o, "references",
			 n == 1 ? ", for %s reference that is not put" :
				  ", for %s references that are not put",
			 n);
	if (y->way == WHY_PAGES)
		out__int(o, "pages",
			 y->waited_for == 1 ? ", for %s page in use" : ", for %s pages in use",
			 y->waited_for);
	out__str(o, NULL, advice__wait(y->way) ? ", %s" : NULL, advice__wait(y->way));
	out__text(o, "\n");
}

/* ---- who has it ------------------------------------------------------------------------------ */

static void put_fds(struct out *o, const struct walked *f)
{
	out__array(o, "fds");
	for (unsigned int i = 0; i < f->nr_fds; i++)
		out__int(o, "", i ? ", %s" : ", fd %s", f->fds[i]);
	out__pop(o);
}

static void put_thing(struct out *o, const struct walked *f)
{
	char path[WALKED_PATH];

	snprintf(path, sizeof(path), "%s", f->path);
	part__clean(path);
	out__str(o, "how", "\n             %s", advice__thing(f->how));
	if (*path)
		out__str(o, "path", " %s", path);
	if (f->how == PGR_WALK_PINNER)
		out__str(o, "kind", " (%s)", pinner__kind(f->kind));
	put_fds(o, f);
	if (f->nr_ranges)
		out__int(o, "pages", f->pages == 1 ? "; %s page" : "; %s pages", f->pages);
	else if (f->how == PGR_WALK_MAP)
		out__int(o, "bytes", "; %s bytes", f->bytes);
}

/* A holder that waits itself: the chain goes on there. */
static void put_waits(struct out *o, const char *key, const struct waiting_task *t)
{
	struct blocked_judgement j;

	if (!t)
		return;
	blocked__judge(&t->stack, &j);
	out__object(o, key);
	part__task(o, "task", "             %s", &t->task);
	out__str(o, "waits_in", " waits itself: in %s", j.waits);
	put_age(o, t);
	out__text(o, "\n");
	out__pop(o);
}

static void put_holder(struct out *o, const struct why *y, const struct why_holder *h)
{
	out__object(o, NULL);
	out__str(o, "grade", NULL, grade__name(h->f->grade));
	part__task(o, "task", h->f->grade == GRADE_HOLDS ? "  held by    %s" : "  may have it %s",
		   &h->f->task);
	if (h->f->task.tgid == y->t->task.tgid)
		out__bool(o, "itself", " (itself)", true);
	part__identity(o, "identity", &h->who, true);
	put_thing(o, h->f);
	out__text(o, "\n");
	put_waits(o, "waits", h->waits);
	out__pop(o);
}

static void put_holders(struct out *o, const struct why *y)
{
	out__array(o, "holders");
	for (size_t i = 0; i < y->nr_holders; i++)
		put_holder(o, y, &y->holder[i]);
	out__pop(o);
	part__more(o, y->nr_holders + y->more_holders, y->nr_holders);
}

static void put_behind(struct out *o, const struct why *y)
{
	if (!y->behind)
		return;
	out__object(o, "behind");
	part__task(o, "task", "  held by    %s", &y->behind->task);
	out__bool(o, "unsure", ", probably", !y->behind_sure);
	out__text(o, "\n");
	out__pop(o);
	put_waits(o, "behind_waits", y->behind);
}

static void put_unknown(struct out *o, const struct why *y)
{
	char buf[512];

	if (y->nr_holders || y->behind)
		return;
	if (y->found && y->found->err) {
		out__str(o, "not_searched", "  held by    not known: %s\n",
			 wrap(o, y->found->why, buf));
		return;
	}
	out__str(o, "not_known", "  held by    not known: %s\n", wrap(o, advice__unknown(y), buf));
	if (!y->found)
		return;
	out__int(o, "searched", "             (%s tasks searched", y->found->seen.tasks);
	out__bool(o, "not_all", ", not all of them", !walked__complete(y->found));
	out__text(o, ")\n");
}

/* ---- what follows ---------------------------------------------------------------------------- */

static void put_advice(struct out *o, const struct why *y)
{
	struct advice a;
	char buf[512];

	advice__find(y, &a);
	if (*a.so)
		out__str(o, "so", "  so         %s\n", wrap(o, a.so, buf));
	if (a.beside)
		out__str(o, "beside", "  beside     %s\n", wrap(o, a.beside, buf));
	if (a.next)
		out__str(o, "next_time", "  next time  %s\n", wrap(o, a.next, buf));
}

static void put_stack(struct out *o, const struct blocked_stack *s, bool text)
{
	out__array(o, "stack");
	for (unsigned int i = 0; i < s->nr; i++) {
		char frame[128];

		snprintf(frame, sizeof(frame), "%s%s%s%s", s->frame[i].function,
			 s->frame[i].module[0] ? " [" : "", s->frame[i].module,
			 s->frame[i].module[0] ? "]" : "");
		out__str(o, "", !text ? NULL : i ? "        %s\n" : "  stack\n        %s\n", frame);
	}
	out__pop(o);
}

static void put_other(struct out *o, const struct why *y, const struct blocked_judgement *j)
{
	out__begin(o, "why");
	part__task(o, "task", "%s", &y->t->task);
	part__identity(o, "identity", &y->who, true);
	out__bool(o, "hangs", NULL, false);
	out__text(o, " does not hang on device memory");
	put_age(o, y->t);
	if (*j->waits)
		out__str(o, "waits_in", ", in %s", j->waits);
	out__text(o, "\n");
}

void report__why(struct report *r, const struct why *y, bool stacks)
{
	struct blocked_judgement j;
	struct out *o = r->out;

	blocked__judge(&y->t->stack, &j);
	if (!y->hangs) {
		put_other(o, y, &j);
	} else {
		put_headline(o, y, &j);
		put_wait(o, y, &j);
		put_holders(o, y);
		put_behind(o, y);
		put_unknown(o, y);
		put_advice(o, y);
	}
	put_stack(o, &y->t->stack, stacks);
	out__text(o, "\n");
	out__end(o);
}

void report__why_totals(struct report *r, const struct why_totals *t)
{
	struct out *o = r->out;

	out__begin(o, "why_summary");
	out__int(o, "hanging",
		 !t->hanging	 ? NULL :
		 t->hanging == 1 ? "%s task hangs on device memory" :
				   "%s tasks hang on device memory",
		 t->hanging);
	out__str(o, "about", !t->hanging ? "no task hangs on %s" : NULL,
		 t->about ? t->about : "device memory");
	out__int(o, "tasks", " (%s tasks looked at)", t->threads);
	if (t->not_all)
		out__str(o, "not_looked_at", "; not sure: %s", t->not_all);
	out__text(o, "\n");
	out__end(o);
}
