// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "run/loop.h"
#include "run/mark_source.h"
#include "run/run.h"
#include "run/run_marks.h"
#include "run/run_metrics.h"
#include "run/run_status.h"
#include "run/run_tasks.h"
#include "run/signals.h"
#include "run/status.h"

/* How long the processes of COMMAND may take to end after SIGTERM, and then after SIGKILL. */
#define STOP_NS (2 * NSEC_PER_SEC)
#define KILL_NS NSEC_PER_SEC
#define STOP_LOOK_MS 50

int loop__open(struct loop *l, uint64_t interval_ns)
{
	struct timespec interval = { interval_ns / NSEC_PER_SEC, interval_ns % NSEC_PER_SEC };
	struct itimerspec t = { .it_interval = interval, .it_value = interval };

	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->timer < 0 || timerfd_settime(l->timer, 0, &t, NULL))
		return -errno;
	return 0;
}

void loop__close(struct loop *l)
{
	if (l->timer >= 0)
		close(l->timer);
	l->timer = -1;
}

enum stopping { STOP_NOT, STOP_TERM, STOP_KILL };

/*
 * Ends COMMAND and the processes that it started: the verdict must include all that they do.
 * Returns true while some of them still run.
 */
static bool stop_command(enum stopping *stage, uint64_t *deadline)
{
	uint64_t now = clock__now();

	if (*stage != STOP_NOT && now < *deadline)
		return command__running(NULL, 0);
	if (*stage == STOP_KILL || !command__signal_all(*stage == STOP_NOT ? SIGTERM : SIGKILL))
		return false;
	*deadline = now + (*stage == STOP_NOT ? STOP_NS : KILL_NS);
	(*stage)++;
	return true;
}

/* The earlier one of two times; 0: there is none. */
static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a && (!b || a < b) ? a : b;
}

/* Timeout for poll() in ms; -1: none. */
static int timeout_of(enum stopping stage, uint64_t end)
{
	uint64_t now = clock__now();

	/* Processes that were told to end need a check at short intervals, for a short time. */
	if (stage != STOP_NOT)
		return STOP_LOOK_MS;
	if (!end)
		return -1;
	return end > now ? (end - now) / NSEC_PER_MSEC + 1 : 0;
}

void loop__run(struct loop *l, struct run *run)
{
	const struct options *o = run->o;
	uint64_t end = o->duration_ns ? clock__now() + o->duration_ns : 0, deadline = 0;
	struct pollfd fds[] = {
		{ .fd = tracer__fd(run->k.tracer, true), .events = POLLIN },
		{ .fd = tracer__fd(run->k.tracer, false), .events = POLLIN },
		{ .fd = l->signals, .events = POLLIN },
		{ .fd = l->timer, .events = POLLIN },
		/* If the reader of the output is gone, end the run even if nothing is written. */
		{ .fd = out__fd(run->out.report.out) },
		{ .fd = run->loop.marks ? mark_source__fd(run->loop.marks) : -1, .events = POLLIN },
	};
	bool check = o->verb->judges_end, done = false;
	enum stopping stage = STOP_NOT;

	while (!done && !run->end.failed && !out__error(run->out.report.out)) {
		uint64_t ticks;
		int sig;

		if (poll(fds, sizeof(fds) / sizeof(*fds),
			 timeout_of(stage, sooner(end, run__metrics_due(run)))) < 0 &&
		    errno != EINTR)
			break;
		while (fds[2].revents & POLLIN && (sig = signals__next(l->signals))) {
			/* A second signal ends the run at once. */
			done = done || !check || run->end.interrupted;
			run->end.interrupted = sig;
		}
		/* Before records are consumed: they then include everything that COMMAND did. */
		if (l->command->pid && command__ended(l->command, &l->command_status))
			done = done || stage == STOP_NOT;
		if (!done && !check && run__tasks_are_gone(&run->k, o))
			done = true;
		if (end && clock__now() >= end) {
			done = done || !check;
			run->end.interrupted = run->end.interrupted ? run->end.interrupted :
								      SIGALRM;
			end = 0;
		}
		/* The reader of the output is gone. */
		if (check && fds[4].revents & (POLLERR | POLLHUP) && !run->end.interrupted)
			run->end.interrupted = SIGPIPE;
		if (check && !done && (run->end.interrupted || (o->fail_fast && run->end.failing)))
			done = !stop_command(&stage, &deadline);
		if (!check && fds[4].revents & (POLLERR | POLLHUP))
			done = true;
		tracer__consume(run->k.tracer, run__record, run);
		/* Behind the records: they are of the test before. */
		run__read_marks(run);
		if (fds[5].revents)
			fds[5].fd = mark_source__fd(run->loop.marks);
		if (fds[3].revents & POLLIN && read(l->timer, &ticks, sizeof(ticks)) > 0)
			run__tick(run);
		run__write_metrics(run);
		run__show_status(run);
	}
	status__off();
	signals__set_command(l->command->pid);
	tracer__consume(run->k.tracer, run__record, run);
}
