// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel/breakpoint.h"

struct breakpoint {
	int event, link; /* file descriptors */
};

static struct perf_event_attr attr_of(const struct breakpoint_at *at)
{
	static const uint64_t lengths[] = {
		[BREAKPOINT_WRITE] = HW_BREAKPOINT_LEN_8,
		[BREAKPOINT_WRITE_4] = HW_BREAKPOINT_LEN_4,
		[BREAKPOINT_CALL] = sizeof(long),
	};

	return (struct perf_event_attr){
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(struct perf_event_attr),
		.bp_type = at->kind == BREAKPOINT_CALL ? HW_BREAKPOINT_X : HW_BREAKPOINT_W,
		.bp_addr = at->addr,
		.bp_len = lengths[at->kind],
		.sample_period = 1,
		.exclude_user = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
}

static int open_event(struct perf_event_attr *a, pid_t pid, int cpu)
{
	int fd = syscall(SYS_perf_event_open, a, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void clear(struct breakpoint *b)
{
	if (b->link >= 0)
		close(b->link);
	if (b->event >= 0)
		close(b->event);
	free(b);
}

static int set(int prog_fd, const struct breakpoint_at *at, int cpu, struct breakpoint **out)
{
	struct perf_event_attr a = attr_of(at);
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = at->cookie);
	struct breakpoint *b = malloc(sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	b->link = -1;
	/* A hit before the program is there would count as one that the program missed. */
	a.disabled = 1;
	b->event = open_event(&a, -1, cpu);
	err = b->event < 0 ? b->event : 0;
	if (!err) {
		b->link = bpf_link_create(prog_fd, b->event, BPF_PERF_EVENT, &opts);
		err = b->link < 0 ? b->link : 0;
	}
	if (!err && ioctl(b->event, PERF_EVENT_IOC_ENABLE, 0))
		err = -errno;
	if (err) {
		clear(b);
		return err;
	}
	*out = b;
	return 0;
}

static int read_count(int event, struct breakpoint_count *out)
{
	uint64_t values[2];

	if (read(event, values, sizeof(values)) != sizeof(values))
		return -EIO;
	*out = (struct breakpoint_count){ .hits = values[0], .running_ns = values[1] };
	return 0;
}

static int count(const struct breakpoint *b, struct breakpoint_count *out)
{
	return read_count(b->event, out);
}

const struct breakpoint_ops breakpoint_ops = { .set = set, .clear = clear, .count = count };

int breakpoint__prove(uint64_t addr, int (*call)(void *ctx), void *ctx)
{
	struct perf_event_attr a = attr_of(&(struct breakpoint_at){ addr, BREAKPOINT_CALL, 0 });
	struct breakpoint_count c = { 0 };
	int event = open_event(&a, 0, -1), err;

	if (event < 0)
		return event;
	err = call(ctx);
	if (!err)
		err = read_count(event, &c);
	close(event);
	return err ? err : c.hits ? 0 : -EOPNOTSUPP;
}

void breakpoint__explain(int err, char *why, size_t len)
{
	switch (err) {
	case -ENOSPC:
		snprintf(why, len,
			 "no breakpoint of a CPU is free: gdb, perf or pgmapref have them");
		break;
	case -EACCES:
	case -EPERM:
		snprintf(why, len, "not allowed: breakpoints on kernel memory need CAP_SYS_ADMIN");
		break;
	case -ENOENT:
	case -EOPNOTSUPP:
		snprintf(why, len, "this machine has no hardware breakpoints that work");
		break;
	default:
		snprintf(why, len, "cannot set breakpoints: %s", strerror(-err));
	}
}
