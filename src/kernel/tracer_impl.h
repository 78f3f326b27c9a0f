/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What tracer.c, the owner of the skeleton, shares with the other tracer_*.c files. */
#ifndef PGMAPREF_TRACER_IMPL_H
#define PGMAPREF_TRACER_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common/on_demand.h"
#include "kernel/alive.h"
#include "kernel/breakpoints.h"
#include "kernel/plan.h"
#include "kernel/symbols.h"
#include "kernel/tracer.h"
#include "kernel/walker.h"

/* The skeleton declares globals of the BPF side with the kernel's types. */
typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
#include "pgmapref.skel.h"

struct sweep_helpers;
struct pokes;

struct tracer {
	struct pgmapref_bpf *skel;
	struct ring_buffer *control;
	struct ring_buffer *events;
	struct plan plan;
	struct symbols *symbols; /* borrowed */
	struct bpf_link *link[PGR_HOOKS][PLAN_PROGS];
	struct breakpoints *breakpoints[PGR_HOOKS]; /* NULL: the hook has none */
	struct bpf_link *canary[PGR_MECHANISMS];
	unsigned int canaries_refused; /* refused by the verifier; bits enum pgr_mechanism */
	unsigned int by[PGR_HOOKS]; /* bits enum pgr_mechanism of its programs; 0: not attached */
	bool failed[PGR_HOOKS]; /* could not be attached again, and not reported yet */
	uint64_t site[PGR_HOOKS]; /* address of the hooked function; 0: not known, or none */
	struct alive alive;
	struct pgr_busy_row *rows; /* map busy_rows; NULL: not mapped yet */
	struct sweep_helpers *helpers; /* NULL: nobody helps sweeps */
	bool budget_is_set; /* of sweeps, by tracer_config.sweep_budget_ns */
	struct pokes *pokes; /* NULL: changes of code are not recorded */
	int no_pokes; /* the reason, a negative errno */
	/* RESTING: some unpin hooks are detached. */
	enum { UNPINS_NEW, UNPINS_ATTACHED, UNPINS_RESTING, UNPINS_NEEDED } unpins;
	tracer_record_fn fn; /* valid only in tracer__consume() */
	void *ctx;
};

/* The kernel's own list of pgmaps, mm/memremap.c; in kallsyms only with CONFIG_KALLSYMS_ALL. */
#define PGMAP_LIST "pgmap_array"

#endif /* PGMAPREF_TRACER_IMPL_H */
