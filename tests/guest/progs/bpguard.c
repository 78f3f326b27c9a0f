// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes hardware breakpoints miss: keeps the guard of BPF programs busy on a CPU, or takes the CPU's
 * breakpoints.
 */
#define _GNU_SOURCE 1
#include <linux/bpf.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "step.h"

#define VALUE (4U << 20)
#define SLOTS 8 /* more than any CPU has */

static const char usage[] =
	"usage: bpguard busy CPU\n"
	"       bpguard take CPU\n"
	"busy: reads a large value of a BPF map on the CPU, again and again, until it is killed: during\n"
	"a read the kernel runs no program of a breakpoint on the CPU. Prints \"busy\" first.\n"
	"take: waits until the CPU is online and has a free breakpoint, takes all that are free, prints\n"
	"\"taken N\", and waits for a line on stdin or SIGTERM.\n";

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static void busy(unsigned int cpu)
{
	union bpf_attr make = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = VALUE, .max_entries = 1
	};
	union bpf_attr look = { 0 };
	uint32_t key = 0;
	void *value = malloc(VALUE);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail(errno, "CPU %u", cpu);
	look.map_fd = bpf(BPF_MAP_CREATE, &make);
	if ((int)look.map_fd < 0 || !value)
		fail(errno, "no map");
	look.key = (uintptr_t)&key;
	look.value = (uintptr_t)value;
	puts("busy");
	fflush(stdout);
	for (;;)
		if (bpf(BPF_MAP_LOOKUP_ELEM, &look))
			fail(errno, "look up");
}

static void take(unsigned int cpu)
{
	static uint64_t words[SLOTS];
	struct perf_event_attr a = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(a),
		.bp_type = HW_BREAKPOINT_W,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.exclude_kernel = 1,
	};
	int taken = 0;

	step_catch_sigterm();
	while (!taken) {
		for (int i = 0; i < SLOTS; i++) {
			a.bp_addr = (uintptr_t)&words[i];
			taken += syscall(SYS_perf_event_open, &a, -1, cpu, -1,
					 PERF_FLAG_FD_CLOEXEC) >= 0;
		}
	}
	printf("taken %d\n", taken);
	fflush(stdout);
	step_wait();
}

int main(int argc, char **argv)
{
	unsigned int cpu;

	if (argc != 3 || (strcmp(argv[1], "busy") && strcmp(argv[1], "take"))) {
		fputs(usage, stderr);
		return 2;
	}
	cpu = number("CPU", argv[2], CPU_SETSIZE - 1);
	if (argv[1][0] == 'b')
		busy(cpu);
	take(cpu);
	return 0;
}
