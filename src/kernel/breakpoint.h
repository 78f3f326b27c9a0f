/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hardware breakpoints on kernel memory, each on one CPU, with a BPF program of type perf_event. They
 * reach what has no ftrace site: inline functions, and functions that are declared inline and that
 * the compiler did not inline (include/linux/compiler_types.h, 6.1 to 7.3: inline implies notrace).
 *
 * kernel/events/hw_breakpoint.c, 6.1 to 7.3: a breakpoint on a kernel address needs CAP_SYS_ADMIN. A
 * CPU has few of them (x86-64: four, HBP_NUM), which all users share: gdb, perf, other programs. They
 * are reserved when the event is opened, and never shared by time.
 */
#ifndef PGMAPREF_KERNEL_BREAKPOINT_H
#define PGMAPREF_KERNEL_BREAKPOINT_H

#include <stddef.h>
#include <stdint.h>

struct breakpoint;

enum breakpoint_kind {
	BREAKPOINT_WRITE, /* after each write of the 8 bytes at addr */
	BREAKPOINT_WRITE_4, /* after each write of the 4 bytes at addr */
	BREAKPOINT_CALL, /* before the instruction at addr */
};

struct breakpoint_at {
	uint64_t addr;
	enum breakpoint_kind kind;
	uint64_t cookie; /* the program gets it by bpf_get_attach_cookie() */
};

/* What the kernel knows of a breakpoint. */
struct breakpoint_count {
	uint64_t hits;
	uint64_t running_ns; /* how long it has been set on its CPU: stands still if it is not */
};

struct breakpoint_ops {
	/*
	 * Sets a breakpoint on a CPU that runs program prog_fd. Returns 0 or a negative errno: -ENODEV
	 * (the CPU is offline), -ENOSPC (all breakpoints of the CPU are taken), -EPERM or -EACCES (no
	 * CAP_SYS_ADMIN), -ENOENT or -EOPNOTSUPP (this machine has none). The caller frees *out with
	 * clear().
	 */
	int (*set)(int prog_fd, const struct breakpoint_at *at, int cpu, struct breakpoint **out);
	void (*clear)(struct breakpoint *b);
	/* Returns 0 or a negative errno. */
	int (*count)(const struct breakpoint *b, struct breakpoint_count *out);
};

/* Those of this machine. */
extern const struct breakpoint_ops breakpoint_ops;

/*
 * Do breakpoints of this machine work? Sets one of this thread at the function `addr`, and calls
 * call(ctx), which calls the function. Some virtual machines take breakpoints that never hit.
 * Returns 0, -EOPNOTSUPP (it was not hit) or another negative errno.
 */
int breakpoint__prove(uint64_t addr, int (*call)(void *ctx), void *ctx);

/* A sentence for a negative errno of set() or breakpoint__prove(). */
void breakpoint__explain(int err, char *why, size_t len);

#endif /* PGMAPREF_KERNEL_BREAKPOINT_H */
