// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "model/culprits.h"
#include "model/frames.h"
#include "report/report_blame.h"
#include "report/report_parts.h"
#include "report/report_words.h"

#define NAMED 3 /* tasks */

/* " by rdma_reader/238 at get_write [mod]" */
static void add_task(struct report *r, const struct culprit_row *row, char *buf, size_t len)
{
	char task[64], site[256];
	struct pgr_stack stack;

	text__add(buf, len, " by %s",
		  row->task.tgid ? part__task_text(&row->task, task, sizeof(task)) :
				   "an unknown task");
	if (row->stack && r->stack && !r->stack(r->stack_ctx, row->stack, &stack))
		text__add(buf, len, " at %s",
			  frames__short(r->symbols, &stack, frames__site(r->symbols, &stack), site,
					sizeof(site)));
}

/* What is left. No culprit is needed for it. */
static void add_left(const struct finding *f, const struct culprits *c, char *buf, size_t len)
{
	char amount[64];

	if (f->j.kinds == LEAK_UNDERFLOW || c->left < 0)
		text__add(buf, len, "a reference was put too often");
	else if (f->j.kinds == LEAK_GET_AFTER_KILL)
		text__add(buf, len, "%s taken after the unbind began",
			  words__amount(f->p->td.late.n, "reference", amount, sizeof(amount)));
	else if (f->j.kinds == LEAK_ENTRIES)
		text__add(buf, len, "files have pages of it");
	else
		text__add(buf, len, "%s left%s",
			  words__amount(c->left, c->of_pages ? "page" : "reference", amount,
					sizeof(amount)),
			  c->of_pages ? " in use" : "");
}

/* The certain culprits, and how much has none. pfns: which pages, too. */
static void add_tasks(struct report *r, const struct culprits *c, bool pfns, char *buf, size_t len)
{
	int64_t unnamed = c->left - c->known;
	size_t certain = 0;

	while (certain < c->nr && c->v[certain].certain)
		certain++;
	for (size_t i = 0; i < certain && i < NAMED; i++) {
		const struct culprit_row *row = &c->v[i];

		if (certain > 1)
			text__add(buf, len, "%s %" PRId64, i ? "," : ":", row->n);
		add_task(r, row, buf, len);
		if (pfns && row->last_pfn && row->what != CULPRIT_REFERENCE)
			text__add(buf, len, ", pfn 0x%" PRIx64 "-0x%" PRIx64, row->first_pfn,
				  row->last_pfn);
	}
	if (certain > NAMED)
		text__add(buf, len, ", and %zu more", certain - NAMED);
	if (certain && unnamed > 0)
		text__add(buf, len, ", %" PRId64 " by whom is not known", unnamed);
	else if (!certain)
		text__add(buf, len, ", by whom is not known");
}

const char *report__blame(struct report *r, const struct finding *f, char *buf, size_t len)
{
	struct culprits c;

	buf[0] = '\0';
	if (culprits__make(&c, f))
		return words__headline(f, buf, len);
	add_left(f, &c, buf, len);
	add_tasks(r, &c, false, buf, len);
	culprits__clear(&c);
	return part__clean(buf);
}

const char *report__line(struct report *r, const struct finding *f, char *buf, size_t len)
{
	char words[WORDS_MAX], kinds[VERDICT_KINDS_MAX];
	struct culprits c;

	buf[0] = '\0';
	text__add(buf, len, "%s: %s (%s)", f->p->name, words__headline(f, words, sizeof(words)),
		  verdict__kinds(f->j.kinds, kinds, sizeof(kinds)));
	if (!culprits__make(&c, f))
		add_tasks(r, &c, true, buf, len);
	culprits__clear(&c);
	return part__clean(buf);
}
