/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pointers as numbers. */
#ifndef PGMAPREF_NUMBER_BPF_H
#define PGMAPREF_NUMBER_BPF_H

/*
 * A pointer as a number. With those of its own (a map, a map's value, the context) the verifier
 * allows little arithmetic; by way of memory they become plain words. Arguments of functions: ARG().
 */
static __always_inline u64 number(const void *p)
{
	const void *volatile slot = p;
	u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)&slot);
	return word;
}

#endif /* PGMAPREF_NUMBER_BPF_H */
