/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running task, and the arguments that it passed to a function. */
#ifndef PGMAPREF_TASK_BPF_H
#define PGMAPREF_TASK_BPF_H

#include "bpf/loss.bpf.h"
#include "bpf/number.bpf.h"

static __always_inline void task_now(struct pgr_task *t)
{
	u64 id = bpf_get_current_pid_tgid();

	t->tgid = id >> 32;
	t->tid = (u32)id;
	/* 6.1 leaves what is behind the NUL as it was (kernel/bpf/helpers.c). */
	__builtin_memset(t->comm, 0, sizeof(t->comm));
	bpf_get_current_comm(t->comm, sizeof(t->comm));
}

/* What the program at the entry of a function leaves for the program at its exit, for each task. */
#define STASH_ARGS 5
struct stash {
	u64 ns; /* time of the entry, set by stash_put() */
	u64 arg[STASH_ARGS];
};

struct stash_key {
	u32 tid;
	u32 hook;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct stash_key);
	__type(value, struct stash);
} stashes SEC(".maps");

static __always_inline void stash_put(u32 hook, struct stash *s)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = hook };

	s->ns = bpf_ktime_get_ns();
	if (!bpf_map_update_elem(&stashes, &k, s, BPF_NOEXIST))
		return;
	/*
	 * The map is full; or an old stash is left, because the kretprobe of an earlier call was
	 * missed.
	 */
	lose(PGR_LOSS_STASH);
	bpf_map_update_elem(&stashes, &k, s, BPF_EXIST);
}

static __always_inline bool stash_take(u32 hook, struct stash *s)
{
	struct stash_key k = { .tid = (u32)bpf_get_current_pid_tgid(), .hook = hook };
	struct stash *p = bpf_map_lookup_elem(&stashes, &k);

	if (!p) {
		/* Before `ready`, the call may have begun before its kprobe was attached. */
		if (ready)
			lose(PGR_LOSS_STASH);
		return false;
	}
	*s = *p;
	bpf_map_delete_elem(&stashes, &k);
	return true;
}

static __always_inline bool is_err_ptr(u64 p)
{
	return p >= (u64)-4095;
}

#endif /* PGMAPREF_TASK_BPF_H */
