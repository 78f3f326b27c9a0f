/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pointers as numbers. */
#ifndef PGMAPREF_NUMBER_BPF_H
#define PGMAPREF_NUMBER_BPF_H

/*
 * A pointer as a number. The verifier allows little arithmetic with its own pointers (a map, a map
 * value, the context). Read back from memory, the pointer is a plain word. For arguments of
 * functions use ARG().
 */
static __always_inline u64 number(const void *p)
{
	const void *volatile slot = p;
	u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)&slot);
	return word;
}

#endif /* PGMAPREF_NUMBER_BPF_H */
