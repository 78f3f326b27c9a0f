// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed_world.h"

struct pgmaps pgmaps;
struct feed feed;
struct change c;

int allocations = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static bool has_memory(void)
{
	return allocations < 0 || allocations-- > 0;
}

void *__wrap_malloc(size_t size)
{
	return has_memory() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return has_memory() ? __real_calloc(n, size) : NULL;
}

int set_up(void **state)
{
	(void)state;
	memset(&feed, 0, sizeof(feed));
	feed.pgmaps = &pgmaps;
	feed.step_ns = SLOT_NS;
	feed.stuck_ns = STUCK_NS;
	memset(&c, 0xff, sizeof(c));
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	pgmaps__free(&pgmaps);
	return 0;
}

struct pgmap *bear(uint32_t id)
{
	struct pgr_rec_pgmap r = rec_birth(id);

	TAKES(r);
	assert_non_null(c.p);
	return c.p;
}

struct pgmap *bear_dying(uint32_t id, int64_t excess)
{
	struct pgmap *p = bear(id);
	struct pgr_rec_teardown r = rec_begin(id, BORN_NS + 1000, 513 + excess);

	TAKES(r);
	return p;
}

void expect_change(const struct change *want, const char *file, int line)
{
	_assert_int_equal(c.kind, want->kind, file, line);
	_assert_int_equal(c.fresh, want->fresh, file, line);
	_assert_int_equal(c.killed, want->killed, file, line);
	_assert_int_equal(c.id, want->id, file, line);
	_assert_int_equal((uintptr_t)c.p, (uintptr_t)want->p, file, line);
	_assert_int_equal(c.ns, want->ns, file, line);
	_assert_memory_equal(&c.task, &want->task, sizeof(c.task), file, line);
	_assert_int_equal(c.stack, want->stack, file, line);
	_assert_int_equal((uintptr_t)c.pages, (uintptr_t)want->pages, file, line);
	_assert_int_equal((uintptr_t)c.event, (uintptr_t)want->event, file, line);
}

void expect_teardown(const struct teardown *td, const struct teardown *want, const char *file,
		     int line)
{
	_assert_int_equal(td->begun, want->begun, file, line);
	_assert_int_equal(td->begin_unseen, want->begin_unseen, file, line);
	_assert_int_equal(td->over, want->over, file, line);
	_assert_int_equal(td->over_once, want->over_once, file, line);
	_assert_int_equal(td->begin_ns, want->begin_ns, file, line);
	_assert_int_equal(td->drained_ns, want->drained_ns, file, line);
	_assert_int_equal(td->gone_ns, want->gone_ns, file, line);
	_assert_int_equal(td->stuck_ns, want->stuck_ns, file, line);
	_assert_int_equal(td->value, want->value, file, line);
	_assert_int_equal(td->has_value, want->has_value, file, line);
	_assert_int_equal(td->entries, want->entries, file, line);
	_assert_memory_equal(&td->task, &want->task, sizeof(td->task), file, line);
	_assert_int_equal(td->stack, want->stack, file, line);
	_assert_memory_equal(&td->last, &want->last, sizeof(td->last), file, line);
	_assert_int_equal(td->last_stack, want->last_stack, file, line);
	_assert_int_equal(td->stuck, want->stuck, file, line);
	_assert_int_equal(td->wait_unseen, want->wait_unseen, file, line);
	_assert_int_equal(td->stuck_value, want->stuck_value, file, line);
	_assert_int_equal(td->judged, want->judged, file, line);
	_assert_int_equal(td->reported_kinds, want->reported_kinds, file, line);
	_assert_int_equal(td->allowed, want->allowed, file, line);
}

void expect_marks(const struct pgmap *p, struct marks want, const char *file, int line)
{
	const uint64_t times[] = { want.live, want.killed, want.drained, want.gone };

	for (int m = 0; m < HISTORY_NR_MARKS; m++) {
		uint64_t t = 0;

		_assert_int_equal(history__at(p->history, m, &t), times[m] ? 0 : -ENODATA, file,
				  line);
		_assert_int_equal(t, times[m], file, line);
	}
}

void expect_last(const struct pgmap *p, enum history_series series, uint64_t ns, int64_t v,
		 const char *file, int line)
{
	struct history_cell cell = { 0 };
	unsigned int nr = history__nr_slots(p->history);

	_assert_true(nr, "slots", file, line);
	for (unsigned int i = nr; i--;) {
		cell = history__slot(p->history, i)->cells[series];
		if (cell.sampled)
			break;
	}
	_assert_true(cell.sampled, "sampled", file, line);
	_assert_int_equal(cell.last, v, file, line);
	_assert_int_equal(cell.last_ns, ns - history__start_ns(p->history), file, line);
}

void expect_none(const struct pgmap *p, enum history_series series)
{
	assert_int_equal(history__peak(p->history, series, NULL, NULL), -ENODATA);
}

void expect_totals(const struct pgmap *p, const uint64_t *want, const char *file, int line)
{
	for (int e = 0; e < HISTORY_NR_EVENTS; e++)
		_assert_int_equal(history__total(p->history, e), want[e], file, line);
}

struct snapshot {
	size_t nr;
	struct {
		struct pgmap p;
		struct pgr_sweep sweep, final;
		struct history_slot slot[HISTORY_SLOTS];
		unsigned int nr_slots;
		uint64_t marks[HISTORY_NR_MARKS];
	} of[3];
};

struct snapshot *snapshot(void)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	for (struct pgmap *p = pgmaps.first; p; p = p->next) {
		size_t i = s->nr++;

		assert_true(i < sizeof(s->of) / sizeof(*s->of));
		memcpy(&s->of[i].p, p, sizeof(*p));
		if (p->td.sweep)
			s->of[i].sweep = *p->td.sweep;
		if (p->td.final)
			s->of[i].final = *p->td.final;
		s->of[i].nr_slots = history__nr_slots(p->history);
		for (unsigned int n = 0; n < s->of[i].nr_slots; n++)
			s->of[i].slot[n] = *history__slot(p->history, n);
		for (int m = 0; m < HISTORY_NR_MARKS; m++)
			history__at(p->history, m, &s->of[i].marks[m]);
	}
	return s;
}

void nothing_changed(struct snapshot *before)
{
	struct snapshot *after = snapshot();

	assert_memory_equal(after, before, sizeof(*after));
	free(after);
	free(before);
}

size_t nr_pgmaps(void)
{
	size_t n = 0;

	for (struct pgmap *p = pgmaps.first; p; p = p->next)
		n++;
	return n;
}
