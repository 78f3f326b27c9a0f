/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Decides which tasks the tool follows: -p, -t, -n, and the children of COMMAND. */
#ifndef PGMAPREF_FILTER_BPF_H
#define PGMAPREF_FILTER_BPF_H

#include "common/globmatch.h"

const volatile u8 filter_tgids = 0; /* map tgids decides */
const volatile u8 filter_tids = 0; /* map tids decides */
const volatile u8 filter_comm = 0; /* glob_* decide */
const volatile u32 filter_types = ~0U; /* bit n: enum pgr_type n */

/* A glob, compiled by kernel/glob.c. */
const volatile u32 glob_match[256] = {};
const volatile u32 glob_star = 0;
const volatile u32 glob_accept = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, u8);
} tgids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PGR_FILTER_IDS);
	__type(key, u32);
	__type(value, u8);
} tids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_LEFT_OUTS);
	__type(key, u32);
	__type(value, u64);
} left_out SEC(".maps");

static __always_inline void left_out_count(u32 which)
{
	u64 *n = bpf_map_lookup_elem(&left_out, &which);

	if (n)
		(*n)++;
}

/* How far up a descendant is looked for: a shell, a script, make, and what that runs. */
#define FILTER_GENERATIONS 4

/* The filters left out an event of the running task. */
static __noinline int filter_left_out(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 tgid;

	left_out_count(PGR_LEFT_OUT_OTHERS);
	for (int i = 0; filter_tgids && i < FILTER_GENERATIONS; i++) {
		task = BPF_CORE_READ(task, real_parent);
		tgid = BPF_CORE_READ(task, tgid);
		if (bpf_map_lookup_elem(&tgids, &tgid)) {
			left_out_count(PGR_LEFT_OUT_CHILDREN);
			break;
		}
	}
	return 0;
}

static __always_inline bool filter_task(const struct pgr_task *t)
{
	if (filter_tgids && !bpf_map_lookup_elem(&tgids, &t->tgid))
		return false;
	if (filter_tids && !bpf_map_lookup_elem(&tids, &t->tid))
		return false;
	return !filter_comm || globmatch(glob_match, glob_star, glob_accept, t->comm);
}

static __always_inline bool filters_tasks(void)
{
	return filter_tgids || filter_tids || filter_comm;
}

#endif /* PGMAPREF_FILTER_BPF_H */
