/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loads that the kernel's exception table guards, by bpf_rdonly_cast(): since 6.2 (a35b9af4ec2c).
 * Such a load costs a few instructions, the helper bpf_probe_read_kernel() sixty. If the address
 * cannot be read, the load returns 0.
 */
#ifndef PGMAPREF_GUARDED_BPF_H
#define PGMAPREF_GUARDED_BPF_H

/* The programs do not test its address: the verifier refuses that before 6.4. */
extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym __weak;
/* Set from the kernel's BTF. If it is 0, the verifier removes the guarded loads. */
const volatile u8 has_rdonly_cast = 0;

/* Loads a word. struct range stands for any struct that begins with a number of 64 bits. */
static __always_inline u64 guarded_load(u64 at)
{
	struct range *first = bpf_rdonly_cast((void *)at, bpf_core_type_id_kernel(struct range));

	return first->start;
}

/*
 * A struct page, of which whole words can be loaded, by offset. Loads from a struct page would have
 * the types of its members, and the verifier allows no arithmetic with those that are pointers.
 * struct vm_event_state stands for any struct that is a long array of numbers of 64 bits.
 */
static __always_inline void *guarded_page(u64 at)
{
	return bpf_rdonly_cast((void *)at, bpf_core_type_id_kernel(struct vm_event_state));
}

static __always_inline bool has_guarded_page(void)
{
	return has_rdonly_cast && bpf_core_type_exists(struct vm_event_state);
}

#endif /* PGMAPREF_GUARDED_BPF_H */
