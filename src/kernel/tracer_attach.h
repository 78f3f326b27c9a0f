/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Chooses, attaches and detaches the programs of the plan. */
#ifndef PGMAPREF_TRACER_ATTACH_H
#define PGMAPREF_TRACER_ATTACH_H

#include "kernel/tracer.h"

struct pgmapref_bpf;

/* Does config->stopped ask to give up the start? */
bool tracer__stopped(const struct tracer_config *c);
/* The hook that a program serves in the current plan; -1: none. */
int tracer__hook_of(const struct plan *plan, const char *prog);
/*
 * Call it before the skeleton is opened. plan and c must live until the load is done; then call it
 * with NULL. Returns 0 or a negative errno.
 */
int tracer__prepare(const struct plan *plan, const struct tracer_config *c);
/*
 * Chooses the programs to load: on-demand programs, and programs of the plan. Returns 0 or a
 * negative errno.
 */
int tracer__choose_programs(struct pgmapref_bpf *s, const struct tracer_config *c,
			    const struct plan *plan);
/*
 * Attaches every hook of the plan. A hook that cannot be attached moves on to its next attempt, and
 * the function returns 1: the programs of that attempt must be loaded first. A negative errno: no
 * hook is to blame.
 */
int tracer__attach(struct tracer *t, const struct tracer_config *c);
void tracer__detach(struct tracer *t);
/*
 * Call it from time to time if pins are traced, and at PGR_REC_PINNED. Unpin hooks slow down every
 * I/O on the system, also I/O without device memory. They stay attached after the start only to
 * prove that they can be attached, and are then detached until the first pin. Hooks are detached
 * only with `rest`, from the second call on, for a short time per call, and only hooks that run.
 * Returns true if the hooks were attached again; tracer__next_failed() lists hooks that could not
 * be attached. Unpins before that moment were not seen: a sweep that begins now shows their result.
 */
bool tracer__update_unpin_hooks(struct tracer *t, bool rest);
/* A hook that could not be attached again, each hook once. NULL: no more hooks. */
const struct plan_hook *tracer__next_failed(struct tracer *t);
/*
 * From now on all unpins are seen, with or without a pin. began_ns: a process that is older than
 * that, and unpins a page without a traced pin, pinned the page before. Returns false if an unpin
 * hook is missing: its unpins are not seen.
 */
bool tracer__keep_unpins(struct tracer *t, uint64_t began_ns);

/*
 * Do the breakpoints of this machine hit? As breakpoint__prove(), with a function that the tool calls
 * itself. -ENOENT: the address of this function is not known.
 */
int tracer__prove_breakpoints(struct tracer *t);

#endif /* PGMAPREF_TRACER_ATTACH_H */
