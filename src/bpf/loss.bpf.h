/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A named counter for everything that goes missing inside the kernel. */
#ifndef PGMAPREF_LOSS_BPF_H
#define PGMAPREF_LOSS_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_LOSSES);
	__type(key, u32);
	__type(value, u64);
} losses SEC(".maps");

/* Set once the pgmaps older than the tool are known: from then on all is promised. */
u8 ready;

static __always_inline void lose(u32 cause)
{
	u64 *n = bpf_map_lookup_elem(&losses, &cause);

	if (n)
		(*n)++;
}

#endif /* PGMAPREF_LOSS_BPF_H */
