/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What exact.bpf.c and user space share: the account of a pgmap by hardware breakpoints. */
#ifndef PGMAPREF_EXACT_H
#define PGMAPREF_EXACT_H

#include "common/records.h"

/*
 * Pgmaps at a time. x86-64 has four breakpoints on each CPU (arch/x86/include/asm/hw_breakpoint.h,
 * HBP_NUM, 6.1 to 7.3); a pgmap needs two: one on the CPU's slot of the counter, one on the atomic
 * part.
 */
#define PGR_EXACT_SLOTS 2

/* The two words that a task on a CPU can write: struct percpu_ref, refvalue.h. */
enum pgr_exact_part {
	PGR_EXACT_CPU = 0, /* the CPU's slot */
	PGR_EXACT_ATOMIC = 1, /* ref->data->count: after the switch to atomic mode */
	PGR_EXACT_PARTS = 2,
};

/* The cookie of a breakpoint: slot, and enum pgr_exact_part in the second byte. */
#define PGR_EXACT_COOKIE(slot, part) ((__u64)(slot) | (__u64)(part) << 8)

/* What a write of the counter was. */
enum pgr_exact_kind {
	PGR_EXACT_MOVE = 0, /* a get or a put of a reference */
	PGR_EXACT_PAGE = 1, /* in a function whose hook accounts for the reference of a page */
	PGR_EXACT_SWITCH = 2, /* the reference that the mode switch takes and puts itself */
	PGR_EXACT_KILL = 3, /* percpu_ref_kill_and_confirm() puts the initial reference */
	PGR_EXACT_BULK = 4, /* memunmap_pages() puts the references of all pages at once */
	PGR_EXACT_FOLD = 5, /* percpu_ref_switch_to_atomic_rcu() adds the CPUs' slots to the count */
	PGR_EXACT_KINDS = 6,
	/* Not a kind: the function moves references for its caller, which tells the kind. */
	PGR_EXACT_CALLER = 7,
};

/* A function that writes counters, and what its writes are. */
struct pgr_exact_code {
	__u64 start; /* address; 0 ends the table */
	__u64 end; /* address of the next symbol */
	__u32 kind; /* enum pgr_exact_kind */
	__u32 pad;
};

#define PGR_EXACT_CODES 32

#define PGR_EXACT_NONE ((__s64)1 << 62) /* a value that no counter has */

/* Map exact_slots: an account. */
struct pgr_exact_slot {
	__u64 addr; /* of the dev_pagemap; 0: the slot is free */
	__u64 base; /* of the CPUs' slots: add the offset of a CPU; 0: the counter was atomic at the start */
	__u64 count; /* address of the atomic part */
	__u32 id;
	__u32 active; /* 1: writes are accounted for */
	__s64 atomic; /* last value of the atomic part */
	/* Sum of what each part had when its account began, less the bias: the value at the start. */
	__s64 began;
	__s64 moved; /* by all writes since then: value = began + moved */
	__s64 gap; /* part of `moved` that no write explains: writes were missed */
	__u64 gaps; /* how often such a part was found */
	/*
	 * Which references are left: those of the start, or newer ones? A put does not name its
	 * reference. If its task holds newer ones, it put one of them; if nobody does, one of the start.
	 */
	__s64 fresh; /* references that were taken since the start, and not put by their taker */
	__s64 old_puts; /* references of the start that were put */
	__s64 open_puts; /* puts of either, by tasks that hold no newer one */
	__u64 puts; /* puts that had, or could have had, a record PGR_REC_PUT */
	/* Extremes of the value since exact_read() read it last; PGR_EXACT_NONE: no reference moved. */
	__s64 high, low;
	__u64 calls[PGR_EXACT_KINDS]; /* writes by kind */
	__s64 refs[PGR_EXACT_KINDS]; /* what they moved */
};
PGR_ASSERT(sizeof(struct pgr_exact_slot) == 4 * 8 + 11 * 8 + 16 * PGR_EXACT_KINDS, "pgr_exact_slot");

/* Map exact_cpus, for each CPU. */
struct pgr_exact_cpu {
	__s64 last; /* value of the CPU's slot */
	__u64 runs; /* of the program, both parts; the kernel counts the hits */
	__u32 active; /* 1: `last` is valid */
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_exact_cpu) == 24, "pgr_exact_cpu");

/* Begins an account: fills the slot. */
struct pgr_exact_begin_args {
	__u64 addr;
	__u32 id;
	__u32 slot;
	__s32 err; /* -ESTALE: the pgmap is gone, or its counter was freed */
	__u32 pad;
	__u64 base; /* out, as in struct pgr_exact_slot */
	__u64 count;
};
PGR_ASSERT(sizeof(struct pgr_exact_begin_args) == 40, "pgr_exact_begin_args");

/* Reads an account, and the counter. */
struct pgr_exact_read_args {
	__u32 slot;
	__s32 err; /* -ESTALE: the account has ended; -EFAULT: the counter is gone, or not readable */
	__s64 value; /* of the account */
	__s64 counter; /* what the counter says */
	__u64 runs;
	__s64 gap;
	__u64 gaps;
	__s64 fresh; /* these three: as in struct pgr_exact_slot */
	__s64 old_puts;
	__s64 open_puts;
	__s64 high, low; /* since the last reading; PGR_EXACT_NONE */
	__u32 quiet; /* 1: no program ran while both were read */
	__u32 pad;
};
PGR_ASSERT(sizeof(struct pgr_exact_read_args) == 96, "pgr_exact_read_args");

#endif /* PGMAPREF_EXACT_H */
