// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "model/followed_page.h"

const char *followed_page__event(const struct followed_page *f, int32_t n)
{
	/* A large folio counts pins in a word of its own. */
	bool pin = !f->order && (n % GUP_PIN_BIAS == 0 || (n > 0 && n % (GUP_PIN_BIAS - 1) == 0));

	return n > 0 ? (pin ? "pin" : "get") : (pin ? "unpin" : "put");
}

static struct followed_task *row_of(struct followed_page *f, const struct pgr_task *task)
{
	for (size_t i = 0; i < f->nr_tasks; i++)
		if (f->task[i].task.tid == task->tid && f->task[i].task.tgid == task->tgid)
			return &f->task[i];
	if (f->nr_tasks == FOLLOWED_TASKS)
		return NULL;
	f->task[f->nr_tasks].task = *task;
	return &f->task[f->nr_tasks++];
}

void followed_page__see(struct followed_page *f, const struct pgr_rec_change *c,
			const struct pgr_task *task)
{
	struct followed_task *t = row_of(f, task);

	f->changes++;
	f->refcount = c->refcount;
	f->last = *c;
	f->last_task = *task;
	if (c->n < 0) {
		f->put = *c;
		f->put_task = *task;
	}
	if (!t) {
		f->unlisted++;
	} else if (c->n < 0) {
		t->puts++;
		t->dropped -= (int64_t)c->n;
	} else {
		t->gets++;
		t->took += c->n;
	}
}

void followed_page__set_state(struct followed_page *f, enum followed_state state, uint64_t ns)
{
	if (f->state == state && f->state_ns)
		return;
	f->state = state;
	f->state_ns = ns;
}

bool followed_page__has_last_put(const struct followed_page *f)
{
	return f->put.n && (f->last.n < 0 || (!f->missed && !f->blind));
}

uint64_t followed_page__after(const struct followed_page *f)
{
	bool put = f->state == FOLLOWED_IDLE && followed_page__has_last_put(f);
	uint64_t ns = put ? f->put.h.ns : f->state_ns;

	return ns > f->since_ns ? ns - f->since_ns : 0;
}

const char *followed_state__name(enum followed_state state)
{
	static const char *const names[] = {
		[FOLLOWED_BUSY] = "busy",
		[FOLLOWED_IDLE] = "idle",
		[FOLLOWED_GONE] = "gone",
	};

	return names[state];
}
