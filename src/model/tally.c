// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "model/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tally_row *find(struct tally *t, const char *name)
{
	for (size_t i = 0; i < t->nr; i++)
		if (!strcmp(t->rows[i].name, name))
			return &t->rows[i];
	return NULL;
}

struct tally_row *tally__row(struct tally *t, const char *name)
{
	struct tally_row *row = find(t, name);

	if (row)
		return row;
	if (t->nr >= TALLY_ROWS) {
		name = "others";
		row = find(t, name);
		if (row)
			return row;
	}
	if (t->nr == t->size) {
		size_t size = t->size ? 2 * t->size : 16;
		struct tally_row *more = realloc(t->rows, size * sizeof(*more));

		if (!more)
			return NULL;
		t->rows = more;
		t->size = size;
	}
	row = &t->rows[t->nr++];
	memset(row, 0, sizeof(*row));
	snprintf(row->name, sizeof(row->name), "%s", name);
	return row;
}

void tally__free(struct tally *t)
{
	free(t->rows);
	*t = (struct tally){ 0 };
}

void tally__judge(struct tally_row *row, const struct judgement *j)
{
	static const enum tally_result results[] = {
		[VERDICT_CLEAN] = TALLY_CLEAN,
		[VERDICT_INCONCLUSIVE] = TALLY_INCONCLUSIVE,
		[VERDICT_LEAK] = TALLY_LEAK,
	};

	if (j->verdict == VERDICT_LEAK && j->allowed) {
		row->results[TALLY_ALLOWED]++;
		return;
	}
	row->results[results[j->verdict]]++;
	for (unsigned int i = 0; j->verdict == VERDICT_LEAK && i < TALLY_KINDS; i++)
		row->kinds[i] += j->kinds >> i & 1;
}

void tally__retire(struct tally_row *row, const __u64 events[PGR_EVENTS])
{
	for (int i = 0; i < PGR_EVENTS; i++)
		row->events[i] += events[i];
}

void tally__refresh(struct tally *t)
{
	for (size_t i = 0; i < t->nr; i++)
		memset(t->rows[i].live, 0, sizeof(t->rows[i].live));
}

void tally__live(struct tally_row *row, const __u64 events[PGR_EVENTS])
{
	for (int i = 0; i < PGR_EVENTS; i++)
		row->live[i] += events[i];
}
