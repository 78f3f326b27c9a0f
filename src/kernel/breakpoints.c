// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "kernel/breakpoints.h"

/* Without a stable TSC the clock of perf events goes by ticks, of 10 ms at most. */
#define CLOCK_STEP_NS (20 * NSEC_PER_MSEC)

struct breakpoints {
	const struct breakpoint_ops *ops;
	int prog_fd;
	struct breakpoint_at at;
	int nr_cpus;
	struct cpu_breakpoint *cpu; /* nr_cpus of them */
};

/*
 * The kernel takes the events of a CPU off when the CPU goes offline, and does not set them again
 * (kernel/events/core.c, perf_event_exit_cpu(), 6.1 to 7.3).
 */
static bool is_on(const struct breakpoint_ops *ops, struct cpu_breakpoint *c)
{
	uint64_t now = clock__now();
	struct breakpoint_count n;

	if (ops->count(c->b, &n))
		return false;
	if (n.running_ns <= c->running_ns)
		return now - c->looked_ns < CLOCK_STEP_NS;
	c->running_ns = n.running_ns;
	c->looked_ns = now;
	return true;
}

int cpu_breakpoint__look(const struct breakpoint_ops *ops, int prog_fd,
			 const struct breakpoint_at *at, int cpu, struct cpu_breakpoint *c)
{
	int err;

	if (c->b) {
		if (is_on(ops, c))
			return 0;
		c->past = cpu_breakpoint__hits(ops, c);
		cpu_breakpoint__clear(ops, c);
	}
	err = ops->set(prog_fd, at, cpu, &c->b);
	c->looked_ns = clock__now();
	return err ? err : 1;
}

uint64_t cpu_breakpoint__hits(const struct breakpoint_ops *ops, const struct cpu_breakpoint *c)
{
	struct breakpoint_count n = { 0 };

	if (c->b)
		ops->count(c->b, &n); /* fails only if the event is broken: no hits */
	return c->past + n.hits;
}

void cpu_breakpoint__clear(const struct breakpoint_ops *ops, struct cpu_breakpoint *c)
{
	if (c->b)
		ops->clear(c->b);
	c->b = NULL;
	c->running_ns = 0;
}

static int look(struct breakpoints *s, int cpu)
{
	return cpu_breakpoint__look(s->ops, s->prog_fd, &s->at, cpu, &s->cpu[cpu]);
}

int breakpoints__set(const struct breakpoint_ops *ops, int prog_fd, const struct breakpoint_at *at,
		     int nr_cpus, struct breakpoints **out)
{
	struct breakpoints *s = calloc(1, sizeof(*s));
	int err = 0, online = 0;

	if (!s)
		return -ENOMEM;
	s->ops = ops;
	s->prog_fd = prog_fd;
	s->at = *at;
	s->nr_cpus = nr_cpus;
	s->cpu = calloc(nr_cpus, sizeof(*s->cpu));
	if (!s->cpu)
		err = -ENOMEM;
	for (int c = 0; c < nr_cpus && !err; c++) {
		int set = look(s, c);

		online += set > 0;
		err = set > 0 || set == -ENODEV ? 0 : set;
	}
	if (!err && !online)
		err = -ENODEV;
	if (err) {
		breakpoints__clear(s);
		return err;
	}
	*out = s;
	return 0;
}

void breakpoints__clear(struct breakpoints *s)
{
	if (!s)
		return;
	for (int c = 0; s->cpu && c < s->nr_cpus; c++)
		cpu_breakpoint__clear(s->ops, &s->cpu[c]);
	free(s->cpu);
	free(s);
}

bool breakpoints__look(struct breakpoints *s)
{
	bool whole = true;

	for (int c = 0; c < s->nr_cpus; c++) {
		int set = look(s, c);

		whole = whole && (!set || set == -ENODEV);
	}
	return whole;
}

uint64_t breakpoints__hits(const struct breakpoints *s)
{
	uint64_t sum = 0;

	for (int c = 0; c < s->nr_cpus; c++)
		sum += cpu_breakpoint__hits(s->ops, &s->cpu[c]);
	return sum;
}
