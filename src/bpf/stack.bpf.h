/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel stacks. Each is stored once; the key is a hash of its addresses. */
#ifndef PGMAPREF_STACK_BPF_H
#define PGMAPREF_STACK_BPF_H

#include "bpf/loss.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct pgr_stack);
} stacks SEC(".maps");

/*
 * One buffer per CPU and hook. Programs of one hook do not nest on a CPU (the kernel counts an
 * attempt as a recursion miss), but programs of two hooks may.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_HOOKS);
	__type(key, u32);
	__type(value, struct pgr_stack);
} stack_scratch SEC(".maps");

u32 stacks_full;

/*
 * Returns the key of the running task's stack in map stacks; 0: no stack, and the loss is counted
 * here. Does not use bpf_get_stackid(), which drops a stack when two hashes collide.
 */
static __always_inline u64 stack_key(void *ctx, u32 hook)
{
	struct pgr_stack *s;
	u64 key = 0xcbf29ce484222325ULL;
	long bytes;
	int err;

	s = bpf_map_lookup_elem(&stack_scratch, &hook);
	if (!s)
		return 0;
	bytes = bpf_get_stack(ctx, s->ip, sizeof(s->ip), 0);
	if (bytes <= 0) {
		lose(PGR_LOSS_STACK_ERR);
		return 0;
	}
	s->nr = (u64)bytes / sizeof(u64);
	for (u32 i = 0; i < PGR_STACK_DEPTH; i++) {
		if (i >= s->nr)
			break;
		key = (key ^ s->ip[i]) * 0x100000001b3ULL;
		key ^= key >> 29;
	}
	key |= 1; /* never 0 */
	if (bpf_map_lookup_elem(&stacks, &key))
		return key;
	err = add_unless_full(&stacks, &key, s, BPF_ANY, &stacks_full, PGR_LOSS_STACK_FULL);
	if (err && err != -E2BIG)
		lose(PGR_LOSS_STACK_ERR);
	return err ? 0 : key;
}

#endif /* PGMAPREF_STACK_BPF_H */
