/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What tracer.c, which owns the skeleton, shares with tracer_attach.c and tracer_read.c. */
#ifndef PGMAPREF_TRACER_IMPL_H
#define PGMAPREF_TRACER_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel/alive.h"
#include "kernel/plan.h"
#include "kernel/symbols.h"
#include "kernel/tracer.h"
#include "kernel/walker.h"

/* The skeleton names the BPF side's globals by the kernel's types. */
typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
#include "pgmapref.skel.h"

struct pokes;

struct tracer {
	struct pgmapref_bpf *skel;
	struct ring_buffer *control;
	struct ring_buffer *events;
	struct plan plan;
	struct symbols *symbols; /* borrowed */
	struct bpf_link *link[PGR_HOOKS][PLAN_PROGS];
	struct bpf_link *canary[PGR_MECHANISMS];
	unsigned int canaries_refused; /* by the verifier; bits enum pgr_mechanism */
	unsigned int by[PGR_HOOKS]; /* ways in which its programs are attached: bits enum pgr_mechanism */
	bool failed[PGR_HOOKS]; /* could not be attached anew, and nobody was told yet */
	uint64_t site[PGR_HOOKS]; /* where the function of each begins; 0: not known, or none */
	struct alive alive;
	struct pgr_busy_row *rows; /* map busy_rows; NULL: not mapped yet */
	struct pokes *pokes; /* NULL: the kernel does not say */
	int no_pokes; /* why not, a negative errno */
	/* RESTING: not all of them are attached. */
	enum { UNPINS_NEW, UNPINS_ATTACHED, UNPINS_RESTING, UNPINS_NEEDED } unpins;
	tracer_record_fn fn; /* only while consuming */
	void *ctx;
};

/* The kernel's own list of pgmaps, mm/memremap.c; in kallsyms with CONFIG_KALLSYMS_ALL. */
#define PGMAP_LIST "pgmap_array"

/* Is a start to be given up, by config->stopped? */
bool tracer__stopped(const struct tracer_config *c);

/* Runs an on-demand program; args go both ways. Returns 0 or a negative errno. */
int tracer__run(struct bpf_program *prog, void *args, size_t size);

/* The hook that a program serves in the present plan; -1: none. */
int tracer__hook_of(const struct plan *plan, const char *prog);
/*
 * To be called before the skeleton is opened. plan and c: to outlive the load, after which it is taken
 * back by NULL. Returns 0 or a negative errno.
 */
int tracer__prepare(const struct plan *plan, const struct tracer_config *c);
/*
 * Chooses what to load: on-demand programs, and those of the plan. Returns 0 or a negative errno.
 */
int tracer__choose_programs(struct pgmapref_bpf *s, const struct tracer_config *c,
			    const struct plan *plan);
/*
 * Attaches every hook of the plan. One that cannot is moved on to its next attempt, and 1 is
 * returned: its programs have to be loaded first. A negative errno: no hook is to blame.
 */
int tracer__attach(struct tracer *t, const struct tracer_config *c);
void tracer__detach(struct tracer *t);
/* Ends what tracer__sweep() and tracer__look() had mapped. */
void tracer__unmap_rows(struct tracer *t);

/* Which kind of canary that program is, enum pgr_mechanism; -1: none. */
int tracer__canary_of(const char *prog);
/* Chooses to load those of the ways in which hooks that are chosen will be attached. */
void tracer__choose_canaries(struct tracer *t);
void tracer__attach_canaries(struct tracer *t);
void tracer__detach_canaries(struct tracer *t);

#endif /* PGMAPREF_TRACER_IMPL_H */
