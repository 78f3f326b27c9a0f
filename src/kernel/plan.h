/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Chooses the hooks that the running kernel offers, and the BPF programs that serve each hook. The
 * plan is a pure function of the kernel's BTF and symbols, never of its version. KERNEL facts
 * (which function is in which release) stand beside the table in plan_table.c.
 */
#ifndef PGMAPREF_PLAN_H
#define PGMAPREF_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/hooks.h"
#include "common/records.h"

struct btf;
struct symbols;

enum plan_how {
	PLAN_FENTRY, /* fentry or fexit, as the program's section says */
	PLAN_KPROBE, /* kprobe and, for results, kretprobe */
	PLAN_RAW_TP,
	PLAN_BREAKPOINT, /* a hardware breakpoint, for a function without an ftrace site */
};

enum plan_mechanism { PLAN_AUTO, PLAN_ONLY_FENTRY, PLAN_ONLY_KPROBE };

#define PLAN_PROGS 3
#define PLAN_ATTEMPTS 6
#define PLAN_SYMBOL 64
#define PLAN_FUNCTIONS 128 /* upper limit of the functions in a plan */

/*
 * The canaries (programs that prove that hooks run) are attached to this function:
 * bpf_prog_test_run_syscall(prog, kattr, uattr), net/bpf/test_run.c, 5.14 to 7.3. The kernel runs
 * our own SEC("syscall") programs through it, and hardly anything else.
 */
#define PLAN_CANARY "bpf_prog_test_run_syscall"

/* One way to serve a hook. */
struct plan_attempt {
	enum plan_how how;
	char symbol[PLAN_SYMBOL]; /* function to attach to, as in kallsyms, with suffix */
	uint32_t btf_id; /* fentry: id of the function in the BTF of vmlinux; else 0 */
	const char *prog[PLAN_PROGS]; /* programs that belong together; NULL ends the list */
	enum pgr_mechanism by[PLAN_PROGS]; /* how each program is attached */
};

struct plan_hook {
	const char *name; /* never changes; as in `probes` and --disable-hook */
	const char *wanted; /* name of the function on most kernels */
	const char *without; /* what is not seen without this hook */
	unsigned int nr; /* number of attempts, best first; 0: this kernel cannot serve the hook */
	unsigned int next; /* the attempt to try, or that is attached */
	struct plan_attempt attempt[PLAN_ATTEMPTS];
	bool disabled; /* by the user: --disable-hook */
	bool barred; /* by the user: --attach */
	bool absent; /* for a feature that this kernel lacks: nothing is missing */
	char missing[200]; /* why there is no attempt left; otherwise "" */
};

struct plan {
	struct plan_hook hook[PGR_HOOKS]; /* indexed by enum pgr_hook */
	int32_t idle[PGR_TYPES]; /* refcount of an idle page by type; -1: not known */
	uint32_t share_how; /* enum pgr_share */
	uint8_t maps_hold[PGR_TYPES]; /* a mapping holds a page reference of its own */
	/* What the kernel's functions tell. plan__series() adds what the attached hooks see. */
	struct pgr_series series;
	uint8_t dax_shift; /* first guess of the shift of the pfn in a DAX entry */
	bool rdonly_cast; /* the kernel has bpf_rdonly_cast() */
	uint32_t canary_id; /* id of PLAN_CANARY in the BTF of vmlinux; 0: not there */
	bool alloc_per_page; /* zone_device_page_init() takes a reference per page, not per call */
	char unusable[128]; /* why the tool cannot work on this kernel, or "" */
};

struct plan_options {
	enum plan_mechanism mechanism;
	const char *const *disabled; /* hook names or symbols; NULL-terminated or NULL */
};

/* All functions that a plan may look up in the symbols, at most PLAN_FUNCTIONS; NULL ends. */
const char *const *plan__symbols(void);
/*
 * The functions of plan__symbols() that are never a call site: if the stack of a hook begins with
 * one of them, the call site is its caller. NULL ends the list.
 */
const char *const *plan__callees(void);

/*
 * Fills *plan. btf: the BTF of the kernel. symbols: its kallsyms. options may be NULL. *plan keeps
 * no pointer to any of them. Returns 0, or -ENOENT if options->disabled has a name that is no hook;
 * *unknown then points to this name in options.
 */
int plan__make(const struct btf *btf, struct symbols *symbols, const struct plan_options *options,
	       struct plan *plan, const char **unknown);

/* The attempt to try now, or NULL if the hook is missing. */
const struct plan_attempt *plan_hook__attempt(const struct plan_hook *hook);

/* The current attempt failed because of `why`: moves on to the next attempt. */
void plan_hook__fail(struct plan_hook *hook, const char *why);

/* For the BPF side: how pgmaps account for their folios, with the current attempts. */
struct pgr_series plan__series(const struct plan *plan);

/*
 * Do pgmaps account for their folios in this kernel, and do the hooks see all of it? Call it after
 * attaching, because a hook that could not be attached leaves the account incomplete.
 */
bool plan__sees_folios(const struct plan *plan);

/*
 * Do pages in use of this type have references of their pgmap, so that an unbind waits until they
 * are dropped? Since 5.18 pins of fsdax and device-dax pages have none (mm/gup.c, mm/memremap.c),
 * unless the kernel has the series of 2022. plan NULL: it has not.
 */
bool plan__pages_hold(const struct plan *plan, enum pgr_type type);

/*
 * What a call of the hook's function does to the counter, if the name and arity of the function
 * tell. "": it does not change the counter. NULL: the tool learns it from the first calls.
 */
const char *plan__effect(const struct plan *plan, enum pgr_hook hook);

const char *plan_how__name(const struct plan_attempt *attempt);

#endif /* PGMAPREF_PLAN_H */
