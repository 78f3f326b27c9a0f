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

/*
 * Puts a row into a hash whose rows are all in place from the start. A full one takes 64 us to say so:
 * it is asked once. *full is set then, to be cleared by whoever deletes a row; until it is, and as it
 * is set, `cause` is counted. Returns 0 or a negative errno, -E2BIG for a full one.
 */
static __always_inline int add_unless_full(void *map, const void *key, const void *value, u64 flags,
					   u32 *full, u32 cause)
{
	/*
	 * An int: the map operation that 6.1 calls directly returns one, and the upper half of
	 * the register is not its sign. (6.12 and later return a long.)
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
