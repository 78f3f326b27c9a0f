/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A named counter for each kind of loss in the kernel. */
#ifndef PGMAPREF_LOSS_BPF_H
#define PGMAPREF_LOSS_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PGR_LOSSES);
	__type(key, u32);
	__type(value, u64);
} losses SEC(".maps");

/*
 * Set when all pgmaps that are older than the tool are known. From then on every missed event is a
 * loss.
 */
u8 ready;

static __always_inline void lose(u32 cause)
{
	u64 *n = bpf_map_lookup_elem(&losses, &cause);

	if (n)
		(*n)++;
}

/*
 * Adds a row to a preallocated hash map. A full map takes 64 us to report that it is full. The
 * function therefore sets *full, and does not use the map while *full is set; it then counts
 * `cause`. The function that deletes a row must clear *full. Returns 0 or a negative errno; -E2BIG:
 * the map is full.
 */
static __always_inline int add_unless_full(void *map, const void *key, const void *value, u64 flags,
					   u32 *full, u32 cause)
{
	/*
	 * Must be an int: the map operation that 6.1 calls directly returns an int, and the upper
	 * half of the register does not hold its sign. (6.12 and later return a long.)
	 */
	int err;

	if (*full) {
		lose(cause);
		return -E2BIG;
	}
	err = bpf_map_update_elem(map, key, value, flags);
	if (err == -E2BIG) {
		*full = 1;
		lose(cause);
	}
	return err;
}

#endif /* PGMAPREF_LOSS_BPF_H */
