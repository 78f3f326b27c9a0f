// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel/spinning.h"

#define TICK_NS 10000000ULL /* USER_HZ is 100 in every /proc */
#define SHARE 5
#define OF_USER 8
#define PUT_OFF_MAX 6 /* then every 64th scan */

void spinning__begin_look(struct spinning *s)
{
	s->look++;
}

static struct spinning_thread *find(struct spinning *s, const struct spinning_thread *t)
{
	for (size_t i = 0; i < s->nr; i++)
		if (s->thread[i].tid == t->tid && s->thread[i].start == t->start)
			return &s->thread[i];
	return NULL;
}

static bool stayed(const struct spinning_thread *then, const struct spinning_thread *now,
		   uint64_t ns)
{
	uint64_t system = now->system - then->system, user = now->user - then->user;

	return system && system * TICK_NS * SHARE >= ns && system >= user * OF_USER;
}

uint64_t spinning__see(struct spinning *s, const struct spinning_thread *t, uint64_t now)
{
	struct spinning_thread *k = find(s, t);
	bool stays;

	if (!k) {
		if (s->nr == SPINNING_THREADS)
			return 0;
		k = &s->thread[s->nr++];
		*k = *t;
		k->since_ns = k->seen_ns = now;
		k->look = s->look;
		return 0;
	}
	stays = stayed(k, t, now - k->seen_ns);
	k->user = t->user;
	k->system = t->system;
	k->seen_ns = now;
	k->look = s->look;
	if (!stays)
		k->since_ns = now;
	return stays ? k->since_ns : 0;
}

bool spinning__is_due(struct spinning *s, const struct spinning_thread *t)
{
	struct spinning_thread *k = find(s, t);

	return k && s->look >= k->next_look;
}

void spinning__put_off(struct spinning *s, const struct spinning_thread *t)
{
	struct spinning_thread *k = find(s, t);

	if (!k)
		return;
	k->samples += k->samples < PUT_OFF_MAX;
	k->next_look = s->look + (1ULL << k->samples);
}

void spinning__end_look(struct spinning *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nr; i++)
		if (s->thread[i].look == s->look)
			s->thread[kept++] = s->thread[i];
	s->nr = kept;
}
